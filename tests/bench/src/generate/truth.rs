//! Sums over a table, by which all decoders are held against what was generated.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use serde::{Deserialize, Serialize};

use super::table::Table;
use super::values::{Rows, Value, Values};
use crate::Result;

/// What a table's values sum up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Rows, a pivot made long.
    pub rows: u64,
    /// In the order of the table.
    pub columns: Vec<ColumnTruth>,
}

/// What one column's values sum up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnTruth {
    /// How many are null.
    pub nulls: u64,
    /// Bytes of text.
    pub text_bytes: u64,
    /// Sum of the numbers, of the bits of the doubles, or of the bytes of the texts, modulo 2^64.
    pub sum: u64,
}

impl Truth {
    /// The sums of a table's first rows, without writing them.
    pub fn of(table: &Table, rows: usize) -> Self {
        let (mut truth, mut source, mut row) = (Self::empty(table), Rows::new(table), Vec::new());
        for _ in 0..rows {
            source.fill(&mut row);
            truth.add_row(table, &row);
        }
        truth
    }

    /// The sums of nothing.
    pub fn empty(table: &Table) -> Self {
        Self { rows: 0, columns: vec![ColumnTruth::default(); table.columns.len()] }
    }

    /// Adds one row as it was generated.
    pub fn add_row(&mut self, table: &Table, row: &[Vec<Value>]) {
        for at in 0..table.rows_each() {
            self.rows += 1;
            for ((column, truth), cells) in table.columns.iter().zip(&mut self.columns).zip(row) {
                match (column.values, cells.get(at).or_else(|| cells.first())) {
                    (Values::Category, _) => truth.add_text(table.pivots.get(at).copied().unwrap_or_default()),
                    (_, Some(value)) => truth.add(value),
                    (_, None) => truth.nulls += 1,
                }
            }
        }
    }

    /// Adds the rows of a batch whose columns are those of the table.
    pub fn add_batch(&mut self, table: &Table, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        for (column, truth) in table.columns.iter().zip(&mut self.columns) {
            let array = batch.column_by_name(&column.name).ok_or_else(|| format!("no column {}", column.name))?;
            truth
                .add_array(column.values, array)
                .ok_or_else(|| format!("{} is {}, which is not expected", column.name, array.data_type()))?;
        }
        Ok(())
    }
}

impl ColumnTruth {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Null => self.nulls += 1,
            Value::Text(text) => self.add_text(text),
            Value::Date(days, _) => self.add_whole(i64::from(*days)),
            Value::Time(micros, _) => self.add_whole(*micros),
            Value::Whole(number) => self.add_whole(*number),
            Value::Number(number) => self.sum = self.sum.wrapping_add(number.to_bits()),
            Value::YesNo(yes) => self.add_whole(i64::from(*yes)),
        }
    }

    fn add_text(&mut self, text: &str) {
        self.text_bytes += text.len() as u64;
        let bytes = text.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        self.sum = self.sum.wrapping_add(bytes);
    }

    fn add_whole(&mut self, number: i64) {
        self.sum = self.sum.wrapping_add(number.cast_unsigned());
    }

    /// Adds an array of the type that such a column has.
    fn add_array(&mut self, values: Values, array: &ArrayRef) -> Option<()> {
        self.nulls += array.null_count() as u64;
        match (values, array.data_type()) {
            (Values::Date, DataType::Date32) => {
                let days = array.as_primitive_opt::<Date32Type>()?;
                days.iter().flatten().for_each(|day| self.add_whole(i64::from(day)));
            }
            (Values::Time, DataType::Timestamp(..)) => {
                let times = array.as_primitive_opt::<TimestampMicrosecondType>()?;
                times.iter().flatten().for_each(|micros| self.add_whole(micros));
            }
            (Values::Count, DataType::Int64) => {
                let numbers = array.as_primitive_opt::<Int64Type>()?;
                numbers.iter().flatten().for_each(|number| self.add_whole(number));
            }
            (Values::Revenue | Values::Price, DataType::Float64) => {
                let numbers = array.as_primitive_opt::<Float64Type>()?;
                numbers.iter().flatten().for_each(|number| self.sum = self.sum.wrapping_add(number.to_bits()));
            }
            (Values::YesNo, DataType::Boolean) => {
                array.as_boolean_opt()?.iter().flatten().for_each(|yes| self.add_whole(i64::from(yes)));
            }
            // Decoders that know no other yes and no than their own leave them as text.
            (Values::YesNo, DataType::Utf8) => {
                array
                    .as_string_opt::<i32>()?
                    .iter()
                    .flatten()
                    .for_each(|text| self.add_whole(i64::from(text == "Yes")));
            }
            (Values::Name | Values::City | Values::Category | Values::Prose | Values::Escaped, DataType::Utf8) => {
                array.as_string_opt::<i32>()?.iter().flatten().for_each(|text| self.add_text(text));
            }
            _ => return None,
        }
        Some(())
    }
}
