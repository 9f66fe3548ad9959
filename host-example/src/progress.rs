//! The progress bar on stderr: rows, bytes, elapsed time. Only on a terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connector_interface::load::Operation;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::messages;

const INTERVAL: Duration = Duration::from_millis(100);

/// A bar that follows an operation until it is dropped.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    follower: Option<JoinHandle<()>>,
}

impl Watch {
    /// Follows an operation, when someone can see it.
    pub(crate) fn start(operation: &Operation, wanted: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let visible = wanted && !messages::talk().quiet && io::stderr().is_terminal();
        let follower = visible.then(|| {
            let (operation, stop) = (operation.clone(), Arc::clone(&stop));
            std::thread::spawn(move || follow(&operation, &stop))
        });
        Self { stop, follower }
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(follower) = self.follower.take() {
            follower.thread().unpark();
            let _ = follower.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.clear();
    }
}

fn follow(operation: &Operation, stop: &AtomicBool) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    messages::set_bar(Some(bar.clone()));
    // When the first rows had come, and how many: before them there was no pace.
    let mut since: Option<(Instant, u64)> = None;
    while !stop.load(Ordering::SeqCst) {
        if let Ok(progress) = operation.progress() {
            if progress.rows > 0 {
                since.get_or_insert_with(|| (Instant::now(), progress.rows));
            }
            bar.set_message(match (progress.rows, progress.bytes) {
                (0, 0) => "waiting".to_owned(),
                (0, bytes) => HumanBytes(bytes).to_string(),
                (rows, bytes) => {
                    let pace = since.map(|(begun, first)| rate(rows - first, begun.elapsed())).unwrap_or_default();
                    format!("{} rows  {}  {} rows/s", HumanCount(rows), HumanBytes(bytes), HumanCount(pace))
                }
            });
        }
        bar.tick();
        std::thread::park_timeout(INTERVAL);
    }
    messages::set_bar(None);
    bar.finish_and_clear();
}

/// The closing line of a result: rows, bytes, seconds, rows a second, and the retries when they are to be told.
pub(crate) fn closing_line(rows: u64, bytes: u64, elapsed: Duration, retries: Option<&str>) -> String {
    let seconds = elapsed.as_secs_f64();
    let plural = if rows == 1 { "row" } else { "rows" };
    let retries = retries.map(|retries| format!(", {retries}")).unwrap_or_default();
    format!(
        "{} {plural}, {}, {seconds:.1} s ({} rows/s){retries}",
        HumanCount(rows),
        HumanBytes(bytes),
        HumanCount(rate(rows, elapsed))
    )
}

/// Rows a second.
fn rate(rows: u64, elapsed: Duration) -> u64 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
    let rate = (rows as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts_rows_bytes_and_time() {
        assert_eq!(
            closing_line(1_000_000, 3 * 1024 * 1024, Duration::from_secs(2), None),
            "1,000,000 rows, 3.00 MiB, 2.0 s (500,000 rows/s)"
        );
        assert!(closing_line(1, 0, Duration::ZERO, None).starts_with("1 row, 0 B, 0.0 s"));
        assert!(closing_line(1, 0, Duration::ZERO, Some("2 retries")).ends_with(" rows/s), 2 retries"));
    }
}
