//! The formats `csv` and `txt`: a header of labels, then one line per row.

use rusqlite::types::ValueRef;

use super::{Format, Shape, Wishes, grid, value, value_format};
use crate::uncertain;
use crate::uncertain::choices::CsvError;

/// Writer of text with a separator.
pub(super) struct Separated {
    separator: u8,
    wishes: Wishes,
    formats: Vec<Option<String>>,
}

impl Separated {
    pub(super) fn new(separator: u8, wishes: Wishes) -> Self {
        Self { separator, wishes, formats: Vec::new() }
    }

    fn line<'t>(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = &'t str>) {
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                out.push(self.separator);
            }
            self.cell(out, cell.as_bytes());
        }
        out.push(b'\n');
    }

    fn cell(&self, out: &mut Vec<u8>, text: &[u8]) {
        if text.iter().any(|byte| *byte == self.separator || matches!(byte, b'"' | b'\n' | b'\r')) {
            out.push(b'"');
            for byte in text {
                if *byte == b'"' {
                    out.push(b'"');
                }
                out.push(*byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(text);
        }
    }
}

impl Format for Separated {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        self.formats = grid::formats(&shape);
        for line in grid::header(&shape) {
            self.line(out, line.iter().map(String::as_str));
        }
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                out.push(self.separator);
            }
            match cell {
                ValueRef::Null => {}
                ValueRef::Text(bytes) => self.cell(out, bytes),
                number if self.wishes.formatted => {
                    let format = self.formats.get(index).and_then(Option::as_deref);
                    self.cell(out, value_format::rendered(*number, format).as_bytes());
                }
                number => value::json(out, *number),
            }
        }
        out.push(b'\n');
    }

    fn end(&mut self, _: &mut Vec<u8>, _: f64) {}

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        if self.wishes.choices.csv_error == CsvError::Text {
            out.extend_from_slice(message.as_bytes());
            return;
        }
        self.line(out, std::iter::once(uncertain::CSV_ERROR_HEADER));
        self.line(out, std::iter::once(message));
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::tests::{shape, text, written};
    use super::*;

    #[test]
    fn the_header_holds_labels_and_every_line_ends() {
        let rows: [&[Value]; 2] = [&[text("a, \"b\""), Value::Integer(7)], &[Value::Null, Value::Real(0.5)]];
        assert_eq!(
            written(Separated::new(b',', Wishes::default()), shape(false, None), &rows),
            "O Status,O Count\n\"a, \"\"b\"\"\",7\n,0.5\n"
        );
        assert_eq!(written(Separated::new(b'\t', Wishes::default()), shape(false, None), &[]), "O Status\tO Count\n");
    }

    #[test]
    fn pivots_have_a_line_of_values_above_the_labels() {
        let rows: [&[Value]; 1] = [&[text("a"), Value::Integer(7), Value::Null]];
        assert_eq!(
            written(Separated::new(b',', Wishes::default()), shape(true, None), &rows),
            ",F,\nO Status,O Count,O Count\na,7,\n"
        );
    }
}
