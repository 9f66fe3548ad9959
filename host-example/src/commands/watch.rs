//! `watch`: polls a trigger and prints what has happened, an event a line. Where it has come to stands in a file, which is
//! written when the events before have been: whoever ends it at any moment loses none, and may be told some again.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use connector_interface::load::Session;
use connector_interface::{Description, Error, ErrorKind, OperationSpec, Retry};
use serde_json::{Map, Value};

use crate::commands::steps::TRIGGERS;
use crate::commands::{Context, PluginFlags, deadline, events, input, serves, value, with_session};
use crate::exit::{self, Stop};
use crate::interrupt;
use crate::messages::{self, printable};
use crate::output::stdout;
use crate::schema_args::body;
use crate::whole_file;

pub(crate) const NAME: &str = "watch";

/// Between two polls, where the connector does not say it.
const INTERVAL: Duration = Duration::from_mins(1);

/// The flag that names the file of the cursor.
const FILE: &str = "--cursor-file";

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::POLL, &["trigger", "input", "cursor", "sample"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Watch for what a trigger tells, and print each event as a line of JSON")
        .hide(!serves(description, OperationSpec::POLL))
        .arg(Arg::new("trigger").value_name("TRIGGER").required(true).help("The trigger's name (see `triggers`)"))
        .args(
            [
                input::given_arg("An input of the trigger"),
                input::whole_arg(),
                Arg::new("cursor-file")
                    .long("cursor-file")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .help("Go on from where this file says, and keep it up to date; without it begin anew each time"),
                Arg::new("interval")
                    .long("interval")
                    .value_name("SECONDS")
                    .value_parser(|text: &str| match text.parse::<f64>().map(Duration::try_from_secs_f64) {
                        Ok(Ok(interval)) => Ok(interval),
                        _ => Err("must be a number of seconds"),
                    })
                    .help("Between two polls; without it what the trigger asks for (see `describe TRIGGER`)"),
                Arg::new("once")
                    .long("once")
                    .action(ArgAction::SetTrue)
                    .help("Poll until there is nothing more, and end"),
                Arg::new("sample")
                    .long("sample")
                    .action(ArgAction::SetTrue)
                    .conflicts_with("once")
                    .help("Print one event as an example at once, and end"),
            ]
            .map(|arg| arg.help_heading("Trigger")),
        )
        .args(flags(description).args("Trigger"))
}

/// What is watched.
struct Watching<'a> {
    session: &'a Session,
    body: Map<String, Value>,
    file: Option<&'a Path>,
    cursor: Option<String>,
    deadline: Option<Duration>,
    /// Sentences that were told before.
    told: HashSet<String>,
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    let spec = TRIGGERS.spec(plugin)?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let trigger = matches.get_one::<String>("trigger").map_or("", String::as_str);
    body.insert("trigger".to_owned(), trigger.into());
    body.insert("input".to_owned(), input::given(matches)?.into());
    let own = TRIGGERS.find(spec, trigger).and_then(|entry| entry.get("x-interval")?.as_u64()).map(Duration::from_secs);
    let interval = matches.get_one::<Duration>("interval").copied().or(own).unwrap_or(INTERVAL);
    let is_sample = matches.get_flag("sample");
    let file = matches.get_one::<PathBuf>("cursor-file").map(PathBuf::as_path).filter(|_| !is_sample);
    let cursor = file.map(kept).transpose()?.flatten();
    let once = matches.get_flag("once");
    if is_sample {
        body.insert("sample".to_owned(), true.into());
    }
    let _asking = interrupt::Asking::begin();
    with_session(plugin, &flags, matches, |session| {
        let deadline = deadline(matches);
        let mut watching = Watching { session, body, file, cursor, deadline, told: HashSet::new() };
        let tells_all = watching.body.get("first").and_then(Value::as_str) == Some("all");
        if once && watching.file.is_none() && !tells_all {
            messages::note("Each run begins anew without --cursor-file, and the first poll tells nothing");
        }
        if !once && !is_sample {
            let from = if watching.cursor.is_some() { "from where the cursor file says" } else { "from now on" };
            messages::line(&format!("Watching {from}, every {:.0} s; Ctrl-C ends it", interval.as_secs_f64()));
        }
        loop {
            let pause = match watching.poll() {
                Ok(true) => Duration::ZERO,
                Ok(false) if once || is_sample => return Ok(()),
                Ok(false) => interval,
                Err(Stop::Failed(error)) if !once && !is_sample && error.retry != Retry::Never => {
                    messages::error(&error);
                    match error.retry {
                        Retry::AfterMs(pause) => Duration::from_millis(pause).max(interval),
                        _ => interval,
                    }
                }
                Err(error) => return Err(error),
            };
            if interrupt::pause(pause) {
                return Err(Error::new(ErrorKind::Cancelled, "Interrupted").into());
            }
        }
    })
}

impl Watching<'_> {
    /// Polls once; whether there is more at once.
    fn poll(&mut self) -> exit::Result<bool> {
        let mut body = self.body.clone();
        if let Some(cursor) = &self.cursor {
            body.insert("cursor".to_owned(), cursor.as_str().into());
        }
        let answer = value(self.session, OperationSpec::POLL, &Value::Object(body), self.deadline, true)?;
        let lines = events(&answer);
        if !lines.is_empty() {
            stdout::print(&lines)?;
        }
        let notes = answer.get("notes").and_then(Value::as_array).into_iter().flatten();
        for note in notes.filter_map(Value::as_str) {
            if self.told.insert(note.to_owned()) {
                messages::note(&printable(note));
            }
        }
        let cursor = answer.get("cursor").and_then(Value::as_str);
        if let Some(cursor) = cursor.filter(|cursor| self.cursor.as_deref() != Some(*cursor)) {
            if let Some(file) = self.file {
                whole_file::write(FILE, file, cursor.as_bytes())?;
            }
            self.cursor = Some(cursor.to_owned());
        }
        Ok(answer.get("more").and_then(Value::as_bool) == Some(true))
    }
}

/// What a cursor file says; nothing where there is none yet, which must be a place that can be written.
fn kept(file: &Path) -> connector_interface::Result<Option<String>> {
    if !file.exists() {
        whole_file::check(FILE, file)?;
        return Ok(None);
    }
    input::file(FILE, file).map(|text| Some(text.trim().to_owned()))
}
