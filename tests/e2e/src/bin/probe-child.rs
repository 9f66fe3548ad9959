//! The child of a probe: loads one library, says what it found, and may die of it.
#![allow(clippy::print_stdout, reason = "the answer goes to stdout")]

use std::path::Path;

fn main() {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    println!("{}", connector_interface::load::probe::answer(Path::new(&path)));
}
