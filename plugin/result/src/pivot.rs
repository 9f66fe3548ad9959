//! The columns of a pivot while a row is read: which cell is for which, and what each stands for.

use std::ops::Range;

use super::columns::Wire;
use super::fields::Fields;
use super::keys::{Keys, unescaped};
use super::metadata::{Metadata, Pivot, ROW_TOTAL};
use super::schema::{JOINER, Layout, Source};

/// The most columns that a pivot whose columns are not told beforehand may have.
const MAX_COLUMNS: usize = 100_000;

/// The pivot of a result.
#[derive(Debug)]
pub(super) struct Pivots {
    /// Whether each column becomes a row.
    pub(super) is_long: bool,
    keys: Keys<usize>,
    columns: Vec<Column>,
    /// For each leaf of the layout, the pivoted field that it shows.
    shown: Vec<Option<String>>,
    /// The names of the pivoted fields.
    names: Vec<String>,
    /// The name of the object around the cells of a field, in the format `json`; its columns are not told beforehand.
    around: Option<String>,
    /// Fields that have a cell a column.
    fields: usize,
    /// Where the cells of the row stand that are not pivoted, by leaf.
    row_cells: Vec<Option<Range<usize>>>,
    /// Where the others stand, by column and field.
    cells: Vec<Option<Range<usize>>>,
}

#[derive(Debug)]
struct Column {
    is_total: bool,
    /// For each leaf, the value of the pivoted field that it shows, as JSON.
    values: Vec<String>,
}

impl Pivots {
    /// The pivot of a result with this layout; nothing if it has none.
    pub(super) fn new(layout: &Layout, metadata: &Metadata, wire: Wire) -> Option<Self> {
        if metadata.fields.pivots.is_empty() {
            return None;
        }
        let names = names(&metadata.fields);
        let shown = layout.leaves.iter();
        let shown = shown.map(|leaf| (leaf.source == Source::PivotValue).then(|| leaf.field.clone()));
        let mut pivots = Self {
            is_long: layout.is_long,
            keys: Keys::new([]),
            columns: Vec::new(),
            shown: shown.collect(),
            around: (wire == Wire::Json).then(|| names.join(JOINER)),
            names,
            fields: layout.leaves.iter().filter(|leaf| leaf.source == Source::EachPivot).count(),
            row_cells: vec![None; layout.leaves.len()],
            cells: Vec::new(),
        };
        for pivot in &metadata.pivots {
            pivots.add(pivot);
        }
        Some(pivots)
    }

    fn add(&mut self, pivot: &Pivot) -> usize {
        let value = |name: &String| pivot.data.get(name).map_or_else(|| "null".to_owned(), ToString::to_string);
        let values = self.shown.iter().map(|shown| shown.as_ref().map(value).unwrap_or_default()).collect();
        self.columns.push(Column { is_total: pivot.is_total(), values });
        self.keys.insert(pivot.key.as_bytes(), self.columns.len() - 1);
        self.cells.resize(self.columns.len() * self.fields, None);
        self.columns.len() - 1
    }

    /// Forgets the row before.
    pub(super) fn clear(&mut self) {
        self.row_cells.fill(None);
        self.cells.fill(None);
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether a key is no column but the name around all of them.
    pub(super) fn is_around(&self, key: &[u8]) -> bool {
        self.around.as_ref().is_some_and(|around| around.as_bytes() == key)
    }

    /// The slot of a field's cell in the column with this key.
    pub(super) fn slot(&mut self, key: &[u8], field: usize) -> Option<usize> {
        let column = match self.keys.find(key) {
            Some(column) => column,
            None if self.around.is_some() && self.columns.len() < MAX_COLUMNS => self.discover(key)?,
            None => return None,
        };
        // Slots of a long pivot's cells stand behind those of the leaves; those of a wide one are leaves.
        Some(if self.is_long { self.row_cells.len() + column * self.fields + field } else { field + column })
    }

    /// Adds a column that was not told beforehand: all that is known of it is its key.
    fn discover(&mut self, key: &[u8]) -> Option<usize> {
        let key = unescaped(key)?;
        let data = self.names.iter().zip(key.split(JOINER)).map(|(name, part)| {
            // Looker writes a null so, because a part of a key is a text.
            let is_null = part.strip_suffix("___null") == Some(name);
            (name.clone(), if is_null { serde_json::Value::Null } else { part.into() })
        });
        let is_total = key == ROW_TOTAL;
        let pivot = Pivot { data: data.collect(), is_total, key };
        Some(self.add(&pivot))
    }

    /// The column of the pivot and the number of the field that a slot is for, if it is no leaf's.
    pub(super) fn cell_of(&self, slot: usize) -> Option<(usize, usize)> {
        let at = slot.checked_sub(self.row_cells.len())?;
        Some((at.checked_div(self.fields)?, at.checked_rem(self.fields)?))
    }

    /// Notes where a slot's cell stands; false when it already has one.
    pub(super) fn note(&mut self, slot: usize, cell: Range<usize>) -> bool {
        let place = match slot.checked_sub(self.row_cells.len()) {
            None => self.row_cells.get_mut(slot),
            Some(at) => self.cells.get_mut(at),
        };
        place.is_some_and(|place| place.replace(cell).is_none())
    }

    /// The cell of a leaf that is not pivoted.
    pub(super) fn row_cell(&self, leaf: usize) -> Option<Range<usize>> {
        self.row_cells.get(leaf)?.clone()
    }

    /// The cell of a field in a column.
    pub(super) fn cell(&self, column: usize, field: usize) -> Option<Range<usize>> {
        self.cells.get(column * self.fields + field)?.clone()
    }

    /// The value of the pivoted field that a leaf shows, as JSON.
    pub(super) fn value(&self, column: usize, leaf: usize) -> &str {
        self.columns.get(column).and_then(|column| column.values.get(leaf)).map_or("null", String::as_str)
    }

    /// Whether a column holds row totals, which are no data.
    pub(super) fn is_total(&self, column: usize) -> bool {
        self.columns.get(column).is_none_or(|column| column.is_total)
    }

    /// Whether a column becomes a row. A row and a column that do not exist together, and ones whose values are all null,
    /// look the same on the wire, so neither does.
    pub(super) fn has_value(&self, column: usize, input: &[u8]) -> bool {
        let cells = self.cells.get(column * self.fields..(column + 1) * self.fields).unwrap_or_default();
        let is_value = |cell: &Range<usize>| input.get(cell.clone()).is_some_and(|cell| cell != b"null");
        self.fields == 0 || cells.iter().flatten().any(is_value)
    }
}

/// The names of the pivoted fields, in the order of a key's parts.
fn names(fields: &Fields) -> Vec<String> {
    fields.pivots.iter().map(|field| field.name.clone()).collect()
}
