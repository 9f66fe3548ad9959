//! Columns of the kinds that a request must ask for: decimals, dictionaries, lists.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::{Decimal128Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, ListArray, PrimitiveArray, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field};

use crate::cell::{Mismatch, Scalar};
use crate::read::token;
use crate::row::is_json;
use crate::simd::Simd;
use crate::types::{Kind, PRECISION};

/// Values of one of these kinds; there are at least as many as rows.
#[derive(Debug)]
pub(super) enum Varied {
    /// Digits, of which so many stand behind the point.
    Decimal {
        values: Vec<i128>,
        scale: i8,
    },
    /// Places in the list of the texts that have been seen, which goes on from batch to batch.
    Tier {
        keys: Vec<i32>,
        seen: HashMap<String, i32>,
        texts: Vec<String>,
    },
    List {
        items: Vec<Vec<String>>,
    },
}

impl Varied {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Decimal(scale) => Self::Decimal { values: Vec::new(), scale },
            Kind::List => Self::List { items: Vec::new() },
            _ => Self::Tier { keys: Vec::new(), seen: HashMap::new(), texts: Vec::new() },
        }
    }

    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::List { items } => items.iter().flatten().map(String::len).sum(),
            _ => 0,
        }
    }

    /// Reads the row's value from JSON, and returns where it ends; nothing when it does not fit.
    #[inline(always)]
    pub(super) fn read<S: Simd>(&mut self, input: &[u8], at: usize, row: usize) -> Option<usize> {
        let end = token::value::<S>(input, at).ok()?;
        let text = input.get(at..end).filter(|token| is_json(token))?;
        self.write(&Scalar::parse(std::str::from_utf8(text).ok()?).ok()?, row).ok()?;
        Some(end)
    }

    pub(super) fn write(&mut self, value: &Scalar<'_>, row: usize) -> Result<(), Mismatch> {
        match self {
            Self::Decimal { values, scale } => put(values, row, value.decimal(*scale)?),
            Self::Tier { keys, seen, texts } => {
                let text = value.text();
                let key = if let Some(&key) = seen.get(text) {
                    key
                } else {
                    let key = i32::try_from(texts.len()).map_err(|_| Mismatch)?;
                    texts.push(text.to_owned());
                    seen.insert(text.to_owned(), key);
                    key
                };
                put(keys, row, key);
            }
            Self::List { items } => put(items, row, value.list()?),
        }
        Ok(())
    }

    /// Writes a value that nobody looks at.
    pub(super) fn set_null(&mut self, row: usize) {
        match self {
            Self::Decimal { values, .. } => put(values, row, 0),
            Self::Tier { keys, .. } => put(keys, row, 0),
            Self::List { items } => put(items, row, Vec::new()),
        }
    }

    /// Writes the value of one row to another.
    pub(super) fn copy(&mut self, from: usize, to: usize) -> Option<()> {
        match self {
            Self::Decimal { values, .. } => put(values, to, *values.get(from)?),
            Self::Tier { keys, .. } => put(keys, to, *keys.get(from)?),
            Self::List { items } => put(items, to, items.get(from)?.clone()),
        }
        Some(())
    }

    pub(super) fn forget_from(&mut self, row: usize) {
        match self {
            Self::Decimal { values, .. } => values.truncate(row),
            Self::Tier { keys, .. } => keys.truncate(row),
            Self::List { items } => items.truncate(row),
        }
    }

    pub(super) fn finish(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Decimal { values, scale } => {
                let mut values = std::mem::take(values);
                values.truncate(rows);
                let array = PrimitiveArray::<Decimal128Type>::try_new(values.into(), nulls)?;
                Arc::new(array.with_precision_and_scale(PRECISION, *scale)?)
            }
            Self::Tier { keys, texts, .. } => {
                let mut keys = std::mem::take(keys);
                keys.truncate(rows);
                let keys = PrimitiveArray::<Int32Type>::try_new(keys.into(), nulls)?;
                // A key of a null points to nothing when there is no text at all.
                let texts: StringArray =
                    if texts.is_empty() { vec![""].into() } else { texts.iter().map(Some).collect() };
                Arc::new(DictionaryArray::try_new(keys, Arc::new(texts))?)
            }
            Self::List { items } => {
                let mut items = std::mem::take(items);
                items.truncate(rows);
                let offsets = OffsetBuffer::from_lengths(items.iter().map(Vec::len));
                let texts: StringArray = items.iter().flatten().map(Some).collect();
                let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
                Arc::new(ListArray::try_new(item, offsets, Arc::new(texts), nulls)?)
            }
        })
    }
}

fn put<T: Default>(all: &mut Vec<T>, row: usize, value: T) {
    if all.len() <= row {
        all.resize_with(row + 1, T::default);
    }
    if let Some(slot) = all.get_mut(row) {
        *slot = value;
    }
}
