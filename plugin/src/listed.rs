//! A list that is there as a whole, as rows on their way to a host.

use std::iter;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::ArrowError;
use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::Map;

use crate::operation::Control;

/// The rows of one batch, which end the operation when they have been taken.
pub(crate) fn rows(batch: std::result::Result<RecordBatch, ArrowError>, control: &Arc<Control>) -> Result<Outcome> {
    let batch = batch
        .map_err(|error| Error::new(ErrorKind::Internal, format!("The rows of a list cannot be made ({error})")))?;
    let (schema, count, control) = (batch.schema(), batch.num_rows() as u64, Arc::clone(control));
    let done = iter::from_fn(move || {
        control.update(|progress| progress.rows = count);
        control.done(Map::from_iter([("row_count".to_owned(), count.into())]));
        None
    });
    let reader = RecordBatchIterator::new(iter::once(Ok(batch)).chain(done), schema);
    Ok(Outcome::Rows(connector_interface::rows::export(reader)))
}
