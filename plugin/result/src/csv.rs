//! A `csv` body. It has labels and no names, no types and no metadata, so that its columns are told by their place; an empty
//! text and a null are the same, and its end is not marked.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use connector_interface::{Error, ErrorKind, Result};
use memchr::{memchr, memchr2};

use super::cell::{Mismatch, Scalar};
use super::columns::{Columns, Misfits};
use super::decoder::End;
use super::failure;
use super::fields::{Fields, Role};
use super::metadata::Metadata;
use super::read::text::valid_up_to;
use super::row::ERROR_KEY;
use super::rows::misfit;
use super::schema::{Layout, Leaf};
use super::simd::{Level, Simd, Work};
use super::store::{BATCH_ROWS, Column, Store};

/// The largest record that is accepted, in bytes.
const MAX_RECORD: usize = 64 * 1024 * 1024;

/// Bytes that are put behind those of an unfinished record at once.
const FIRST_STEP: usize = 1024;

/// An unfinished record of more bytes is not looked at again before it has doubled.
const LARGE_RECORD: usize = 64 * 1024;

/// Decodes one body.
#[derive(Debug)]
pub(super) struct CsvBody {
    misfits: Misfits,
    leaves: Vec<Leaf>,
    /// For each column of the body, the one of the batch.
    order: Vec<usize>,
    store: Store,
    schema: Option<SchemaRef>,
    /// Why the columns cannot be told.
    refused: Option<Error>,
    has_header: bool,
    /// Bytes of an unfinished record.
    carry: Vec<u8>,
    /// So many of them are worth another look.
    look_at: usize,
    /// Where the fields of the record stand, and whether they stand between quotation marks.
    fields: Vec<(Range<usize>, bool)>,
    count: u64,
    misfit_cells: u64,
    level: Level,
    /// Whether records are read field by field as long as they are written as usual.
    is_quick: bool,
}

/// The work of reading records.
struct Reading<'a> {
    body: &'a mut CsvBody,
    input: &'a [u8],
}

impl Work for Reading<'_> {
    type Done = Result<usize>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.body.run::<S>(self.input)
    }
}

impl CsvBody {
    pub(super) fn new(wanted: &Columns, level: Level, is_quick: bool) -> Self {
        let known = wanted.known.clone().unwrap_or_default();
        let metadata = Metadata { fields: known.pivoted(&wanted.pivots), ..Metadata::default() };
        let planned = if wanted.pivots.is_empty() { Layout::new(wanted, &metadata) } else { Err(pivoted()) };
        let (leaves, schema, refused) = match planned {
            Ok(layout) => (layout.leaves, Some(layout.schema), None),
            Err(error) => (Vec::new(), None, Some(error)),
        };
        let columns = leaves.iter().map(|leaf| Column::new(leaf.kind)).collect();
        let empty = || SchemaRef::new(arrow_schema::Schema::empty());
        Self {
            misfits: wanted.misfits,
            order: order(&leaves, &metadata.fields),
            leaves,
            store: Store::new(schema.clone().unwrap_or_else(empty), columns),
            schema,
            refused,
            has_header: false,
            carry: Vec::new(),
            look_at: 0,
            fields: Vec::new(),
            count: 0,
            misfit_cells: 0,
            level,
            is_quick,
        }
    }

    pub(super) fn schema(&self) -> Option<SchemaRef> {
        self.schema.clone()
    }

    pub(super) fn ready(&self) -> usize {
        self.store.ready()
    }

    pub(super) fn take(&mut self, flush: bool) -> Result<Option<RecordBatch>> {
        self.store.take(flush)
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let mut rest = bytes;
        // The unfinished record first. It is looked at again when it has doubled, so that one of many lines is not read from
        // its beginning for each of them.
        while !self.carry.is_empty() && !rest.is_empty() {
            let before = self.carry.len();
            let (more, behind) = rest.split_at(rest.len().min(self.look_at.max(before + FIRST_STEP) - before));
            let mut carry = std::mem::take(&mut self.carry);
            carry.extend_from_slice(more);
            if carry.len() < self.look_at {
                self.carry = carry;
                return Ok(());
            }
            let used = self.records(&carry)?;
            self.look_at = 0;
            if let Some(used_of_more) = used.checked_sub(before) {
                rest = rest.get(used_of_more..).unwrap_or_default();
                continue;
            }
            carry.drain(..used);
            rest = behind;
            if carry.len() > LARGE_RECORD {
                self.look_at = 2 * carry.len();
            }
            if carry.len() > MAX_RECORD {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    "One row of Looker's answer is larger than the connector accepts",
                ));
            }
            self.carry = carry;
        }
        let used = self.records(rest)?;
        self.carry.extend_from_slice(rest.get(used..).unwrap_or_default());
        Ok(())
    }

    /// Reads the records that are whole, and returns how many bytes they are.
    fn records(&mut self, input: &[u8]) -> Result<usize> {
        self.level.run(Reading { body: self, input })
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, input: &[u8]) -> Result<usize> {
        let valid = valid_up_to(input);
        let mut at = 0;
        loop {
            self.store.turn_over()?;
            if self.is_quick && self.has_header {
                at = self.quick::<S>(input.get(..valid).unwrap_or_default(), at);
                if self.store.rows() >= BATCH_ROWS {
                    continue;
                }
            }
            let Some(end) = split(input, at, &mut self.fields) else { return Ok(at) };
            let record = input.get(at..end).unwrap_or_default();
            let Some(text) = std::str::from_utf8(record).ok().filter(|_| end <= valid) else {
                return Err(self.malformed("it is not UTF-8", record));
            };
            if self.has_header {
                self.record(input, text)?;
            } else {
                self.header(input, text)?;
                self.has_header = true;
            }
            at = end;
        }
    }

    /// Reads records as Looker usually writes them, until the batch is full or one is written otherwise, and returns where they
    /// end.
    #[inline(always)]
    fn quick<S: Simd>(&mut self, text: &[u8], mut at: usize) -> usize {
        let before = self.store.rows();
        while self.store.rows() < BATCH_ROWS {
            let Some(end) = record::<S>(&mut self.store, &self.order, text, at) else {
                self.store.cut(self.store.rows());
                break;
            };
            self.store.commit(1);
            at = end;
        }
        self.count += (self.store.rows() - before) as u64;
        at
    }

    /// Labels are translated and not unique, so that all they tell is how many columns there are.
    fn header(&self, input: &[u8], text: &str) -> Result<()> {
        let is_error = self.fields.len() == 1
            && self.fields.first().is_some_and(|(at, _)| {
                input.get(at.clone()).is_some_and(|label| label == ERROR_KEY || label.starts_with(b"SQL Error"))
            });
        if is_error || self.fields.len() != self.order.len() {
            if !is_error && self.fields.len() > 1 {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    format!(
                        "Looker's answer has {} columns, and {} were asked for",
                        self.fields.len(),
                        self.order.len()
                    ),
                )
                .advise("Ask with the wire format json_bi, whose columns have names")
                .body(text));
            }
            return Err(failure::in_text(text));
        }
        Ok(())
    }

    fn record(&mut self, input: &[u8], text: &str) -> Result<()> {
        if self.fields.len() != self.order.len() {
            let words = text.trim();
            return Err(if self.fields.len() == 1 {
                super::rows::failed_after(self.count, words)
            } else {
                self.malformed(&format!("it has {} fields", self.fields.len()), text.as_bytes())
            });
        }
        self.store.reserve(1);
        let row = self.store.rows();
        for ((at, quoted), &column) in self.fields.iter().zip(&self.order) {
            let Some(target) = self.store.columns.get_mut(column) else { continue };
            let cell = input.get(at.clone()).unwrap_or_default();
            if target.write_field(cell, *quoted, row).is_ok() {
                continue;
            }
            if self.misfits == Misfits::Fail {
                let cell = String::from_utf8_lossy(cell).into_owned();
                self.store.cut(row);
                return Err(match self.leaves.get(column) {
                    Some(leaf) => misfit(self.count + 1, leaf, &cell),
                    None => self.malformed("it has a column beyond the last", text.as_bytes()),
                });
            }
            target.set_null(row);
            self.misfit_cells += 1;
        }
        self.store.commit(1);
        self.count += 1;
        Ok(())
    }

    fn malformed(&self, why: &str, record: &[u8]) -> Error {
        super::rows::malformed(self.count + 1, why, record)
    }

    pub(super) fn finish(&mut self) -> Result<End> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        if std::mem::take(&mut self.look_at) > 0 {
            let carry = std::mem::take(&mut self.carry);
            self.feed(&carry)?;
        }
        let rest = std::mem::take(&mut self.carry);
        if !self.has_header {
            return Err(failure::in_text(&String::from_utf8_lossy(&rest)));
        }
        // Every record ends with its line.
        if !rest.is_empty() {
            return Err(failure::incomplete(self.count, &rest));
        }
        Ok(End { looker_rows: self.count, misfit_cells: self.misfit_cells, ..End::default() })
    }
}

/// Reads a record as Looker usually writes it, and returns where its line ends; nothing when it is written otherwise, or not
/// all there.
#[inline(always)]
fn record<S: Simd>(store: &mut Store, order: &[usize], text: &[u8], mut at: usize) -> Option<usize> {
    store.reserve(1);
    let row = store.rows();
    let (last, others) = order.split_last()?;
    for &column in others {
        at = store.columns.get_mut(column)?.read_field::<S>(text, at, row)?;
        if *text.get(at)? != b',' {
            return None;
        }
        at += 1;
    }
    at = store.columns.get_mut(*last)?.read_field::<S>(text, at, row)?;
    match text.get(at..)? {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

impl Column {
    /// Writes a field of a record.
    fn write_field(&mut self, field: &[u8], quoted: bool, row: usize) -> std::result::Result<(), Mismatch> {
        if field.is_empty() {
            return self.set_null(row).ok_or(Mismatch);
        }
        let text = std::str::from_utf8(field).map_err(|_| Mismatch)?;
        if quoted && text.contains("\"\"") {
            return self.write(&Scalar::Text(text.replace("\"\"", "\"").into()), row);
        }
        self.write(&Scalar::Text(text.into()), row)
    }
}

/// The columns of the batch in the order of the body: dimensions, then measures, then table calculations, each as asked for.
fn order(leaves: &[Leaf], fields: &Fields) -> Vec<usize> {
    let role = |leaf: &Leaf| fields.find(&leaf.field).map_or(Role::Dimension, |(role, _)| role);
    let of = |wanted: fn(Role) -> bool| {
        leaves.iter().enumerate().filter(move |(_, leaf)| wanted(role(leaf))).map(|(at, _)| at)
    };
    let dimensions = of(|role| matches!(role, Role::Dimension | Role::Pivot));
    dimensions.chain(of(|role| role == Role::Measure)).chain(of(|role| role == Role::TableCalculation)).collect()
}

fn pivoted() -> Error {
    Error::new(ErrorKind::InvalidInput, "The columns of a pivot cannot be told apart in the format csv")
        .advise("Ask for them with the wire format json_bi")
}

/// Where the fields of the record stand that begins at `start`, and the place behind its line; nothing when that has not
/// arrived.
fn split(input: &[u8], start: usize, fields: &mut Vec<(Range<usize>, bool)>) -> Option<usize> {
    fields.clear();
    let mut at = start;
    loop {
        let (field, quoted, end) = if *input.get(at)? == b'"' {
            let mut end = at + 1;
            loop {
                end += memchr(b'"', input.get(end..)?)?;
                match input.get(end + 1)? {
                    b'"' => end += 2,
                    _ => break,
                }
            }
            (at + 1..end, true, end + 1)
        } else {
            let end = at + memchr2(b',', b'\n', input.get(at..)?)?;
            (at..end, false, end)
        };
        // A line may also end as on Windows.
        let is_return = input.get(end) == Some(&b'\r');
        match input.get(end + usize::from(is_return))? {
            b'\n' => {
                let field = if !quoted && input.get(field.clone())?.ends_with(b"\r") {
                    field.start..field.end - 1
                } else {
                    field
                };
                fields.push((field, quoted));
                return Some(end + usize::from(is_return) + 1);
            }
            b',' => fields.push((field, quoted)),
            // Text behind a quotation mark: no record at all.
            _ => {
                let end = at + memchr(b'\n', input.get(at..)?)? + 1;
                fields.clear();
                fields.push((start..end, false));
                return Some(end);
            }
        }
        at = end + 1;
    }
}
