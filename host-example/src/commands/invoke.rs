//! `invoke`: runs one of the connector's actions.

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value};

use crate::commands::steps::{ACTIONS, fact};
use crate::commands::{Context, PluginFlags, deadline, input, serves, with_session};
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
                input::given_arg("An input of the action"),
                input::whole_arg(),
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
    let spec = ACTIONS.spec(plugin)?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let action = matches.get_one::<String>("action").map_or("", String::as_str);
    body.insert("action".to_owned(), action.into());
    body.insert("input".to_owned(), input::given(matches)?.into());
    if matches.get_flag("dry-run") {
        body.insert("preview".to_owned(), true.into());
    } else if !matches.get_flag("yes")
        && ACTIONS.find(spec, action).is_some_and(|entry| fact(entry, "x-effect") == "delete")
    {
        input::consent(&format!("The action {}", printable(action)))?;
    }
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        output::stream(session, OperationSpec::INVOKE, &body, deadline(matches), &target, Forms::Any).map(drop)
    })
}
