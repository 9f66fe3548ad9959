//! The rows of a body, from their first byte to the bracket behind the last: each by the template while rows are alike, by
//! the parser when one is not.

use std::ops::Range;

use connector_interface::{Error, ErrorKind, Result};

use super::failure;
use super::pivot::Pivots;
use super::read::text::valid_up_to;
use super::read::token;
use super::row::{Counts, Fault, Row, RowReader, is_json};
use super::schema::Leaf;
use super::simd::{Level, Simd, Work};
use super::store::{BATCH_ROWS, Store};
use super::template::Template;
use super::types::Kind;
use looker_words::{EVIDENCE_BYTES, excerpt};

/// Rows that must be unlike the template before another is made; doubled each time, so that rows which are all different
/// are parsed and nothing else.
const UNLIKE_ROWS: u64 = 4;

/// The most bytes of subtotals that are kept.
const MAX_SUBTOTALS: usize = 1 << 20;

/// Why reading stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes are needed, together with those that were not used.
    NeedMore,
    /// The bracket behind the last row was read.
    End,
    /// What comes is no row.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    FirstRow,
    Row,
    CommaOrEnd,
}

/// Rows into batches.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) reader: RowReader,
    pub(super) store: Store,
    level: Level,
    before: Before,
    template: Option<Template>,
    /// Rows that were parsed since one was like the template, or since none could be made.
    unlike: u64,
    /// Whether the row that a template was last to be made of did not serve for one.
    is_hopeless: bool,
    /// So many make another template.
    patience: u64,
    with_templates: bool,
    /// Rows of Looker's answer so far.
    pub(super) count: u64,
    /// Where the row ends that was parsed last.
    end: usize,
    /// What was counted before it.
    counts_before: Counts,
    /// Whether the last row is the total of the others.
    has_totals: bool,
    pub(super) totals: Option<String>,
    pub(super) subtotals: Vec<String>,
    subtotal_bytes: usize,
    pub(super) subtotal_count: u64,
}

struct Reading<'a> {
    rows: &'a mut Rows,
    input: &'a [u8],
}

impl Work for Reading<'_> {
    type Done = Result<(usize, Stop)>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.rows.run::<S>(self.input)
    }
}

impl Rows {
    pub(super) fn new(reader: RowReader, store: Store, has_totals: bool, level: Level, with_templates: bool) -> Self {
        Self {
            reader,
            store,
            level,
            before: Before::FirstRow,
            template: None,
            unlike: 0,
            is_hopeless: false,
            patience: UNLIKE_ROWS,
            with_templates,
            count: 0,
            end: 0,
            counts_before: Counts::default(),
            has_totals,
            totals: None,
            subtotals: Vec::new(),
            subtotal_bytes: 0,
            subtotal_count: 0,
        }
    }

    /// Reads rows, and returns how many bytes were used and why no more.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<(usize, Stop)> {
        self.level.run(Reading { rows: self, input })
    }

    #[inline(always)]
    fn run<S: Simd>(&mut self, input: &[u8]) -> Result<(usize, Stop)> {
        let valid = valid_up_to(input);
        // Rows beyond are read by the parser, which says which of them is not UTF-8.
        let text = input.get(..valid).unwrap_or_default();
        let mut at = 0;
        loop {
            while let Some(b' ' | b'\n' | b'\r' | b'\t') = input.get(at) {
                at += 1;
            }
            let Some(&byte) = input.get(at) else { return Ok((at, Stop::NeedMore)) };
            match (self.before, byte) {
                (Before::CommaOrEnd, b',') => {
                    self.before = Before::Row;
                    at += 1;
                    continue;
                }
                (Before::FirstRow | Before::CommaOrEnd, b']') => return Ok((at + 1, Stop::End)),
                (Before::FirstRow | Before::Row, b'{') => {}
                _ => return Ok((at, Stop::Broken)),
            }
            self.store.turn_over()?;
            let before = self.store.rows();
            if let Some(template) = &self.template {
                self.counts_before = self.reader.counts;
                let read = template.read::<S>(&mut self.store, text, at, BATCH_ROWS);
                if read.rows > 0 {
                    self.count += read.rows;
                    self.unlike = 0;
                    at = read.last.end;
                    self.counts_before.empty += read.empty.0;
                    self.reader.counts.empty += read.empty.0 + read.empty.1;
                    match self.confirm(input, read.last, read.kept) {
                        Some(stopped) => return Ok(stopped),
                        None => continue,
                    }
                }
                self.store.cut(before);
            }
            self.counts_before = self.reader.counts;
            let step = match self.reader.read::<S>(&mut self.store, input, at) {
                Ok(row) => self.parsed(input, text, at, &row, before),
                Err(Fault::NeedMore) => Ok(Some((at, Stop::NeedMore))),
                Err(fault @ Fault::Misfit { .. }) if self.has_totals => {
                    self.unless_total::<S>(input, text, at, &fault, before)
                }
                Err(fault) => Err(self.fault(input, at, &fault)),
            };
            match step {
                Ok(None) => at = self.end,
                Ok(Some(stopped)) => {
                    if stopped.1 == Stop::NeedMore {
                        self.store.cut(before);
                        self.reader.counts = self.counts_before;
                    }
                    return Ok(stopped);
                }
                Err(error) => {
                    self.store.cut(before);
                    return Err(error);
                }
            }
        }
    }

    /// What becomes of a row that was parsed; `before` are the rows of the batch before it.
    fn parsed(
        &mut self,
        input: &[u8],
        text: &[u8],
        start: usize,
        row: &Row,
        before: usize,
    ) -> Result<Option<(usize, Stop)>> {
        let (Row::Data { end } | Row::Subtotal { end } | Row::Error { end, .. }) = *row;
        if end > text.len() {
            return Err(malformed(self.count + 1, "it is not UTF-8", input.get(start..end).unwrap_or_default()));
        }
        let json = |range: Range<usize>| String::from_utf8_lossy(text.get(range).unwrap_or_default()).into_owned();
        self.end = end;
        match row {
            Row::Error { words, .. } => {
                let words = failure::words(&json(words.clone()));
                return Err(failed_after(self.count, &words));
            }
            Row::Subtotal { .. } => {
                self.reader.counts = self.counts_before;
                self.store.cut(before);
                self.before = Before::CommaOrEnd;
                self.subtotal_count += 1;
                self.subtotal_bytes += end - start;
                if self.subtotal_bytes <= MAX_SUBTOTALS {
                    self.subtotals.push(json(start..end));
                }
                return Ok(None);
            }
            Row::Data { .. } => {}
        }
        self.count += 1;
        if self.with_templates {
            self.learn(input, start..end);
        }
        Ok(self.confirm(input, start..end, before))
    }

    /// Makes another template of the row that was parsed last, if that is due.
    fn learn(&mut self, input: &[u8], row: Range<usize>) {
        // A template of fewer columns of the pivot would leave some out.
        let pivoted = self.reader.long_pivots().map_or(0, Pivots::len);
        self.template = self.template.take().filter(|template| template.pivoted() == pivoted);
        self.unlike += 1;
        let is_early = self.unlike < self.patience && (self.template.is_some() || self.is_hopeless);
        if is_early || !self.reader.is_plain {
            return;
        }
        let template = Template::of(input, row, &self.reader);
        if self.template.is_some() || template.is_none() {
            self.patience = self.patience.saturating_mul(2);
        }
        self.is_hopeless = template.is_none();
        self.template = template.or(self.template.take());
        self.unlike = 0;
    }

    /// Keeps the row that was read last, unless it is the total of the others: that is known by what follows it. `kept` are
    /// the rows of the batch without it.
    #[inline(always)]
    fn confirm(&mut self, input: &[u8], row: Range<usize>, kept: usize) -> Option<(usize, Stop)> {
        self.before = Before::CommaOrEnd;
        if !self.has_totals {
            return None;
        }
        self.confirm_total(input, row, kept)
    }

    fn confirm_total(&mut self, input: &[u8], row: Range<usize>, kept: usize) -> Option<(usize, Stop)> {
        match following(input, row.end) {
            Some(b']') => {
                self.totals = Some(String::from_utf8_lossy(input.get(row)?).into_owned());
                self.reader.counts = self.counts_before;
                self.store.cut(kept);
                self.count -= 1;
                None
            }
            None => {
                self.store.cut(kept);
                self.count -= 1;
                self.before = if self.count == 0 { Before::FirstRow } else { Before::Row };
                Some((row.start, Stop::NeedMore))
            }
            Some(_) => None,
        }
    }

    /// A row with a cell that does not fit its column may be the total of the others, which is no row: an average of decimals
    /// has more digits than they have.
    #[cold]
    fn unless_total<S: Simd>(
        &mut self,
        input: &[u8],
        text: &[u8],
        start: usize,
        fault: &Fault,
        before: usize,
    ) -> Result<Option<(usize, Stop)>> {
        let end = match token::value::<S>(input, start) {
            Ok(end) if end <= text.len() => end,
            Err(token::Fault::NeedMore) => return Ok(Some((start, Stop::NeedMore))),
            _ => return Err(self.fault(input, start, fault)),
        };
        if following(input, end).is_some_and(|byte| byte != b']') {
            return Err(self.fault(input, start, fault));
        }
        let row = input.get(start..end).unwrap_or_default();
        if !is_json(row) {
            return Err(malformed(self.count + 1, "it is not valid JSON", row));
        }
        self.end = end;
        self.count += 1;
        Ok(self.confirm(input, start..end, before))
    }

    fn fault(&self, input: &[u8], start: usize, fault: &Fault) -> Error {
        let number = self.count + 1;
        match fault {
            Fault::NeedMore => failure::incomplete(self.count, input.get(start..).unwrap_or_default()),
            Fault::Malformed(why) => malformed(number, why, input.get(start..).unwrap_or_default()),
            Fault::Misfit { column, cell } => {
                let cell = String::from_utf8_lossy(input.get(cell.clone()).unwrap_or_default());
                self.reader.leaves.get(*column).map_or_else(
                    || malformed(number, "it has a column beyond the last", &[]),
                    |leaf| misfit(number, leaf, &cell),
                )
            }
        }
    }
}

/// The first byte from a place on that is no space.
fn following(input: &[u8], at: usize) -> Option<u8> {
    input.get(at..)?.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// The error for an error row after so many good ones.
pub(super) fn failed_after(rows: u64, words: &str) -> Error {
    if rows == 0 { failure::query_failed(words) } else { failure::incomplete(rows, words.as_bytes()) }
}

/// The error for a cell that is not of its column's type.
pub(super) fn misfit(number: u64, leaf: &Leaf, cell: &str) -> Error {
    let error = Error::new(
        ErrorKind::Protocol,
        format!(
            "Row {number} has in `{}` the cell {}, which is no {}",
            leaf.field,
            excerpt(cell, 80),
            leaf.kind.arrow()
        ),
    );
    match leaf.kind {
        Kind::Number | Kind::Decimal(_) => {
            error.advise("Ask with `numbers` set to `exact`, which delivers the text as it is, or with `misfits` set to `null`")
        }
        _ => error.advise(
            "Ask with `misfits` set to `null`, and please report this: a field of this type was not expected to be written so",
        ),
    }
}

pub(super) fn malformed(number: u64, why: &str, row: &[u8]) -> Error {
    let row = row.get(..row.len().min(EVIDENCE_BYTES)).unwrap_or_default();
    Error::new(ErrorKind::Protocol, format!("Row {number} of Looker's answer is not valid: {why}"))
        .advise("Run it again; when it stays, something between Looker and here may change the answer")
        .body(excerpt(&String::from_utf8_lossy(row), EVIDENCE_BYTES))
}
