//! The program `connector-bench`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use connector_bench::options::{Group, Options};
use connector_bench::programs::Programs;
use connector_bench::report::{self, Figure};
use connector_bench::{Result, clock, groups};

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let programs = Programs::find(options.library.as_deref())?;
    let mut notes = notes(&options);
    for note in &notes {
        writeln!(io::stderr(), "{note}")?;
    }
    let (mut figures, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for (group, measure) in GROUPS {
        if !options.wants(*group) {
            continue;
        }
        match measure(&options, &programs) {
            Ok(measured) => figures.extend(measured),
            Err(error) => {
                code = ExitCode::FAILURE;
                notes.push(format!("FAILED: {group:?}: {error}"));
            }
        }
    }
    report::write(&figures, &options.output)?;
    let mut out = io::stdout().lock();
    report::print(&figures, &mut out)?;
    for note in notes {
        writeln!(out, "{note}")?;
    }
    Ok(code)
}

type Measure = fn(&Options, &Programs) -> Result<Vec<Figure>>;

/// The parts, in their order.
const GROUPS: &[(Group, Measure)] = &[
    (Group::Decode, |options, _| groups::decode::measure(options)),
    (Group::Instructions, |options, programs| {
        groups::instructions::measure(options, &programs.program("bench-decode"))
    }),
    (Group::Transfer, groups::transfer::measure),
    (Group::Memory, groups::memory::measure),
    (Group::Latency, groups::latency::measure),
    (Group::Concurrent, groups::concurrent::measure),
    (Group::Peers, groups::peers::measure),
];

/// What one must know to judge the figures.
fn notes(options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = clock::load();
    let told = load.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.2}"));
    notes.push(format!("{processors} processors; load at the start {told}."));
    if load.is_some_and(|load| load > 1.0) {
        notes.push("The machine is busy with something else: only ratios and instructions say something.".to_owned());
    }
    if options.quick {
        notes.push("Measured quickly: the figures show that it works, and little else.".to_owned());
    }
    if cfg!(debug_assertions) {
        notes.push("This program is not optimised: build it with --release.".to_owned());
    }
    notes
}
