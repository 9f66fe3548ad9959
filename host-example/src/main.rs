//! A small real host of connector plugins.
//!
//! It finds plugins in directories, tries each in a process of its own, loads one, and offers on the command line what
//! that plugin says of itself: settings become flags, the request's JSON Schema becomes flags with help. It holds no
//! code of any connector.
//!
//! | file | concept |
//! |---|---|
//! | `cli` | two phases: find the plugin, then parse the command line that its description makes |
//! | `plugins` | plugin directories, probing, choosing one |
//! | `settings` | flags, environment variables, ini and netrc files by the description's option table |
//! | `schema_args` | JSON Schema to flags and back to a JSON body |
//! | `commands` | one file for each command |
//! | `callback`, `loopback` | the way back from a browser |
//! | `whole_file` | files that are there only when they are whole |
//! | `output` | one file for each format, and where the data goes |
//! | `messages`, `progress` | what a person reads on stderr |
//! | `services` | what the plugin may ask of this host: a log, a token |
//! | `interrupt` | Ctrl-C |
//! | `exit` | the exit codes |

mod callback;
mod cli;
mod commands;
mod exit;
mod interrupt;
mod loopback;
mod messages;
mod output;
mod plugins;
mod progress;
mod schema_args;
mod services;
mod settings;
mod whole_file;

fn main() -> std::process::ExitCode {
    cli::run(&std::env::args_os().collect::<Vec<_>>())
}
