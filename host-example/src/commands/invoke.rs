//! `invoke`: runs one of the connector's actions.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use connector_interface::{Description, Error, ErrorKind, OperationSpec, Result};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, input, operation, serves, with_session};
use crate::exit;
use crate::output::{self, Format, Formats, Forms, Target};
use crate::schema_args::body;

pub(crate) const NAME: &str = "invoke";

const FORMATS: &[Format] = Format::ALL;

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::INVOKE, &["action", "input"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Run one of the connector's actions and print its result")
        .hide(!serves(description, OperationSpec::INVOKE))
        .arg(Arg::new("action").value_name("ACTION").required(true).help("The action's name"))
        .args(
            [
                Arg::new("input").long("input").value_name("KEY=VALUE").action(ArgAction::Append).help(
                    "An input of the action; a number, true, false, null, [...] and {...} are JSON, the rest text",
                ),
                Arg::new("input-file")
                    .long("input-file")
                    .value_name("FILE|-")
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .help("All inputs as one JSON object, from a file or from stdin; --input wins over it"),
            ]
            .map(|arg| arg.help_heading("Action")),
        )
        .args(flags(description).args("Action"))
        .args(Formats::own(FORMATS).args())
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::INVOKE, "actions")?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let action = matches.get_one::<String>("action").map_or("", String::as_str);
    body.insert("action".to_owned(), action.into());
    let file = matches.get_one::<PathBuf>("input-file").map(|path| whole_input(path)).transpose()?;
    let given: Vec<&String> = matches.get_many("input").into_iter().flatten().collect();
    body.insert("input".to_owned(), with_given(file.unwrap_or_default(), &given)?.into());
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        output::stream(session, OperationSpec::INVOKE, &body, deadline(matches), &target, Forms::Any).map(drop)
    })
}

fn whole_input(path: &Path) -> Result<Map<String, Value>> {
    const FLAG: &str = "--input-file";
    let text = if path == Path::new("-") { input::stdin(FLAG) } else { input::file(FLAG, path) }?;
    input::object(FLAG, &text)
}

/// An input with what its flags say.
fn with_given(mut whole: Map<String, Value>, given: &[&String]) -> Result<Map<String, Value>> {
    let wrong = |reason: String| {
        Error::new(ErrorKind::InvalidInput, format!("`--input` {reason}")).advise("Give each input once, as KEY=VALUE")
    };
    let mut own = Map::new();
    for pair in given {
        let (key, text) = pair.split_once('=').ok_or_else(|| wrong("must be KEY=VALUE".to_owned()))?;
        if key.trim().is_empty() {
            return Err(wrong("must be KEY=VALUE".to_owned()));
        }
        if own.insert(key.trim().to_owned(), read(text)).is_some() {
            return Err(wrong(format!("names `{}` twice", key.trim())));
        }
    }
    whole.extend(own);
    Ok(whole)
}

/// A value as JSON, where it can be nothing else, or as text.
fn read(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::String(_)) | Err(_) => text.into(),
        Ok(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(pairs: &[&str]) -> Result<Value> {
        let whole = Map::from_iter([("a".to_owned(), json!("file")), ("b".to_owned(), json!("file"))]);
        let pairs: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
        with_given(whole, &pairs.iter().collect::<Vec<_>>()).map(Value::Object)
    }

    #[test]
    fn an_input_is_json_where_it_can_be_nothing_else_and_wins_over_the_file() {
        let pairs = ["a=1.5", "c=true", "d=null", "e=[1]", r#"f={"x":1}"#, "g=a=b", r#"h="quoted""#, "i=", "j=01"];
        assert_eq!(
            given(&pairs).unwrap(),
            json!({"a": 1.5, "b": "file", "c": true, "d": null, "e": [1], "f": {"x": 1}, "g": "a=b",
                "h": "\"quoted\"", "i": "", "j": "01"})
        );
    }

    #[test]
    fn an_input_without_a_key_or_given_twice_is_refused() {
        assert_eq!(given(&["a"]).unwrap_err().message, "`--input` must be KEY=VALUE");
        assert_eq!(given(&["=1"]).unwrap_err().message, "`--input` must be KEY=VALUE");
        assert_eq!(given(&["a=1", "a=2"]).unwrap_err().message, "`--input` names `a` twice");
    }

    #[test]
    fn a_whole_input_is_the_object_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("input.json");
        std::fs::write(&path, r#"{"a": 1}"#).unwrap();
        assert_eq!(whole_input(&path).unwrap()["a"], 1);
        std::fs::write(&path, "[1]").unwrap();
        assert!(whole_input(&path).unwrap_err().message.starts_with("The --input-file is not a JSON object"));
    }
}
