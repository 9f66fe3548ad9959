//! `api`: the service's own operations: what there are, what one takes, and calling it.

mod call;
mod page;

use clap::{Arg, ArgAction, ArgMatches, Command};
use connector_interface::{Description, OperationSpec};
use serde_json::{Map, Value, json};

use crate::commands::{Context, PluginFlags, deadline, operation, pretty, serves, value, with_session};
use crate::exit;
use crate::output::{self, Format, Formats, Forms, Target};
use crate::schema_args::body;

pub(crate) const NAME: &str = "api";

const FORMATS: &[Format] = Format::ALL;

/// What one operation is, as a page or as JSON.
const PAGE: &[Format] = &[Format::Tree, Format::Json];

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::OPERATIONS, &["operation", "search"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    let list = |name: &'static str, about: &'static str| {
        Command::new(name).about(about).args(flags(description).args("Operations")).args(Formats::own(FORMATS).args())
    };
    Command::new(NAME)
        .about("List, describe and call the service's own operations")
        .hide(!serves(description, OperationSpec::CALL))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(list("ls", "List all operations"))
        .subcommand(
            list("search", "List the operations whose name, path or subject has all the words")
                .arg(Arg::new("words").value_name("TEXT").required(true).action(ArgAction::Append).help("The words")),
        )
        .subcommand(
            Command::new("describe")
                .about("Show what an operation takes and answers")
                .arg(Arg::new("operation").value_name("OPERATION").required(true).help("The operation's id"))
                .args(flags(description).args("Operations"))
                .args(Formats::own(PAGE).args()),
        )
        .subcommand(call::command(description))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    match matches.subcommand() {
        Some((call::NAME, matches)) => call::run(matches, context),
        Some(("describe", matches)) => describe(matches, context),
        Some((_, matches)) => list(matches, context),
        None => Ok(()),
    }
}

fn list(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::OPERATIONS, "list of operations")?;
    let target = Target::of(matches, &Formats::own(FORMATS))?;
    let flags = flags(Some(plugin.description()));
    let mut body = body(&flags.request, matches, Map::new())?;
    let words: Vec<&str> =
        matches.try_get_many::<String>("words").ok().flatten().into_iter().flatten().map(String::as_str).collect();
    body.insert("search".to_owned(), words.join(" ").into());
    let body = Value::Object(body);
    with_session(plugin, &flags, matches, |session| {
        output::stream(session, OperationSpec::OPERATIONS, &body, deadline(matches), &target, Forms::Rows).map(drop)
    })
}

fn describe(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    operation(plugin, OperationSpec::OPERATIONS, "list of operations")?;
    let target = Target::of(matches, &Formats::own(PAGE))?;
    let flags = flags(Some(plugin.description()));
    let id = matches.get_one::<String>("operation").map_or("", String::as_str);
    with_session(plugin, &flags, matches, |session| {
        let body = json!({ "operation": id });
        let told = value(session, OperationSpec::OPERATIONS, &body, deadline(matches), target.progress)?;
        target.write_text(&if target.is(Format::Json) { pretty(&told) } else { page::page(&told) })
    })
}
