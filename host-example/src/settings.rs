//! Settings by the description's option table: flags first, then environment variables, then the ini file.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, value_parser};
use connector_interface::describe::IniKey;
use connector_interface::load::Secret;
use connector_interface::{Description, Error, ErrorKind, OptionSpec, Result};
use ini::{Ini, ParseOption};
use secrecy::SecretSlice;
use serde_json::{Map, Value};

use crate::schema_args::{Flag, Shape};

const HEADING: &str = "Connection";

/// What to connect with.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The settings that are not secret.
    pub(crate) values: Map<String, Value>,
    /// The secrets to lend.
    pub(crate) secrets: Vec<Secret>,
}

/// The flags of the options that are not secret: a secret never stands on a command line.
pub(crate) fn flags(description: &Description, taken: &mut BTreeSet<String>) -> Vec<Flag> {
    let open = description.options.iter().filter(|option| !option.secret);
    open.filter_map(|option| {
        let flag = Flag::new(&option.name, &option.schema, taken, "setting")?;
        Some(match option.env.first() {
            Some(variable) => flag.explained(&format!("[env: {variable}]")),
            None => flag,
        })
    })
    .collect()
}

/// All arguments of a connection.
pub(crate) fn args(flags: &[Flag]) -> Vec<Arg> {
    let ini = Arg::new("ini")
        .long("ini")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help_heading(HEADING)
        .help("Read this ini file instead of the connector's usual one in the working directory");
    flags.iter().map(|flag| flag.arg(HEADING)).chain([ini]).collect()
}

/// Gathers the settings from where the user has put them.
pub(crate) fn gather(
    description: &Description,
    flags: &[Flag],
    matches: &ArgMatches,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Settings> {
    let mut files = IniFiles::new(matches.get_one::<PathBuf>("ini").cloned());
    let mut settings = Settings::default();
    for option in &description.options {
        let flag = flags.iter().find(|flag| !option.secret && flag.name == option.name);
        let from_flag = flag.map(|flag| flag.value(matches)).transpose()?.flatten();
        let found = match from_flag {
            Some(value) => Some(value),
            None => match from_environment(option, &variable)? {
                Some(found) => Some(found),
                None => from_ini(option, &mut files)?,
            }
            .map(|found| found.value(option, &mut settings.secrets))
            .transpose()?
            .flatten(),
        };
        if let Some(value) = found {
            settings.values.insert(option.name.clone(), value);
        } else if option.required && !settings.secrets.iter().any(|secret| secret.name == option.name) {
            return Err(missing(option, flag));
        }
    }
    Ok(settings)
}

/// Text of a setting and where it was found.
struct Found {
    text: String,
    place: String,
}

impl Found {
    /// The value that the text stands for; a secret goes to the secrets instead.
    fn value(self, option: &OptionSpec, secrets: &mut Vec<Secret>) -> Result<Option<Value>> {
        if option.secret {
            secrets.push(Secret { name: option.name.clone(), value: SecretSlice::from(self.text.into_bytes()) });
            return Ok(None);
        }
        Shape::of(&option.schema).read(&self.text).map(Some).map_err(|reason| {
            Error::new(ErrorKind::InvalidInput, format!("{} {reason}, and is `{}`", self.place, self.text))
                .advise("Correct it, or remove it")
        })
    }
}

fn from_environment(option: &OptionSpec, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Found>> {
    for name in &option.env {
        let place = format!("The environment variable {name}");
        let Some(text) = variable(name) else { continue };
        let text = text.into_string().map_err(|_| {
            Error::new(ErrorKind::InvalidInput, format!("{place} is not Unicode text")).advise("Set it again")
        })?;
        if let Some(text) = meant(&text) {
            return Ok(Some(Found { text, place }));
        }
    }
    Ok(None)
}

fn from_ini(option: &OptionSpec, files: &mut IniFiles) -> Result<Option<Found>> {
    for key in &option.ini {
        if let Some(found) = files.get(key)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Text without blanks and quotes around it; nothing when nothing is left.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = unquoted.unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The ini files that options name, each read once.
struct IniFiles {
    instead: Option<PathBuf>,
    read: BTreeMap<PathBuf, Option<Ini>>,
}

impl IniFiles {
    fn new(instead: Option<PathBuf>) -> Self {
        Self { instead, read: BTreeMap::new() }
    }

    fn get(&mut self, key: &IniKey) -> Result<Option<Found>> {
        let path = self.instead.clone().unwrap_or_else(|| PathBuf::from(&key.file));
        if !self.read.contains_key(&path) {
            let ini = read_ini(&path, self.instead.is_some())?;
            self.read.insert(path.clone(), ini);
        }
        let Some(ini) = self.read.get(&path).and_then(Option::as_ref) else { return Ok(None) };
        let named = ini.section(Some(key.section.as_str()));
        let section = named.or_else(|| ini.section(ini.sections().flatten().next()));
        let pair = section.and_then(|pairs| pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.key)));
        let place = format!("The key {} of {}", key.key, path.display());
        Ok(pair.and_then(|(_, text)| meant(text)).map(|text| Found { text, place }))
    }
}

fn read_ini(path: &Path, must_exist: bool) -> Result<Option<Ini>> {
    let fault = |reason: String| {
        Error::new(ErrorKind::InvalidInput, format!("The ini file {} {reason}", path.display()))
            .advise("Correct it, or name another with --ini FILE")
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(None),
        Err(error) => return Err(fault(format!("cannot be read: {error}"))),
    };
    let plain = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(text.trim_start_matches('\u{feff}'), plain);
    ini.map(Some).map_err(|error| fault(format!("is not valid in line {}", error.line)))
}

/// A required option that was given nowhere. Without a secret there are no credentials; anything else is usage.
fn missing(option: &OptionSpec, flag: Option<&Flag>) -> Error {
    let kind = if option.secret { ErrorKind::Credentials } else { ErrorKind::InvalidInput };
    let help = option.help().trim_end_matches('.');
    Error::new(kind, format!("The setting `{}` is missing: {help}", option.name)).advise(ways(option, flag))
}

/// How an option can be given, as a sentence.
pub(crate) fn ways(option: &OptionSpec, flag: Option<&Flag>) -> String {
    let flag = flag.map(|flag| format!("--{} {}", flag.long, flag.placeholder()));
    let variable = option.env.first().map(|name| format!("the environment variable {name}"));
    let key = option.ini.first().map(|key| format!("{} in [{}] of {}", key.key, key.section, key.file));
    let ways: Vec<String> = [flag, variable, key].into_iter().flatten().collect();
    match ways.as_slice() {
        [] => "This connector offers no way to give it".to_owned(),
        ways => format!("Give it as {}", ways.join(", or as ")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;
    use secrecy::ExposeSecret;

    use super::*;

    fn description() -> Description {
        Description::new("x", "X", "1", "s")
            .option(
                OptionSpec::new("base_url", "string", "Where it is")
                    .required()
                    .env("X_URL")
                    .env("X_OLD_URL")
                    .ini("x.ini", "X", "base_url"),
            )
            .option(OptionSpec::new("timeout", "integer", "Seconds").env("X_TIMEOUT").ini("x.ini", "X", "timeout"))
            .option(OptionSpec::new("verify", "boolean", "Check").with("default", true).env("X_VERIFY"))
            .option(
                OptionSpec::new("key", "string", "The key").required().secret().env("X_KEY").ini("x.ini", "X", "key"),
            )
    }

    fn gathered(arguments: &[&str], environment: &[(&str, &str)], ini: &str) -> Result<Settings> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.ini");
        fs::write(&file, ini).unwrap();
        let flags = flags(&description(), &mut BTreeSet::new());
        let command = Command::new("x").args(args(&flags));
        let file = file.to_str().unwrap();
        let matches = command.get_matches_from(["x", "--ini", file].iter().chain(arguments));
        gather(&description(), &flags, &matches, |name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_ini_file() {
        let ini = "[X]\nbase_url = ini\ntimeout = 1\nkey = k\n";
        let url = |arguments: &[&str], environment: &[(&str, &str)]| {
            gathered(arguments, environment, ini).unwrap().values["base_url"].clone()
        };
        assert_eq!(url(&["--base-url", "flag"], &[("X_URL", "env")]), "flag");
        assert_eq!(url(&[], &[("X_URL", "env"), ("X_OLD_URL", "old")]), "env");
        assert_eq!(url(&[], &[("X_OLD_URL", "old")]), "old");
        assert_eq!(url(&[], &[("X_URL", " ")]), "ini", "an empty variable is not set");
    }

    #[test]
    fn text_becomes_the_json_type_of_its_option() {
        let settings =
            gathered(&[], &[("X_URL", "'u'"), ("X_VERIFY", "No"), ("X_KEY", "k")], "[X]\ntimeout=\"30\"").unwrap();
        assert_eq!(
            Value::Object(settings.values),
            serde_json::json!({"base_url": "u", "timeout": 30, "verify": false})
        );
    }

    #[test]
    fn a_wrong_value_names_its_source() {
        let wrong = |environment: &[(&str, &str)], ini: &str| gathered(&[], environment, ini).unwrap_err();
        let error = wrong(&[("X_URL", "u"), ("X_TIMEOUT", "soon")], "");
        assert_eq!(error.message, "The environment variable X_TIMEOUT must be a whole number, and is `soon`");
        let error = wrong(&[("X_URL", "u")], "[X]\ntimeout = soon");
        assert!(error.message.starts_with("The key timeout of ") && error.message.contains("x.ini"), "{error}");
    }

    #[test]
    fn a_secret_is_lent_and_never_a_plain_setting_or_a_flag() {
        let settings = gathered(&[], &[("X_URL", "u")], "[X]\nkey = 'hush; # \\n%'").unwrap();
        assert!(!settings.values.contains_key("key"));
        assert_eq!(settings.secrets[0].value.expose_secret(), br"hush; # \n%");
        assert!(!format!("{settings:?}").contains("hush"));
        assert!(!flags(&description(), &mut BTreeSet::new()).iter().any(|flag| flag.name == "key"));
    }

    #[test]
    fn a_section_of_another_name_is_used_when_it_is_the_first() {
        assert_eq!(gathered(&[], &[], "[Dev]\nBase_URL=u\nkey=k\n[Other]\n").unwrap().values["base_url"], "u");
    }

    #[test]
    fn what_is_missing_is_named_with_every_way_to_give_it() {
        let error = gathered(&[], &[], "").unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert_eq!(
            error.advice,
            "Give it as --base-url TEXT, or as the environment variable X_URL, or as base_url in [X] of x.ini"
        );
        let error = gathered(&["--base-url", "u"], &[], "").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert!(!error.advice.contains("--"), "{}", error.advice);
    }

    #[test]
    fn an_ini_file_that_was_named_and_is_not_there_is_an_error() {
        let flags = flags(&description(), &mut BTreeSet::new());
        let matches = Command::new("x").args(args(&flags)).get_matches_from(["x", "--ini", "/no/such/x.ini"]);
        let error = gather(&description(), &flags, &matches, |_| None).unwrap_err();
        assert!(error.message.contains("/no/such/x.ini"), "{error}");
    }
}
