//! Bodies in memory into Arrow, by the connector and by the decoders that it is compared with.
//!
//! | file | whose |
//! |---|---|
//! | `connector` | ours |
//! | `arrow_json`, `arrow_csv` | those of the arrow crate |
//! | `sonic` | rows by sonic-rs, typed, straight into Arrow builders |
//! | `simd` | blocks of rows by simd-json, from its tape into Arrow builders |
//! | `builders`, `rows` | what the last two have in common |
//! | `compare` | the group: who decodes what, in rounds |

mod arrow_csv;
mod arrow_json;
mod builders;
pub mod compare;
mod connector;
mod rows;
mod simd;
mod sonic;

use arrow_array::RecordBatch;

use crate::Result;
use crate::generate::{Body, Format, Table, Truth};

/// Bytes that are given to a decoder at once, as a connection gives them.
pub const PUSH: usize = 64 * 1024;

/// Rows of a batch of the decoders that can choose, as in the connector's.
const BATCH_ROWS: usize = 8_192;

/// Takes batches as they are made.
pub type Sink<'s> = &'s mut dyn FnMut(RecordBatch) -> Result<()>;

/// A decoder of one body.
pub trait Decode {
    /// Takes bytes of the body, and gives out the batches that are full.
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()>;

    /// Says that the body has ended, and gives out the rest.
    fn finish(&mut self, sink: Sink<'_>) -> Result<()>;
}

/// Who decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Who {
    /// The connector.
    Connector,
    /// arrow-json.
    ArrowJson,
    /// arrow-csv.
    ArrowCsv,
    /// sonic-rs.
    SonicRs,
    /// simd-json.
    SimdJson,
}

impl Who {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::ArrowJson => "arrow-json",
            Self::ArrowCsv => "arrow-csv",
            Self::SonicRs => "sonic-rs",
            Self::SimdJson => "simd-json",
        }
    }

    /// A decoder for one body. Not everyone can decode everything.
    pub fn decoder(self, table: &Table, format: Format) -> Result<Box<dyn Decode>> {
        Ok(match (self, format) {
            (Self::Connector, _) => Box::new(connector::Connector::new(table, format)?),
            (Self::ArrowJson, Format::Json) => Box::new(arrow_json::ArrowJson::new(table)?),
            (Self::ArrowCsv, Format::Csv) => Box::new(arrow_csv::ArrowCsv::new(table)?),
            (Self::SonicRs, Format::Json | Format::JsonBi) => Box::new(sonic::Sonic::new(table, format)),
            (Self::SimdJson, Format::Json) => Box::new(simd::Simd::new(table)),
            _ => return Err(format!("{} does not decode {}", self.name(), format.name()).into()),
        })
    }

    /// Decodes a body and drops what it becomes.
    pub fn run(self, table: &Table, format: Format, body: &[u8]) -> Result<()> {
        push(self.decoder(table, format)?.as_mut(), body, &mut |batch| {
            drop(std::hint::black_box(batch));
            Ok(())
        })
    }

    /// Decodes a body and says what is wrong with what it becomes.
    pub fn check(self, table: &Table, format: Format, body: &Body) -> Result<()> {
        let mut found = Truth::empty(table);
        push(self.decoder(table, format)?.as_mut(), &body.bytes, &mut |batch| found.add_batch(table, &batch))?;
        if found == body.truth {
            return Ok(());
        }
        let who = self.name();
        Err(format!("{who} has decoded {table:?} as {format:?} to {found:?}, and it is {:?}", body.truth).into())
    }
}

fn push(decoder: &mut dyn Decode, body: &[u8], sink: Sink<'_>) -> Result<()> {
    for bytes in body.chunks(PUSH) {
        decoder.feed(bytes, sink)?;
    }
    decoder.finish(sink)
}

#[cfg(test)]
mod tests {
    use super::compare::CASES;
    use super::*;
    use crate::generate::Shape;

    #[test]
    fn all_decoders_find_the_sums_of_what_was_generated() {
        for case in CASES {
            let table = Table::new(case.shape);
            let body = Body::new(&table, case.format, 1_500);
            for who in case.who {
                who.check(&table, case.format, &body).unwrap();
            }
        }
    }

    #[test]
    fn all_decoders_find_them_also_in_small_pieces() {
        for case in CASES {
            let table = Table::new(case.shape);
            let body = Body::new(&table, case.format, 30);
            for who in case.who {
                let (mut found, mut decoder) = (Truth::empty(&table), who.decoder(&table, case.format).unwrap());
                let mut sink = |batch: RecordBatch| found.add_batch(&table, &batch);
                for bytes in body.bytes.chunks(777) {
                    decoder.feed(bytes, &mut sink).unwrap();
                }
                decoder.finish(&mut sink).unwrap();
                assert_eq!(found, body.truth, "{who:?} {:?}", case.shape);
            }
        }
    }

    #[test]
    fn a_wrong_value_is_found() {
        let table = Table::new(Shape::Plain);
        let mut body = Body::new(&table, Format::Json, 10);
        let mut bytes = body.bytes.to_vec();
        let digit = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
        bytes[digit] = if bytes[digit] == b'1' { b'2' } else { b'1' };
        body.bytes = bytes.into();
        assert!(Who::Connector.check(&table, Format::Json, &body).is_err());
    }
}
