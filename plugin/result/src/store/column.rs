//! One column of a batch: a value for each row, written in place.

use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::bits::Bits;
use super::reuse::Reuse;
use super::varied::Varied;
use crate::cell::{Mismatch, Scalar};
use crate::read::{date, number, text};
use crate::simd::{Simd, Work};
use crate::types::Kind;

/// A column. Values of a row that is not committed may be written again.
#[derive(Debug)]
pub(crate) struct Column {
    data: Data,
    /// Off where a row is null; empty while none is.
    valid: Bits,
    has_nulls: bool,
    capacity: usize,
    reuse: [Reuse; 3],
}

// Its kind is a byte of its own, which is looked at for every value.
#[derive(Debug)]
#[repr(u8)]
enum Data {
    Integer(Vec<i64>),
    Number(Vec<f64>),
    YesNo(Bits),
    Date(Vec<i32>),
    DateTime(Vec<i64>),
    Text(Text),
    /// What is seldom, and built by Arrow's own builders.
    Varied(Varied),
}

/// Texts one behind the other. A row's text ends at the offset behind its own.
#[derive(Debug, Default)]
struct Text {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    used: usize,
}

impl Text {
    /// Notes that the row's text ends where the used bytes end.
    #[inline(always)]
    fn end(&mut self, row: usize, used: usize) -> Option<()> {
        *self.offsets.get_mut(row + 1)? = i32::try_from(used).ok()?;
        self.used = used;
        Some(())
    }

    fn room(&mut self, used: usize) {
        if self.bytes.len() < used {
            self.bytes.resize(used.max(self.bytes.len() * 2), 0);
        }
    }

    fn append(&mut self, row: usize, text: &str) -> Option<()> {
        let used = self.used + text.len();
        self.room(used);
        self.bytes.get_mut(self.used..used)?.copy_from_slice(text.as_bytes());
        self.end(row, used)
    }

    /// Appends the text of the row before once more.
    fn repeat(&mut self, row: usize) -> Option<()> {
        let start = usize::try_from(*self.offsets.get(row - 1)?).ok()?;
        let text = start..self.used;
        let used = self.used + text.len();
        self.room(used);
        self.bytes.copy_within(text, self.used);
        self.end(row, used)
    }
}

impl Column {
    pub(crate) fn new(kind: Kind) -> Self {
        let data = match kind {
            Kind::Integer => Data::Integer(Vec::new()),
            Kind::Number => Data::Number(Vec::new()),
            Kind::YesNo => Data::YesNo(Bits::new(false, Vec::new())),
            Kind::Date => Data::Date(Vec::new()),
            Kind::DateTime => Data::DateTime(Vec::new()),
            Kind::Text => Data::Text(Text::default()),
            Kind::Decimal(_) | Kind::Tier | Kind::List => Data::Varied(Varied::new(kind)),
        };
        Self { data, valid: Bits::new(true, Vec::new()), has_nulls: false, capacity: 0, reuse: Default::default() }
    }

    /// Has room for so many rows.
    pub(super) fn grow(&mut self, rows: usize) {
        let (first, written) = (self.capacity == 0, self.capacity);
        self.capacity = rows;
        if self.has_nulls {
            self.valid.grow(rows);
        }
        let [values, bytes, _] = &mut self.reuse;
        match &mut self.data {
            Data::Integer(all) | Data::DateTime(all) => values.room(all, rows, written),
            Data::Number(all) => values.room(all, rows, written),
            Data::Date(all) => values.room(all, rows, written),
            Data::YesNo(bits) => {
                if first {
                    *bits = Bits::new(false, values.take());
                }
                bits.grow(rows);
            }
            Data::Text(texts) => {
                // Twice as many rows have about twice the bytes.
                let length = if first { 1 } else { 2 * texts.used };
                bytes.room(&mut texts.bytes, length, texts.used);
                values.room(&mut texts.offsets, rows + 1, written + 1);
                if let Some(start) = texts.offsets.first_mut() {
                    *start = 0;
                }
            }
            Data::Varied(_) => {}
        }
    }

    /// Bytes of text in it.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.data {
            Data::Text(texts) => texts.used,
            Data::Varied(varied) => varied.text_bytes(),
            _ => 0,
        }
    }

    /// Reads the row's value from JSON as Looker usually writes it, and returns where it ends. Nothing when it is written
    /// otherwise, or not all there; whatever was written of it does not count.
    #[inline(always)]
    pub(crate) fn read<S: Simd>(&mut self, input: &[u8], at: usize, row: usize) -> Option<usize> {
        let first = *input.get(at)?;
        match &mut self.data {
            Data::Text(texts) => {
                if first == b'"' {
                    let (used, end) = text::text::<S>(input, at + 1, &mut texts.bytes, texts.used)?;
                    texts.end(row, used)?;
                    return Some(end);
                }
            }
            Data::Integer(all) => {
                if let Some((value, end)) = number::integer::<S>(input, at) {
                    *all.get_mut(row)? = value;
                    return Some(end);
                }
            }
            Data::Number(all) => {
                if let Some((value, end)) = number::float::<S>(input, at) {
                    *all.get_mut(row)? = value;
                    return Some(end);
                }
            }
            Data::Date(all) => {
                if let Some((value, end)) = date::date(input, at) {
                    *all.get_mut(row)? = value;
                    return Some(end);
                }
            }
            Data::DateTime(all) => {
                if let Some((value, end)) = date::date_time(input, at) {
                    *all.get_mut(row)? = value;
                    return Some(end);
                }
            }
            Data::YesNo(bits) => {
                // Both end with the fourth byte or the fifth.
                let (start, _) = input.get(at..)?.split_first_chunk::<4>()?;
                let is_yes = start == b"\"Yes" && input.get(at + 4) == Some(&b'"');
                if is_yes || start == b"\"No\"" {
                    bits.set(row, is_yes)?;
                    return Some(at + 4 + usize::from(is_yes));
                }
            }
            Data::Varied(varied) => {
                if first != b'n' {
                    return S::call(Reading { varied, input, at, row });
                }
            }
        }
        // Last, because most cells are something else.
        if input.get(at..)?.first_chunk() != Some(b"null") {
            return None;
        }
        self.set_null(row)?;
        Some(at + 4)
    }

    /// Reads the row's value from a field of `csv` as Looker usually writes it, and returns where it ends. Nothing when it is
    /// written otherwise.
    #[inline(always)]
    pub(crate) fn read_field<S: Simd>(&mut self, input: &[u8], at: usize, row: usize) -> Option<usize> {
        let is_quoted = *input.get(at)? == b'"';
        let start = at + usize::from(is_quoted);
        let end = match &mut self.data {
            Data::Text(texts) => {
                let before = texts.used;
                let (used, end) = if is_quoted {
                    text::quoted_field::<S>(input, start, &mut texts.bytes, before)?
                } else {
                    text::field::<S>(input, start, &mut texts.bytes, before)?
                };
                texts.end(row, used)?;
                if used == before {
                    self.set_null(row)?;
                }
                return Some(end);
            }
            Data::Integer(all) => {
                number::integer::<S>(input, start).and_then(|(value, end)| stand(all, row, value, end))
            }
            Data::Number(all) => number::float::<S>(input, start).and_then(|(value, end)| stand(all, row, value, end)),
            Data::Date(all) => date::bare_date(input, start).and_then(|(value, end)| stand(all, row, value, end)),
            Data::DateTime(all) => {
                date::bare_date_time(input, start).and_then(|(value, end)| stand(all, row, value, end))
            }
            Data::YesNo(bits) => match input.get(start..)?.first_chunk()? {
                b"Yes" => bits.set(row, true).map(|()| start + 3),
                [b'N', b'o', _] => bits.set(row, false).map(|()| start + 2),
                _ => None,
            },
            Data::Varied(_) => None,
        };
        match end {
            Some(end) if is_quoted => (*input.get(end)? == b'"').then_some(end + 1),
            Some(end) => Some(end),
            None => {
                if !matches!(input.get(at)?, b',' | b'\n' | b'\r') {
                    return None;
                }
                self.set_null(row)?;
                Some(at)
            }
        }
    }

    /// Whether the row has a value.
    #[inline(always)]
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        !self.has_nulls || self.valid.get(row)
    }

    /// Writes the value of one row to another: the next one, but for rows without a value between them.
    pub(crate) fn copy(&mut self, from: usize, to: usize) -> Option<()> {
        if self.has_nulls {
            self.valid.set(to, self.valid.get(from))?;
        }
        match &mut self.data {
            Data::Integer(all) | Data::DateTime(all) => again(all, from, to),
            Data::Number(all) => again(all, from, to),
            Data::Date(all) => again(all, from, to),
            Data::YesNo(bits) => bits.set(to, bits.get(from)),
            Data::Text(texts) => again(&mut texts.offsets, from + 1, to + 1),
            Data::Varied(varied) => varied.copy(from, to),
        }
    }

    /// Writes the last row's value to those behind it, until so many have it.
    pub(crate) fn repeat(&mut self, row: usize, rows: usize) -> Option<()> {
        for to in row + 1..row + rows {
            if let Data::Text(texts) = &mut self.data {
                texts.repeat(to)?;
                if self.has_nulls {
                    self.valid.set(to, self.valid.get(row))?;
                }
            } else {
                self.copy(row, to)?;
            }
        }
        Some(())
    }

    /// Writes the row's value, if it fits.
    pub(crate) fn write(&mut self, value: &Scalar<'_>, row: usize) -> Result<(), Mismatch> {
        if *value == Scalar::Null {
            return self.set_null(row).ok_or(Mismatch);
        }
        let written = match &mut self.data {
            Data::Integer(all) => put(all, row, value.integer()?),
            Data::Number(all) => put(all, row, value.number()?),
            Data::YesNo(bits) => bits.set(row, value.yes_no()?),
            Data::Date(all) => put(all, row, value.date()?),
            Data::DateTime(all) => put(all, row, value.date_time()?),
            Data::Text(texts) => texts.append(row, value.text()),
            Data::Varied(varied) => return varied.write(value, row),
        };
        written.ok_or(Mismatch)
    }

    /// The row has no value.
    #[inline(always)]
    pub(crate) fn set_null(&mut self, row: usize) -> Option<()> {
        if !self.has_nulls {
            self.first_null();
        }
        self.valid.set(row, false)?;
        match &mut self.data {
            Data::Text(texts) => texts.end(row, texts.used),
            Data::Varied(varied) => {
                varied.set_null(row);
                Some(())
            }
            // Whatever stands there is never looked at, but must be something.
            Data::Integer(all) | Data::DateTime(all) => put(all, row, 0),
            Data::Number(all) => put(all, row, 0.0),
            Data::Date(all) => put(all, row, 0),
            Data::YesNo(_) => Some(()),
        }
    }

    #[cold]
    fn first_null(&mut self) {
        self.has_nulls = true;
        let [_, _, valid] = &mut self.reuse;
        self.valid = Bits::new(true, valid.take());
        self.valid.grow(self.capacity);
    }

    /// Takes back what was written from a row on.
    pub(super) fn forget_from(&mut self, row: usize) {
        if self.has_nulls {
            self.valid.forget_from(row);
        }
        match &mut self.data {
            Data::Text(texts) => {
                texts.used = texts.offsets.get(row).and_then(|&end| usize::try_from(end).ok()).unwrap_or(0);
            }
            Data::Varied(varied) => varied.forget_from(row),
            // Whatever stands there is written again before it counts.
            Data::Integer(_) | Data::Number(_) | Data::YesNo(_) | Data::Date(_) | Data::DateTime(_) => {}
        }
    }

    /// The first rows as an array; the column is empty afterwards.
    pub(super) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        if self.capacity == 0 {
            // Without a row nothing was written, and there are no buffers yet.
            self.grow(0);
        }
        self.capacity = 0;
        let [values, bytes, valid] = &mut self.reuse;
        let nulls = std::mem::take(&mut self.has_nulls)
            .then(|| NullBuffer::new(BooleanBuffer::new(valid.hand_out(self.valid.take(), rows.div_ceil(8)), 0, rows)))
            .filter(|nulls| nulls.null_count() > 0);
        Ok(match &mut self.data {
            Data::Integer(all) => Arc::new(primitive::<Int64Type>(all, rows, values, nulls)?),
            Data::Number(all) => Arc::new(primitive::<Float64Type>(all, rows, values, nulls)?),
            Data::Date(all) => Arc::new(primitive::<Date32Type>(all, rows, values, nulls)?),
            Data::DateTime(all) => Arc::new(primitive::<TimestampMicrosecondType>(all, rows, values, nulls)?),
            Data::YesNo(bits) => {
                let buffer = values.hand_out(bits.take(), rows.div_ceil(8));
                Arc::new(BooleanArray::new(BooleanBuffer::new(buffer, 0, rows), nulls))
            }
            Data::Text(texts) => {
                let offsets = values.hand_out(std::mem::take(&mut texts.offsets), rows + 1);
                let used = std::mem::take(&mut texts.used);
                let all = bytes.hand_out(std::mem::take(&mut texts.bytes), used);
                Arc::new(strings(offsets.into(), all, nulls)?)
            }
            Data::Varied(varied) => varied.finish(rows, nulls)?,
        })
    }
}

/// A value of a kind that is seldom, read out of line.
struct Reading<'a> {
    varied: &'a mut Varied,
    input: &'a [u8],
    at: usize,
    row: usize,
}

impl Work for Reading<'_> {
    type Done = Option<usize>;

    #[inline(always)]
    fn with<S: Simd>(self) -> Self::Done {
        self.varied.read::<S>(self.input, self.at, self.row)
    }
}

/// Texts as an array. They were checked before: every byte came from a row that is UTF-8, or from a `str`, and every offset
/// stands where a text ended, the first at none. Checking them again would cost as much as reading them.
#[expect(unsafe_code, reason = "what it asks for is said above, and checked wherever this is tested")]
fn strings(offsets: ScalarBuffer<i32>, bytes: Buffer, nulls: Option<NullBuffer>) -> Result<StringArray, ArrowError> {
    if cfg!(debug_assertions) {
        return StringArray::try_new(OffsetBuffer::new(offsets), bytes, nulls);
    }
    // SAFETY: as above.
    Ok(unsafe { StringArray::new_unchecked(OffsetBuffer::new_unchecked(offsets), bytes, nulls) })
}

#[inline(always)]
fn put<T>(all: &mut [T], row: usize, value: T) -> Option<()> {
    *all.get_mut(row)? = value;
    Some(())
}

/// Writes a value, and says where its text ends.
#[inline(always)]
fn stand<T>(all: &mut [T], row: usize, value: T, end: usize) -> Option<usize> {
    put(all, row, value)?;
    Some(end)
}

#[inline(always)]
fn again<T: Copy>(all: &mut [T], from: usize, to: usize) -> Option<()> {
    let value = *all.get(from)?;
    put(all, to, value)
}

fn primitive<T: ArrowPrimitiveType>(
    all: &mut Vec<T::Native>,
    rows: usize,
    reuse: &mut Reuse,
    nulls: Option<NullBuffer>,
) -> Result<PrimitiveArray<T>, ArrowError> {
    PrimitiveArray::try_new(reuse.hand_out(std::mem::take(all), rows).into(), nulls)
}
