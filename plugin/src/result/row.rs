//! One row of `json_bi` into the columns: a row is one row, or with a pivot one row for each of its columns.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::{self, Mismatch, Scalar};
use super::column::Column;
use super::metadata::{Pivot, Role};
use super::schema::{ColumnPlan, Layout};
use crate::excerpt::{EVIDENCE_BYTES, excerpt};

/// The key of a row that is no row but an error.
pub(super) const ERROR_KEY: &str = "looker_error";

/// What came of one row.
pub(super) enum Parsed {
    /// So many rows were added.
    Rows(usize),
    /// It is Looker's error text.
    LookerError(String),
}

/// Rows into columns.
#[derive(Debug)]
pub(super) struct RowDecoder {
    plans: Vec<ColumnPlan>,
    columns: Vec<Column>,
    positions: HashMap<String, usize>,
    pivots: Vec<PivotColumn>,
    /// For each column of the row being read, where its cell stands in the row's text.
    cells: Vec<Option<Range<usize>>>,
    /// Combinations of a row and a pivot column that Looker has no value for.
    pub(super) empty_pivot_cells: u64,
}

/// A column of the pivot and, for each column of the result that is a pivoted field, its value as JSON.
#[derive(Debug)]
struct PivotColumn {
    key: String,
    values: Vec<Option<String>>,
}

impl RowDecoder {
    pub(super) fn new(layout: Layout, pivots: &[Pivot]) -> Self {
        let plans = layout.columns;
        let pivots = pivots
            .iter()
            .filter(|pivot| !pivot.is_total)
            .map(|pivot| PivotColumn {
                key: pivot.key.clone(),
                values: plans
                    .iter()
                    .map(|plan| {
                        pivot.data.get(&plan.name).filter(|_| plan.role == Role::Pivot).map(ToString::to_string)
                    })
                    .collect(),
            })
            .collect();
        Self {
            columns: plans.iter().map(|plan| Column::new(plan.kind)).collect(),
            positions: plans.iter().enumerate().map(|(at, plan)| (plan.name.clone(), at)).collect(),
            cells: vec![None; plans.len()],
            plans,
            pivots,
            empty_pivot_cells: 0,
        }
    }

    pub(super) fn finish(&mut self) -> Vec<arrow_array::ArrayRef> {
        self.columns.iter_mut().map(Column::finish).collect()
    }

    /// Adds one row; `number` is its place in Looker's answer, from 1.
    pub(super) fn add(&mut self, row: &[u8], number: u64) -> Result<Parsed> {
        let text = std::str::from_utf8(row).map_err(|_| malformed(number, "it is not UTF-8", row))?;
        self.cells.fill(None);
        let seed = RowReader {
            positions: &self.positions,
            plans: &self.plans,
            cells: &mut self.cells,
            start: text.as_ptr() as usize,
        };
        let mut parser = serde_json::Deserializer::from_str(text);
        let error = (&mut parser)
            .deserialize_map(seed)
            .and_then(|error| parser.end().map(|()| error))
            .map_err(|error| malformed(number, &error.to_string(), row))?;
        if let Some(error) = error {
            return Ok(Parsed::LookerError(error));
        }
        if self.pivots.is_empty() {
            self.add_plain(text, number)?;
            return Ok(Parsed::Rows(1));
        }
        self.add_pivoted(text, number).map(Parsed::Rows)
    }

    fn add_plain(&mut self, text: &str, number: u64) -> Result<()> {
        for ((plan, column), cell) in self.plans.iter().zip(&mut self.columns).zip(&self.cells) {
            let value = cell.clone().and_then(|cell| text.get(cell)).unwrap_or("null");
            append(plan, column, cell::unwrap(value), value, number)?;
        }
        Ok(())
    }

    /// One row for each pivot column that has a value in at least one measure. A combination that does not exist and
    /// one whose measures are all null look the same on the wire, so both are left out, and counted.
    fn add_pivoted(&mut self, text: &str, number: u64) -> Result<usize> {
        let by_measure: Vec<Option<HashMap<Cow<'_, str>, &RawValue>>> = self
            .plans
            .iter()
            .zip(&self.cells)
            .map(|(plan, cell)| {
                let cell = cell.clone().and_then(|cell| text.get(cell)).filter(|_| is_pivoted(plan))?;
                Some(serde_json::from_str(cell).map_err(|_| misfit(plan, cell, number)))
            })
            .map(Option::transpose)
            .collect::<Result<_>>()?;
        let mut added = 0;
        for pivot in &self.pivots {
            let measures = |at: usize| by_measure.get(at)?.as_ref()?.get(pivot.key.as_str()).map(|cell| cell.get());
            let has_measures = self.plans.iter().any(is_pivoted);
            let has_value = (0..self.plans.len()).filter_map(measures).any(|cell| cell::unwrap(cell) != Ok("null"));
            if has_measures && !has_value {
                self.empty_pivot_cells += 1;
                continue;
            }
            for (at, (plan, column)) in self.plans.iter().zip(&mut self.columns).enumerate() {
                let value = match plan.role {
                    Role::Pivot => pivot.values.get(at).and_then(Option::as_deref),
                    _ if is_pivoted(plan) => measures(at),
                    _ => self.cells.get(at).cloned().flatten().and_then(|cell| text.get(cell)),
                };
                let value = value.unwrap_or("null");
                append(plan, column, cell::unwrap(value), value, number)?;
            }
            added += 1;
        }
        Ok(added)
    }
}

/// Whether the field has a cell for each pivot column.
fn is_pivoted(plan: &ColumnPlan) -> bool {
    matches!(plan.role, Role::Measure | Role::TableCalculation)
}

fn append(
    plan: &ColumnPlan,
    column: &mut Column,
    value: std::result::Result<&str, Mismatch>,
    cell: &str,
    number: u64,
) -> Result<()> {
    value
        .and_then(Scalar::parse)
        .and_then(|scalar| column.append(&scalar))
        .map_err(|Mismatch| misfit(plan, cell, number))
}

fn misfit(plan: &ColumnPlan, cell: &str, number: u64) -> Error {
    let error = Error::new(
        ErrorKind::Protocol,
        format!(
            "Row {number} has in `{}` the cell {}, which is no {:?}",
            plan.name,
            excerpt(cell, 80),
            plan.kind.arrow()
        ),
    );
    match plan.kind {
        super::types::Kind::Number => {
            error.advise("Ask with `numbers` set to `exact`, which delivers the text as it is")
        }
        _ => error.advise("Please report this: a field of this type was not expected to be written so"),
    }
}

fn malformed(number: u64, why: &str, row: &[u8]) -> Error {
    Error::new(ErrorKind::Protocol, format!("Row {number} of Looker's answer is not valid JSON ({why})"))
        .advise("Run it again; when it stays, something between Looker and here may change the answer")
        .body(excerpt(&String::from_utf8_lossy(row), EVIDENCE_BYTES))
}

/// Reads a row's object: notes where each known cell stands, and returns an error row's text.
struct RowReader<'a> {
    positions: &'a HashMap<String, usize>,
    plans: &'a [ColumnPlan],
    cells: &'a mut [Option<Range<usize>>],
    /// The address of the row's text, to turn a borrowed cell into its place.
    start: usize,
}

impl<'de> Visitor<'de> for RowReader<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row, which is an object of cells")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        use serde::de::Error as _;
        let (mut expected, mut error, mut count) = (0, None, 0);
        while let Some(key) = map.next_key_seed(Key { positions: self.positions, plans: self.plans, expected })? {
            let cell: &'de RawValue = map.next_value()?;
            count += 1;
            match key {
                KeyIs::Column(at) => {
                    expected = at + 1;
                    let from = cell.get().as_ptr() as usize - self.start;
                    let slot = self.cells.get_mut(at).ok_or_else(|| A::Error::custom("a column beyond the last"))?;
                    if slot.replace(from..from + cell.get().len()).is_some() {
                        return Err(A::Error::custom("a field stands twice in it"));
                    }
                }
                KeyIs::LookerError => error = Some(cell.get().to_owned()),
                KeyIs::Unknown => {}
            }
        }
        // `looker_error` beside other cells would be a field of that name.
        Ok(error.filter(|_| count == 1).map(|cell| super::failure::words(&cell)))
    }
}

enum KeyIs {
    Column(usize),
    LookerError,
    Unknown,
}

/// Finds a key's column: the expected one first, because Looker keeps the order from row to row.
struct Key<'a> {
    positions: &'a HashMap<String, usize>,
    plans: &'a [ColumnPlan],
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = KeyIs;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<KeyIs, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = KeyIs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<KeyIs, E> {
        if self.plans.get(self.expected).is_some_and(|plan| plan.name == key) {
            return Ok(KeyIs::Column(self.expected));
        }
        Ok(match self.positions.get(key) {
            Some(&at) => KeyIs::Column(at),
            None if key == ERROR_KEY => KeyIs::LookerError,
            None => KeyIs::Unknown,
        })
    }
}
