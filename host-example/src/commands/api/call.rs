//! `api call`: calls an operation, by its id or by method and path.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::load::Session;
use connector_interface::{Description, Error, ErrorKind, OperationSpec, Result};
use serde_json::{Map, Value, json};

use crate::commands::{Context, PluginFlags, deadline, input, operation, value, with_session};
use crate::exit;
use crate::messages::printable;
use crate::output::{self, Format, Formats, Forms, Target};
use crate::schema_args::body;

pub(super) const NAME: &str = "call";

const FORMATS: &[Format] = Format::ALL;

fn flags(description: Option<&Description>) -> PluginFlags {
    let except = ["operation", "parameters", "body", "method", "path", "filter"];
    PluginFlags::new(description, OperationSpec::CALL, &except)
}

pub(super) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Call an operation and print what it answers")
        .after_help(
            "Examples:\n  api call me --fields id,email\n  api call search_looks --param title=%sales% --all-pages\n  \
             api call create_folder --body '{\"name\": \"Reports\", \"parent_id\": \"1\"}' --dry-run\n  \
             api call GET /folders/1",
        )
        .args([
            Arg::new("operation")
                .value_name("OPERATION")
                .required(true)
                .help("The operation's id (see `api search`), or an HTTP method for a PATH"),
            Arg::new("path").value_name("PATH").help("Behind a method: the path, such as /folders/1"),
        ])
        .args(
            [
                Arg::new("param").long("param").value_name("NAME=VALUE").action(ArgAction::Append).help(
                    "A parameter of path or query string; a number, true, false, null, [...] and {...} are JSON, the rest text",
                ),
                Arg::new("body").long("body").value_name("JSON|@FILE|-").help("The body, as it is, from a file or from stdin"),
                Arg::new("filter")
                    .long("filter")
                    .value_name("KEY=VALUE")
                    .action(ArgAction::Append)
                    .help("Keep the elements of a list whose key, or path such as folder.name, is this; % stands for any letters"),
                Arg::new("yes").long("yes").action(ArgAction::SetTrue).help("Do not ask before something is removed"),
            ]
            .map(|arg| arg.help_heading("Call")),
        )
        .args(flags(description).args("Call"))
        .args(Formats::own(FORMATS).args())
}

pub(super) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::CALL, "operations to call")?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut request = body(&flags.request, matches, Map::new())?;
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let named = text("operation").unwrap_or_default();
    match text("path") {
        Some(path) => request.extend([("method".to_owned(), named.into()), ("path".to_owned(), path.into())]),
        None => drop(request.insert("operation".to_owned(), named.into())),
    }
    let given = |name: &str| matches.get_many::<String>(name).into_iter().flatten().collect::<Vec<_>>();
    request.insert("parameters".to_owned(), input::with_given("--param", Map::new(), &given("param"))?.into());
    request.insert("filter".to_owned(), input::with_given("--filter", Map::new(), &given("filter"))?.into());
    if let Some(text) = text("body") {
        request.insert("body".to_owned(), whole_body(text)?);
    }
    let is_asked = matches.get_flag("yes") || request.get("dry_run") == Some(&Value::Bool(true));
    let request = Value::Object(request);
    with_session(plugin, &flags, matches, |session| {
        if !is_asked {
            ask(session, &request)?;
        }
        output::stream(session, OperationSpec::CALL, &request, deadline(matches), &target, Forms::Any).map(drop)
    })
}

/// A body: JSON, or a text where it is none and stands in no file.
fn whole_body(text: &str) -> Result<Value> {
    const FLAG: &str = "--body";
    let read = match text.strip_prefix('@') {
        Some(path) => Some(input::file(FLAG, Path::new(path))?),
        None if text == "-" => Some(input::stdin(FLAG)?),
        None => None,
    };
    serde_json::from_str(read.as_deref().unwrap_or(text)).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, format!("The {FLAG} is not JSON: {error}"))
            .advise("Give JSON, such as '{\"title\": \"Sales\"}', or @FILE; a text stands between quotes")
    })
}

/// Asks the person before something is removed.
fn ask(session: &Session, request: &Value) -> Result<()> {
    let mut shown = request.clone();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("dry_run".to_owned(), json!(true));
    }
    let told = value(session, OperationSpec::CALL, &shown, None, false)?;
    let text = |key: &str| printable(told.get(key).and_then(Value::as_str).unwrap_or_default());
    if text("effect") == "delete" { input::consent(&format!("{} {}", text("method"), text("url"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_in_place_or_in_a_file() {
        assert_eq!(whole_body(r#"{"a": 1}"#).unwrap(), json!({ "a": 1 }));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("body.json");
        std::fs::write(&path, "[1]").unwrap();
        assert_eq!(whole_body(&format!("@{}", path.display())).unwrap(), json!([1]));
        assert!(whole_body("title").unwrap_err().message.starts_with("The --body is not JSON"));
    }
}
