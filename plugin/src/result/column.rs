//! Cells into Arrow buffers.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};

use super::cell::{Mismatch, Scalar};
use super::types::Kind;

/// One column of a batch under construction.
#[derive(Debug)]
pub(super) enum Column {
    Integer(Int64Builder),
    Number(Float64Builder),
    YesNo(BooleanBuilder),
    Date(Date32Builder),
    DateTime(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Column {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::YesNo => Self::YesNo(BooleanBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::DateTime => Self::DateTime(TimestampMicrosecondBuilder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell, or nothing when it does not fit.
    pub(super) fn append(&mut self, cell: &Scalar<'_>) -> Result<(), Mismatch> {
        if *cell == Scalar::Null {
            self.append_null();
            return Ok(());
        }
        match self {
            Self::Integer(builder) => builder.append_value(cell.integer()?),
            Self::Number(builder) => builder.append_value(cell.number()?),
            Self::YesNo(builder) => builder.append_value(cell.yes_no()?),
            Self::Date(builder) => builder.append_value(cell.date()?),
            Self::DateTime(builder) => builder.append_value(cell.date_time()?),
            Self::Text(builder) => builder.append_value(cell.text()),
        }
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        match self {
            Self::Integer(builder) => builder.append_null(),
            Self::Number(builder) => builder.append_null(),
            Self::YesNo(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::DateTime(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
        }
    }

    /// The cells so far as an array; the column is empty afterwards.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::YesNo(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::DateTime(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}
