//! The Arrow IPC file format, with the metadata of schema and fields, and the operation's summary in the footer.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use serde_json::{Map, Value};

use crate::output::{SUMMARY_KEY, Sink};

/// Rows as an Arrow file.
pub(crate) struct Arrow<W: Write> {
    writer: FileWriter<W>,
    schema: SchemaRef,
}

impl<W: Write> Arrow<W> {
    /// A file of these columns.
    pub(crate) fn new(writer: W, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let schema = Arc::new(plain(schema));
        Ok(Self { writer: FileWriter::try_new(writer, &schema)?, schema })
    }
}

/// The schema without dictionaries: a file holds one dictionary a column, and a stream may change it with each batch.
fn plain(schema: &Schema) -> Schema {
    let fields: Vec<FieldRef> = schema.fields().iter().map(plain_field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn plain_field(field: &FieldRef) -> FieldRef {
    let data_type = plain_type(field.data_type());
    if data_type == *field.data_type() {
        return Arc::clone(field);
    }
    Arc::new(Field::clone(field).with_data_type(data_type))
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::Struct(children) => DataType::Struct(children.iter().map(plain_field).collect()),
        DataType::List(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) => DataType::LargeList(plain_field(item)),
        other => other.clone(),
    }
}

impl<W: Write> Sink for Arrow<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>()?;
        self.writer.write(&RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)?)
    }

    fn finish(mut self: Box<Self>, summary: &Map<String, Value>) -> Result<(), ArrowError> {
        self.writer.write_metadata(SUMMARY_KEY, serde_json::to_string(summary).unwrap_or_default());
        self.writer.finish()?;
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use arrow_array::builder::{ListBuilder, StringDictionaryBuilder};
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, DictionaryArray, StringArray, StructArray};
    use arrow_ipc::reader::FileReader;
    use serde_json::json;

    use super::*;
    use crate::output::cell::tests::batch;

    fn round_trip(batches: &[RecordBatch]) -> FileReader<File> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.arrow");
        let mut sink = Arrow::new(File::create(&path).unwrap(), &batches[0].schema()).unwrap();
        for batch in batches {
            sink.write(batch).unwrap();
        }
        Box::new(sink).finish(json!({"row_count": 2}).as_object().unwrap()).unwrap();
        FileReader::try_new(File::open(&path).unwrap(), None).unwrap()
    }

    #[test]
    fn rows_metadata_and_summary_come_back() {
        let batch = batch();
        let field = batch.schema().field(0).clone().with_metadata([("label".to_owned(), "Id".to_owned())]);
        let mut fields = batch.schema().fields().to_vec();
        fields[0] = Arc::new(field);
        let schema = Arc::new(Schema::new_with_metadata(fields, [("k".to_owned(), "v".to_owned())]));
        let batch = batch.with_schema(schema).unwrap();
        let mut reader = round_trip(std::slice::from_ref(&batch));
        assert_eq!(reader.custom_metadata()[SUMMARY_KEY], r#"{"row_count":2}"#);
        assert_eq!(reader.next().unwrap().unwrap(), batch);
    }

    #[test]
    fn dictionaries_that_change_between_batches_are_written_as_their_values_also_within_columns() {
        let words = |words: [&str; 2]| {
            let column: ArrayRef = Arc::new(words.into_iter().collect::<DictionaryArray<Int32Type>>());
            let within = StructArray::try_from(vec![("w", Arc::clone(&column))]).unwrap();
            let mut list = ListBuilder::new(StringDictionaryBuilder::<Int32Type>::new());
            list.append_value(words.map(Some));
            list.append_null();
            let columns: [(&str, ArrayRef); 3] =
                [("w", column), ("within", Arc::new(within)), ("list", Arc::new(list.finish()))];
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let found: Vec<RecordBatch> = round_trip(&[words(["a", "b"]), words(["c", "d"])]).map(Result::unwrap).collect();
        assert_eq!(found.len(), 2);
        let expected: ArrayRef = Arc::new(StringArray::from(vec!["c", "d"]));
        assert_eq!(found[1].column(0), &expected);
        assert_eq!(found[1].column(1).as_struct().column(0), &expected);
        assert_eq!(&found[1].column(2).as_list::<i32>().value(0), &expected);
    }
}
