//! What is being done, on stderr.

use std::io::Write;

/// Says what begins.
pub fn say(what: &str) {
    // Who does not listen misses nothing else.
    let _ = writeln!(std::io::stderr(), "... {what}");
}
