//! Decodes a body of a file: what valgrind counts the instructions of.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use connector_bench::Result;
use connector_bench::decode::Who;
use connector_bench::generate::{Format, Shape, Table};

/// Decodes a body so many times; with 0 it does all that is not decoding.
#[derive(Parser)]
struct Arguments {
    /// The body
    body: PathBuf,
    /// What it is the body of
    #[arg(long, value_enum, default_value = "plain")]
    shape: Shape,
    /// How it is written
    #[arg(long, value_enum)]
    format: Format,
    /// Who decodes it
    #[arg(long, value_enum, default_value = "connector")]
    who: Who,
    /// How often
    #[arg(long, default_value_t = 1)]
    times: u32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let body = fs::read(&arguments.body)?;
    let table = Table::new(arguments.shape);
    for _ in 0..arguments.times {
        arguments.who.run(&table, arguments.format, &body)?;
    }
    Ok(())
}
