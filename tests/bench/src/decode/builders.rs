//! Values into Arrow builders, for decoders that bring none.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::parse::Parser;

use super::{BATCH_ROWS, Sink};
use crate::Result;
use crate::generate::{Table, Values};

/// A batch in the making.
pub(super) struct Builders {
    pub(super) columns: Vec<Builder>,
    names: Vec<String>,
    places: HashMap<String, usize>,
    pub(super) rows: usize,
}

/// One column of it.
pub(super) enum Builder {
    Text(StringBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    YesNo(BooleanBuilder),
}

/// A value that does not fit its column.
#[derive(Debug)]
pub(super) struct Misfit;

impl Builders {
    pub(super) fn new(table: &Table) -> Self {
        let columns = table.columns.iter().map(|column| Builder::new(column.values)).collect();
        let names = table.fields();
        let places = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { columns, names, places, rows: 0 }
    }

    /// The column of a key; the one that is expected is looked at first.
    pub(super) fn place(&self, key: &str, expected: usize) -> Option<usize> {
        if self.names.get(expected).is_some_and(|name| name == key) {
            return Some(expected);
        }
        self.places.get(key).copied()
    }

    /// Gives out a batch when there are enough rows for one.
    pub(super) fn give_out(&mut self, at_least: usize, sink: Sink<'_>) -> Result<()> {
        if self.rows < at_least.clamp(1, BATCH_ROWS) {
            return Ok(());
        }
        self.rows = 0;
        let arrays = self.names.iter().zip(&mut self.columns).map(|(name, column)| (name, column.finish()));
        sink(RecordBatch::try_from_iter(arrays)?)
    }
}

impl Builder {
    fn new(values: Values) -> Self {
        match values {
            Values::Name | Values::City | Values::Category | Values::Prose | Values::Escaped => {
                Self::Text(StringBuilder::new())
            }
            Values::Date => Self::Date(Date32Builder::new()),
            Values::Time => Self::Time(TimestampMicrosecondBuilder::new()),
            Values::Count => Self::Whole(Int64Builder::new()),
            Values::Revenue | Values::Price => Self::Number(Float64Builder::new()),
            Values::YesNo => Self::YesNo(BooleanBuilder::new()),
        }
    }

    pub(super) fn null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Whole(builder) => builder.append_null(),
            Self::Number(builder) => builder.append_null(),
            Self::YesNo(builder) => builder.append_null(),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> std::result::Result<(), Misfit> {
        match self {
            Self::Text(builder) => builder.append_value(text),
            Self::Date(builder) => builder.append_value(Date32Type::parse(text).ok_or(Misfit)?),
            Self::Time(builder) => builder.append_value(TimestampMicrosecondType::parse(text).ok_or(Misfit)?),
            Self::YesNo(builder) => builder.append_value(match text {
                "Yes" => true,
                "No" => false,
                _ => return Err(Misfit),
            }),
            Self::Whole(_) | Self::Number(_) => return Err(Misfit),
        }
        Ok(())
    }

    pub(super) fn whole(&mut self, number: i64) -> std::result::Result<(), Misfit> {
        match self {
            Self::Whole(builder) => builder.append_value(number),
            #[expect(clippy::cast_precision_loss, reason = "the values are far below 2^53")]
            Self::Number(builder) => builder.append_value(number as f64),
            _ => return Err(Misfit),
        }
        Ok(())
    }

    pub(super) fn number(&mut self, number: f64) -> std::result::Result<(), Misfit> {
        match self {
            Self::Number(builder) => builder.append_value(number),
            _ => return Err(Misfit),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Whole(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::YesNo(builder) => Arc::new(builder.finish()),
        }
    }
}
