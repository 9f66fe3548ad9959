//! Looker writes row after row alike: what stands between two values is the same in each. A template is what stood there in
//! one row, and reads further rows by comparing instead of parsing. Values are parsed as in any other row, so that a row
//! which fits means what a parser would say, and one that does not is left to the parser.

use std::ops::Range;

use super::read::token;
use super::row::{RowReader, is_json};
use super::simd::{BLOCK, Simd, Work};
use super::store::Store;
use super::unfold::Unfold;

/// The most that a template remembers, in bytes: rows beyond are parsed.
const MAX_BYTES: usize = 1 << 20;

/// A value of a row that was parsed: where it stood, and for which column, if it is for one.
pub(super) type Value = (Range<usize>, Option<usize>);

/// What a row is like.
#[derive(Debug)]
pub(super) struct Template {
    /// Each value with what stands before it.
    steps: Vec<Step>,
    /// What stands behind the last value.
    end: Literal,
    /// How the row becomes several, in a long pivot.
    unfold: Option<Unfold>,
}

#[derive(Debug)]
struct Step {
    before: Literal,
    /// One beyond the last for a value that is for none.
    column: usize,
    /// Which of the rows that the row becomes.
    row: usize,
}

/// Bytes that are compared, in blocks of which the last is not full; one block is enough for most.
#[derive(Debug)]
struct Literal {
    length: usize,
    first: Block,
    further: Box<[Block]>,
}

#[derive(Debug)]
struct Block {
    bytes: [u8; BLOCK],
    /// All bits of the bytes that count.
    mask: [u8; BLOCK],
}

impl Block {
    fn new(bytes: &[u8]) -> Self {
        let mut block = Self { bytes: [0; BLOCK], mask: [0; BLOCK] };
        for ((space, mask), byte) in block.bytes.iter_mut().zip(&mut block.mask).zip(bytes) {
            (*space, *mask) = (*byte, 0xff);
        }
        block
    }

    #[inline(always)]
    fn is_at<S: Simd>(&self, input: &[u8], at: usize) -> Option<()> {
        let here = input.get(at..)?.first_chunk()?;
        S::is_same(here, &self.bytes, &self.mask).then_some(())
    }
}

impl Literal {
    fn new(bytes: &[u8]) -> Self {
        let (first, further) = bytes.split_at(bytes.len().min(BLOCK));
        Self { length: bytes.len(), first: Block::new(first), further: further.chunks(BLOCK).map(Block::new).collect() }
    }

    /// The place behind it, if it stands at `at`. Near the end of the input, where no whole block is left, it does not.
    #[inline(always)]
    fn pass<S: Simd>(&self, input: &[u8], at: usize) -> Option<usize> {
        self.first.is_at::<S>(input, at)?;
        if self.length > BLOCK {
            let mut from = at + BLOCK;
            for block in &self.further {
                block.is_at::<S>(input, from)?;
                from += BLOCK;
            }
        }
        Some(at + self.length)
    }
}

/// How far a template read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Rows of Looker's answer that are whole, and committed.
    pub(super) rows: u64,
    /// Where the last of them begins and ends.
    pub(super) last: Range<usize>,
    /// Rows of the batch before it.
    pub(super) kept: usize,
    /// Columns of a long pivot that had no value, in all rows before the last and in it.
    pub(super) empty: (u64, u64),
}

impl Template {
    /// What a row is like that was read last. Nothing if a template of it would not write all that the row has, or would be
    /// too long to remember.
    pub(super) fn of(input: &[u8], row: Range<usize>, reader: &RowReader) -> Option<Self> {
        if row.len() > MAX_BYTES || reader.values.is_empty() || !reader.is_plain {
            return None;
        }
        let (unfold, places) = match reader.long_pivots() {
            Some(pivots) => {
                let (unfold, places) = Unfold::of(pivots, &reader.leaves, &reader.values)?;
                (Some(unfold), places)
            }
            None => (None, reader.values.iter().map(|(_, slot)| Some(((*slot)?, 0))).collect()),
        };
        let mut from = row.start;
        let mut steps = Vec::with_capacity(reader.values.len());
        for ((value, _), place) in reader.values.iter().zip(places) {
            let (column, row) = place.unwrap_or((usize::MAX, 0));
            steps.push(Step { before: Literal::new(input.get(from..value.start)?), column, row });
            from = value.end;
        }
        Some(Self { steps, end: Literal::new(input.get(from..row.end)?), unfold })
    }

    /// Columns of the long pivot that it knows of.
    pub(super) fn pivoted(&self) -> usize {
        self.unfold.as_ref().map_or(0, |unfold| unfold.columns)
    }

    /// Reads and commits rows that are alike, from the first byte of one on, until there are so many in the batch. What was
    /// written of a row that is not alike is not taken back.
    pub(super) fn read<S: Simd>(&self, store: &mut Store, input: &[u8], start: usize, most: usize) -> Read {
        // Alone, so that nothing else takes registers from it.
        S::call(Alike { template: self, store, input, start, most })
    }

    #[inline(always)]
    fn rows<S: Simd>(&self, store: &mut Store, input: &[u8], start: usize, most: usize) -> Read {
        let mut read = Read { last: start..start, ..Read::default() };
        let mut at = start;
        while store.rows() < most {
            let kept = store.rows();
            let end = match &self.unfold {
                None => {
                    store.reserve(1);
                    let Some(end) = self.row::<S, false>(store, input, at) else { break };
                    store.commit(1);
                    end
                }
                Some(unfold) => {
                    let Some((end, empty)) = S::call(Several { template: self, unfold, store, input, at }) else {
                        break;
                    };
                    read.empty = (read.empty.0 + read.empty.1, empty as u64);
                    end
                }
            };
            read = Read { rows: read.rows + 1, last: at..end, kept, empty: read.empty };
            // The next row, if there is one, begins behind a comma.
            if input.get(end) != Some(&b',') {
                break;
            }
            at = end + 1;
            while input.get(at).is_some_and(|byte| matches!(byte, b'\n' | b' ' | b'\r' | b'\t')) {
                at += 1;
            }
        }
        read
    }

    /// Reads a row, and returns where it ends.
    #[inline(always)]
    fn row<S: Simd, const UNFOLDS: bool>(&self, store: &mut Store, input: &[u8], mut at: usize) -> Option<usize> {
        let first = store.rows();
        for step in &self.steps {
            at = step.before.pass::<S>(input, at)?;
            let row = if UNFOLDS { first + step.row } else { first };
            at = match store.columns.get_mut(step.column) {
                Some(column) => column.read::<S>(input, at, row)?,
                None => S::call(Skip { input, at })?,
            };
        }
        self.end.pass::<S>(input, at)
    }
}

/// A row that becomes several, to be read and committed; where it ends, and how many columns of the pivot had no value.
struct Several<'a> {
    template: &'a Template,
    unfold: &'a Unfold,
    store: &'a mut Store,
    input: &'a [u8],
    at: usize,
}

impl Work for Several<'_> {
    type Done = Option<(usize, usize)>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.store.reserve(self.unfold.rows);
        let end = self.template.row::<S, true>(self.store, self.input, self.at)?;
        Some((end, self.unfold.commit(self.store)?))
    }
}

/// Rows that are alike, to be read.
struct Alike<'a> {
    template: &'a Template,
    store: &'a mut Store,
    input: &'a [u8],
    start: usize,
    most: usize,
}

impl Work for Alike<'_> {
    type Done = Read;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.template.rows::<S>(self.store, self.input, self.start, self.most)
    }
}

/// A value that is for no column, whose end is sought.
struct Skip<'a> {
    input: &'a [u8],
    at: usize,
}

impl Work for Skip<'_> {
    type Done = Option<usize>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        let Self { input, at } = self;
        let end = match input.get(at)? {
            b'"' => token::string::<S>(input, at).ok()?,
            b'{' | b'[' => return None,
            _ => token::plain(input, at).ok()?,
        };
        is_json(input.get(at..end)?).then_some(end)
    }
}
