//! The table.

use std::io::Write;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::Figure;
use crate::Result;

/// Writes figures as a table.
pub fn print(figures: &[Figure], out: &mut impl Write) -> Result<()> {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["figure", "measured", "rounds", "goal", "met"]);
    for figure in figures {
        table.add_row([
            figure.name().to_owned(),
            figure.measured_text(),
            figure.range_text(),
            figure.goal_text(),
            figure.verdict(),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{table}")?;
    Ok(())
}
