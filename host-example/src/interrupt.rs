//! Ctrl-C and the signals that mean the same: the first cancels what runs, the second ends the program.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use connector_interface::load::Operation;
use connector_interface::{Error, ErrorKind};

use crate::exit;

static SEEN: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Option<Operation>> = Mutex::new(None);

/// Starts listening.
pub(crate) fn install() {
    // Without a handler the signal ends the program, which is what is left to do then.
    let _ = ctrlc::set_handler(|| {
        let again = SEEN.swap(true, Ordering::SeqCst);
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match running {
            // A cancel that hangs must not keep the second signal from being heard.
            Some(operation) if !again => drop(std::thread::spawn(move || operation.cancel())),
            _ => process::exit(i32::from(exit::code(ErrorKind::Cancelled))),
        }
    });
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
