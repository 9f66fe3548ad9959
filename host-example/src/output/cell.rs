//! Cells as text, the same in every text format: a whole floating-point number has no `.0`, a nested value is JSON.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use arrow_json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder, make_encoder};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema};

/// Up to here every whole number has its own floating-point number, so that its digits are true.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a floating-point number: identifiers often come as such, and `12.0` is not what anyone calls them.
fn write_number(number: f64, shortest: impl Debug, out: &mut impl Write) -> std::fmt::Result {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
        return write!(out, "{}", number as i64);
    }
    write!(out, "{shortest:?}")
}

/// The columns whose text arrow would write otherwise, as text; the others as they are.
pub(crate) fn with_text_cells(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let mut fields = Vec::with_capacity(schema.fields().len());
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let text = match column.data_type() {
            DataType::Float64 => Some(numbers(column.as_primitive::<Float64Type>())),
            DataType::Float32 => Some(numbers(column.as_primitive::<Float32Type>())),
            kind if kind.is_nested() => Some(nested(field, column)?),
            _ => None,
        };
        if let Some(text) = text {
            fields.push(Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8).with_nullable(true)));
            columns.push(text);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

fn numbers<T>(column: &PrimitiveArray<T>) -> ArrayRef
where
    T: ArrowPrimitiveType<Native: Into<f64> + Debug>,
{
    let mut text = StringBuilder::with_capacity(column.len(), column.len().saturating_mul(8));
    for value in column {
        if let Some(value) = value {
            // Writing to memory does not fail.
            let _ = write_number(value.into(), value, &mut text);
            text.append_value("");
        } else {
            text.append_null();
        }
    }
    Arc::new(text.finish())
}

fn nested(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = json_options();
    let mut encoder = make_encoder(field, column, &options)?;
    let mut text = StringBuilder::new();
    let mut buffer = Vec::new();
    for row in 0..column.len() {
        if column.is_null(row) {
            text.append_null();
        } else {
            buffer.clear();
            encoder.encode(row, &mut buffer);
            text.append_value(String::from_utf8_lossy(&buffer));
        }
    }
    Ok(Arc::new(text.finish()))
}

/// How every JSON is written: nulls are said, whole numbers are whole.
pub(crate) fn json_options() -> EncoderOptions {
    EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(Arc::new(WholeNumbers))
}

/// Makes the encoders of floating-point numbers.
#[derive(Debug)]
pub(crate) struct WholeNumbers;

impl EncoderFactory for WholeNumbers {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Float64 => Box::new(Numbers(array.as_primitive::<Float64Type>())),
            DataType::Float32 => Box::new(Numbers(array.as_primitive::<Float32Type>())),
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

struct Numbers<'a, T: ArrowPrimitiveType>(&'a PrimitiveArray<T>);

impl<T> Encoder for Numbers<'_, T>
where
    T: ArrowPrimitiveType<Native: Into<f64> + Debug>,
{
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let value = self.0.value(row);
        let number: f64 = value.into();
        if number.is_finite() {
            let mut text = String::new();
            let _ = write_number(number, value, &mut text);
            out.extend_from_slice(text.as_bytes());
        } else {
            // JSON has no word for it.
            out.extend_from_slice(b"null");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
    };

    use super::*;

    /// Two rows of every kind of cell that matters: the second is all null.
    pub(crate) fn batch() -> RecordBatch {
        let mut tags = ListBuilder::new(StringBuilder::new());
        tags.append_value([Some("a"), None, Some("b\"c")]);
        tags.append_null();
        RecordBatch::try_from_iter_with_nullable([
            ("orders.id", Arc::new(Float64Array::from(vec![Some(12.0), None])) as ArrayRef, true),
            ("orders.price", Arc::new(Float64Array::from(vec![Some(0.5), None])), true),
            ("orders.count", Arc::new(Int64Array::from(vec![Some(-3), None])), true),
            ("orders.paid", Arc::new(BooleanArray::from(vec![Some(true), None])), true),
            ("users.name", Arc::new(StringArray::from(vec![Some("Zoë, \"日本\"\nx"), None])), true),
            ("orders.date", Arc::new(Date32Array::from(vec![Some(19_000), None])), true),
            ("orders.at", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_500_000), None])), true),
            (
                "orders.total",
                Arc::new(Decimal128Array::from(vec![Some(1_250), None]).with_precision_and_scale(10, 2).unwrap()),
                true,
            ),
            ("orders.tags", Arc::new(tags.finish()), true),
        ])
        .unwrap()
    }

    #[test]
    fn a_whole_number_has_no_point_and_any_other_keeps_all_its_digits() {
        let text = |number: f64| {
            let mut text = String::new();
            write_number(number, number, &mut text).unwrap();
            text
        };
        let cases =
            [(12.0, "12"), (-0.0, "0"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e300, "1e300"), (2.5e-9, "2.5e-9")];
        for (number, expected) in cases {
            assert_eq!(text(number), expected);
            assert!((expected.parse::<f64>().unwrap() - number).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn a_nested_value_becomes_json_and_a_null_stays_null() {
        let batch = with_text_cells(&batch()).unwrap();
        let tags = batch.column(8).as_string::<i32>();
        assert_eq!(tags.value(0), r#"["a",null,"b\"c"]"#);
        assert!(tags.is_null(1) && batch.column(0).is_null(1));
        assert_eq!(batch.schema().field(8).name(), "orders.tags");
    }
}
