//! Waits that end: a test that hangs says which sentence it hangs at.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What takes no time may take this long on a busy machine.
pub const SOON: Duration = Duration::from_secs(8);

/// What takes some time may take this long on a busy machine.
pub const LATER: Duration = Duration::from_secs(40);

/// Runs something on a thread of its own, and fails when it is not done in time.
#[track_caller]
pub fn within<T: Send + 'static>(limit: Duration, what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = channel();
    let thread = thread::spawn(move || {
        let _ = done.send(work());
    });
    match result.recv_timeout(limit) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("{what}: not within {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => unreachable!("a thread that ends sends first"),
        },
    }
}

/// Waits until a condition holds, and fails when it does not in time.
#[track_caller]
pub fn until(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < end, "{what}: not within {limit:?}");
        thread::sleep(Duration::from_millis(2));
    }
}
