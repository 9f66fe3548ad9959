//! Ctrl-C and the signals that mean the same: the first cancels what runs, the second ends the program.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use connector_interface::load::Operation;
use connector_interface::{Error, ErrorKind};

use crate::exit;

static SEEN: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Option<Operation>> = Mutex::new(None);

/// Whether the program asks by itself whether it shall stop, and how a pause of it is ended.
static ASKING: AtomicBool = AtomicBool::new(false);
static PAUSE: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// Starts listening.
pub(crate) fn install() {
    // Without a handler the signal ends the program, which is what is left to do then.
    let _ = ctrlc::set_handler(|| {
        let again = SEEN.swap(true, Ordering::SeqCst);
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match running {
            // A cancel that hangs must not keep the second signal from being heard.
            Some(operation) if !again => drop(std::thread::spawn(move || operation.cancel())),
            None if !again && ASKING.load(Ordering::SeqCst) => {
                let _pausing = PAUSE.0.lock().unwrap_or_else(PoisonError::into_inner);
                PAUSE.1.notify_all();
            }
            _ => process::exit(i32::from(exit::code(ErrorKind::Cancelled))),
        }
    });
}

/// While it lives, the program ends by itself after an interrupt, as it asks for one between operations.
#[must_use]
pub(crate) struct Asking;

impl Asking {
    pub(crate) fn begin() -> Self {
        ASKING.store(true, Ordering::SeqCst);
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKING.store(false, Ordering::SeqCst);
    }
}

/// Waits, but no longer than until the user asks to stop; whether that was so.
pub(crate) fn pause(time: Duration) -> bool {
    let pausing = PAUSE.0.lock().unwrap_or_else(PoisonError::into_inner);
    drop(PAUSE.1.wait_timeout_while(pausing, time, |()| !seen()));
    seen()
}

/// Whether the user has asked to stop.
pub(crate) fn seen() -> bool {
    SEEN.load(Ordering::SeqCst)
}

/// The error of a program that was interrupted.
pub(crate) fn error() -> Error {
    Error::new(ErrorKind::Cancelled, "Interrupted; the operation was cancelled")
}

/// While it lives, an interrupt cancels this operation.
#[must_use]
pub(crate) struct Guard;

impl Guard {
    /// Makes this operation the one that an interrupt cancels.
    pub(crate) fn new(operation: &Operation) -> Self {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation.clone());
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
