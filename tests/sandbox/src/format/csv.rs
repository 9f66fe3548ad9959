//! The formats `csv` and `txt`: a header of labels, then one line per row.

use rusqlite::types::{Value, ValueRef};

use super::{Format, Shape, Wishes, value, value_format};
use crate::uncertain;

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
        let width = shape.width();
        let repeated = |column: &super::Column| vec![column.value_format.clone(); width];
        self.formats = shape.dimensions.iter().map(|column| column.value_format.clone()).collect();
        self.formats.extend(shape.measures.iter().flat_map(repeated));
        let dimensions = shape.dimensions.iter().map(|column| column.label.as_str());
        if shape.is_pivoted {
            let names = shape.pivots.first().map_or(0, |pivot| pivot.data.len());
            if uncertain::PIVOTED_CSV_HEADERS == 2 && names > 0 {
                let pivots: Vec<String> = shape
                    .pivots
                    .iter()
                    .map(|pivot| {
                        let values = pivot.data.iter().map(|(_, value)| value::plain(ValueRef::from(value)));
                        if pivot.is_total { "Row Total".into() } else { values.collect::<Vec<_>>().join(" | ") }
                    })
                    .collect();
                let measures = shape.measures.iter().flat_map(|_| pivots.iter().map(String::as_str));
                self.line(out, shape.dimensions.iter().map(|_| "").chain(measures));
            }
        }
        let measures = shape.measures.iter().flat_map(|column| std::iter::repeat_n(column.label.as_str(), width));
        self.line(out, dimensions.chain(measures));
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

    fn end(&mut self, _: &mut Vec<u8>, _: Option<&[Value]>, _: f64) {}

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        self.line(out, std::iter::once(uncertain::CSV_ERROR_HEADER));
        self.line(out, std::iter::once(message));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{shape, text, written};
    use super::*;

    #[test]
    fn the_header_holds_labels_and_every_line_ends() {
        let rows: [&[Value]; 2] = [&[text("a, \"b\""), Value::Integer(7)], &[Value::Null, Value::Real(0.5)]];
        assert_eq!(
            written(Separated::new(b',', Wishes::default()), shape(false, false), &rows, None),
            "O Status,O Count\n\"a, \"\"b\"\"\",7\n,0.5\n"
        );
        assert_eq!(
            written(Separated::new(b'\t', Wishes::default()), shape(false, false), &[], None),
            "O Status\tO Count\n"
        );
    }

    #[test]
    fn pivots_have_a_line_of_values_above_the_labels() {
        let rows: [&[Value]; 1] = [&[text("a"), Value::Integer(7), Value::Null]];
        assert_eq!(
            written(Separated::new(b',', Wishes::default()), shape(true, false), &rows, None),
            ",F,\nO Status,O Count,O Count\na,7,\n"
        );
    }
}
