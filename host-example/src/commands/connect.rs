//! `connect`: the connection test.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, operation, pretty, value, with_session};
use crate::exit;
use crate::messages::{self, printable, sentence};
use crate::output::stdout;
use crate::schema_args::body;

pub(crate) const NAME: &str = "connect";

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::CHECK, &[])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Test the connection and the credentials")
        .arg(json_arg())
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
    print(&answer, matches.get_flag("json"))
}

/// The flag for an answer with all its facts.
pub(crate) fn json_arg() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help_heading("Output").help("Print JSON, with all facts")
}

/// Prints an answer of `summary` and `facts`.
pub(crate) fn print(answer: &Value, as_json: bool) -> exit::Result<()> {
    stdout::print(&if as_json { pretty(answer) } else { text(answer, messages::talk().quiet) })
}

/// The summary as a sentence, and below it the lines among the facts that are for a person.
fn text(answer: &Value, quiet: bool) -> String {
    let summary = answer.get("summary").and_then(Value::as_str);
    let mut text = summary.map_or_else(|| printable(&answer.to_string()), sentence);
    text.push('\n');
    let lines = answer.pointer("/facts/lines").and_then(Value::as_array).filter(|_| !quiet);
    for line in lines.into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(text, "  {}", printable(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_summary_is_a_sentence_and_the_lines_for_a_person_stand_below_it() {
        let answer = json!({"summary": "Connected", "facts": {"lines": ["As admin", "One \u{1b}model"], "other": 1}});
        assert_eq!(text(&answer, false), "Connected.\n  As admin\n  One  model\n");
        assert_eq!(text(&answer, true), "Connected.\n");
        assert_eq!(text(&json!({"summary": "Connected", "facts": {"lines": "one"}}), false), "Connected.\n");
        assert_eq!(text(&json!({"facts": {}}), false), "{\"facts\":{}}\n");
    }
}
