//! Who decodes what, side by side: in rounds, one after the other, by the processor time of the thread.

use super::Who;
use crate::generate::{Body, Format, Shape, Table};
use crate::{Result, clock};

/// One body and who decodes it, the connector first.
#[derive(Debug)]
pub struct Case {
    /// What is decoded.
    pub shape: Shape,
    /// As what.
    pub format: Format,
    /// By whom.
    pub who: &'static [Who],
    /// Rows of the body.
    pub rows: usize,
}

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        shape: Shape::Plain,
        format: Format::Json,
        who: &[Who::Connector, Who::ArrowJson, Who::SonicRs, Who::SimdJson],
        rows: 100_000,
    },
    Case { shape: Shape::Plain, format: Format::JsonBi, who: &[Who::Connector, Who::SonicRs], rows: 100_000 },
    Case { shape: Shape::Plain, format: Format::JsonDetail, who: &[Who::Connector], rows: 100_000 },
    Case { shape: Shape::Plain, format: Format::Csv, who: &[Who::Connector, Who::ArrowCsv], rows: 100_000 },
    Case { shape: Shape::Reordered, format: Format::Json, who: &[Who::Connector, Who::SonicRs], rows: 100_000 },
    Case { shape: Shape::Pivoted, format: Format::JsonBi, who: &[Who::Connector, Who::SonicRs], rows: 40_000 },
    Case { shape: Shape::Wide, format: Format::Json, who: &[Who::Connector, Who::ArrowJson], rows: 8_000 },
    Case { shape: Shape::LongText, format: Format::Json, who: &[Who::Connector, Who::ArrowJson], rows: 12_000 },
    Case { shape: Shape::Escapes, format: Format::Json, who: &[Who::Connector, Who::ArrowJson], rows: 60_000 },
];

/// What came of a case.
#[derive(Debug)]
pub struct Compared {
    /// Bytes of the body.
    pub bytes: usize,
    /// Rows of the body.
    pub rows: usize,
    /// For each decoder its seconds, one a round.
    pub seconds: Vec<Vec<f64>>,
}

impl Case {
    /// Decodes in so many rounds, of a body that has this share of its rows. What they decode is checked before.
    pub fn run(&self, rounds: usize, share: usize) -> Result<Compared> {
        let table = Table::new(self.shape);
        let rows = self.rows / share.max(1);
        let body = Body::new(&table, self.format, rows);
        for who in self.who {
            who.check(&table, self.format, &body)?;
        }
        let mut seconds = vec![Vec::with_capacity(rounds); self.who.len()];
        for _ in 0..rounds {
            for (who, seconds) in self.who.iter().zip(&mut seconds) {
                let start = clock::thread_cpu();
                who.run(&table, self.format, &body.bytes)?;
                seconds.push(clock::thread_cpu().saturating_sub(start).as_secs_f64());
            }
        }
        Ok(Compared { bytes: body.bytes.len(), rows, seconds })
    }
}
