//! Record batch readers of the arrow crate as the contract's row streams, and back.
#![allow(unsafe_code, reason = "the two structs are the same five words of the Arrow C stream interface")]

use std::mem;

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use crate::abi::guard::{Guarded, catch};
use crate::abi::stream::ArrowStream;
use crate::error::{Error, ErrorKind, Result};

const _: () = assert!(
    size_of::<ArrowStream>() == size_of::<FFI_ArrowArrayStream>()
        && align_of::<ArrowStream>() == align_of::<FFI_ArrowArrayStream>()
);

/// Plugin side: a reader as a stream that can cross. Panics of the reader, its drop included, become errors.
pub fn export(reader: impl RecordBatchReader + Send + 'static) -> ArrowStream {
    let schema = reader.schema();
    let stream =
        FFI_ArrowArrayStream::new(Box::new(CatchReader { reader: Guarded::new(reader), schema, ended: false }));
    // SAFETY: both are `#[repr(C)]` with the fields of `struct ArrowArrayStream`; ownership moves with the bits.
    unsafe { mem::transmute::<FFI_ArrowArrayStream, ArrowStream>(stream) }
}

/// Host side: a stream that came across as a reader. Its errors are the stream's sentence only; `load::Rows` has more.
pub fn import(stream: ArrowStream) -> Result<RecordBatchStreamReader> {
    // SAFETY: as in `export`.
    let stream = unsafe { mem::transmute::<ArrowStream, FFI_ArrowArrayStream>(stream) };
    RecordBatchStreamReader::try_new(stream)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("The plugin's rows have no schema: {error}")))
}

/// A reader that never unwinds, and that ends after its first error.
struct CatchReader<R> {
    reader: Guarded<R>,
    schema: SchemaRef,
    ended: bool,
}

impl<R: RecordBatchReader> Iterator for CatchReader<R> {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = catch(|| Ok(self.reader.get_mut().next())).unwrap_or_else(|error| Some(Err(into_arrow(error))));
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R: RecordBatchReader> RecordBatchReader for CatchReader<R> {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

/// An error for a reader of the arrow crate.
pub fn into_arrow(error: Error) -> ArrowError {
    ArrowError::ExternalError(Box::new(error))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, RecordBatchIterator};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]))
    }

    fn batch(from: i64) -> RecordBatch {
        RecordBatch::try_new(schema(), vec![Arc::new(Int64Array::from_iter_values(from..from + 3))]).unwrap()
    }

    #[test]
    fn batches_survive_the_way_across() {
        let reader = RecordBatchIterator::new([Ok(batch(0)), Ok(batch(3))], schema());
        let back: Vec<_> = import(export(reader)).unwrap().collect::<std::result::Result<_, _>>().unwrap();
        assert_eq!(back, [batch(0), batch(3)]);
    }

    #[test]
    fn a_panic_in_the_middle_is_an_error_and_then_the_end() {
        let items = (0..3).map(|i| {
            assert!(i < 1, "broken at {i}");
            Ok(batch(i))
        });
        let mut back = import(export(RecordBatchIterator::new(items, schema()))).unwrap();
        assert_eq!(back.next().unwrap().unwrap(), batch(0));
        assert!(back.next().unwrap().unwrap_err().to_string().contains("broken at 1"));
        assert!(back.next().is_none());
    }

    #[test]
    fn a_stream_dropped_early_releases_its_reader() {
        struct Counted {
            _alive: Arc<()>,
        }
        impl Iterator for Counted {
            type Item = std::result::Result<RecordBatch, ArrowError>;
            fn next(&mut self) -> Option<Self::Item> {
                Some(Ok(batch(0)))
            }
        }
        impl RecordBatchReader for Counted {
            fn schema(&self) -> SchemaRef {
                schema()
            }
        }
        let alive = Arc::new(());
        let mut back = import(export(Counted { _alive: Arc::clone(&alive) })).unwrap();
        back.next();
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(back);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
