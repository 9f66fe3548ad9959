//! The parts of the measurement: each gives figures.

pub mod concurrent;
pub mod decode;
pub mod instructions;
pub mod latency;
pub mod memory;
pub mod peers;
pub mod transfer;

use crate::Result;
use crate::client::{Asker, Sample, Target, run};
use crate::generate::{Format, Shape};
use crate::programs::Programs;
use crate::server::{Process, Served};

/// Rows of a large result.
const LARGE: usize = 1_000_000;

/// A server of a plain table.
fn serve(programs: &Programs, rows: usize, formats: Vec<Format>, gzip: bool) -> Result<Process> {
    let served = Served { shape: Shape::Plain, rows, formats, gzip };
    Process::start(&programs.program("bench-server"), &served)
}

/// One transfer in a process of its own.
fn transfer(programs: &Programs, asker: Asker, target: &Target, limit: usize, more: &[&str]) -> Result<Sample> {
    let limit = limit.to_string();
    let task = [&["transfer", asker.name(), "--limit", &limit], more].concat();
    run(&programs.program("bench-client"), &task, target)
}

/// One part of each sample.
fn each(samples: &[Sample], part: impl Fn(&Sample) -> f64) -> Vec<f64> {
    samples.iter().map(part).collect()
}

/// The most memory that each sample's process has held, in megabytes.
fn megabytes(samples: &[Sample]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    samples.iter().filter_map(|sample| Some(sample.peak_memory? as f64 / 1e6)).collect()
}
