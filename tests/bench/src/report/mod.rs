//! What was measured, beside its goals: as a table for people and as JSON for programs.

mod figure;
mod table;

pub use figure::{Figure, Goal};
pub use table::print;

use std::fs;
use std::path::Path;

use crate::Result;

/// Writes figures as JSON: a list of objects with `figure`, `measured`, `unit`, `goal`, `bound`, `met`, `skipped`, `rounds`.
pub fn write(figures: &[Figure], file: &Path) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let list: Vec<_> = figures.iter().map(Figure::to_json).collect();
    Ok(fs::write(file, serde_json::to_string_pretty(&list)? + "\n")?)
}
