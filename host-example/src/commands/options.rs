//! `options`: what may be chosen for an input of an action or a trigger.

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::{Description, Error, ErrorKind, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, input, operation, pretty, serves, steps, value, with_session};
use crate::exit;
use crate::messages::{self, printable};
use crate::output::{Format, Formats, Target, table};
use crate::schema_args::body;

pub(crate) const NAME: &str = "options";

const FORMATS: &[Format] = &[Format::Table, Format::Json];

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::OPTIONS, &["input", "given"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("List what may be chosen for an input of an action or a trigger")
        .hide(!serves(description, OperationSpec::OPTIONS))
        .args([
            Arg::new("action")
                .value_name("ACTION")
                .required(true)
                .help("The action or the trigger (see `actions` and `triggers`)"),
            Arg::new("field")
                .value_name("INPUT")
                .required(true)
                .help("Its input (see `describe ACTION`); filters.FIELD for the values of a filter"),
        ])
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .help_heading("Options")
                .help("What was chosen before, such as model=thelook"),
        )
        .args(flags(description).args("Options"))
        .args(Formats::own(FORMATS).args())
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::OPTIONS, "options")?;
    let text = |name: &str| matches.get_one::<String>(name).map_or("", String::as_str);
    let (action, field) = (text("action"), text("field"));
    let entry = steps::find(plugin, action)?;
    let root = field.split('.').next().unwrap_or_default();
    if entry.pointer("/properties/input/properties").and_then(|inputs| inputs.get(root)).is_none() {
        let message = format!("`{}` has no input `{}`", printable(action), printable(root));
        return Err(Error::new(ErrorKind::InvalidInput, message).advise("See `describe ACTION`").into());
    }
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    body.insert("input".to_owned(), field.into());
    let given: Vec<&String> = matches.get_many("input").into_iter().flatten().collect();
    body.insert("given".to_owned(), input::with_given("--input", Map::new(), &given)?.into());
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        let page = value(session, OperationSpec::OPTIONS, &body, deadline(matches), target.progress)?;
        if target.is(Format::Json) {
            return target.write_text(&pretty(&page));
        }
        let fact = |key: &str| page.get(key).and_then(Value::as_str);
        target.write_text(&lines(&page))?;
        if let Some(reason) = fact("reason") {
            messages::line(&printable(reason));
        }
        if let Some(next) = fact("next") {
            messages::line(&format!("There are more: --cursor {}", printable(next)));
        }
        Ok(())
    })
}

/// The choices as a table.
fn lines(page: &Value) -> String {
    let rows: Vec<Vec<String>> = page
        .get("options")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|choice| {
            let text = |key: &str| choice.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let is = |key: &str| choice.get(key) == Some(&Value::Bool(true));
            let note = match (is("gone"), is("required"), text("default")) {
                (true, ..) => "gone, or not to be seen".to_owned(),
                (_, true, default) => format!("required, {default}"),
                (_, _, default) => default,
            };
            vec![text("value"), text("label"), text("group"), note]
        })
        .collect();
    if rows.is_empty() { String::new() } else { table::text(&["value", "label", "group", "note"], &rows) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn choices_are_a_table_that_marks_what_is_required_or_gone() {
        let page = json!({ "options": [
            { "value": "a.day", "label": "Day", "required": true, "default": "7 days" },
            { "value": "9", "label": "9", "gone": true },
        ] });
        let expected = "value  label  group  note\na.day  Day           required, 7 days\n9      9             gone, or not to be seen\n";
        assert_eq!(lines(&page), expected);
        assert_eq!(lines(&json!({ "options": [] })), "");
    }
}
