//! The command line, in two phases: what finds the plugin is read first, and the rest is parsed by the flags that the
//! plugin's description makes.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use connector_interface::load::Plugin;
use connector_interface::{Description, Error, ErrorKind};

use crate::commands::steps::{ACTIONS, TRIGGERS};
use crate::commands::{
    Context, api, catalog, completions, connect, describe, invoke, login, options, plugins, query, receive, watch,
};
use crate::exit::{self, Stop};
use crate::interrupt;
use crate::messages::{self, Talk};
use crate::output::stdout;
use crate::plugins::{Places, answer_probe, select};
use crate::settings;

/// The program's name.
pub(crate) const NAME: &str = "connector-host";

/// Runs the program.
pub(crate) fn run(args: &[OsString]) -> ExitCode {
    if let Some(answer) = answer_probe(args) {
        return finish(stdout::print(&format!("{answer}\n")));
    }
    let early = Early::scan(args);
    messages::setup(early.talk);
    interrupt::install();
    finish(execute(args, &early))
}

fn finish(result: exit::Result<()>) -> ExitCode {
    match result {
        Ok(()) | Err(Stop::ClosedPipe) => ExitCode::SUCCESS,
        Err(Stop::Failed(error)) => {
            messages::error(&error);
            ExitCode::from(exit::code(error.kind))
        }
        Err(Stop::CommandLine(error)) => {
            // Help goes to stdout and the rest to stderr; when that is closed there is nobody to tell.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::code(ErrorKind::InvalidInput)))
        }
    }
}

fn execute(args: &[OsString], early: &Early) -> exit::Result<()> {
    let places = Places::new(&early.directories);
    let selected = match early.need() {
        Need::Nothing => None,
        Need::Plugin => Some(select(&places, early.connector.as_deref())),
    };
    let (plugin, refusal) = match selected {
        Some(Ok(plugin)) => (Some(plugin), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let description = plugin.as_ref().map(Plugin::description);
    let command = command(description, refusal.as_ref());
    if early.wants_the_plugin_itself()
        && let Some(error) = refusal
    {
        return Err(error.into());
    }
    let parsed = command.clone().try_get_matches_from(args);
    let matches =
        parsed.map_err(|error| refuse_secret(&error, description).map_or_else(|| error.into(), Stop::from))?;
    dispatch(&matches, &Context { places, plugin, command })
}

/// Says why a flag is unknown when it would have been a secret.
fn refuse_secret(error: &clap::Error, description: Option<&Description>) -> Option<Error> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = flag.split('=').next()?.strip_prefix("--")?;
    let option = description?.options.iter().find(|option| option.secret && option.name.replace('_', "-") == flag)?;
    let error = Error::new(ErrorKind::InvalidInput, format!("A secret is not given on the command line: --{flag}"));
    Some(error.advise(settings::ways(option, None)))
}

/// A command of a plugin's: its name, its line, and what it does.
struct OfPlugin {
    name: &'static str,
    command: fn(Option<&Description>) -> Command,
    run: fn(&ArgMatches, &Context) -> exit::Result<()>,
}

/// The commands that a plugin's description makes, in the order of the help.
const OF_PLUGIN: &[OfPlugin] = &[
    OfPlugin { name: connect::NAME, command: connect::command, run: connect::run },
    OfPlugin { name: login::NAME, command: login::command, run: login::run },
    OfPlugin { name: catalog::NAME, command: catalog::command, run: catalog::run },
    OfPlugin { name: query::NAME, command: query::command, run: query::run },
    OfPlugin {
        name: ACTIONS.plural,
        command: |description| ACTIONS.command(description),
        run: |matches, context| ACTIONS.run(matches, context),
    },
    OfPlugin {
        name: TRIGGERS.plural,
        command: |description| TRIGGERS.command(description),
        run: |matches, context| TRIGGERS.run(matches, context),
    },
    OfPlugin { name: options::NAME, command: options::command, run: options::run },
    OfPlugin { name: invoke::NAME, command: invoke::command, run: invoke::run },
    OfPlugin { name: watch::NAME, command: watch::command, run: watch::run },
    OfPlugin { name: receive::NAME, command: receive::command, run: receive::run },
    OfPlugin { name: api::NAME, command: api::command, run: api::run },
];

fn dispatch(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    match matches.subcommand() {
        Some((plugins::NAME, matches)) => plugins::run(matches, context),
        Some((describe::NAME, matches)) => describe::run(matches, context),
        Some((completions::NAME, matches)) => completions::run(matches, context),
        other => match other.and_then(|(name, matches)| Some((of_plugin(name)?, matches))) {
            Some((command, matches)) => (command.run)(matches, context),
            None => Err(Error::new(ErrorKind::InvalidInput, "There is no such command").advise("See --help").into()),
        },
    }
}

fn of_plugin(name: &str) -> Option<&'static OfPlugin> {
    OF_PLUGIN.iter().find(|command| command.name == name)
}

/// The whole command line. Without a plugin it lacks the plugin's flags, and its help says why.
fn command(description: Option<&Description>, refusal: Option<&Error>) -> Command {
    let lacking =
        refusal.map(|error| format!("The connector's own flags are missing: {}", messages::sentence(&error.message)));
    let mut commands: Vec<Command> = OF_PLUGIN.iter().map(|row| (row.command)(description)).collect();
    if let Some(lacking) = lacking {
        commands = commands.into_iter().map(|command| command.after_help(lacking.clone())).collect();
    }
    Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .about("Loads connector plugins and queries what they connect to")
        .long_about(
            "Loads connector plugins and queries what they connect to.\n\n\
             Settings are read from flags, then from the environment variables and the ini file that the connector's \
             description names (see `describe`), then from the user's netrc file. Data goes to stdout, messages to stderr.",
        )
        .after_help(exit::help())
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(110)
        .args(global_args())
        .subcommand(plugins::command())
        .subcommand(describe::command())
        .subcommands(commands)
        .subcommand(completions::command())
}

fn global_args() -> [Arg; 4] {
    const HEADING: &str = "General";
    [
        Arg::new("plugin-dir")
            .long("plugin-dir")
            .value_name("DIR")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Search plugins here only, and not in CONNECTOR_PLUGIN_PATH and the user's data directory"),
        Arg::new("connector").long("connector").value_name("NAME").help("Use this plugin, when there are several"),
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .action(ArgAction::Count)
            .help("Say more: the evidence of an error; twice, the plugin's log"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .overrides_with("quiet")
            .help("Say less: errors and notes only"),
    ]
    .map(|arg| arg.global(true).help_heading(HEADING))
}

/// What must be known before there is a command line to parse.
#[derive(Debug, Default)]
struct Early {
    directories: Vec<PathBuf>,
    connector: Option<String>,
    talk: Talk,
    help: bool,
    /// The words that are no flags: the command first.
    words: Vec<String>,
}

enum Need {
    Nothing,
    Plugin,
}

impl Early {
    /// Looks at the arguments without knowing the commands' flags: what is taken for a word may be a flag's value, but
    /// the first word is the command, because only the flags known here stand before it.
    fn scan(args: &[OsString]) -> Self {
        let mut early = Self::default();
        let mut args = args.iter().skip(1);
        while let Some(arg) = args.next() {
            let text = arg.to_string_lossy();
            match text.as_ref() {
                "--" => break,
                "--plugin-dir" => early.directories.extend(args.next().map(PathBuf::from)),
                "--connector" => early.connector = args.next().map(|name| name.to_string_lossy().into_owned()),
                "--verbose" => early.talk.verbose = early.talk.verbose.saturating_add(1),
                "--quiet" => early.talk.quiet = true,
                "--help" | "-h" => early.help = true,
                _ => early.other(arg, &text),
            }
        }
        early
    }

    fn other(&mut self, arg: &OsStr, text: &str) {
        if let Some(directory) = text.strip_prefix("--plugin-dir=") {
            self.directories.push(directory.into());
        } else if let Some(name) = text.strip_prefix("--connector=") {
            self.connector = Some(name.to_owned());
        } else if let Some(letters) = text.strip_prefix('-').filter(|rest| rest.chars().all(|c| "vqh".contains(c))) {
            let count = letters.chars().filter(|c| *c == 'v').count();
            self.talk.verbose = self.talk.verbose.saturating_add(u8::try_from(count).unwrap_or(u8::MAX));
            self.talk.quiet |= letters.contains('q');
            self.help |= letters.contains('h');
        } else if !text.starts_with('-') {
            self.words.push(arg.to_string_lossy().into_owned());
        }
    }

    /// The command, also where its help is asked for as `help COMMAND`.
    fn command(&self) -> &str {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["help", command, ..] | [command, ..] => command,
            [] => "",
        }
    }

    fn need(&self) -> Need {
        let is_of_plugin = of_plugin(self.command()).is_some();
        let needs = is_of_plugin || [describe::NAME, completions::NAME].contains(&self.command());
        if needs { Need::Plugin } else { Need::Nothing }
    }

    /// Help and completions are given without a plugin too; everything else that needs one is not.
    fn wants_the_plugin_itself(&self) -> bool {
        let asks_for_help = self.help || self.words.first().is_some_and(|word| word == "help");
        !asks_for_help && self.command() != completions::NAME
    }
}

#[cfg(test)]
mod tests {
    use connector_interface::{OperationSpec, OptionSpec, describe::OutcomeKind};
    use serde_json::json;

    use super::*;

    fn scan(line: &str) -> Early {
        Early::scan(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_phase_finds_what_chooses_the_plugin_wherever_it_stands() {
        let early = scan("host --plugin-dir /a -vv query --model m --plugin-dir=/b --connector x -q -- --connector y");
        assert_eq!(early.directories, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!((early.connector.as_deref(), early.command()), (Some("x"), "query"));
        assert_eq!((early.talk.verbose, early.talk.quiet), (2, true));
    }

    #[test]
    fn help_is_given_without_a_plugin_and_a_query_is_not() {
        assert!(!scan("host query --help").wants_the_plugin_itself());
        assert!(!scan("host help query").wants_the_plugin_itself());
        assert!(scan("host query --model help").wants_the_plugin_itself());
        assert!(matches!(scan("host plugins").need(), Need::Nothing));
    }

    #[test]
    fn a_secret_given_as_a_flag_is_answered_with_the_places_where_it_belongs() {
        let description = Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("api_key", "string", "k").secret().env("X_KEY"))
            .operation(OperationSpec::new("query", "s", json!({"type": "object"}), &[OutcomeKind::Rows]));
        let parsed = command(Some(&description), None).try_get_matches_from(["host", "query", "--api-key=hush"]);
        let error = refuse_secret(&parsed.unwrap_err(), Some(&description)).unwrap();
        assert_eq!(error.message, "A secret is not given on the command line: --api-key");
        assert_eq!(error.advice, "Give it as the environment variable X_KEY");
    }

    #[test]
    fn a_command_that_the_connector_does_not_serve_is_not_shown() {
        let bare = Description::new("x", "X", "1", "s");
        let serving = bare.clone().operation(OperationSpec::new("authorize", "s", json!({}), &[OutcomeKind::Value]));
        let shown = |description: Option<&Description>| {
            command(description, None).find_subcommand(login::NAME).is_some_and(|command| !command.is_hide_set())
        };
        assert!(shown(Some(&serving)) && shown(None) && !shown(Some(&bare)));
    }

    #[test]
    fn any_description_makes_a_command_line_that_clap_accepts() {
        let input = json!({"type": "object", "properties": {
            "format": {"type": "string"}, "ini": {"type": "string"}, "base_url": {"type": "string"},
            "help": {"type": "boolean"}, "-x": {}, "": {}, "path": {"type": "string"}, "deadline": {},
            "json": {"type": "boolean"}, "verbose": {"type": "integer"}, "version": {"type": "string"},
            "save": {"type": "string"}, "interval": {}, "once": {}, "sample": {}, "cursor_file": {}, "header": {}, "header_file": {}, "body": {}, "paste": {}, "action": {}, "input_file": {}, "token_command": {},
        }});
        let mut description = Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("base_url", "string", "u"))
            .option(OptionSpec::new("output", "boolean", "o"))
            .option(OptionSpec::new("json", "boolean", "o"))
            .option(OptionSpec::new("base-url", "string", "twice"));
        for kind in [
            OperationSpec::CHECK,
            OperationSpec::QUERY,
            OperationSpec::CATALOG,
            OperationSpec::AUTHORIZE,
            OperationSpec::INVOKE,
            OperationSpec::POLL,
            OperationSpec::RECEIVE,
            OperationSpec::OPTIONS,
            OperationSpec::CALL,
            OperationSpec::OPERATIONS,
        ] {
            description = description.operation(OperationSpec::new(kind, "s", input.clone(), &[OutcomeKind::Rows]));
        }
        command(Some(&description), None).debug_assert();
        command(None, Some(&Error::new(ErrorKind::PluginUnusable, "none"))).debug_assert();
    }
}
