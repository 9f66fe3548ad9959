//! Text in aligned columns: rows of a result as they stream, and the small tables of other commands.

use std::fmt::Write as _;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, SchemaRef};
use serde_json::{Map, Value};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::output::Sink;
use crate::output::cell::with_text_cells;

/// So many rows are looked at before the widths are settled; the rest is printed as it comes.
const MEASURED_ROWS: usize = 1_000;
/// No column is made wider for one long cell.
const WIDEST: usize = 60;
const GAP: &str = "  ";

/// The widths of columns, which of them are numbers, and where a screen cuts a cell.
pub(crate) struct Layout {
    widths: Vec<usize>,
    right: Vec<bool>,
    cut: Option<usize>,
}

impl Layout {
    /// Measures lines of cells. No column is wider than the widest; longer cells stick out of it.
    pub(crate) fn measure<'a>(lines: impl IntoIterator<Item = &'a [String]>, widest: usize) -> Self {
        let mut widths = Vec::new();
        for line in lines {
            widths.resize(widths.len().max(line.len()), 0);
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.width().min(widest).max(*width);
            }
        }
        Self { widths, right: Vec::new(), cut: None }
    }

    /// Adds a line of cells.
    pub(crate) fn line(&self, cells: &[String], text: &mut String) {
        let start = text.len();
        for (column, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            if column > 0 {
                text.push_str(GAP);
            }
            let cut = self.cut.filter(|most| cell.width() > *most).map(|most| shorten(cell, most));
            let cell = cut.as_ref().unwrap_or(cell);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let right = self.right.get(column).copied().unwrap_or_default();
            let _ = if right { write!(text, "{padding}{cell}") } else { write!(text, "{cell}{padding}") };
        }
        text.truncate(text.trim_end_matches(' ').len().max(start));
        text.push('\n');
    }

    /// Adds a line that parts the header from the rows.
    fn rule(&self, text: &mut String) {
        let rules: Vec<String> = self.widths.iter().map(|width| "-".repeat(*width)).collect();
        text.push_str(&rules.join(GAP));
        text.push('\n');
    }
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
    let layout = Layout::measure(std::iter::once(header.as_slice()).chain(rows.iter().map(Vec::as_slice)), usize::MAX);
    let mut text = String::new();
    layout.line(&header, &mut text);
    for row in rows {
        layout.line(&row.iter().map(|cell| visible(cell)).collect::<Vec<_>>(), &mut text);
    }
    text
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
    waiting: Vec<Vec<String>>,
    layout: Option<Layout>,
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
            layout: None,
        }
    }

    /// Settles the widths, and prints the header and what waited for it.
    fn settle(&mut self) -> Result<(), ArrowError> {
        let waiting = std::mem::take(&mut self.waiting);
        let lines = std::iter::once(self.header.as_slice()).chain(waiting.iter().map(Vec::as_slice));
        let layout = Layout { right: self.right.clone(), cut: self.cut, ..Layout::measure(lines, WIDEST) };
        let mut text = String::new();
        layout.line(&self.header, &mut text);
        layout.rule(&mut text);
        for line in &waiting {
            layout.line(line, &mut text);
        }
        self.layout = Some(layout);
        Ok(self.writer.write_all(text.as_bytes())?)
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        if self.layout.is_none() {
            self.settle()?;
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
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            let cells = columns
                .iter()
                .map(|column| column.value(row).try_to_string().map(|cell| visible(&cell)))
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(layout) = &self.layout {
                text.clear();
                layout.line(&cells, &mut text);
                self.writer.write_all(text.as_bytes())?;
            } else {
                self.waiting.push(cells);
                if self.waiting.len() >= MEASURED_ROWS {
                    self.settle()?;
                }
            }
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
