//! Reading back what the host has written, with readers that the host does not use.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};

/// The rows of an Arrow or Parquet file as JSON objects; whole numbers without a fraction, as the host writes them.
pub fn rows(path: &Path) -> Vec<Value> {
    let mut writer = arrow_json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow_json::writer::JsonArray>(Vec::new());
    for batch in batches(path) {
        writer.write(&batch).unwrap();
    }
    writer.finish().unwrap();
    let rows: Vec<Map<String, Value>> = serde_json::from_slice(&writer.into_inner()).unwrap();
    rows.into_iter().map(|row| row.into_iter().map(|(key, value)| (key, whole(value))).collect()).collect()
}

/// The schema, and the key-value metadata of the file's footer.
pub fn schema(path: &Path) -> (SchemaRef, HashMap<String, String>) {
    if is_parquet(path) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let pairs = pairs.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect();
        return (SchemaRef::clone(reader.schema()), pairs);
    }
    let reader = arrow_ipc::reader::FileReader::try_new(File::open(path).unwrap(), None).unwrap();
    (reader.schema(), reader.custom_metadata().clone())
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    if is_parquet(path) {
        return ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect();
    }
    arrow_ipc::reader::FileReader::try_new(file, None).unwrap().map(Result::unwrap).collect()
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "compared with the float that it was made from"
)]
fn whole(value: Value) -> Value {
    match value.as_f64() {
        Some(float) if value.is_f64() && float as i64 as f64 == float => Value::from(float as i64),
        _ => value,
    }
}
