//! Any row of Looker's answer: keys in any order, cells wrapped or bare, pivots nested, whatever stands beside them.

use std::ops::Range;

use super::cell::{Mismatch, Scalar};
use super::columns::{Columns, Misfits, Wire};
use super::keys::{Keys, unescaped};
use super::pivot::Pivots;
use super::read::token::{self, Fault as Token, skip_space};
use super::schema::{Layout, Leaf, Source};
use super::simd::{Simd, Work};
use super::store::{Column, Store};
use super::template::Value;

/// The key of a row that is no row but an error.
pub(super) const ERROR_KEY: &[u8] = b"looker_error";

/// The key of a row that sums up others: the fields that it has a value of.
const GROUPING_KEY: &[u8] = b"$$$__grouping__$$$";

/// What a row is. Each says where it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Data: so many rows of it were written and committed.
    Data { end: usize },
    /// The sum of a group.
    Subtotal { end: usize },
    /// Looker's error, and where its text stands.
    Error { words: Range<usize>, end: usize },
}

/// Why a row was not read. What was written of it does not count.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its end has not arrived.
    NeedMore,
    Malformed(&'static str),
    /// A cell does not fit its column.
    Misfit {
        column: usize,
        cell: Range<usize>,
    },
}

impl From<Token> for Fault {
    fn from(fault: Token) -> Self {
        match fault {
            Token::NeedMore => Self::NeedMore,
            Token::Malformed => BROKEN,
        }
    }
}

/// What a key of a row is for.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The cell of a slot.
    Cell(usize),
    /// The cells of a pivoted field, of which this is the number.
    Pivoted(usize),
    /// No column.
    Error,
    Grouping,
}

/// Reads rows.
#[derive(Debug)]
pub(super) struct RowReader {
    pub(super) leaves: Vec<Leaf>,
    wire: Wire,
    misfits: Misfits,
    keys: Keys<Place>,
    pub(super) pivots: Option<Pivots>,
    /// For each slot, the number of the row that had a value for it last.
    seen: Vec<u64>,
    row: u64,
    /// Where the row's values stand, for a template.
    pub(super) values: Vec<Value>,
    /// Whether a template can be made of them.
    pub(super) is_plain: bool,
    pub(super) counts: Counts,
}

/// What is counted of the rows that are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Cells that became null because they do not fit.
    pub(super) misfits: u64,
    /// Rows and columns of a pivot that Looker has no value for.
    pub(super) empty: u64,
    /// Cells for columns of a pivot that were not told.
    pub(super) unknown: u64,
}

impl RowReader {
    pub(super) fn new(layout: Layout, wanted: &Columns, pivots: Option<Pivots>) -> Self {
        let mut keys = Keys::new([]);
        let mut pivoted = 0;
        for (at, leaf) in layout.leaves.iter().enumerate() {
            match leaf.source {
                Source::Cell => keys.insert(leaf.field.as_bytes(), Place::Cell(at)),
                // The first of its columns; the others follow.
                Source::PivotCell(0) => keys.insert(leaf.field.as_bytes(), Place::Pivoted(at)),
                Source::PivotCell(_) | Source::PivotValue => {}
                Source::EachPivot => {
                    keys.insert(leaf.field.as_bytes(), Place::Pivoted(pivoted));
                    pivoted += 1;
                }
            }
        }
        for (key, place) in [(ERROR_KEY, Place::Error), (GROUPING_KEY, Place::Grouping)] {
            if keys.find(key).is_none() {
                keys.insert(key, place);
            }
        }
        Self {
            seen: vec![0; layout.leaves.len()],
            leaves: layout.leaves,
            wire: wanted.wire,
            misfits: wanted.misfits,
            keys,
            pivots,
            row: 0,
            values: Vec::new(),
            is_plain: true,
            counts: Counts::default(),
        }
    }

    /// The pivot, if each of its columns becomes a row.
    pub(super) fn long_pivots(&self) -> Option<&Pivots> {
        self.pivots.as_ref().filter(|pivots| pivots.is_long)
    }

    /// Reads the row that begins at `start`, writes and commits it. The input is UTF-8 as far as the row goes.
    #[inline(always)]
    pub(super) fn read<S: Simd>(&mut self, store: &mut Store, input: &[u8], start: usize) -> Result<Row, Fault> {
        self.row += 1;
        self.values.clear();
        self.is_plain = true;
        if let Some(pivots) = &mut self.pivots {
            pivots.clear();
        }
        store.reserve(1);
        let row = self.object::<S>(store, input, start)?;
        if let Row::Data { .. } = row {
            if self.long_pivots().is_some() {
                self.emit::<S>(store, input)?;
            } else {
                self.complete(store);
                store.commit(1);
            }
        }
        Ok(row)
    }

    #[inline(always)]
    fn object<S: Simd>(&mut self, store: &mut Store, input: &[u8], start: usize) -> Result<Row, Fault> {
        let (mut members, mut error, mut is_subtotal) = (0, None, false);
        let end = members_of::<S>(input, start, |key, at| {
            members += 1;
            match self.keys.find(key) {
                Some(Place::Cell(slot)) => self.cell::<S>(store, input, at, slot),
                Some(Place::Pivoted(field)) => self.pivoted::<S>(store, input, at, field),
                Some(Place::Error) => {
                    let end = self.skip::<S>(input, at)?;
                    error = Some(at..end);
                    Ok(end)
                }
                Some(Place::Grouping) => {
                    is_subtotal = true;
                    self.skip::<S>(input, at)
                }
                None => self.skip_member::<S>(input, key, at),
            }
        })?;
        // `looker_error` beside other cells would be a field of that name.
        Ok(match error {
            Some(words) if members == 1 => Row::Error { words, end },
            _ if is_subtotal => Row::Subtotal { end },
            _ => Row::Data { end },
        })
    }

    /// A member that is for no column.
    #[inline(always)]
    fn skip_member<S: Simd>(&mut self, input: &[u8], key: &[u8], at: usize) -> Result<usize, Fault> {
        if memchr::memchr(b'\\', key).is_some() && unescaped(key).is_none() {
            return Err(BROKEN);
        }
        self.skip::<S>(input, at)
    }

    /// A value that is for no column. It must be JSON all the same.
    #[inline(always)]
    fn skip<S: Simd>(&mut self, input: &[u8], at: usize) -> Result<usize, Fault> {
        let end = token::value::<S>(input, at)?;
        self.is_plain &= !matches!(input.get(at), Some(b'{' | b'['));
        if !is_json(input.get(at..end).unwrap_or_default()) {
            return Err(BROKEN);
        }
        self.values.push((at..end, None));
        Ok(end)
    }

    /// The cell of a slot: `{"value":x}` with whatever stands beside, or `x`.
    #[inline(always)]
    fn cell<S: Simd>(&mut self, store: &mut Store, input: &[u8], at: usize, slot: usize) -> Result<usize, Fault> {
        if input.get(at) != Some(&b'{') {
            return self.value::<S>(store, input, at, slot);
        }
        let mut has_value = false;
        let values = self.values.len();
        let end = members_of::<S>(input, at, |key, at| {
            if key == b"value" {
                has_value = true;
                return self.value::<S>(store, input, at, slot);
            }
            self.skip_member::<S>(input, key, at)
        })?;
        if has_value {
            return Ok(end);
        }
        if self.wire == Wire::Json {
            // An object that is no wrapper is a value.
            self.values.truncate(values);
            return self.value::<S>(store, input, at, slot);
        }
        self.misfit(store, slot, at..end)?;
        Ok(end)
    }

    /// The cells of a pivoted field.
    #[inline(always)]
    fn pivoted<S: Simd>(&mut self, store: &mut Store, input: &[u8], at: usize, field: usize) -> Result<usize, Fault> {
        if input.get(at) != Some(&b'{') {
            // No cell at all, such as `null`.
            return self.skip::<S>(input, at);
        }
        members_of::<S>(input, at, |key, at| {
            // In `json` the names of the pivoted fields stand around the cells.
            if self.pivots.as_ref().is_some_and(|pivots| pivots.is_around(key)) && input.get(at) == Some(&b'{') {
                return members_of::<S>(input, at, |key, at| self.pivot_cell::<S>(store, input, key, at, field));
            }
            self.pivot_cell::<S>(store, input, key, at, field)
        })
    }

    #[inline(always)]
    fn pivot_cell<S: Simd>(
        &mut self,
        store: &mut Store,
        input: &[u8],
        key: &[u8],
        at: usize,
        field: usize,
    ) -> Result<usize, Fault> {
        let slot = self.pivots.as_mut().and_then(|pivots| pivots.slot(key, field));
        if let Some(slot) = slot {
            return self.cell::<S>(store, input, at, slot);
        }
        self.counts.unknown += 1;
        // A template would not count it.
        self.is_plain = false;
        self.skip_member::<S>(input, key, at)
    }

    /// The value of a slot.
    #[inline(always)]
    fn value<S: Simd>(&mut self, store: &mut Store, input: &[u8], at: usize, slot: usize) -> Result<usize, Fault> {
        if let Some(pivots) = self.pivots.as_mut().filter(|pivots| pivots.is_long) {
            let end = token::value::<S>(input, at)?;
            if !is_json(input.get(at..end).unwrap_or_default()) {
                return Err(BROKEN);
            }
            if !pivots.note(slot, at..end) {
                return Err(TWICE);
            }
            self.values.push((at..end, Some(slot)));
            return Ok(end);
        }
        match self.seen.get_mut(slot) {
            Some(seen) if *seen != self.row => *seen = self.row,
            _ => return Err(TWICE),
        }
        let end = self.write::<S>(store, input, at, slot)?;
        self.is_plain &= !matches!(input.get(at), Some(b'{' | b'['));
        self.values.push((at..end, Some(slot)));
        Ok(end)
    }

    /// Writes the value at a place to a column, and returns where it ends.
    #[inline(always)]
    fn write<S: Simd>(&mut self, store: &mut Store, input: &[u8], at: usize, column: usize) -> Result<usize, Fault> {
        let row = store.rows();
        let target = store.columns.get_mut(column).ok_or(Fault::Malformed("it has a column beyond the last"))?;
        if let Some(end) = S::call(Reading { column: target, input, at, row }) {
            match input.get(end) {
                Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => return Ok(end),
                None => return Err(Fault::NeedMore),
                // A number that goes on: `12.0` for a whole one.
                Some(_) => {}
            }
        }
        let end = token::value::<S>(input, at)?;
        self.write_token(store, input, at..end, column)?;
        Ok(end)
    }

    /// Writes a value that is not written as Looker usually does.
    #[inline(never)]
    fn write_token(
        &mut self,
        store: &mut Store,
        input: &[u8],
        token: Range<usize>,
        column: usize,
    ) -> Result<(), Fault> {
        let text = input.get(token.clone()).and_then(|token| std::str::from_utf8(token).ok());
        let text = text.filter(|text| is_json(text.as_bytes())).ok_or(Fault::Malformed("a cell is not valid JSON"))?;
        let row = store.rows();
        let written =
            Scalar::parse(text).and_then(|value| store.columns.get_mut(column).ok_or(Mismatch)?.write(&value, row));
        match written {
            Ok(()) => Ok(()),
            Err(Mismatch) => self.misfit(store, column, token),
        }
    }

    #[cold]
    fn misfit(&mut self, store: &mut Store, column: usize, cell: Range<usize>) -> Result<(), Fault> {
        let row = store.rows();
        match store.columns.get_mut(column) {
            Some(column) if self.misfits == Misfits::Null => {
                self.counts.misfits += 1;
                column.set_null(row).ok_or(Fault::Malformed("it has a row beyond the last"))
            }
            _ => Err(Fault::Misfit { column, cell }),
        }
    }

    /// Fields that the row does not have are null in it.
    fn complete(&mut self, store: &mut Store) {
        let row = store.rows();
        for (seen, column) in self.seen.iter().zip(&mut store.columns) {
            if *seen != self.row {
                column.set_null(row);
                // A template of this row would not write the column.
                self.is_plain = false;
            }
        }
    }

    /// Writes and commits a row for each column of the pivot that has a value.
    #[inline(always)]
    fn emit<S: Simd>(&mut self, store: &mut Store, input: &[u8]) -> Result<(), Fault> {
        // Taken out for as long as they are read, because writing needs the rest.
        let Some(mut pivots) = self.pivots.take() else { return Ok(()) };
        let emitted = self.emit_each::<S>(store, input, &mut pivots);
        self.pivots = Some(pivots);
        emitted
    }

    #[inline(always)]
    fn emit_each<S: Simd>(&mut self, store: &mut Store, input: &[u8], pivots: &mut Pivots) -> Result<(), Fault> {
        for pivot in 0..pivots.len() {
            if pivots.is_total(pivot) {
                continue;
            }
            if !pivots.has_value(pivot, input) {
                self.counts.empty += 1;
                continue;
            }
            store.reserve(1);
            let mut field = 0;
            for at in 0..self.leaves.len() {
                let Some(leaf) = self.leaves.get(at) else { break };
                match leaf.source {
                    Source::PivotValue => {
                        let value = pivots.value(pivot, at);
                        self.write_token(store, value.as_bytes(), 0..value.len(), at)?;
                        continue;
                    }
                    Source::EachPivot => field += 1,
                    Source::Cell | Source::PivotCell(_) => {}
                }
                let cell = match leaf.source {
                    Source::EachPivot => pivots.cell(pivot, field - 1),
                    _ => pivots.row_cell(at),
                };
                if let Some(cell) = cell {
                    self.write::<S>(store, input, cell.start, at)?;
                } else {
                    let row = store.rows();
                    let _ = store.columns.get_mut(at).and_then(|column| column.set_null(row));
                }
            }
            store.commit(1);
        }
        Ok(())
    }
}

/// A value that is read out of line: in so many places it would make the parser too large.
struct Reading<'a> {
    column: &'a mut Column,
    input: &'a [u8],
    at: usize,
    row: usize,
}

impl Work for Reading<'_> {
    type Done = Option<usize>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.column.read::<S>(self.input, self.at, self.row)
    }
}

const BROKEN: Fault = Fault::Malformed("it is not valid JSON");

const TWICE: Fault = Fault::Malformed("a field stands twice in it");

/// Whether a token is JSON: where it ends says little about it.
pub(super) fn is_json(token: &[u8]) -> bool {
    let is_usual = match token {
        [b'"', ..] => memchr::memchr(b'\\', token).is_none(),
        [b'1'..=b'9', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => token == b"null",
    };
    is_usual || serde_json::from_slice::<serde::de::IgnoredAny>(token).is_ok()
}

/// Goes through the members of the object that begins at `start`: `member` is told a key, as it stands between its
/// quotation marks, and where its value begins, and returns where that ends. Returns where the object ends.
#[inline(always)]
fn members_of<S: Simd>(
    input: &[u8],
    start: usize,
    mut member: impl FnMut(&[u8], usize) -> Result<usize, Fault>,
) -> Result<usize, Fault> {
    let (mut byte, mut at) = skip_space(input, start + 1)?;
    if byte == b'}' {
        return Ok(at + 1);
    }
    loop {
        if byte != b'"' {
            return Err(BROKEN);
        }
        let end = token::string::<S>(input, at)?;
        let key = input.get(at + 1..end - 1).ok_or(BROKEN)?;
        (byte, at) = skip_space(input, end)?;
        if byte != b':' {
            return Err(BROKEN);
        }
        (_, at) = skip_space(input, at + 1)?;
        let end = member(key, at)?;
        (byte, at) = skip_space(input, end)?;
        match byte {
            b'}' => return Ok(at + 1),
            b',' => (byte, at) = skip_space(input, at + 1)?,
            _ => return Err(BROKEN),
        }
    }
}
