//! A JSON body: `json_bi`, `json` or `json_detail`, from its first byte to its last.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use connector_interface::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::columns::{Columns, Wire};
use super::decoder::End;
use super::envelope::{Envelope, Found};
use super::failure;
use super::metadata::Metadata;
use super::pivot::Pivots;
use super::row::{ERROR_KEY, RowReader, is_json};
use super::rows::{Rows, Stop, failed_after};
use super::schema::Layout;
use super::simd::Level;
use super::store::{Column, Store};

/// The largest single value (the metadata, or one row) that is accepted, in bytes.
const MAX_VALUE: usize = 64 * 1024 * 1024;

/// Bytes that are put behind those of an unfinished row at once.
const FIRST_STEP: usize = 1024;

/// Bytes around the rows that are taken at once.
const ENVELOPE_STEP: usize = 4 * 1024;

/// An unfinished row of more bytes is not looked at again before it has doubled: one that comes in small pieces would be
/// read from its beginning for each of them.
const LARGE_ROW: usize = 64 * 1024;

/// What `json_detail` says of how the result came about, as far as it is told on.
const FACTS: &[&str] = &["from_cache", "ran_at", "runtime"];

/// Decodes one body.
#[derive(Debug)]
pub(super) struct JsonBody {
    wanted: Columns,
    level: Level,
    with_templates: bool,
    envelope: Envelope,
    metadata: Metadata,
    schema: Option<SchemaRef>,
    rows: Option<Rows>,
    place: Place,
    /// Whether there was an array of rows.
    has_begun: bool,
    /// Bytes of the rows that are not used yet: less than a row, mostly.
    carry: Vec<u8>,
    /// So many bytes of an unfinished row are worth another look.
    look_at: usize,
    /// Members of the object that tell of an error.
    told: Vec<String>,
    /// Members that tell what is no error.
    warnings: Vec<String>,
    facts: serde_json::Map<String, Value>,
    /// Totals that are told outside the rows.
    totals: Option<String>,
    /// Why the metadata does not serve for what was asked.
    refused: Option<Error>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    InRows,
    Behind,
    /// It is not JSON from here on; what is wrong is said at the end, when all evidence is there.
    Broken,
}

impl JsonBody {
    pub(super) fn new(wanted: Columns, level: Level, with_templates: bool) -> Self {
        let rows: Option<&'static [u8]> = match wanted.wire {
            Wire::Json => None,
            Wire::JsonDetail => Some(b"\"data\""),
            Wire::JsonBi | Wire::Csv => Some(b"\"rows\""),
        };
        let metadata = match &wanted.known {
            Some(known) if wanted.wire == Wire::Json => {
                Metadata { fields: known.clone().pivoted(&wanted.pivots), ..Metadata::default() }
            }
            _ => Metadata::default(),
        };
        let mut body = Self {
            wanted,
            level,
            with_templates,
            envelope: Envelope::new(rows),
            metadata,
            schema: None,
            rows: None,
            place: Place::Before,
            has_begun: false,
            carry: Vec::new(),
            look_at: 0,
            told: Vec::new(),
            warnings: Vec::new(),
            facts: serde_json::Map::new(),
            totals: None,
            refused: None,
        };
        if body.wanted.wire == Wire::Json {
            body.plan();
        }
        body
    }

    pub(super) fn schema(&self) -> Option<SchemaRef> {
        self.schema.clone()
    }

    pub(super) fn ready(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.store.ready())
    }

    pub(super) fn take(&mut self, flush: bool) -> Result<Option<RecordBatch>> {
        self.rows.as_mut().map_or(Ok(None), |rows| rows.store.take(flush))
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            bytes = match self.place {
                Place::InRows => self.feed_rows(bytes)?,
                Place::Before | Place::Behind => {
                    // In small steps, so that rows behind the metadata are read where they are.
                    let (step, rest) = bytes.split_at(bytes.len().min(ENVELOPE_STEP));
                    self.envelope.feed(step);
                    self.members()?;
                    rest
                }
                Place::Broken => {
                    // Some of what follows is evidence.
                    if self.carry.len() < FIRST_STEP * 16 {
                        self.carry.extend_from_slice(bytes);
                    }
                    &[]
                }
            };
        }
        if self.carry.len().max(self.envelope.len()) > MAX_VALUE {
            return Err(Error::new(
                ErrorKind::Protocol,
                "One row of Looker's answer is larger than the connector accepts",
            ));
        }
        Ok(())
    }

    /// Reads rows, and returns the bytes that are not theirs, or not yet.
    fn feed_rows<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let Some(rows) = &mut self.rows else {
            self.carry.extend_from_slice(bytes);
            return self.refuse().map_or(Ok(&[]), Err);
        };
        if self.carry.is_empty() {
            let (used, stop) = rows.read(bytes)?;
            let rest = bytes.get(used..).unwrap_or_default();
            return self.stopped(&stop, rest);
        }
        // An unfinished row needs a few of the bytes only; the others are read where they are.
        let before = self.carry.len();
        let added = bytes.len().min(before.max(FIRST_STEP));
        let (more, rest) = bytes.split_at(added);
        self.carry.extend_from_slice(more);
        if self.carry.len() < self.look_at {
            return Ok(rest);
        }
        let (used, stop) = rows.read(&self.carry)?;
        self.look_at = 0;
        match used.checked_sub(before) {
            Some(used_of_more) => {
                self.carry.clear();
                let rest = bytes.get(used_of_more..).unwrap_or_default();
                // What needs more bytes has them in the rest, unless there is none.
                if stop == Stop::NeedMore && rest.len() > added - used_of_more {
                    Ok(rest)
                } else {
                    self.stopped(&stop, rest)
                }
            }
            None if stop == Stop::NeedMore => {
                self.carry.drain(..used);
                if self.carry.len() > LARGE_ROW {
                    self.look_at = 2 * self.carry.len();
                }
                Ok(rest)
            }
            None => {
                let left = self.carry.split_off(used);
                self.carry.clear();
                self.stopped(&stop, &left)?;
                Ok(rest)
            }
        }
    }

    /// Goes on with the rest as its reason to stop says; returns what is left of it.
    fn stopped<'a>(&mut self, stop: &Stop, rest: &'a [u8]) -> Result<&'a [u8]> {
        match stop {
            Stop::NeedMore => self.carry.extend_from_slice(rest),
            Stop::Broken => {
                self.place = Place::Broken;
                self.carry.extend_from_slice(rest);
            }
            Stop::End => {
                self.place = Place::Behind;
                self.envelope.rows_ended();
                self.envelope.feed(rest);
                self.members()?;
            }
        }
        Ok(&[])
    }

    /// Goes through what stands around the rows.
    fn members(&mut self) -> Result<()> {
        loop {
            match self.envelope.next() {
                Found::NeedMore | Found::End => return Ok(()),
                Found::Broken => {
                    self.place = Place::Broken;
                    self.carry = self.envelope.take_rest();
                    return Ok(());
                }
                Found::Member { key, value } => {
                    let value = self.envelope.bytes(value).to_vec();
                    let key: Option<String> = serde_json::from_slice(self.envelope.bytes(key)).ok();
                    let Some(key) = key.filter(|_| is_json(&value) && simdutf8::basic::from_utf8(&value).is_ok())
                    else {
                        return Err(Error::new(
                            ErrorKind::Protocol,
                            "What stands around the rows of Looker's answer is not valid JSON",
                        )
                        .advise(
                            "Run it again; when it stays, something between Looker and here may change the answer",
                        ));
                    };
                    self.member(&key, &value)?;
                }
                Found::Rows => {
                    if self.place == Place::Behind {
                        return Err(Error::new(ErrorKind::Protocol, "The rows stand twice in Looker's answer"));
                    }
                    if self.schema.is_none() && self.refused.is_none() && self.wanted.wire == Wire::JsonDetail {
                        self.plan();
                    }
                    self.place = Place::InRows;
                    self.has_begun = true;
                    let rest = self.envelope.take_rest();
                    return self.feed(&rest);
                }
            }
        }
    }

    fn member(&mut self, key: &str, value: &[u8]) -> Result<()> {
        let is_detail = self.wanted.wire == Wire::JsonDetail;
        match key {
            "metadata" if !is_detail => {
                if self.schema.is_some() {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "The result's metadata stands twice in Looker's answer",
                    ));
                }
                self.metadata = read(value)?;
                self.plan();
            }
            "fields" if is_detail => self.metadata.fields = read(value)?,
            "pivots" if is_detail => self.metadata.pivots = read::<Option<_>>(value)?.unwrap_or_default(),
            "truncated" | "column_truncated" | "columns_truncated" if is_detail => {
                self.metadata.columns_truncated |= key != "truncated" && value == b"true";
            }
            "totals_data" if is_detail && value != b"null" => {
                self.totals = Some(String::from_utf8_lossy(value).into_owned());
            }
            "error" | "errors" | "message" | "looker_error" | "sql_error" => {
                for words in failure::all_words(&String::from_utf8_lossy(value)) {
                    if failure::is_warning(&words) { self.warnings.push(words) } else { self.told.push(words) }
                }
            }
            "warnings" if is_detail => self.warnings.extend(failure::all_words(&String::from_utf8_lossy(value))),
            _ if is_detail && FACTS.contains(&key) => {
                self.facts.insert(key.to_owned(), read(value)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Plans the columns by the metadata.
    fn plan(&mut self) {
        if let Some(known) = &self.wanted.known {
            self.metadata.fields.complete(known);
        }
        let layout = match Layout::new(&self.wanted, &self.metadata) {
            Ok(layout) => layout,
            Err(refused) => {
                self.refused = Some(refused);
                return;
            }
        };
        self.schema = Some(SchemaRef::clone(&layout.schema));
        let columns = layout.leaves.iter().map(|leaf| Column::new(leaf.kind)).collect();
        let store = Store::new(SchemaRef::clone(&layout.schema), columns);
        let pivots = Pivots::new(&layout, &self.metadata, self.wanted.wire);
        let reader = RowReader::new(layout, &self.wanted, pivots);
        // The totals of `json_detail` stand outside its rows.
        let has_totals = self.metadata.has_totals && self.wanted.wire == Wire::JsonBi;
        self.rows = Some(Rows::new(reader, store, has_totals, self.level, self.with_templates));
    }

    /// The error for rows without a plan, once the first of them is there. The fields may be missing because the query
    /// failed; then the first row says why.
    fn refuse(&mut self) -> Option<Error> {
        let mut rows = serde_json::Deserializer::from_slice(&self.carry).into_iter::<Value>();
        let row = rows.next()?.map_err(|error| error.is_eof());
        match row {
            Err(true) => None,
            Ok(Value::Object(row)) if row.keys().all(|key| key.as_bytes() == ERROR_KEY) => {
                Some(failure::query_failed(&failure::words(&Value::Object(row).to_string())))
            }
            // `]` is no value: without a row nothing has failed but the plan.
            _ => Some(self.refused.take().unwrap_or_else(rows_without_metadata)),
        }
    }

    pub(super) fn finish(&mut self) -> Result<End> {
        if std::mem::take(&mut self.look_at) > 0 {
            let carry = std::mem::take(&mut self.carry);
            self.feed(&carry)?;
        }
        let count = self.rows.as_ref().map_or(0, |rows| rows.count);
        let rest = if self.place == Place::InRows || self.place == Place::Broken {
            std::mem::take(&mut self.carry)
        } else {
            self.envelope.rest().to_vec()
        };
        let clean = self.envelope.is_at_end() && rest.iter().all(u8::is_ascii_whitespace);
        if !self.told.is_empty() {
            let words = self.told.join("; ");
            return Err(failed_after(count, &words));
        }
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let is_foreign = self.is_foreign();
        match (&mut self.rows, self.place) {
            (_, Place::Before) if clean => {
                Err(Error::new(ErrorKind::Protocol, "Looker's answer has no rows, not even none"))
            }
            (_, Place::Broken) if count == 0 && self.schema.is_none() || is_foreign => {
                Err(failure::not_a_result(&String::from_utf8_lossy(&rest)))
            }
            (Some(rows), Place::Behind) if clean => {
                let counts = rows.reader.counts;
                Ok(End {
                    looker_rows: rows.count,
                    columns_truncated: self.metadata.columns_truncated,
                    empty_pivot_cells: counts.empty,
                    unknown_pivot_cells: counts.unknown,
                    misfit_cells: counts.misfits,
                    totals: rows.totals.take().or_else(|| self.totals.take()),
                    subtotals: std::mem::take(&mut rows.subtotals),
                    subtotal_rows: rows.subtotal_count,
                    warnings: std::mem::take(&mut self.warnings),
                    facts: std::mem::take(&mut self.facts),
                })
            }
            _ => Err(failure::incomplete(count, &rest)),
        }
    }

    /// Whether the body never was what was asked for.
    fn is_foreign(&self) -> bool {
        self.wanted.wire == Wire::Json && !self.has_begun
    }
}

fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T> {
    serde_json::from_slice(value)
        .map_err(|error| Error::new(ErrorKind::Protocol, format!("The result's metadata is not understood ({error})")))
}

/// Looker writes the metadata first; without it the types of the cells are not known.
fn rows_without_metadata() -> Error {
    Error::new(ErrorKind::Protocol, "Looker's answer has rows before their metadata")
        .advise("Please report this with the Looker release, which the connection test tells")
}
