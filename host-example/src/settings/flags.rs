//! Settings as flags.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Arg, ValueHint, value_parser};
use connector_interface::Description;

use crate::schema_args::Flag;
use crate::services;

const HEADING: &str = "Connection";

/// The flags of the options that are not secret: a secret never stands on a command line.
pub(crate) fn flags(description: &Description, taken: &mut BTreeSet<String>) -> Vec<Flag> {
    let open = description.options.iter().filter(|option| !option.secret);
    open.filter_map(|option| {
        let flag = Flag::new(&option.name, &option.schema, taken, "setting")?;
        Some(match option.env.first() {
            Some(variable) => flag.explained(&format!("[env: {variable}]")),
            None => flag,
        })
    })
    .collect()
}

/// All arguments of a connection.
pub(crate) fn args(flags: &[Flag]) -> Vec<Arg> {
    let ini = Arg::new("ini")
        .long("ini")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("Read this ini file instead of the connector's usual one in the working directory");
    let own = [ini, services::arg()].map(|arg| arg.help_heading(HEADING));
    flags.iter().map(|flag| flag.arg(HEADING)).chain(own).collect()
}
