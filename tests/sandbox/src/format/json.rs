//! The format `json`: an array of rows, each an object of field names.

use rusqlite::types::ValueRef;

use super::{Format, Shape, Wishes, value, value_format};
use crate::uncertain;

/// Writer of `json`.
pub(super) struct Json {
    wishes: Wishes,
    shape: Option<Shape>,
    /// Whether keys are labels.
    labelled: bool,
    /// What stands before each cell, in the order of the cells, from the second row on.
    before: Vec<Vec<u8>>,
    rows: u64,
}

impl Json {
    pub(super) fn new(wishes: Wishes) -> Self {
        Self { wishes, shape: None, labelled: false, before: Vec::new(), rows: 0 }
    }

    pub(super) fn labelled(wishes: Wishes) -> Self {
        Self { labelled: true, ..Self::new(wishes) }
    }

    fn cell(&self, out: &mut Vec<u8>, cell: ValueRef<'_>, format: Option<&str>) {
        match cell {
            ValueRef::Integer(_) | ValueRef::Real(_) if self.wishes.formatted => {
                value::json_text(out, &value_format::rendered(cell, format));
            }
            _ => value::json(out, cell),
        }
    }
}

/// The text between two cells: `,"key":`, or what opens and closes the objects of pivots.
fn prefixes(shape: &Shape) -> Vec<Vec<u8>> {
    let mut prefixes = Vec::new();
    let key = |name: &str, close: &str, open: &str| {
        let mut text = close.as_bytes().to_vec();
        value::json_text(&mut text, name);
        text.push(b':');
        text.extend_from_slice(open.as_bytes());
        text
    };
    for dimension in &shape.dimensions {
        prefixes.push(key(&dimension.name, if prefixes.is_empty() { "" } else { "," }, ""));
    }
    for (index, measure) in shape.measures.iter().enumerate() {
        if !shape.is_pivoted {
            prefixes.push(key(&measure.name, if prefixes.is_empty() { "" } else { "," }, ""));
            continue;
        }
        let names: Vec<&str> =
            shape.pivots.first().into_iter().flat_map(|pivot| &pivot.data).map(|(name, _)| name.as_str()).collect();
        let close = match (index, prefixes.is_empty()) {
            (_, true) => "",
            (0, false) => ",",
            _ => "}},",
        };
        for (column, pivot) in shape.pivots.iter().enumerate() {
            prefixes.push(if column == 0 {
                let mut text = key(&measure.name, close, "{");
                text.extend(key(&names.join(uncertain::PIVOT_JOINER), "", "{"));
                text.extend(key(&pivot.key, "", ""));
                text
            } else {
                key(&pivot.key, ",", "")
            });
        }
    }
    prefixes
}

impl Format for Json {
    fn begin(&mut self, out: &mut Vec<u8>, mut shape: Shape) {
        out.push(b'[');
        if self.labelled {
            for column in shape.dimensions.iter_mut().chain(&mut shape.measures) {
                column.name.clone_from(&column.label);
            }
        }
        self.before = prefixes(&shape);
        self.shape = Some(shape);
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        let Some(shape) = &self.shape else { return };
        out.extend_from_slice(if self.rows == 0 { b"{" } else { b",\n{" });
        self.rows += 1;
        for (index, (cell, before)) in cells.iter().zip(&self.before).enumerate() {
            out.extend_from_slice(before);
            let column = shape.column(index);
            self.cell(out, *cell, column.and_then(|column| column.value_format.as_deref()));
        }
        if shape.is_pivoted && cells.len() > shape.dimensions.len() {
            out.extend_from_slice(b"}}");
        }
        out.push(b'}');
    }

    fn end(&mut self, out: &mut Vec<u8>, _: f64) {
        out.push(b']');
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        out.extend_from_slice(b"[{\"looker_error\":");
        value::json_text(out, message);
        out.extend_from_slice(b"}]");
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::tests::{shape, text, written};
    use super::*;

    #[test]
    fn rows_are_objects_of_raw_values() {
        let rows: [&[Value]; 2] = [&[text("a\"b"), Value::Integer(7)], &[Value::Null, Value::Real(0.5)]];
        assert_eq!(
            written(Json::new(Wishes::default()), shape(false, None), &rows),
            "[{\"o.status\":\"a\\\"b\",\"o.count\":7},\n{\"o.status\":null,\"o.count\":0.5}]"
        );
        assert_eq!(written(Json::new(Wishes::default()), shape(false, None), &[]), "[]");
    }

    #[test]
    fn pivots_nest_measure_then_pivot_field_then_value() {
        let rows: [&[Value]; 1] = [&[text("a"), Value::Integer(7), Value::Null]];
        assert_eq!(
            written(Json::new(Wishes::default()), shape(true, None), &rows),
            "[{\"o.status\":\"a\",\"o.count\":{\"u.gender\":{\"F\":7,\"u.gender___null\":null}}}]"
        );
    }

    #[test]
    fn formatted_numbers_are_text() {
        let wishes = Wishes { formatted: true, ..Wishes::default() };
        let rows: [&[Value]; 1] = [&[text("a"), Value::Integer(1234)]];
        assert_eq!(
            written(Json::new(wishes), shape(false, None), &rows),
            "[{\"o.status\":\"a\",\"o.count\":\"1,234\"}]"
        );
    }
}
