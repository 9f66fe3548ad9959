//! Many small results at a time.

use super::serve;
use crate::Result;
use crate::client::{Asker, Concurrent, SMALL, run};
use crate::figures::{percentile, ratios};
use crate::options::Options;
use crate::programs::Programs;
use crate::progress::say;
use crate::report::{Figure, Goal};

/// Queries at a time, and in a round.
const THREADS: usize = 64;
const QUERIES: usize = 20_000;

/// How much of the transport's throughput is wanted, and the most memory, in megabytes.
const THROUGHPUT: Goal = Goal::AtLeast(0.45);
const MEMORY: Goal = Goal::AtMost(32.0);

/// First queries that come at once wait for one login.
const LOGINS: Goal = Goal::AtMost(1.0);

/// The figures.
pub fn measure(options: &Options, programs: &Programs) -> Result<Vec<Figure>> {
    let title = format!("{THREADS} at a time, {SMALL} rows");
    let server = serve(programs, SMALL, vec![options.wire], false)?;
    let target = programs.target(&server, false, options.wire)?;
    let (threads, queries) = (THREADS.to_string(), (QUERIES / options.share()).to_string());
    let ask = |asker: Asker| -> Result<Concurrent> {
        let task = ["concurrent", asker.name(), "--threads", &threads, "--queries", &queries];
        run(&programs.program("bench-client"), &task, &target)
    };
    let (mut own, mut discard) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds(5) {
        say(&title);
        discard.push(ask(Asker::Discard)?);
        own.push(ask(Asker::Connector)?);
    }
    let throughput = |rounds: &[Concurrent]| -> Vec<f64> { rounds.iter().map(|round| round.throughput).collect() };
    let p99 = |rounds: &[Concurrent]| -> Vec<f64> {
        rounds.iter().filter_map(|round| Some(percentile(&round.seconds, 99.0)? * 1e3)).collect()
    };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let memory = |rounds: &[Concurrent]| -> Vec<f64> {
        rounds.iter().filter_map(|round| Some(round.peak_memory? as f64 / 1e6)).collect()
    };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let logins = own.iter().map(|round| round.logins as f64).collect();
    Ok(vec![
        Figure::new(format!("{title}: connector"), "q/s", throughput(&own)),
        Figure::new(format!("{title}: discard"), "q/s", throughput(&discard)),
        Figure::new(format!("{title}: against discard"), "x", ratios(&throughput(&own), &throughput(&discard)))
            .with(THROUGHPUT),
        Figure::new(format!("{title}, p99: connector"), "ms", p99(&own)),
        Figure::new(format!("{title}, p99: discard"), "ms", p99(&discard)),
        Figure::new(format!("{title}, peak memory: connector"), "MB", memory(&own))
            .with(MEMORY)
            .or_skipped("this system does not tell it"),
        Figure::new(format!("{title}, peak memory: discard"), "MB", memory(&discard)),
        Figure::new(format!("{title}: logins of the first ones"), "", logins).with(LOGINS),
    ])
}
