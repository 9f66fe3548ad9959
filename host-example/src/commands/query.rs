//! `query`: runs the connector's query and streams its result. What lists several parts is run part by part.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::load::Session;
use connector_interface::{Description, Error, ErrorKind, OperationSpec, Result};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, input, operation, pretty, with_session};
use crate::exit::{self, Stop};
use crate::interrupt;
use crate::messages::{self, printable, sentence};
use crate::output::{self, Format, Formats, Forms, Target, stdout};
use crate::schema_args::{body, check_required};

pub(crate) const NAME: &str = "query";

/// The property that says what the connector itself is to make of the result; `--format` offers its values.
const FORMAT: &str = "format";

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::QUERY, &[FORMAT])
}

/// The host's own formats, and those that the connector makes: all values of the property but its default.
fn formats(description: Option<&Description>) -> Formats {
    let operation = description.and_then(|description| description.find_operation(OperationSpec::QUERY));
    let property = operation.and_then(|operation| operation.input.get("properties")?.get(FORMAT));
    let values = property.and_then(|property| property.get("enum")?.as_array());
    let default = property.and_then(|property| property.get("default"));
    let made = values.into_iter().flatten().filter(|value| Some(*value) != default).filter_map(Value::as_str);
    Formats::own(Format::ALL).and(made.map(str::to_owned).collect())
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Run a query and print its rows")
        .args(flags(description).args("Query"))
        .args(
            [
                Arg::new("body")
                    .long("body")
                    .value_name("JSON|@FILE|-")
                    .help("The whole request as JSON, from a file or from stdin; the other flags win over it"),
                Arg::new("list")
                    .long("list")
                    .action(ArgAction::SetTrue)
                    .help("Print the parts of what has several, and run none of them"),
            ]
            .map(|arg| arg.help_heading("Query")),
        )
        .args(formats(description).args())
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    let operation = operation(plugin, OperationSpec::QUERY, "query")?;
    let target = Target::of(matches, &formats(Some(plugin.description())))?;
    let flags = flags(Some(plugin.description()));
    let whole = matches.get_one::<String>("body").map(|text| whole_body(text)).transpose()?.unwrap_or_default();
    let mut body = body(&flags.request, matches, whole)?;
    if let Some(made) = target.made() {
        body.insert(FORMAT.to_owned(), made.into());
    }
    check_required(OperationSpec::QUERY, &operation.input, &flags.request, &body)?;
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        let deadline = deadline(matches);
        match output::stream(session, OperationSpec::QUERY, &body, deadline, &target, Forms::Parts)? {
            None => Ok(()),
            Some(parts) if matches.get_flag("list") && target.directory().is_some() => {
                target.at(None).write_text(&pretty(&parts))
            }
            Some(parts) if matches.get_flag("list") => target.write_text(&pretty(&parts)),
            Some(parts) => run_parts(session, &parts, deadline, &target),
        }
    })
}

/// Runs all parts, one after another: onto stdout under their titles, or each into a file of its own. One that fails keeps
/// none of the others from being run, and is how it all ends.
fn run_parts(session: &Session, list: &Value, deadline: Option<Duration>, target: &Target) -> exit::Result<()> {
    let is_table = target.is(Format::Table);
    if !is_table && target.directory().is_none() {
        let message = format!("There are several results, which cannot be written into one as {}", target.name());
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .advise("Name a directory with --output DIR/, see them with --list, or choose --format table")
            .into());
    }
    if let Some(directory) = target.directory() {
        fs::create_dir_all(directory).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, format!("{} cannot be made: {error}", directory.display()))
        })?;
    }
    let mut failed: Vec<ErrorKind> = Vec::new();
    let mut is_first = true;
    for (part, number) in output::parts(list).into_iter().flatten().zip(1..) {
        let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
        let title = printable(if text("title").is_empty() { text("id") } else { text("title") });
        let Some(request) = part.get("request") else {
            messages::note(&format!("`{title}` is not run: {}", text("reason")));
            continue;
        };
        let file = target.directory().map(|directory| file_of(directory, number, &title, target.name()));
        if file.is_none() {
            stdout::print(&format!("{}{title}\n", if is_first { "" } else { "\n" }))?;
        }
        is_first = false;
        match output::stream(session, OperationSpec::QUERY, request, deadline, &target.at(file), Forms::Any) {
            Ok(_) => {}
            Err(Stop::Failed(error)) if !interrupt::seen() => {
                messages::line(&format!("`{title}` failed: {}", sentence(&error.message)));
                failed.push(error.kind);
            }
            Err(stop) => return Err(stop),
        }
    }
    let Some(kind) = failed.first() else { return Ok(()) };
    let message = if let [_] = failed.as_slice() {
        "One of the parts failed".to_owned()
    } else {
        format!("{} of the parts failed", failed.len())
    };
    Err(Error::new(*kind, message).advise("The others are whole; what is said above tells why").into())
}

/// The file of a part: its place and its title.
fn file_of(directory: &Path, number: usize, title: &str, format: &str) -> PathBuf {
    let plain = title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect::<String>();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let ending = if format == "table" { "txt" } else { format };
    directory.join(format!("{number:02}-{}.{ending}", words.join("-").to_lowercase()))
}

/// Reads `--body`: JSON, `@FILE`, or `-` for stdin.
fn whole_body(argument: &str) -> Result<Map<String, Value>> {
    let text = match (argument, argument.strip_prefix('@')) {
        ("-", _) => input::stdin("--body")?,
        (_, Some(path)) => input::file("--body", Path::new(path))?,
        _ => argument.to_owned(),
    };
    input::object("--body", &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parts_file_is_named_by_its_place_and_its_title() {
        let file = |title| file_of(Path::new("out"), 3, title, "table");
        assert_eq!(file("Sales, by Month / ../x"), Path::new("out/03-sales-by-month-x.txt"));
        assert_eq!(file_of(Path::new("out"), 12, "", "xlsx"), Path::new("out/12-.xlsx"));
    }

    #[test]
    fn a_whole_body_is_json_or_a_file_of_it() {
        assert_eq!(whole_body(r#"{"a": 1}"#).unwrap()["a"], 1);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("q.json");
        fs::write(&file, r#"{"a": 2}"#).unwrap();
        assert_eq!(whole_body(&format!("@{}", file.display())).unwrap()["a"], 2);
        assert!(whole_body("[1]").unwrap_err().message.starts_with("The --body is not a JSON object"));
        assert_eq!(whole_body("@/no/such").unwrap_err().kind, ErrorKind::InvalidInput);
    }
}
