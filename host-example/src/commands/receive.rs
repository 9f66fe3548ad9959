//! `receive`: verifies what the service has sent to a webhook, and prints what it is as a line of JSON.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, deadline, events, input, operation, serves, value, with_session};
use crate::exit;
use crate::output::stdout;
use crate::schema_args::body;

pub(crate) const NAME: &str = "receive";

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::RECEIVE, &["headers", "body"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Verify and read a request that the service has sent to a webhook")
        .hide(!serves(description, OperationSpec::RECEIVE))
        .args(
            [
                Arg::new("header")
                    .long("header")
                    .value_name("NAME=VALUE")
                    .action(ArgAction::Append)
                    .help("A header of the request"),
                Arg::new("header-file")
                    .long("header-file")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .help("All headers as one JSON object: what is in it stands in no list of processes"),
                Arg::new("body")
                    .long("body")
                    .value_name("FILE|-")
                    .required(true)
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .help("The body of the request, as it was received: a file, or stdin"),
            ]
            .map(|arg| arg.help_heading("Request")),
        )
        .args(flags(description).args("Request"))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::RECEIVE, "webhooks")?;
    let flags = flags(Some(plugin.description()));
    let mut request = body(&flags.request, matches, Map::new())?;
    let file = matches.get_one::<PathBuf>("header-file").map(|path| input::whole("--header-file", path)).transpose()?;
    let given: Vec<&String> = matches.get_many("header").into_iter().flatten().collect();
    let headers = input::with_given("--header", file.unwrap_or_default(), &given)?;
    request.insert("headers".to_owned(), headers.into());
    let path = matches.get_one::<PathBuf>("body").map_or(Path::new("-"), PathBuf::as_path);
    let text = if path == Path::new("-") { input::stdin("--body") } else { input::file("--body", path) }?;
    request.insert("body".to_owned(), text.into());
    let request = Value::Object(request);
    with_session(plugin, &flags, matches, |session| {
        let answer = value(session, OperationSpec::RECEIVE, &request, deadline(matches), false)?;
        stdout::print(&events(&answer))
    })
}
