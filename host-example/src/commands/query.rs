//! `query`: runs the connector's query and streams its rows.

use std::path::Path;

use clap::{Arg, ArgMatches, Command};
use connector_interface::{Description, OperationSpec, Result};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, input, operation, with_session};
use crate::exit;
use crate::output::{self, Format, Forms, Target};
use crate::schema_args::{body, check_required};

pub(crate) const NAME: &str = "query";

const FORMATS: &[Format] = Format::ALL;

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::QUERY, &[])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Run a query and print its rows")
        .args(flags(description).args("Query"))
        .arg(
            Arg::new("body")
                .long("body")
                .value_name("JSON|@FILE|-")
                .help_heading("Query")
                .help("The whole request as JSON, from a file or from stdin; the other flags win over it"),
        )
        .args(output::args(FORMATS))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    let operation = operation(plugin, OperationSpec::QUERY, "query")?;
    let target = Target::of(matches, FORMATS, Format::Table)?;
    let flags = flags(Some(plugin.description()));
    let whole = matches.get_one::<String>("body").map(|text| whole_body(text)).transpose()?.unwrap_or_default();
    let body = body(&flags.request, matches, whole)?;
    check_required(OperationSpec::QUERY, &operation.input, &flags.request, &body)?;
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        output::stream(session, OperationSpec::QUERY, &body, deadline(matches), &target, Forms::Rows)
    })
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
    use std::fs;

    use connector_interface::ErrorKind;

    use super::*;

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
