//! The memory of a host that drops each batch.

use super::{megabytes, serve, transfer};
use crate::Result;
use crate::client::Asker;
use crate::options::Options;
use crate::programs::Programs;
use crate::progress::say;
use crate::report::{Figure, Goal};

/// The most that a host may hold, and that more rows may add, in megabytes.
const PEAK: Goal = Goal::AtMost(16.0);
const GROWTH: Goal = Goal::AtMost(1.0);

/// Rows of the smallest and of the largest result.
const FEW: usize = 100_000;
const MANY: usize = 5_000_000;

/// The figures.
pub fn measure(options: &Options, programs: &Programs) -> Result<Vec<Figure>> {
    let (few, many) = (FEW / options.share(), MANY / options.share());
    say(&format!("memory: a server of {many} rows"));
    let server = serve(programs, many, vec![options.wire], false)?;
    let target = programs.target(&server, false, options.wire)?;
    let (mut discard, mut small, mut large) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds(3) {
        say("memory");
        discard.push(transfer(programs, Asker::Discard, &target, many, &[])?);
        small.push(transfer(programs, Asker::Connector, &target, few, &[])?);
        large.push(transfer(programs, Asker::Connector, &target, many, &[])?);
    }
    let (few_mb, many_mb) = (megabytes(&small), megabytes(&large));
    let growth = many_mb.iter().zip(&few_mb).map(|(many, few)| many - few).collect();
    let figures = vec![
        Figure::new(format!("peak memory, {few} rows"), "MB", few_mb).with(PEAK),
        Figure::new(format!("peak memory, {many} rows"), "MB", many_mb).with(PEAK),
        Figure::new(format!("growth of memory, {few} to {many} rows"), "MB", growth).with(GROWTH),
        Figure::new(format!("peak memory, {many} rows: discard"), "MB", megabytes(&discard)),
    ];
    Ok(figures.into_iter().map(|figure| figure.or_skipped("this system does not tell it")).collect())
}
