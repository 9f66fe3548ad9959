//! Where plugins are looked for, how each is tried, and which one is chosen.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector_interface::load::probe::{self, Report};
use connector_interface::load::{self, Plugin, Probe};
use connector_interface::{Error, ErrorKind, Result};
use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};

/// The variable with directories of plugins, separated as in `PATH`.
pub(crate) const VARIABLE: &str = "CONNECTOR_PLUGIN_PATH";

/// The hidden command by which this program tries a plugin in a child process.
pub(crate) const PROBE_COMMAND: &str = "__probe";

const PROBE_TIMEOUT: Duration = Duration::from_secs(20);

/// The directories that are searched, in order.
#[derive(Clone, Debug)]
pub(crate) struct Places(Vec<PathBuf>);

impl Places {
    /// The directories given, or else those of the environment and of the user.
    pub(crate) fn new(given: &[PathBuf]) -> Self {
        let user = choose_native_strategy().ok().map(|strategy| user_directory(&strategy.data_dir()));
        Self::choose(given, std::env::var_os(VARIABLE).as_deref(), user)
    }

    fn choose(given: &[PathBuf], variable: Option<&OsStr>, user: Option<PathBuf>) -> Self {
        let mut directories: Vec<PathBuf> = given.to_vec();
        if directories.is_empty() {
            directories = variable.into_iter().flat_map(std::env::split_paths).chain(user).collect();
        }
        let mut known = BTreeSet::new();
        directories.retain(|directory| {
            let same = fs::canonicalize(directory).unwrap_or_else(|_| directory.clone());
            !directory.as_os_str().is_empty() && known.insert(same)
        });
        Self(directories)
    }

    /// The directories in words, each with what is wrong with it.
    pub(crate) fn in_words(&self) -> String {
        let words: Vec<String> = self
            .0
            .iter()
            .map(|directory| match fs::read_dir(directory) {
                Ok(_) => directory.display().to_string(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    format!("{} (does not exist)", directory.display())
                }
                Err(error) => format!("{} ({error})", directory.display()),
            })
            .collect();
        if words.is_empty() { "no directory".to_owned() } else { words.join(", ") }
    }
}

fn user_directory(data: &Path) -> PathBuf {
    data.join("connector-host").join("plugins")
}

/// A plugin that was found, and what came of trying it.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name by its file.
    pub(crate) name: String,
    /// The manifest or the library; of a directory that cannot be read, the directory.
    pub(crate) source: PathBuf,
    /// The library.
    pub(crate) library: Option<PathBuf>,
    /// What it says of itself, or why it cannot be used.
    pub(crate) report: Result<Report>,
}

impl Row {
    /// Whether a user means this plugin by this name.
    fn is_named(&self, name: &str) -> bool {
        self.name == name || self.report.as_ref().is_ok_and(|report| report.description.name == name)
    }

    /// Why it cannot be used, with its name and its files.
    fn refusal(&self, reason: &Error) -> Error {
        let library = self.library.as_ref().filter(|library| **library != self.source);
        let library = library.map(|library| format!(", library {}", library.display())).unwrap_or_default();
        let file = self.source.display();
        let message =
            format!("The plugin `{}` ({file}{library}) cannot be used: {}", self.name, inside(&reason.message));
        let advice = if reason.advice.is_empty() { "Repair or replace the file" } else { &reason.advice };
        let mut error = Error::new(ErrorKind::PluginUnusable, message).advise(advice);
        error.evidence.clone_from(&reason.evidence);
        error
    }
}

/// A sentence as it stands inside another: its first letter is small, unless it begins a word in capitals.
fn inside(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => sentence.to_owned(),
    }
}

/// Finds the plugins and tries those that are wanted.
fn find(places: &Places, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let (readable, unreadable): (Vec<_>, Vec<_>) = places.0.iter().cloned().partition(|directory| {
        fs::read_dir(directory).map_or_else(|error| error.kind() == std::io::ErrorKind::NotFound, |_| true)
    });
    let candidates = load::search(&readable).unwrap_or_default();
    let any_is_wanted = candidates.iter().any(|candidate| wanted(&candidate.name));
    let probe = Probe {
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("connector-host")),
        arguments: vec![PROBE_COMMAND.into()],
        timeout: PROBE_TIMEOUT,
    };
    let tried =
        candidates.into_iter().filter(|candidate| !any_is_wanted || wanted(&candidate.name)).map(|candidate| Row {
            name: candidate.name,
            source: candidate.source,
            library: candidate.library.as_ref().ok().cloned(),
            report: candidate.library.and_then(|library| probe.check(&library)),
        });
    let refused = unreadable.into_iter().map(|directory| {
        let reason = fs::read_dir(&directory).err().map(|error| error.to_string()).unwrap_or_default();
        Row {
            name: directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            source: directory,
            library: None,
            report: Err(Error::new(ErrorKind::PluginUnusable, format!("The directory cannot be read: {reason}"))),
        }
    });
    tried.chain(refused).collect()
}

/// Every plugin, in the order of the directories, manifests first.
pub(crate) fn list(places: &Places) -> Vec<Row> {
    find(places, |_| false)
}

/// Chooses the plugin of this name, or else the only one that can be used, and loads it.
pub(crate) fn select(places: &Places, name: Option<&str>) -> Result<Plugin> {
    let rows = find(places, |candidate| name == Some(candidate));
    let row = choose(&rows, name, places)?;
    match (&row.report, &row.library) {
        (Ok(_), Some(library)) => Plugin::load(library).map_err(|error| row.refusal(&error)),
        (Err(error), _) => Err(row.refusal(error)),
        (Ok(_), None) => Err(row.refusal(&Error::new(ErrorKind::PluginUnusable, "It has no library"))),
    }
}

/// The error of a host without any plugin.
pub(crate) fn none_found(places: &Places) -> Error {
    Error::new(ErrorKind::PluginUnusable, format!("No connector plugin was found; searched: {}", places.in_words()))
        .advise(format!("Put a plugin or its manifest there, or name its directory with --plugin-dir or {VARIABLE}"))
}

/// The error of a host whose plugins are all broken: each with its reason.
fn none_usable(rows: &[Row]) -> Error {
    let reasons: Vec<String> = rows
        .iter()
        .filter_map(|row| row.report.as_ref().err().map(|error| (row, error)))
        .map(|(row, error)| format!("{} ({})", row.source.display(), inside(&error.message)))
        .collect();
    Error::new(ErrorKind::PluginUnusable, format!("None of the plugins found can be used: {}", reasons.join("; ")))
        .advise("Repair or replace one, or name another directory with --plugin-dir")
}

fn choose<'a>(rows: &'a [Row], name: Option<&str>, places: &Places) -> Result<&'a Row> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
    let names = |rows: &[&Row]| {
        let names: Vec<String> = rows.iter().map(|row| format!("`{}`", row.name)).collect();
        names.join(", ")
    };
    let usable: Vec<&Row> = rows.iter().filter(|row| row.report.is_ok()).collect();
    let meant: Vec<&Row> = match name {
        Some(name) => rows.iter().filter(|row| row.is_named(name)).collect(),
        None => usable.clone(),
    };
    // A file's name says more than the name by which a connector calls itself.
    let by_file = name.and_then(|name| rows.iter().find(|row| row.name == name));
    match (by_file, meant.as_slice(), rows) {
        (Some(row), _, _) | (None, &[row], _) => Ok(row),
        (None, [], []) => Err(none_found(places)),
        (None, [], [only]) if usable.is_empty() => Ok(only),
        (None, [], _) if usable.is_empty() => Err(none_usable(rows)),
        (None, [], _) => Err(invalid(format!("There is no connector named `{}`", name.unwrap_or_default()))
            .advise(format!("There are: {}", names(&usable)))),
        (None, several, _) => match name {
            None => Err(invalid(format!("There are several connectors: {}", names(several)))
                .advise("Choose one with --connector NAME")),
            Some(name) => {
                let files: Vec<String> = several.iter().map(|row| row.source.display().to_string()).collect();
                Err(invalid(format!("Several plugins call themselves `{name}`: {}", files.join(" and ")))
                    .advise(format!("Choose one by its file: --connector with one of {}", names(several))))
            }
        },
    }
}

/// Runs the hidden probe command: the line to print, when the arguments ask for it.
pub(crate) fn answer_probe(args: &[OsString]) -> Option<String> {
    match args {
        [_, command, path] if command == OsStr::new(PROBE_COMMAND) => Some(probe::answer(Path::new(path))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use connector_interface::Description;

    use super::*;

    fn row(file: &str, connector: Option<&str>) -> Row {
        let report = match connector {
            Some(name) => serde_json::from_value(serde_json::json!({
                "interface": "1.0.0", "description": Description::new(name, name, "1", "s"),
            }))
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string())),
            None => Err(Error::new(ErrorKind::PluginUnusable, "The file is empty")),
        };
        Row { name: file.to_owned(), source: PathBuf::from(format!("/p/{file}")), library: None, report }
    }

    fn places() -> Places {
        Places(vec![PathBuf::from("/no/such/one"), PathBuf::from("/no/such/two")])
    }

    fn fails(rows: &[Row], name: Option<&str>) -> Error {
        choose(rows, name, &places()).unwrap_err()
    }

    #[test]
    fn given_directories_replace_the_others_and_none_is_searched_twice() {
        let dir = tempfile::tempdir().unwrap();
        let given = [dir.path().to_owned(), dir.path().join(".")];
        assert_eq!(Places::choose(&given, Some(OsStr::new("/a")), Some("/u".into())).0.len(), 1);
        let variable = std::env::join_paths(["/a", "/b"]).unwrap();
        let found = Places::choose(&[], Some(&variable), Some("/u".into())).0;
        assert_eq!(found, [Path::new("/a"), Path::new("/b"), Path::new("/u")]);
    }

    #[test]
    fn without_any_plugin_every_directory_is_named() {
        let error = fails(&[], None);
        assert_eq!(error.kind, ErrorKind::PluginUnusable);
        assert!(error.message.contains("/no/such/one (does not exist), /no/such/two"), "{error}");
        assert_eq!(fails(&[], Some("a")).kind, ErrorKind::PluginUnusable);
    }

    #[test]
    fn the_only_usable_one_is_chosen_and_a_broken_one_beside_it_does_no_harm() {
        let rows = [row("bad", None), row("good", Some("x"))];
        assert_eq!(choose(&rows, None, &places()).unwrap().name, "good");
    }

    #[test]
    fn several_without_a_name_are_a_usage_error_that_lists_them() {
        let error = fails(&[row("a", Some("x")), row("b", Some("y"))], None);
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::InvalidInput, "There are several connectors: `a`, `b`")
        );
    }

    #[test]
    fn a_name_is_that_of_the_file_or_of_the_connector() {
        let rows = [row("a", Some("x")), row("b", Some("y"))];
        assert_eq!(choose(&rows, Some("b"), &places()).unwrap().name, "b");
        assert_eq!(choose(&rows, Some("x"), &places()).unwrap().name, "a");
        assert_eq!(fails(&rows, Some("z")).kind, ErrorKind::InvalidInput);
    }

    #[test]
    fn two_files_of_one_connector_are_both_named() {
        let error = fails(&[row("a", Some("x")), row("b", Some("x"))], Some("x"));
        assert!(error.message.contains("/p/a and /p/b"), "{error}");
    }

    #[test]
    fn when_all_are_broken_each_file_is_named_with_its_reason() {
        let error = fails(&[row("a", None), row("b", None)], Some("x"));
        assert_eq!(error.kind, ErrorKind::PluginUnusable);
        assert!(error.message.ends_with("/p/a (the file is empty); /p/b (the file is empty)"), "{error}");
    }

    #[test]
    fn a_broken_one_that_was_named_is_refused_with_its_reason() {
        let rows = [row("bad", None), row("good", Some("x"))];
        let chosen = choose(&rows, Some("bad"), &places()).unwrap();
        let error = chosen.refusal(chosen.report.as_ref().unwrap_err());
        assert_eq!(error.message, "The plugin `bad` (/p/bad) cannot be used: the file is empty");
    }
}
