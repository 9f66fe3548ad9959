//! Small results for many threads at a time.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::discard::Discard;
use super::loaded::Loaded;
use super::{Asker, SMALL, Target};
use crate::generate::Shape;
use crate::{Result, clock};

/// Who asks, and how often.
#[derive(Clone, Debug, clap::Args)]
pub struct Load {
    /// Who
    #[arg(value_enum)]
    pub asker: Asker,
    /// Whom to ask, and how
    #[command(flatten)]
    pub target: Target,
    /// At how many a time
    #[arg(long)]
    pub threads: usize,
    /// How often in all
    #[arg(long)]
    pub queries: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Concurrent {
    /// Queries in a second.
    pub throughput: f64,
    /// Seconds of each.
    pub seconds: Vec<f64>,
    /// The most memory that the process has held, in bytes.
    pub peak_memory: Option<u64>,
    /// Logins of a session whose first queries came at once.
    pub logins: u64,
}

impl Load {
    /// Does it in this process.
    pub fn run(&self) -> Result<Concurrent> {
        let discard = Discard::connect(&self.target)?;
        let before = discard.counts()?.logins;
        let (throughput, seconds) = match self.asker {
            Asker::Discard => self.ask(&|| discard.query(SMALL).map(drop))?,
            Asker::Connector => {
                let loaded = Loaded::connect(&self.target, Shape::Plain)?;
                self.ask(&|| loaded.query(SMALL, |_| Ok(())))?
            }
        };
        let logins = discard.counts()?.logins - before;
        Ok(Concurrent { throughput, seconds, peak_memory: clock::peak_memory(), logins })
    }

    /// Each thread asks once at the same moment; then the time runs.
    fn ask(&self, ask: &(impl Fn() -> Result<()> + Sync)) -> Result<(f64, Vec<f64>)> {
        let (left, barrier) = (AtomicUsize::new(self.queries), Barrier::new(self.threads));
        let one = || -> Result<(Instant, Vec<f64>, Instant)> {
            barrier.wait();
            let first = ask();
            barrier.wait();
            first?;
            let (start, mut seconds) = (Instant::now(), Vec::new());
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let start = Instant::now();
                ask()?;
                seconds.push(start.elapsed().as_secs_f64());
            }
            Ok((start, seconds, Instant::now()))
        };
        let done: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads).map(|_| scope.spawn(one)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
                .collect()
        });
        let done = done.into_iter().collect::<Result<Vec<_>>>()?;
        let start = done.iter().map(|(start, ..)| *start).min();
        let end = done.iter().map(|(.., end)| *end).max();
        let seconds: Vec<f64> = done.into_iter().flat_map(|(_, seconds, _)| seconds).collect();
        let wall = start.zip(end).map_or(0.0, |(start, end)| end.saturating_duration_since(start).as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        Ok((seconds.len() as f64 / wall, seconds))
    }
}
