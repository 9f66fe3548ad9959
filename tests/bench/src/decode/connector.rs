//! The connector's own decoder.

use looker_result::{Columns, Decoder, Fields, Wire};
use serde::Deserialize as _;

use super::{Decode, Sink};
use crate::Result;
use crate::generate::{Format, Table};

pub(super) struct Connector(Decoder);

impl Connector {
    pub(super) fn new(table: &Table, format: Format) -> Result<Self> {
        let wire = match format {
            Format::Json => Wire::Json,
            Format::JsonBi => Wire::JsonBi,
            Format::JsonDetail => Wire::JsonDetail,
            Format::Csv => Wire::Csv,
        };
        let known = Fields::deserialize(table.described(false))?;
        let columns = Columns {
            fields: Some(table.fields()),
            pivots: table.pivoted(),
            wire,
            known: Some(known),
            ..Columns::default()
        };
        Ok(Self(Decoder::new(columns)))
    }

    fn give_out(&mut self, at_least: usize, sink: Sink<'_>) -> Result<()> {
        while let Some(batch) = self.0.take(at_least)? {
            sink(batch)?;
        }
        Ok(())
    }
}

impl Decode for Connector {
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        self.0.feed(bytes)?;
        self.give_out(usize::MAX, sink)
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<()> {
        self.0.finish()?;
        self.give_out(1, sink)
    }
}
