//! The decoder of the crate arrow-json.

use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;

use super::{BATCH_ROWS, Decode, Sink};
use crate::Result;
use crate::generate::Table;

pub(super) struct ArrowJson(Decoder);

impl ArrowJson {
    pub(super) fn new(table: &Table) -> Result<Self> {
        let builder = ReaderBuilder::new(table.arrow()).with_flatten(true).with_batch_size(BATCH_ROWS);
        Ok(Self(builder.build_decoder()?))
    }
}

impl Decode for ArrowJson {
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        let mut rest = bytes;
        loop {
            let used = self.0.decode(rest)?;
            rest = rest.get(used..).unwrap_or_default();
            // It stops early only when its batch is full.
            if rest.is_empty() {
                return Ok(());
            }
            self.finish(sink)?;
        }
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<()> {
        self.0.flush()?.map_or(Ok(()), sink)
    }
}
