//! Text in aligned columns: rows of a result as they stream, and the small tables of other commands.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, SchemaRef};
use comfy_table::{CellAlignment, ColumnConstraint, Width};
use serde_json::{Map, Value};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::output::Sink;
use crate::output::cell::with_text_cells;

/// So many rows are looked at before the header is printed; the widths that they need are the least of the rest.
const MEASURED_ROWS: usize = 1_000;
/// On a screen no cell is wider than this.
const WIDEST: usize = 60;
/// Between two columns.
const GAP: u16 = 2;

/// Lines of cells in aligned columns, as text; a column is at least as wide as `least` says. Returns the widths, too.
fn aligned(lines: &[Vec<String>], least: &[u16], right: &[bool]) -> (String, Vec<u16>) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).add_rows(lines);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, GAP));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least.get(at).copied().unwrap_or(0) + GAP)));
        if right.get(at).copied().unwrap_or_default() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let own = table.column_max_content_widths();
    let widths = own.iter().enumerate().map(|(at, own)| (*own).max(least.get(at).copied().unwrap_or(0))).collect();
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end_matches(' '));
        text.push('\n');
    }
    (text, widths)
}

/// Lines of cells in columns, without a header.
pub(crate) fn columns(lines: &[Vec<String>]) -> String {
    aligned(lines, &[], &[]).0
}

fn shorten(cell: &str, most: usize) -> String {
    let mut width = 1;
    let mut short: String = cell
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width <= most
        })
        .collect();
    short.push('…');
    short
}

/// A small table as text.
pub(crate) fn text(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect());
    columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

/// A cell on one line: what would break the line or drive the terminal is written as an escape.
fn visible(cell: &str) -> String {
    if !cell.contains(char::is_control) {
        return cell.to_owned();
    }
    cell.chars().fold(String::with_capacity(cell.len()), |mut text, c| {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
        text
    })
}

/// Rows as a table, with bounded memory.
pub(crate) struct Table<W: Write> {
    writer: W,
    header: Vec<String>,
    right: Vec<bool>,
    cut: Option<usize>,
    /// Lines that are not printed yet.
    waiting: Vec<Vec<String>>,
    /// The widths, once the header is printed.
    widths: Option<Vec<u16>>,
}

impl<W: Write> Table<W> {
    /// A table of these columns; on a screen long cells are cut.
    pub(crate) fn new(writer: W, schema: &SchemaRef, on_screen: bool) -> Self {
        Self {
            writer,
            header: schema.fields().iter().map(|field| visible(field.name())).collect(),
            right: schema.fields().iter().map(|field| field.data_type().is_numeric()).collect(),
            cut: on_screen.then_some(WIDEST),
            waiting: Vec::new(),
            widths: None,
        }
    }

    /// Prints what waits, the first time below the header.
    fn print(&mut self) -> Result<(), ArrowError> {
        let waiting = std::mem::take(&mut self.waiting);
        let text = if let Some(widths) = &self.widths {
            aligned(&waiting, widths, &self.right).0
        } else {
            let (_, names) = aligned(std::slice::from_ref(&self.header), &[], &[]);
            let (_, widths) = aligned(&waiting, &names, &self.right);
            let rule = widths.iter().map(|width| "-".repeat((*width).into())).collect();
            let lines = [self.header.clone(), rule].into_iter().chain(waiting).collect::<Vec<_>>();
            let (text, widths) = aligned(&lines, &widths, &self.right);
            self.widths = Some(widths);
            text
        };
        Ok(self.writer.write_all(text.as_bytes())?)
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        if self.widths.is_none() || !self.waiting.is_empty() {
            self.print()?;
        }
        Ok(self.writer.flush()?)
    }
}

impl<W: Write> Sink for Table<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = with_text_cells(batch)?;
        let options = FormatOptions::new().with_null("null");
        let columns: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| {
                let cell = visible(&column.value(row).try_to_string()?);
                Ok(match self.cut.filter(|most| cell.width() > *most) {
                    Some(most) => shorten(&cell, most),
                    None => cell,
                })
            });
            self.waiting.push(cells.collect::<Result<Vec<_>, ArrowError>>()?);
        }
        if self.widths.is_some() || self.waiting.len() >= MEASURED_ROWS {
            self.print()?;
        }
        Ok(self.writer.flush()?)
    }

    fn finish(mut self: Box<Self>, _summary: &Map<String, Value>) -> Result<(), ArrowError> {
        self.end()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, StringArray};

    use super::*;
    use crate::output::cell::tests::batch;

    fn written(batches: &[RecordBatch], on_screen: bool) -> String {
        let mut table = Table::new(Vec::new(), &batches[0].schema(), on_screen);
        for batch in batches {
            table.write(batch).unwrap();
        }
        table.end().unwrap();
        String::from_utf8(table.writer).unwrap()
    }

    fn small(ids: Vec<f64>, names: Vec<&str>) -> RecordBatch {
        let columns: [(&str, ArrayRef); 2] =
            [("id", Arc::new(Float64Array::from(ids))), ("name", Arc::new(StringArray::from(names)))];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn numbers_stand_right_text_left_and_wide_letters_count_twice() {
        assert_eq!(
            written(&[small(vec![7.0, 1234.5], vec!["日本", "x"])], true),
            "    id  name\n------  ----\n     7  日本\n1234.5  x\n"
        );
    }

    #[test]
    fn every_kind_of_cell_stays_on_its_line() {
        let text = written(&[batch()], false);
        assert_eq!(text.lines().count(), 4);
        for part in [r#"Zoë, "日本"\nx"#, r#"["a",null,"b\"c"]"#, "2022-01-08", "12.50", "null"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_long_cell_is_cut_on_a_screen_only() {
        let long = "y".repeat(100);
        let rows = [small(vec![1.0], vec![&long])];
        assert!(written(&rows, true).contains(&format!("{}…\n", "y".repeat(WIDEST - 1))));
        assert!(written(&rows, false).contains(&long));
    }

    #[test]
    fn rows_after_the_measured_ones_are_printed_with_the_settled_widths() {
        let rows = [small(vec![1.0; MEASURED_ROWS], vec!["a"; MEASURED_ROWS]), small(vec![12345.0], vec!["b"])];
        assert_eq!(written(&rows, false).lines().last(), Some("12345  b"));
    }

    #[test]
    fn a_result_without_rows_has_its_header() {
        assert_eq!(written(&[batch().slice(0, 0)], false).lines().count(), 2);
    }
}
