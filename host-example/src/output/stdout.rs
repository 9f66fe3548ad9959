//! Stdout: the one place that writes it, and what a reader who stops reading means.

use std::io::{self, Write};

use connector_interface::{Error, ErrorKind};

use crate::exit::{self, Stop};

/// Prints text.
pub(crate) fn print(text: &str) -> exit::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| stop(error.kind(), &error.to_string()))
}

/// Why writing ends: a pipe whose reader has left is no failure of anybody.
pub(crate) fn stop(kind: io::ErrorKind, text: &str) -> Stop {
    match kind {
        io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
        _ => Error::new(ErrorKind::Incomplete, format!("The result could not be written: {text}"))
            .advise("Make room, or write to another place with --output FILE")
            .into(),
    }
}
