//! `actions` and `triggers`: the connector's named steps, and what one of them takes and answers.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::load::Plugin;
use connector_interface::{Description, Error, ErrorKind, OperationSpec, Result};
use serde_json::Value;

use crate::commands::schema_page::section;
use crate::commands::{Context, operation, pretty, serves};
use crate::exit;
use crate::messages::printable;
use crate::output::{stdout, table};

/// A kind of step.
pub(crate) struct Steps {
    /// The command that lists them, which is also what several are called.
    pub(crate) plural: &'static str,
    /// What one is called, in sentences and in requests.
    pub(crate) one: &'static str,
    /// The kind of request that runs one.
    kind: &'static str,
    about: &'static str,
    /// The columns of the list, besides the subject and the name: the fact of the entry, and the heading.
    columns: &'static [(&'static str, &'static str)],
}

pub(crate) const ACTIONS: Steps = Steps {
    plural: "actions",
    one: "action",
    kind: OperationSpec::INVOKE,
    about: "List the connector's actions",
    columns: &[("x-effect", "effect"), ("description", "what it does")],
};

pub(crate) const TRIGGERS: Steps = Steps {
    plural: "triggers",
    one: "trigger",
    kind: OperationSpec::POLL,
    about: "List the connector's triggers: what can be watched for",
    columns: &[("description", "what it tells")],
};

impl Steps {
    pub(crate) fn command(&self, description: Option<&Description>) -> Command {
        Command::new(self.plural).about(self.about).hide(!serves(description, self.kind)).arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print them as JSON, with their JSON Schemas"),
        )
    }

    pub(crate) fn run(&self, matches: &ArgMatches, context: &Context) -> exit::Result<()> {
        let spec = self.spec(context.plugin()?)?;
        if matches.get_flag("json") {
            return stdout::print(&pretty(&entries(spec).cloned().collect()));
        }
        let facts = || ["x-group", "title"].into_iter().chain(self.columns.iter().map(|(key, _)| *key));
        let rows: Vec<Vec<String>> =
            entries(spec).map(|entry| facts().map(|key| fact(entry, key).to_owned()).collect()).collect();
        let headings = self.columns.iter().map(|(_, heading)| *heading);
        stdout::print(&table::text(&["subject", self.one].into_iter().chain(headings).collect::<Vec<_>>(), &rows))
    }

    /// What the connector says of all of them.
    pub(crate) fn spec<'a>(&self, plugin: &'a Plugin) -> Result<&'a OperationSpec> {
        operation(plugin, self.kind, self.plural)
    }

    /// The entry of one.
    pub(crate) fn find<'a>(&self, spec: &'a OperationSpec, name: &str) -> Option<&'a Value> {
        let path = format!("/properties/{}/const", self.one);
        entries(spec).find(|entry| entry.pointer(&path).and_then(Value::as_str) == Some(name))
    }
}

/// The entry of the action or the trigger of this name.
pub(crate) fn find<'a>(plugin: &'a Plugin, name: &str) -> Result<&'a Value> {
    let description = plugin.description();
    let of = |steps: &Steps| steps.find(description.find_operation(steps.kind)?, name);
    of(&ACTIONS).or_else(|| of(&TRIGGERS)).ok_or_else(|| {
        let message = format!("There is no action and no trigger `{}`", printable(name));
        Error::new(ErrorKind::NotFound, message).advise("See `actions` and `triggers`")
    })
}

fn entries(spec: &OperationSpec) -> impl Iterator<Item = &Value> {
    spec.input.get("oneOf").and_then(Value::as_array).into_iter().flatten()
}

/// A fact of an entry.
pub(crate) fn fact<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Shows what one takes and answers.
pub(crate) fn describe(plugin: &Plugin, name: &str, json: bool) -> exit::Result<()> {
    let entry = find(plugin, name)?;
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
    if let Some(seconds) = entry.get("x-interval").and_then(Value::as_u64) {
        let _ = writeln!(page, "Looks every {seconds} s");
    }
    section(&mut page, "Inputs", entry.pointer("/properties/input"));
    let is_trigger = entry.pointer("/properties/trigger").is_some();
    section(&mut page, if is_trigger { "Event" } else { "Answer" }, entry.get("x-output"));
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

    #[test]
    fn a_page_says_what_a_trigger_tells_and_how_often_it_looks() {
        let entry = json!({
            "title": "moved", "description": "Each thing that moved", "x-interval": 60,
            "properties": { "trigger": { "const": "moved" }, "input": { "properties": {
                "key": { "type": ["string", "array"], "items": { "type": "string" }, "description": "The key" } } } },
            "x-output": { "type": "string" },
        });
        let inputs = "Inputs\n  key  string or list of string  The key\n";
        assert_eq!(
            page(&entry),
            format!("moved: Each thing that moved\nLooks every 60 s\n\n{inputs}\nEvent: string\n")
        );
    }
}
