//! `plugins`: every plugin that was found, the broken ones with their reason.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use crate::commands::{Context, pretty};
use crate::exit;
use crate::messages;
use crate::output::{stdout, table};
use crate::plugins::{Row, list, none_found};

pub(crate) const NAME: &str = "plugins";

pub(crate) fn command() -> Command {
    Command::new(NAME)
        .about("List the plugins in the plugin directories")
        .long_about(
            "List the plugins in the plugin directories: those given with --plugin-dir, or else those of \
             CONNECTOR_PLUGIN_PATH and the user's data directory. In each, manifests come before bare libraries. \
             A plugin that cannot be used is listed with its reason.",
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON, with all details"))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let rows = list(&context.places);
    if matches.get_flag("json") {
        return stdout::print(&pretty(&Value::Array(rows.iter().map(details).collect())));
    }
    if rows.is_empty() {
        let error = none_found(&context.places);
        messages::note(&error.message);
        messages::line(&format!("help: {}", messages::sentence(&error.advice)));
        return Ok(());
    }
    stdout::print(&table::text(
        &["NAME", "CONNECTOR", "VERSION", "FILE", "STATUS"],
        &rows.iter().map(cells).collect::<Vec<_>>(),
    ))
}

fn cells(row: &Row) -> Vec<String> {
    let (connector, version, status) = match &row.report {
        Ok(report) => (report.description.title.clone(), report.description.version.clone(), "ok".to_owned()),
        Err(error) => ("-".to_owned(), "-".to_owned(), format!("unusable: {}", error.message)),
    };
    vec![row.name.clone(), connector, version, row.source.display().to_string(), status]
}

fn details(row: &Row) -> Value {
    let mut details = json!({
        "name": row.name,
        "file": row.source.display().to_string(),
        "library": row.library.as_ref().map(|library| library.display().to_string()),
        "usable": row.report.is_ok(),
    });
    let more = match &row.report {
        Ok(report) => json!({
            "connector": report.description.name,
            "title": report.description.title,
            "version": report.description.version,
            "interface": report.interface,
            "summary": report.description.summary,
        }),
        Err(error) => json!({ "reason": error.message, "advice": error.advice, "evidence": error.evidence }),
    };
    if let (Some(details), Value::Object(more)) = (details.as_object_mut(), more) {
        details.extend(more);
    }
    details
}

#[cfg(test)]
mod tests {
    use connector_interface::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_broken_plugin_is_a_row_with_its_reason() {
        let row = Row {
            name: "bad".to_owned(),
            source: "/p/bad.toml".into(),
            library: None,
            report: Err(Error::new(ErrorKind::PluginUnusable, "The file is empty").advise("Copy it again")),
        };
        assert_eq!(cells(&row), ["bad", "-", "-", "/p/bad.toml", "unusable: The file is empty"]);
        let details = details(&row);
        assert_eq!((&details["usable"], &details["reason"]), (&json!(false), &json!("The file is empty")));
    }
}
