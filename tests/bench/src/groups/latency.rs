//! Small results: what the connector adds to the transport, and what the first one costs.

use super::{each, serve, transfer};
use crate::Result;
use crate::client::{Asker, Latency, SMALL, run};
use crate::figures::percentile;
use crate::options::Options;
use crate::programs::Programs;
use crate::progress::say;
use crate::report::{Figure, Goal};
use crate::server::Process;

/// The most that the connector may add to the transport's p50, in microseconds.
const ADDED: Goal = Goal::AtMost(80.0);

/// Once warm, a query needs no connection and no login of its own.
const NONE: Goal = Goal::AtMost(0.0);

/// Queries of a round.
const QUERIES: usize = 3_000;

/// The figures.
pub fn measure(options: &Options, programs: &Programs) -> Result<Vec<Figure>> {
    let server = serve(programs, SMALL, vec![options.wire], false)?;
    let mut figures = warm(options, programs, &server)?;
    for secure in [false, true] {
        let title = format!("first query of a process, {}", if secure { "TLS" } else { "plain" });
        say(&title);
        let target = programs.target(&server, secure, options.wire)?;
        for asker in [Asker::Connector, Asker::Discard] {
            let mut samples = Vec::new();
            for _ in 0..options.rounds(5) {
                samples.push(transfer(programs, asker, &target, SMALL, &[])?);
            }
            let name = format!("{title}: {}", asker.name());
            figures.push(Figure::new(name, "ms", each(&samples, |sample| sample.small * 1e3)));
        }
    }
    Ok(figures)
}

fn warm(options: &Options, programs: &Programs, server: &Process) -> Result<Vec<Figure>> {
    let title = format!("{SMALL} rows, warm");
    say(&title);
    let target = programs.target(server, false, options.wire)?;
    let queries = (QUERIES / options.share()).to_string();
    let mut rounds: Vec<Latency> = Vec::new();
    for _ in 0..options.rounds(5) {
        rounds.push(run(&programs.program("bench-client"), &["latency", "--queries", &queries], &target)?);
    }
    let of = |part: fn(&Latency) -> &[f64], percent| -> Vec<f64> {
        rounds.iter().filter_map(|round| Some(percentile(part(round), percent)? * 1e6)).collect()
    };
    let own = |percent| of(|round| &round.connector, percent);
    let discard = |percent| of(|round| &round.discard, percent);
    let added = own(50.0).iter().zip(discard(50.0)).map(|(own, discard)| own - discard).collect();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let counts = |part: fn(&Latency) -> u64| rounds.iter().map(|round| part(round) as f64).collect();
    Ok(vec![
        Figure::new(format!("{title}, p50: connector"), "us", own(50.0)),
        Figure::new(format!("{title}, p50: discard"), "us", discard(50.0)),
        Figure::new(format!("{title}, p50: over discard"), "us", added).with(ADDED),
        Figure::new(format!("{title}, p99: connector"), "us", own(99.0)),
        Figure::new(format!("{title}, p99: discard"), "us", discard(99.0)),
        Figure::new(format!("{title}: new connections"), "", counts(|round| round.new_connections)).with(NONE),
        Figure::new(format!("{title}: logins"), "", counts(|round| round.new_logins)).with(NONE),
    ])
}
