//! CSV by RFC 4180 with lines that end in a line feed: a header of field names, a null is empty.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_csv::{Writer as CsvWriter, WriterBuilder};
use arrow_schema::{ArrowError, SchemaRef};
use serde_json::{Map, Value};

use crate::output::Sink;
use crate::output::cell::with_text_cells;

/// Rows as CSV.
pub(crate) struct Csv<W: Write> {
    writer: CsvWriter<W>,
    empty: RecordBatch,
}

impl<W: Write> Csv<W> {
    /// A CSV of these columns.
    pub(crate) fn new(writer: W, schema: &SchemaRef) -> Result<Self, ArrowError> {
        let empty = with_text_cells(&RecordBatch::new_empty(SchemaRef::clone(schema)))?;
        Ok(Self { writer: WriterBuilder::new().with_header(true).build(writer), empty })
    }
}

impl<W: Write> Sink for Csv<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(&with_text_cells(batch)?)
    }

    fn finish(mut self: Box<Self>, _summary: &Map<String, Value>) -> Result<(), ArrowError> {
        // A result without rows has its header all the same.
        self.writer.write(&self.empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::cell::tests::batch;

    const HEADER: &str = "orders.id,orders.price,orders.count,orders.paid,users.name,orders.date,orders.at,\
                          orders.total,orders.tags\n";

    fn written(batches: &[RecordBatch]) -> String {
        let mut sink = Csv::new(Vec::new(), &batch().schema()).unwrap();
        for batch in batches {
            sink.write(batch).unwrap();
        }
        let empty = sink.empty.clone();
        sink.writer.write(&empty).unwrap();
        String::from_utf8(sink.writer.into_inner()).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_nulls_are_empty() {
        let row = "12,0.5,-3,true,\"Zoë, \"\"日本\"\"\nx\",2022-01-08,1970-01-01T00:00:01.500,12.50,\
                   \"[\"\"a\"\",null,\"\"b\\\"\"c\"\"]\"\n,,,,,,,,\n";
        assert_eq!(written(&[batch()]), format!("{HEADER}{row}"));
    }

    #[test]
    fn the_header_is_there_once_even_without_rows() {
        assert_eq!(written(&[]), HEADER);
        assert_eq!(written(&[batch(), batch()]).matches("orders.id").count(), 1);
    }
}
