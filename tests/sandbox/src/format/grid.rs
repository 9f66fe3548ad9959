//! What the formats for people have in common: a header of labels above lines of cells.

use rusqlite::types::ValueRef;

use super::{Shape, Wishes, value, value_format};
use crate::uncertain;

/// The header: labels, with a line of pivot values above them if there are any.
pub(super) fn header(shape: &Shape) -> Vec<Vec<String>> {
    let labels = shape.dimensions.iter().map(|column| column.label.clone());
    let width = shape.width();
    let measures = shape.measures.iter().flat_map(|column| std::iter::repeat_n(column.label.clone(), width));
    let labels: Vec<String> = labels.chain(measures).collect();
    if uncertain::PIVOTED_CSV_HEADERS < 2 || shape.pivots.is_empty() {
        return vec![labels];
    }
    let pivots: Vec<String> = shape
        .pivots
        .iter()
        .map(|pivot| {
            let values = pivot.data.iter().map(|(_, value)| value::plain(ValueRef::from(value)));
            if pivot.is_total { "Row Total".into() } else { values.collect::<Vec<_>>().join(" | ") }
        })
        .collect();
    let above = shape.dimensions.iter().map(|_| String::new());
    let above = above.chain(shape.measures.iter().flat_map(|_| pivots.iter().cloned())).collect();
    vec![above, labels]
}

/// The format of each cell of a row.
pub(super) fn formats(shape: &Shape) -> Vec<Option<String>> {
    let cells = shape.dimensions.len() + shape.measures.len() * shape.width();
    (0..cells).map(|index| shape.column(index)?.value_format.clone()).collect()
}

/// A cell as text.
pub(super) fn text(cell: ValueRef<'_>, format: Option<&str>, wishes: Wishes) -> String {
    if wishes.formatted { value_format::rendered(cell, format) } else { value::plain(cell) }
}
