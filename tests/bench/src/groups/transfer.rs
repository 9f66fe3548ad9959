//! A large result end to end: through the loaded library, beside the transport alone.

use super::{LARGE, each, serve, transfer};
use crate::Result;
use crate::client::Asker;
use crate::figures::ratios;
use crate::generate::{Shape, Table, Truth};
use crate::options::Options;
use crate::programs::Programs;
use crate::progress::say;
use crate::report::{Figure, Goal};
use crate::server::Process;

/// How much of the transport's throughput is wanted: plain, and with TLS.
const PLAIN: Goal = Goal::AtLeast(0.55);
const SECURE: Goal = Goal::AtLeast(0.80);

/// The most that the first batch may come after the first byte, in milliseconds.
const FIRST_BATCH: Goal = Goal::AtMost(5.0);

/// The figures.
pub fn measure(options: &Options, programs: &Programs) -> Result<Vec<Figure>> {
    let rows = LARGE / options.share();
    say(&format!("end to end: a server of {rows} rows"));
    let server = serve(programs, rows, vec![options.wire], false)?;
    check(options, programs, &server, rows)?;
    let mut figures = Vec::new();
    for (secure, goal) in [(false, PLAIN), (true, SECURE)] {
        figures.extend(against_discard(options, programs, &server, secure, goal)?);
    }
    figures.extend(first_batches(options, programs, &server)?);
    drop(server);
    let server = serve(programs, rows, vec![options.wire], true)?;
    figures.push(against_inflating(options, programs, &server, rows)?);
    Ok(figures)
}

/// What the connector delivers is what was generated.
fn check(options: &Options, programs: &Programs, server: &Process, rows: usize) -> Result<()> {
    let target = programs.target(server, false, options.wire)?;
    let found = transfer(programs, Asker::Connector, &target, rows, &["--check"])?.truth;
    let truth = Truth::of(&Table::new(Shape::Plain), rows);
    if found.as_ref() == Some(&truth) {
        return Ok(());
    }
    Err(format!("the connector has delivered {found:?}, and it is {truth:?}").into())
}

fn against_discard(
    options: &Options,
    programs: &Programs,
    server: &Process,
    secure: bool,
    goal: Goal,
) -> Result<Vec<Figure>> {
    let title = if secure { "end to end, TLS" } else { "end to end, plain" };
    say(title);
    let (target, rows) = (programs.target(server, secure, options.wire)?, LARGE / options.share());
    let (mut own, mut discard) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds(9) {
        discard.push(transfer(programs, Asker::Discard, &target, rows, &[])?);
        own.push(transfer(programs, Asker::Connector, &target, rows, &[])?);
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let millions = rows as f64 / 1e6;
    let wall = |samples: &[_]| each(samples, |sample| sample.wall);
    let cpu = |samples: &[_]| each(samples, |sample| sample.cpu);
    Ok(vec![
        Figure::new(format!("{title}: connector"), "Mrow/s", each(&own, |sample| millions / sample.wall)),
        Figure::new(format!("{title}: discard"), "Mrow/s", each(&discard, |sample| millions / sample.wall)),
        Figure::new(format!("{title}: against discard"), "x", ratios(&wall(&discard), &wall(&own))).with(goal),
        Figure::new(format!("{title}: processor time against discard"), "x", ratios(&cpu(&discard), &cpu(&own))),
    ])
}

/// How long after the first byte the first batch comes: the transport alone tells when that is.
fn first_batches(options: &Options, programs: &Programs, server: &Process) -> Result<Vec<Figure>> {
    let target = programs.target(server, false, options.wire)?;
    let mut figures = Vec::new();
    for rows in [LARGE / 1000, LARGE / 10, LARGE].map(|rows| rows / options.share()) {
        let title = format!("first batch after the first byte, {rows} rows");
        say(&title);
        let mut after = Vec::new();
        for _ in 0..options.rounds(5) {
            let discard = transfer(programs, Asker::Discard, &target, rows, &[])?;
            let own = transfer(programs, Asker::Connector, &target, rows, &[])?;
            after.extend(own.first_batch.zip(discard.first_byte).map(|(batch, byte)| (batch - byte) * 1e3));
        }
        figures.push(Figure::new(title, "ms", after).with(FIRST_BATCH));
    }
    Ok(figures)
}

fn against_inflating(options: &Options, programs: &Programs, server: &Process, rows: usize) -> Result<Figure> {
    let title = "end to end, gzip: against inflating alone";
    say(title);
    let target = programs.target(server, false, options.wire)?;
    // The server compresses when it is asked for the first time.
    transfer(programs, Asker::Discard, &target, rows, &[])?;
    let (mut own, mut inflate) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds(5) {
        inflate.push(transfer(programs, Asker::Discard, &target, rows, &["--inflate"])?.wall);
        own.push(transfer(programs, Asker::Connector, &target, rows, &[])?.wall);
    }
    Ok(Figure::new(title, "x", ratios(&inflate, &own)))
}
