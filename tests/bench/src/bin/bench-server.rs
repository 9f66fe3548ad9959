//! Serves prepared bodies until its stdin ends.

use clap::Parser;
use connector_bench::Result;
use connector_bench::server::{Served, serve};

/// Serves a table in Looker's formats from memory; says on stdout where, once it is made.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    served: Served,
}

fn main() -> Result<()> {
    serve(&Arguments::parse().served)
}
