//! One cell of a batch as JSON.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, temporal_conversions};
use arrow_schema::{DataType, TimeUnit};
use serde_json::Value;

/// A cell of a column, of the types that a query without options has. A day or a moment is a text, as ISO 8601 writes it.
pub(crate) fn cell(column: &dyn Array, row: usize) -> Value {
    if row >= column.len() || column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Date32 => day(column.as_primitive::<Date32Type>().value(row)).map_or(Value::Null, Value::from),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            moment(column.as_primitive::<TimestampMicrosecondType>().value(row)).map_or(Value::Null, Value::from)
        }
        _ => Value::Null,
    }
}

/// Days since 1970 as a date.
pub(crate) fn day(days: i32) -> Option<String> {
    temporal_conversions::date32_to_datetime(days).map(|day| day.date().to_string())
}

/// Microseconds since 1970 as a date and a time of day.
pub(crate) fn moment(microseconds: i64) -> Option<String> {
    temporal_conversions::timestamp_us_to_datetime(microseconds)
        .map(|moment| moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
}

#[cfg(test)]
mod tests {
    use arrow_array::{BooleanArray, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_the_json_that_people_expect() {
        assert_eq!(cell(&Int64Array::from(vec![7, 8]), 1), json!(8));
        assert_eq!(cell(&BooleanArray::from(vec![true]), 0), json!(true));
        assert_eq!(cell(&StringArray::from(vec![None, Some("x")]), 0), json!(null));
        assert_eq!(cell(&Date32Array::from(vec![19_723]), 0), json!("2024-01-01"));
        assert_eq!(cell(&TimestampMicrosecondArray::from(vec![1_500_000]), 0), json!("1970-01-01T00:00:01.500"));
        assert_eq!(cell(&Int64Array::from(vec![7]), 1), json!(null), "beyond the last row there is nothing");
    }
}
