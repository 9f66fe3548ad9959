//! The decoder of the crate arrow-csv.

use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Decoder;

use super::{BATCH_ROWS, Decode, Sink};
use crate::Result;
use crate::generate::Table;

pub(super) struct ArrowCsv(Decoder);

impl ArrowCsv {
    #[expect(clippy::unnecessary_wraps, reason = "as the others")]
    pub(super) fn new(table: &Table) -> Result<Self> {
        let builder = ReaderBuilder::new(table.arrow()).with_header(true).with_batch_size(BATCH_ROWS);
        Ok(Self(builder.build_decoder()))
    }
}

impl Decode for ArrowCsv {
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = self.0.decode(rest)?;
            rest = rest.get(used..).unwrap_or_default();
            if self.0.capacity() == 0 {
                self.flush(sink)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<()> {
        // It learns of the end by an empty piece.
        self.0.decode(&[])?;
        self.flush(sink)
    }
}

impl ArrowCsv {
    fn flush(&mut self, sink: Sink<'_>) -> Result<()> {
        self.0.flush()?.map_or(Ok(()), sink)
    }
}
