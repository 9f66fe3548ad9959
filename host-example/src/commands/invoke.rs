//! `invoke`: runs one of the connector's actions.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::{Context, PluginFlags, actions, deadline, input, operation, serves, with_session};
use crate::exit;
use crate::messages::printable;
use crate::output::{self, Format, Formats, Forms, Target};
use crate::schema_args::body;

pub(crate) const NAME: &str = "invoke";

const FORMATS: &[Format] = Format::ALL;

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::INVOKE, &["action", "input", "preview"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Run one of the connector's actions and print its result")
        .hide(!serves(description, OperationSpec::INVOKE))
        .arg(Arg::new("action").value_name("ACTION").required(true).help("The action's name (see `actions`)"))
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
                Arg::new("dry-run")
                    .long("dry-run")
                    .action(ArgAction::SetTrue)
                    .help("Say what would be sent, and change nothing"),
                Arg::new("yes").long("yes").action(ArgAction::SetTrue).help("Do not ask before something is removed"),
            ]
            .map(|arg| arg.help_heading("Action")),
        )
        .args(flags(description).args("Action"))
        .args(Formats::own(FORMATS).args())
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    let spec = operation(plugin, OperationSpec::INVOKE, "actions")?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let action = matches.get_one::<String>("action").map_or("", String::as_str);
    body.insert("action".to_owned(), action.into());
    let file = matches.get_one::<PathBuf>("input-file").map(|path| input::whole("--input-file", path)).transpose()?;
    let given: Vec<&String> = matches.get_many("input").into_iter().flatten().collect();
    body.insert("input".to_owned(), input::with_given("--input", file.unwrap_or_default(), &given)?.into());
    if matches.get_flag("dry-run") {
        body.insert("preview".to_owned(), true.into());
    } else if !matches.get_flag("yes")
        && actions::find(spec, action).is_some_and(|entry| actions::fact(entry, "x-effect") == "delete")
    {
        input::consent(&format!("The action {}", printable(action)))?;
    }
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        output::stream(session, OperationSpec::INVOKE, &body, deadline(matches), &target, Forms::Any).map(drop)
    })
}
