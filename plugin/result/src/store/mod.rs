//! Rows on their way into a record batch: one set of Arrow buffers a column, used again when the host has given a batch back.

mod bits;
mod column;
mod reuse;
mod varied;

pub(super) use column::Column;

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StructArray};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use connector_interface::{Error, ErrorKind, Result};

/// Rows in a full batch; larger ones no longer fit into a core's cache.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// Rows that there is room for at first, because most results are small.
const FIRST_ROWS: usize = 512;

/// A batch is full, whatever its rows, when its texts have so many bytes: more do not fit into a core's cache, either.
const BATCH_TEXT_BYTES: usize = 1 << 18;

/// The columns of a batch. A row counts once it is [committed](Self::commit); until then it can be taken back.
#[derive(Debug)]
pub(super) struct Store {
    schema: SchemaRef,
    pub(super) columns: Vec<Column>,
    rows: usize,
    /// Rows that there is room for.
    capacity: usize,
    /// Batches that are full.
    full: VecDeque<RecordBatch>,
}

impl Store {
    /// Columns in the order of the schema's leaves: a struct's children stand in its place.
    pub(super) fn new(schema: SchemaRef, columns: Vec<Column>) -> Self {
        Self { schema, columns, rows: 0, capacity: 0, full: VecDeque::new() }
    }

    /// Rows that count.
    #[inline(always)]
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Makes room for so many more rows.
    #[inline(always)]
    pub(super) fn reserve(&mut self, rows: usize) {
        while self.rows + rows > self.capacity {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.capacity = match self.capacity {
            0 => FIRST_ROWS,
            rows => rows * 2,
        };
        for column in &mut self.columns {
            column.grow(self.capacity);
        }
    }

    /// Counts so many rows that were written.
    #[inline(always)]
    pub(super) fn commit(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// Takes back all rows but so many, and what was written of an uncommitted one.
    pub(super) fn cut(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        for column in &mut self.columns {
            column.forget_from(self.rows);
        }
    }

    /// Puts the batch with the others if it is full.
    #[inline(always)]
    pub(super) fn turn_over(&mut self) -> Result<()> {
        if self.is_full() {
            let batch = self.finish()?;
            self.full.push_back(batch);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.columns.iter().map(Column::text_bytes).sum::<usize>() >= BATCH_TEXT_BYTES
    }

    /// How many rows can be taken.
    pub(super) fn ready(&self) -> usize {
        self.full.iter().map(RecordBatch::num_rows).sum::<usize>() + self.rows
    }

    /// The next full batch; with `flush`, whatever there is.
    pub(super) fn take(&mut self, flush: bool) -> Result<Option<RecordBatch>> {
        match self.full.pop_front() {
            None if flush && self.rows > 0 => self.finish().map(Some),
            batch => Ok(batch),
        }
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.batch().map_err(|error| {
            Error::new(ErrorKind::Internal, format!("The decoder's columns do not fit its schema ({error})"))
        })
    }

    /// The rows so far as a batch; the store is empty afterwards.
    fn batch(&mut self) -> std::result::Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        self.capacity = 0;
        let mut leaves = self.columns.iter_mut().map(|column| column.finish(rows));
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            arrays.push(match field.data_type() {
                DataType::Struct(fields) => {
                    let children = leaves.by_ref().take(fields.len()).collect::<std::result::Result<_, _>>()?;
                    Arc::new(StructArray::try_new_with_length(fields.clone(), children, None, rows)?)
                }
                _ => leaves.next().unwrap_or_else(|| Err(ArrowError::SchemaError("a column is missing".to_owned())))?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(SchemaRef::clone(&self.schema), arrays, &options)
    }
}
