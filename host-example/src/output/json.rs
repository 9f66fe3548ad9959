//! JSON: an array of objects, or one object a line. Nulls are said.

use std::fmt::Debug;
use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder;
use arrow_json::writer::{JsonFormat, LineDelimited, Writer as JsonWriter};
use arrow_schema::ArrowError;
use serde_json::{Map, Value};

use crate::output::Sink;
use crate::output::cell::WholeNumbers;

/// An array with each object on a line of its own.
#[derive(Debug, Default)]
pub(crate) struct Array;

impl JsonFormat for Array {
    fn start_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, writer: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        Ok(writer.write_all(if is_first_row { b"\n" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"\n]\n")?)
    }
}

/// Rows as JSON.
pub(crate) struct Json<W: Write, F: JsonFormat>(JsonWriter<W, F>);

/// Rows as one array.
pub(crate) fn array<W: Write>(writer: W) -> Json<W, Array> {
    Json(builder().build(writer))
}

/// Rows as one object a line.
pub(crate) fn lines<W: Write>(writer: W) -> Json<W, LineDelimited> {
    Json(builder().build(writer))
}

fn builder() -> WriterBuilder {
    WriterBuilder::new().with_explicit_nulls(true).with_encoder_factory(Arc::new(WholeNumbers))
}

impl<W: Write, F: JsonFormat> Sink for Json<W, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.0.write(batch)?;
        Ok(self.0.get_mut().flush()?)
    }

    fn finish(mut self: Box<Self>, _summary: &Map<String, Value>) -> Result<(), ArrowError> {
        self.0.finish()?;
        Ok(self.0.get_mut().flush()?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::cell::tests::batch;

    fn expected() -> Value {
        json!([{
            "orders.id": 12, "orders.price": 0.5, "orders.count": -3, "orders.paid": true,
            "users.name": "Zoë, \"日本\"\nx", "orders.date": "2022-01-08", "orders.at": "1970-01-01T00:00:01.500",
            "orders.total": 12.5, "orders.tags": ["a", null, "b\"c"],
        }, {
            "orders.id": null, "orders.price": null, "orders.count": null, "orders.paid": null, "users.name": null,
            "orders.date": null, "orders.at": null, "orders.total": null, "orders.tags": null,
        }])
    }

    fn written<F: JsonFormat>(make: impl FnOnce(Vec<u8>) -> Json<Vec<u8>, F>, batches: &[RecordBatch]) -> String {
        let mut sink = make(Vec::new());
        for batch in batches {
            Sink::write(&mut sink, batch).unwrap();
        }
        sink.0.finish().unwrap();
        String::from_utf8(sink.0.into_inner()).unwrap()
    }

    #[test]
    fn an_array_holds_every_row_with_its_nulls_and_whole_numbers() {
        let text = written(array, &[batch(), batch()]);
        let rows: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 4);
        assert_eq!(rows[0], expected()[0]);
        assert_eq!(rows[3], expected()[1]);
        assert!(text.contains("\"orders.id\":12,"), "{text}");
    }

    #[test]
    fn no_rows_are_an_empty_array_or_no_lines() {
        assert_eq!(serde_json::from_str::<Value>(&written(array, &[])).unwrap(), json!([]));
        assert_eq!(written(lines, &[]), "");
    }

    #[test]
    fn lines_are_one_object_each() {
        let text = written(lines, &[batch()]);
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(Value::Array(rows), expected());
    }
}
