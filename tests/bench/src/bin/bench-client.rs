//! Asks the server in a process of its own, and prints what it has measured as JSON.

use std::io::Write as _;

use clap::{Parser, Subcommand};
use connector_bench::Result;
use connector_bench::client::{Load, Small, Transfer};

/// Asks a server of prepared bodies, as a host with the connector or with the transport alone.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// One large result
    Transfer(Transfer),
    /// Small results, one after the other
    Latency(Small),
    /// Small results for many threads at a time
    Concurrent(Load),
}

fn main() -> Result<()> {
    let measured = match Arguments::parse().task {
        Task::Transfer(task) => serde_json::to_string(&task.run()?),
        Task::Latency(task) => serde_json::to_string(&task.run()?),
        Task::Concurrent(task) => serde_json::to_string(&task.run()?),
    }?;
    writeln!(std::io::stdout(), "{measured}")?;
    Ok(())
}
