//! Decodes a body of a file: what valgrind counts the instructions of.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use connector_bench::Result;
use connector_bench::decode::Who;
use connector_bench::generate::{Body, Format, Shape, Table};

/// Decodes a body so many times, for profilers; with 0 it does all that is not decoding.
#[derive(Parser)]
struct Arguments {
    /// The body's file
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
    /// Write the body first, with so many rows
    #[arg(long)]
    write: Option<usize>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let table = Table::new(arguments.shape);
    if let Some(rows) = arguments.write {
        fs::write(&arguments.body, Body::new(&table, arguments.format, rows).bytes)?;
    }
    let body = fs::read(&arguments.body)?;
    for _ in 0..arguments.times {
        arguments.who.run(&table, arguments.format, &body)?;
    }
    Ok(())
}
