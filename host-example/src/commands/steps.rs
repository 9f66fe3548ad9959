//! `actions`: the connector's actions, and what one of them takes and answers.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::load::Plugin;
use connector_interface::{Description, Error, ErrorKind, OperationSpec};
use serde_json::Value;

use crate::commands::schema_page::section;
use crate::commands::{Context, operation, pretty, serves};
use crate::exit;
use crate::messages::printable;
use crate::output::{stdout, table};

pub(crate) const NAME: &str = "actions";

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME).about("List the connector's actions").hide(!serves(description, OperationSpec::INVOKE)).arg(
        Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print them as JSON, with their JSON Schemas"),
    )
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let spec = operation(context.plugin()?, OperationSpec::INVOKE, "actions")?;
    if matches.get_flag("json") {
        return stdout::print(&pretty(&entries(spec).cloned().collect()));
    }
    let rows: Vec<Vec<String>> = entries(spec)
        .map(|entry| ["x-group", "title", "x-effect", "description"].map(|key| fact(entry, key).to_owned()).to_vec())
        .collect();
    stdout::print(&table::text(&["subject", "action", "effect", "what it does"], &rows))
}

/// The entries of the actions: what the schema of a request says of each.
fn entries(spec: &OperationSpec) -> impl Iterator<Item = &Value> {
    spec.input.get("oneOf").and_then(Value::as_array).into_iter().flatten()
}

/// The entry of an action.
pub(crate) fn find<'a>(spec: &'a OperationSpec, name: &str) -> Option<&'a Value> {
    entries(spec).find(|entry| entry.pointer("/properties/action/const").and_then(Value::as_str) == Some(name))
}

/// A fact of an entry.
pub(crate) fn fact<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Shows what an action takes and answers.
pub(crate) fn describe(plugin: &Plugin, name: &str, json: bool) -> exit::Result<()> {
    let spec = operation(plugin, OperationSpec::INVOKE, "actions")?;
    let entry = find(spec, name).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("There is no action `{}`", printable(name))).advise("See `actions`")
    })?;
    stdout::print(&if json { pretty(entry) } else { page(entry) })
}

fn page(entry: &Value) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "{}: {}", printable(fact(entry, "title")), printable(fact(entry, "description")));
    for (title, key) in [("Effect", "x-effect"), ("Needs", "x-needs"), ("Done twice", "x-repeat")] {
        if !fact(entry, key).is_empty() {
            let _ = writeln!(page, "{title}: {}", printable(fact(entry, key)));
        }
    }
    section(&mut page, "Inputs", entry.pointer("/properties/input"));
    section(&mut page, "Answer", entry.get("x-output"));
    page
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_says_what_an_action_does_needs_and_takes() {
        let entry = json!({
            "title": "move", "description": "Move a thing", "x-effect": "write", "x-needs": "a right",
            "properties": { "action": { "const": "move" }, "input": { "type": "object", "required": ["id"],
                "properties": { "id": { "type": "string", "description": "The id" } } } },
            "x-output": { "type": "null" },
        });
        let expected = "move: Move a thing\nEffect: write\nNeeds: a right\n\nInputs\n  id  string  required; The id\n\nAnswer: null\n";
        assert_eq!(page(&entry), expected);
    }
}
