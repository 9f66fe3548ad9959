//! Settings by the description's option table: flags first, then environment variables, the ini file, and the netrc file.
//!
//! | file | concept |
//! |---|---|
//! | `flags`, `environment`, `ini`, `netrc` | one place each where a setting can stand |
//! | `found` | its text, and what it means |

mod environment;
mod flags;
mod found;
mod ini;
mod netrc;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;
use connector_interface::load::Secret;
use connector_interface::{Description, Error, ErrorKind, OptionSpec, Result};
use serde_json::{Map, Value};

use crate::schema_args::Flag;
use found::Found;
use ini::IniFiles;
use netrc::Netrc;

pub(crate) use flags::{args, flags};

/// What to connect with.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The settings that are not secret.
    pub(crate) values: Map<String, Value>,
    /// The secrets to lend.
    pub(crate) secrets: Vec<Secret>,
}

/// What was given for one option.
struct Given<'a> {
    option: &'a OptionSpec,
    flag: Option<&'a Flag>,
    what: What,
}

enum What {
    Nothing,
    Flag(Value),
    Plain(Result<Value>),
    Secret(Secret),
}

impl<'a> Given<'a> {
    fn new(option: &'a OptionSpec, flag: Option<&'a Flag>, found: Option<&Found>) -> Self {
        let what = match found {
            None => What::Nothing,
            Some(found) if option.secret => What::Secret(found.secret(option)),
            Some(found) => What::Plain(found.value(option)),
        };
        Self { option, flag, what }
    }

    fn value(&self) -> Option<&Value> {
        match &self.what {
            What::Flag(value) | What::Plain(Ok(value)) => Some(value),
            _ => None,
        }
    }
}

/// Gathers the settings from where the user has put them. Those that do not apply are left out: a secret of another
/// way to log in is not lent.
pub(crate) fn gather(
    description: &Description,
    flags: &[Flag],
    matches: &ArgMatches,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Settings> {
    let mut files = IniFiles::new(matches.get_one::<PathBuf>("ini").cloned());
    let mut all = Vec::new();
    for option in &description.options {
        let flag = flags.iter().find(|flag| !option.secret && flag.name == option.name);
        all.push(match flag.map(|flag| flag.value(matches)).transpose()?.flatten() {
            Some(value) => Given { option, flag, what: What::Flag(value) },
            None => match environment::find(option, &variable)? {
                Some(found) => Given::new(option, flag, Some(&found)),
                None => Given::new(option, flag, files.find(option)?.as_ref()),
            },
        });
    }
    let mut values = applying(description, &all);
    add_netrc(description, &mut all, &mut values, &variable)?;
    decide(description, all, &values)
}

/// The plain values that apply among each other. One that was not given as a flag may go, and with it the condition of
/// the next.
fn applying(description: &Description, all: &[Given<'_>]) -> Map<String, Value> {
    let pairs = all.iter().filter_map(|given| Some((given.option.name.clone(), given.value()?.clone())));
    let mut values: Map<String, Value> = pairs.collect();
    let goes = |values: &Map<String, Value>| {
        let found = all.iter().filter(|given| !matches!(given.what, What::Flag(_)));
        let mut found = found.filter(|given| values.contains_key(&given.option.name));
        found.find(|given| !description.applies(given.option, values)).map(|given| given.option.name.clone())
    };
    while let Some(name) = goes(&values) {
        values.remove(&name);
    }
    values
}

/// Fills in from the netrc file what applies and was found nowhere else.
fn add_netrc(
    description: &Description,
    all: &mut [Given<'_>],
    values: &mut Map<String, Value>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<()> {
    let mut file = None;
    for given in all.iter_mut().filter(|given| matches!(given.what, What::Nothing)) {
        let Some(key) = given.option.netrc.as_ref().filter(|_| description.applies(given.option, values)) else {
            continue;
        };
        let Some(address) = value_or_default(description, &key.machine, values).and_then(Value::as_str) else {
            continue;
        };
        if file.is_none() {
            file = Some(Netrc::read(&variable)?);
        }
        let Some(netrc) = file.as_ref().and_then(Option::as_ref) else { return Ok(()) };
        let is_login = |option: &&OptionSpec| {
            option.netrc.as_ref().is_some_and(|other| other.machine == key.machine && other.field == "login")
        };
        let logins = description.options.iter().filter(is_login);
        let login = logins.filter_map(|option| values.get(&option.name)).find_map(Value::as_str);
        *given = Given::new(given.option, given.flag, netrc.find(key, address, login)?.as_ref());
        if let Some(value) = given.value() {
            values.insert(given.option.name.clone(), value.clone());
        }
    }
    Ok(())
}

/// Takes what applies, and refuses what is wrong, in the order of the table.
fn decide(description: &Description, all: Vec<Given<'_>>, values: &Map<String, Value>) -> Result<Settings> {
    let mut settings = Settings::default();
    let mut astray = None;
    let mut lacking = None;
    for Given { option, flag, what } in all {
        match (what, description.applies(option, values)) {
            (What::Flag(_), false) => {
                astray = astray.or_else(|| Some(does_not_apply(description, option, flag, values)));
            }
            (What::Plain(Err(error)), true) => return Err(error),
            (What::Flag(value) | What::Plain(Ok(value)), true) => {
                settings.values.insert(option.name.clone(), value);
            }
            (What::Secret(secret), true) => settings.secrets.push(secret),
            (What::Nothing, true) if option.required => lacking = lacking.or_else(|| Some(missing(option, flag))),
            (_, false) | (What::Nothing, true) => {}
        }
    }
    // A wrong value comes first: it may be the condition of the others.
    match astray.or(lacking) {
        Some(error) => Err(error),
        None => Ok(settings),
    }
}

/// The condition of an option in words, such as "`auth` is `api_key` or `token`".
pub(crate) fn condition(option: &OptionSpec) -> Option<String> {
    let condition = option.applies_when.as_ref()?;
    let values: Vec<String> = condition.values.iter().map(|value| format!("`{}`", plain(value))).collect();
    Some(format!("`{}` is {}", condition.option, values.join(" or ")))
}

fn value_or_default<'a>(description: &'a Description, name: &str, values: &'a Map<String, Value>) -> Option<&'a Value> {
    let default = || description.options.iter().find(|option| option.name == name)?.schema.get("default");
    values.get(name).or_else(default)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A flag that has no meaning beside the other settings.
fn does_not_apply(
    description: &Description,
    option: &OptionSpec,
    flag: Option<&Flag>,
    values: &Map<String, Value>,
) -> Error {
    let name = flag.map_or_else(|| option.name.clone(), |flag| format!("--{}", flag.long));
    let other = option.applies_when.as_ref().map(|condition| condition.option.as_str()).unwrap_or_default();
    let now = match value_or_default(description, other, values) {
        Some(value) => format!("it is `{}`", plain(value)),
        None => "it is not set".to_owned(),
    };
    let condition = condition(option).unwrap_or_default();
    Error::new(ErrorKind::InvalidInput, format!("{name} applies only when {condition}, and {now}"))
        .advise(format!("Leave {name} out, or set `{other}`"))
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
    let netrc = option.netrc.as_ref().map(|key| format!("the {} of its host in the netrc file", key.field));
    let ways: Vec<String> = [flag, variable, key, netrc].into_iter().flatten().collect();
    match ways.as_slice() {
        [] => "This connector offers no way to give it".to_owned(),
        ways => format!("Give it as {}", ways.join(", or as ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

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

    /// Two ways to log in, of which the first is the default.
    fn two_ways() -> Description {
        Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("base_url", "string", "Where it is").env("X_URL"))
            .option(OptionSpec::new("auth", "string", "How").with("default", "key").env("X_AUTH"))
            .option(
                OptionSpec::new("id", "string", "Who")
                    .required()
                    .when("auth", &["key"])
                    .env("X_ID")
                    .netrc("base_url", "login"),
            )
            .option(
                OptionSpec::new("key", "string", "The key")
                    .required()
                    .secret()
                    .when("auth", &["key"])
                    .env("X_KEY")
                    .netrc("base_url", "password"),
            )
            .option(OptionSpec::new("port", "integer", "The port").when("auth", &["browser", "device"]).env("X_PORT"))
            .option(OptionSpec::new("path", "string", "Never").required().when("port", &[]).env("X_PATH"))
    }

    fn two_ways_gathered(arguments: &[&str], environment: &[(&str, &str)], netrc: &str) -> Result<Settings> {
        let dir = tempfile::tempdir().unwrap();
        let file = tempfile::NamedTempFile::new_in(&dir).unwrap();
        fs::write(file.path(), netrc).unwrap();
        let flags = flags(&two_ways(), &mut BTreeSet::new());
        let matches = Command::new("x").args(args(&flags)).get_matches_from(["x"].iter().chain(arguments));
        gather(&two_ways(), &flags, &matches, |name| match name {
            "NETRC" => Some(file.path().into()),
            _ => environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)),
        })
    }

    #[test]
    fn a_setting_that_does_not_apply_is_left_out_and_its_secret_is_not_lent() {
        let environment = [("X_AUTH", "browser"), ("X_ID", "me"), ("X_KEY", "hush"), ("X_PORT", "7"), ("X_URL", "a")];
        let settings = two_ways_gathered(&[], &environment, "machine a login me password hush").unwrap();
        assert_eq!(Value::Object(settings.values), serde_json::json!({"base_url": "a", "auth": "browser", "port": 7}));
        assert!(settings.secrets.is_empty());
        let settings = two_ways_gathered(&[], &[("X_ID", "me"), ("X_KEY", "hush"), ("X_PORT", "wrong")], "").unwrap();
        assert_eq!(Value::Object(settings.values), serde_json::json!({"id": "me"}), "nor is its value looked at");
        assert_eq!(settings.secrets.len(), 1);
    }

    #[test]
    fn what_is_required_is_missed_only_where_it_applies() {
        let error = two_ways_gathered(&[], &[], "").unwrap_err();
        assert!(error.message.starts_with("The setting `id` is missing"), "{error}");
        assert!(error.advice.ends_with("or as the login of its host in the netrc file"), "{}", error.advice);
        two_ways_gathered(&["--auth", "browser"], &[], "").unwrap();
    }

    #[test]
    fn a_flag_that_does_not_apply_is_refused_with_its_condition_in_words() {
        let error = two_ways_gathered(&["--port", "7"], &[], "").unwrap_err();
        assert_eq!(error.message, "--port applies only when `auth` is `browser` or `device`, and it is `key`");
        assert_eq!(error.advice, "Leave --port out, or set `auth`");
    }

    #[test]
    fn the_netrc_file_fills_in_what_was_found_nowhere_else() {
        let netrc = "machine a login one password 1\nmachine a login two password 2\n";
        let key = |environment: &[(&str, &str)]| {
            let settings = two_ways_gathered(&["--base-url", "https://A:19999/x"], environment, netrc).unwrap();
            (settings.values["id"].clone(), settings.secrets[0].value.expose_secret().to_vec())
        };
        assert_eq!(key(&[]), ("one".into(), b"1".to_vec()));
        assert_eq!(key(&[("X_ID", "two")]), ("two".into(), b"2".to_vec()), "the password is that of the login");
        assert_eq!(key(&[("X_KEY", "env")]), ("one".into(), b"env".to_vec()));
    }

    #[test]
    fn pairs_are_given_as_flags_or_in_one_variable_and_are_not_repeated_in_an_error() {
        let pairs = serde_json::json!({"type": "string"});
        let description = Description::new("x", "X", "1", "s").option(
            OptionSpec::new("headers", "object", "Headers").with("additionalProperties", pairs).env("X_HEADERS"),
        );
        let gathered = |arguments: &[&str], variable: &str| {
            let flags = flags(&description, &mut BTreeSet::new());
            let matches = Command::new("x").args(args(&flags)).get_matches_from(["x"].iter().chain(arguments));
            gather(&description, &flags, &matches, |name| (name == "X_HEADERS").then(|| variable.into()))
        };
        let both = serde_json::json!({"A": "1", "B": "2"});
        assert_eq!(gathered(&["--headers", "A=1", "--headers", "B=2"], "").unwrap().values["headers"], both);
        assert_eq!(gathered(&[], "A=1; B=2").unwrap().values["headers"], both);
        let error = gathered(&[], "hush").unwrap_err();
        assert_eq!(error.message, "The environment variable X_HEADERS must be NAME=VALUE");
    }

    #[test]
    fn an_ini_file_that_was_named_and_is_not_there_is_an_error() {
        let flags = flags(&description(), &mut BTreeSet::new());
        let matches = Command::new("x").args(args(&flags)).get_matches_from(["x", "--ini", "/no/such/x.ini"]);
        let error = gather(&description(), &flags, &matches, |_| None).unwrap_err();
        assert!(error.message.contains("/no/such/x.ini"), "{error}");
    }
}
