//! The rows of a merged result in the order that it asks for. They are held as a whole, because the last may be the first.

use std::cmp::Ordering;

use arrow_array::{RecordBatch, UInt64Array};
use arrow_ord::ord::{DynComparator, make_comparator};
use arrow_schema::{SchemaRef, SortOptions};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use connector_interface::Result;
use serde_json::{Map, Value};

use super::join::{broken, too_large};
use crate::query::stream::Source;

/// Rows in order.
pub(super) struct Sorted {
    rows: Box<dyn Source>,
    /// Columns, and whether the largest comes first.
    by: Vec<(usize, bool)>,
    most: usize,
    is_done: bool,
}

impl Sorted {
    /// Rows in the order of `field` or `field desc`; of fields that the result does not have there is no order.
    pub(super) fn new(rows: Box<dyn Source>, sorts: &[String], most: usize) -> Self {
        let schema = rows.schema();
        let by = sorts.iter().filter_map(|sort| {
            let mut words = sort.split_whitespace();
            let column = schema.index_of(words.next()?).ok()?;
            Some((column, words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"))))
        });
        let by = by.collect();
        Self { rows, by, most, is_done: false }
    }
}

impl Source for Sorted {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        if self.by.is_empty() {
            return self.rows.next();
        }
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(None);
        }
        let (mut batches, mut held) = (Vec::new(), 0);
        while let Some(batch) = self.rows.next()? {
            held += batch.get_array_memory_size();
            if held > self.most {
                return Err(too_large("The sorted whole", self.most));
            }
            batches.push(batch);
        }
        let sorted = || {
            let whole = concat_batches(&self.rows.schema(), &batches)?;
            let comparators: Vec<DynComparator> = self
                .by
                .iter()
                .map(|(column, descending)| {
                    let column = whole.column(*column);
                    let options = SortOptions { descending: *descending, nulls_first: false };
                    make_comparator(column, column, options)
                })
                .collect::<std::result::Result<_, _>>()?;
            // A comparator of any type is much smaller than Arrow's sort of every type. Equal rows stay as they are.
            let mut order: Vec<usize> = (0..whole.num_rows()).collect();
            order.sort_by(|a, b| {
                comparators.iter().map(|compare| compare(*a, *b)).find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
            });
            let order: UInt64Array = order.into_iter().map(|row| row as u64).collect();
            take_record_batch(&whole, &order)
        };
        let sorted = sorted().map_err(|error| broken(&error))?;
        Ok((sorted.num_rows() > 0).then_some(sorted))
    }

    fn summary(&self) -> Map<String, Value> {
        self.rows.summary()
    }
}
