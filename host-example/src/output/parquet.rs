//! Parquet: snappy, row groups small enough for bounded memory, and the operation's summary in the footer.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value};

use crate::messages;
use crate::output::{SUMMARY_KEY, Sink};

/// A row group is held in memory until it is written.
const GROUP_ROWS: usize = 64 * 1024;
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Rows as a Parquet file.
pub(crate) struct Parquet<W: Write + Send> {
    writer: ArrowWriter<W>,
    /// The columns that are written.
    columns: Vec<usize>,
}

impl<W: Write + Send> Parquet<W> {
    /// A file of these columns.
    pub(crate) fn new(writer: W, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .build();
        let columns = writable(schema);
        let schema = Arc::new(schema.project(&columns)?);
        Ok(Self { writer: ArrowWriter::try_new(writer, schema, Some(properties))?, columns })
    }
}

/// All columns but structs without children, which Parquet does not know: a pivot without values has them.
fn writable(schema: &Schema) -> Vec<usize> {
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        if matches!(field.data_type(), DataType::Struct(children) if children.is_empty()) {
            messages::note(&format!("`{}` has no columns within it, so the Parquet file is without it", field.name()));
        } else {
            columns.push(index);
        }
    }
    columns
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        Ok(self.writer.write(&batch.project(&self.columns)?)?)
    }

    fn finish(mut self: Box<Self>, summary: &Map<String, Value>) -> Result<(), ArrowError> {
        let summary = serde_json::to_string(summary).unwrap_or_default();
        self.writer.append_key_value_metadata(KeyValue::new(SUMMARY_KEY.to_owned(), summary));
        self.writer.finish()?;
        Ok(self.writer.inner_mut().flush()?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use arrow_array::{ArrayRef, Int64Array, StructArray};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use serde_json::json;

    use super::*;
    use crate::output::cell::tests::batch;

    #[test]
    fn rows_and_summary_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.parquet");
        let mut sink = Parquet::new(File::create(&path).unwrap(), &batch().schema()).unwrap();
        sink.write(&batch()).unwrap();
        Box::new(sink).finish(json!({"row_count": 2}).as_object().unwrap()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
        let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
        let summary = metadata.iter().find(|pair| pair.key == SUMMARY_KEY).unwrap();
        assert_eq!(summary.value.as_deref(), Some(r#"{"row_count":2}"#));
        assert_eq!(reader.build().unwrap().next().unwrap().unwrap(), batch());
    }

    #[test]
    fn a_struct_without_children_is_left_out() {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let nothing: ArrayRef = Arc::new(StructArray::new_empty_fields(2, None));
        let rows = RecordBatch::try_from_iter([("nothing", nothing), ("id", Arc::clone(&ids))]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.parquet");
        let mut sink = Parquet::new(File::create(&path).unwrap(), &rows.schema()).unwrap();
        sink.write(&rows).unwrap();
        Box::new(sink).finish(&Map::new()).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().build().unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), RecordBatch::try_from_iter([("id", ids)]).unwrap());
    }
}
