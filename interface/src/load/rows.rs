//! Rows of an operation, with errors that keep all their facts.

use std::fmt;

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::SchemaRef;

use crate::abi::stream::ArrowStream;
use crate::connector::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::load::Operation;
use crate::rows::import;

/// The rows that an operation delivers, batch by batch. A C stream's error is one sentence; this one asks the
/// operation for the rest of the facts.
pub struct Rows {
    operation: Operation,
    reader: RecordBatchStreamReader,
}

impl Operation {
    /// Waits for the head of a result that must be rows.
    pub fn rows(&self) -> Result<Rows> {
        match self.result()? {
            Outcome::Rows(stream) => self.rows_of(stream),
            other => Err(Error::new(ErrorKind::Unsupported, format!("The result is not rows but {other:?}"))),
        }
    }

    /// The rows of a stream that was this operation's result.
    pub fn rows_of(&self, stream: ArrowStream) -> Result<Rows> {
        Ok(Rows { operation: self.clone(), reader: import(stream)? })
    }
}

impl Rows {
    /// The columns; known before the first row.
    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next().map(|batch| {
            batch.map_err(|error| {
                self.operation
                    .progress()
                    .ok()
                    .and_then(|progress| progress.error)
                    .unwrap_or_else(|| Error::new(ErrorKind::Internal, producers_words(&error.to_string())))
            })
        })
    }
}

/// What the plugin said, without what the C stream and the arrow crate put before it.
fn producers_words(text: &str) -> &str {
    let words = text.split_once("Producer error: ").map_or(text, |(_, words)| words);
    words.strip_prefix("External error: ").unwrap_or(words)
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_stream_is_told_in_the_producers_own_words() {
        let wrapped = "C Data interface error: Cannot get next batch from input stream. Error code: 22. \
                       Producer error: External error: The disk: is full";
        assert_eq!(producers_words(wrapped), "The disk: is full");
        assert_eq!(producers_words("Anything else"), "Anything else");
    }
}
