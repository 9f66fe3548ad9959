//! `connect`: the connection test.

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, operation, pretty, value, with_session};
use crate::exit;
use crate::messages::{printable, sentence};
use crate::output::stdout;
use crate::schema_args::body;

pub(crate) const NAME: &str = "connect";

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::CHECK, &[])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Test the connection and the credentials")
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help_heading("Output")
                .help("Print JSON, with all facts"),
        )
        .args(flags(description).args("Request"))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::CHECK, "connection test")?;
    let flags = flags(Some(plugin.description()));
    let body = Value::Object(body(&flags.request, matches, Map::new())?);
    let answer = with_session(plugin, &flags, matches, |session| {
        Ok(value(session, OperationSpec::CHECK, &body, deadline(matches), true)?)
    })?;
    if matches.get_flag("json") {
        return stdout::print(&pretty(&answer));
    }
    match answer.get("summary").and_then(Value::as_str) {
        Some(summary) => stdout::print(&format!("{}\n", sentence(summary))),
        None => stdout::print(&format!("{}\n", printable(&answer.to_string()))),
    }
}
