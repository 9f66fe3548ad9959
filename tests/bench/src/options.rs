//! What is to be measured, and how thoroughly.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::generate::Format;

/// A part of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Bodies in memory into Arrow, beside arrow-json, sonic-rs, simd-json and arrow-csv
    Decode,
    /// Instructions a row, counted by valgrind
    Instructions,
    /// A million rows through the loaded library, beside dropping them: plain, TLS, gzip, and the first batch
    Transfer,
    /// The memory of a host that drops each batch
    Memory,
    /// 500 rows on a warm session, beside dropping them, and the first query of a process
    Latency,
    /// 500 rows for each of 64 threads at a time
    Concurrent,
    /// Looker's own SDKs for Python and Node, with pandas, polars and pyarrow
    Peers,
}

/// Measures the connector and prints each figure beside its goal.
///
/// Run it with `make bench`, which builds what it needs; flags go into BENCH, as in
/// `make bench BENCH="--only decode,instructions --quick"`. Everything runs on this machine, and nothing else should:
/// the load is told at the start. Progress goes to stderr, the table to stdout, and the same to target/bench.json.
/// A figure is the middle of some rounds, in which all that is compared takes turns. No figure makes it fail.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// Measure these parts only
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Group>,
    /// Measure less, to see that everything works: fewer rows and rounds, and figures that say little
    #[arg(long)]
    pub quick: bool,
    /// Rounds; without it as many as each part needs
    #[arg(long)]
    rounds: Option<usize>,
    /// What the connector asks Looker to write, and what the transport alone drops
    #[arg(long, value_enum, default_value = "json_bi")]
    pub wire: Format,
    /// The library that is loaded; without it the one beside this program
    #[arg(long)]
    pub library: Option<PathBuf>,
    /// Where the peers are installed
    #[arg(long, default_value = "tests/bench/peers")]
    pub peers: PathBuf,
    /// Where the figures are written
    #[arg(long, default_value = "target/bench.json")]
    pub output: PathBuf,
}

impl Options {
    /// Whether a part is wanted.
    pub fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }

    /// Rounds of a part that usually has so many.
    pub fn rounds(&self, usual: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { 2 } else { usual }).max(1)
    }

    /// By what numbers of rows are divided.
    pub fn share(&self) -> usize {
        if self.quick { 10 } else { 1 }
    }
}
