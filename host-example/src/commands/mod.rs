//! The commands, one file each, and what they share: a session, and an operation that ends in a value.

pub(crate) mod api;
pub(crate) mod catalog;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod describe;
mod input;
pub(crate) mod invoke;
pub(crate) mod login;
pub(crate) mod options;
pub(crate) mod plugins;
pub(crate) mod query;
pub(crate) mod receive;
mod schema_page;
pub(crate) mod steps;
pub(crate) mod watch;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use connector_interface::load::{Plugin, Session};
use connector_interface::{Description, Error, ErrorKind, Level, OperationSpec, Outcome, Result};
use serde_json::Value;

use crate::exit::{self, Stop};
use crate::interrupt;
use crate::messages;
use crate::plugins::Places;
use crate::progress::Watch;
use crate::schema_args::Flag;
use crate::services::{self, HostServices};
use crate::settings;

/// How long the plugin may take to give back what the service holds.
const SHUTDOWN: Duration = Duration::from_secs(5);
/// The same, when the user waits for the prompt.
const SHUTDOWN_INTERRUPTED: Duration = Duration::from_secs(2);

/// What every command may use.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where plugins are searched.
    pub(crate) places: Places,
    /// The chosen plugin; there is one whenever the command needs one.
    pub(crate) plugin: Option<Plugin>,
    /// The whole command line.
    pub(crate) command: Command,
}

impl Context {
    /// The chosen plugin.
    pub(crate) fn plugin(&self) -> Result<&Plugin> {
        self.plugin.as_ref().ok_or_else(|| Error::new(ErrorKind::PluginUnusable, "No connector plugin is loaded"))
    }
}

/// Flags of the host's own, which no plugin's setting or request may take.
const RESERVED: [&str; 31] = [
    "action",
    "body",
    "connector",
    "cursor-file",
    "deadline",
    "dry-run",
    "format",
    "header",
    "header-file",
    "help",
    "ini",
    "input",
    "input-file",
    "interval",
    "json",
    "list",
    "no-browser",
    "no-progress",
    "once",
    "output",
    "param",
    "paste",
    "plugin-dir",
    "quiet",
    "redirect-port",
    "sample",
    "save",
    "token-command",
    "verbose",
    "version",
    "yes",
];

/// The flags that a plugin's description adds to a command: its settings, and one kind of request.
#[derive(Debug, Default)]
pub(crate) struct PluginFlags {
    settings: Vec<Flag>,
    /// Those of the request.
    pub(crate) request: Vec<Flag>,
}

impl PluginFlags {
    /// The flags for a kind of request, but for the properties that the command fills in by itself. Settings choose
    /// their names first, so that a flag of a setting means the same in every command.
    pub(crate) fn new(description: Option<&Description>, kind: &str, except: &[&str]) -> Self {
        let Some(description) = description else { return Self::default() };
        let mut taken = BTreeSet::from(RESERVED.map(str::to_owned));
        let settings = settings::flags(description, &mut taken);
        let operation = description.find_operation(kind);
        let request = operation.map(|operation| Flag::all(&operation.input, &mut taken, "request", except));
        Self { settings, request: request.unwrap_or_default() }
    }

    /// Them as clap knows them, the request's first.
    pub(crate) fn args(&self, heading: &str) -> Vec<Arg> {
        let request = self.request.iter().map(|flag| flag.arg(heading));
        request.chain([deadline_arg()]).chain(settings::args(&self.settings)).collect()
    }
}

fn deadline_arg() -> Arg {
    Arg::new("deadline")
        .long("deadline")
        .value_name("SECONDS")
        .value_parser(|text: &str| match text.parse::<f64>().map(Duration::try_from_secs_f64) {
            Ok(Ok(deadline)) if !deadline.is_zero() => Ok(deadline),
            _ => Err("must be a number of seconds greater than 0"),
        })
        .help_heading("Output")
        .help("Give up when the whole operation takes longer")
}

/// How long the operation may take, when the user has said so.
pub(crate) fn deadline(matches: &ArgMatches) -> Option<Duration> {
    matches.get_one::<Duration>("deadline").copied()
}

/// The connector's own description of a kind of request.
pub(crate) fn operation<'a>(plugin: &'a Plugin, kind: &str, what: &str) -> Result<&'a OperationSpec> {
    let description = plugin.description();
    description.find_operation(kind).ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, format!("The connector {} has no {what}", description.title))
            .advise("See what it offers with `describe`")
    })
}

/// Whether a command for this kind of request is worth showing.
pub(crate) fn serves(description: Option<&Description>, kind: &str) -> bool {
    description.is_none_or(|description| description.find_operation(kind).is_some())
}

/// Connects, does the work, and always lets the plugin end its session in order.
pub(crate) fn with_session<T>(
    plugin: &Plugin,
    flags: &PluginFlags,
    matches: &ArgMatches,
    work: impl FnOnce(&Session) -> exit::Result<T>,
) -> exit::Result<T> {
    let settings = settings::gather(plugin.description(), &flags.settings, matches, |name| std::env::var_os(name))?;
    let session = plugin.connect(&settings.values, &settings.secrets, HostServices::of(matches))?;
    drop(settings);
    let result = work(&session);
    let interrupted = interrupt::seen();
    if let Err(error) = session.shutdown(if interrupted { SHUTDOWN_INTERRUPTED } else { SHUTDOWN }) {
        services::log(Level::Warn, "host", &format!("The session did not end in order: {error}"));
    }
    match result {
        Err(Stop::Failed(_)) if interrupted => Err(interrupt::error().into()),
        result => result,
    }
}

/// Runs an operation whose result is there as a whole, and tells the notices of its summary.
pub(crate) fn outcome(
    session: &Session,
    kind: &str,
    body: &Value,
    deadline: Option<Duration>,
    progress: bool,
) -> Result<Outcome> {
    let operation = session.start(kind, body, deadline)?;
    let _guard = interrupt::Guard::new(&operation);
    let mut watch = Watch::start(&operation, progress);
    let outcome = operation.result()?;
    watch.clear();
    messages::summary(&operation.progress()?.summary);
    Ok(outcome)
}

/// Runs an operation that must end in a JSON value.
pub(crate) fn value(
    session: &Session,
    kind: &str,
    body: &Value,
    deadline: Option<Duration>,
    progress: bool,
) -> Result<Value> {
    match outcome(session, kind, body, deadline, progress)? {
        Outcome::Value(value) => Ok(value),
        other => Err(no_value(kind, &other)),
    }
}

/// The error of a connector that answers in another form than the kind of request is known for.
pub(crate) fn no_value(kind: &str, outcome: &Outcome) -> Error {
    Error::new(ErrorKind::Internal, format!("The connector's {kind} is no value but {outcome:?}"))
}

/// The events of an answer, a line each.
pub(crate) fn events(answer: &Value) -> String {
    let mut lines = String::new();
    for event in answer.get("events").and_then(Value::as_array).into_iter().flatten() {
        let _ = writeln!(lines, "{event}");
    }
    lines
}

/// A JSON value as indented text with its line end.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use connector_interface::OptionSpec;
    use connector_interface::describe::OutcomeKind;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_setting_has_the_same_flag_in_every_command_and_a_property_of_its_name_another() {
        let input = json!({"type": "object", "properties": {"timeout": {"type": "integer"}}});
        let description = Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("timeout", "integer", "Seconds"))
            .operation(OperationSpec::new("query", "s", input, &[OutcomeKind::Rows]));
        let longs = |kind: &str| {
            let flags = PluginFlags::new(Some(&description), kind, &[]);
            flags.settings.into_iter().chain(flags.request).map(|flag| flag.long).collect::<Vec<_>>()
        };
        assert_eq!(longs("query"), ["timeout", "request-timeout"]);
        assert_eq!(longs("check"), ["timeout"]);
    }
}
