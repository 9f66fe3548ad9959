//! One large result, after a small one that has made the connection.

use std::time::{Duration, Instant};

use flate2::{Decompress, FlushDecompress, Status};
use serde::{Deserialize, Serialize};

use super::discard::Discard;
use super::loaded::Loaded;
use super::{Asker, SMALL, Target};
use crate::generate::{Shape, Table, Truth};
use crate::{Result, clock};

/// Bytes that are inflated at once.
const INFLATED: usize = 256 * 1024;

/// What is transferred.
#[derive(Clone, Debug, clap::Args)]
pub struct Transfer {
    /// By whom
    #[arg(value_enum)]
    pub asker: Asker,
    /// Whom to ask, and how
    #[command(flatten)]
    pub target: Target,
    /// How many rows
    #[arg(long)]
    pub limit: usize,
    /// Sum up what comes, to see whether it is right
    #[arg(long)]
    pub check: bool,
    /// Keep the compressed body first, and time how long it takes to inflate it; without it nothing is kept
    #[arg(long)]
    pub inflate: bool,
}

/// What came of it. Times are in seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// From nothing to the end of the small result.
    pub small: f64,
    /// From the query to its end.
    pub wall: f64,
    /// From the query to the first byte of its body, where the asker sees it.
    pub first_byte: Option<f64>,
    /// From the query to its first batch.
    pub first_batch: Option<f64>,
    /// Processor time of the process from the query to its end.
    pub cpu: f64,
    /// Rows that came, where the asker sees them.
    pub rows: u64,
    /// The most memory that the process has held, in bytes.
    pub peak_memory: Option<u64>,
    /// What the rows sum up to, when that was asked for.
    pub truth: Option<Truth>,
}

impl Transfer {
    /// Does it in this process.
    pub fn run(&self) -> Result<Sample> {
        let sample = match (self.asker, self.inflate) {
            (Asker::Discard, false) => self.discard(),
            (Asker::Discard, true) => self.inflate(),
            (Asker::Connector, _) => self.connector(),
        }?;
        Ok(Sample { peak_memory: clock::peak_memory(), ..sample })
    }

    fn connector(&self) -> Result<Sample> {
        let start = Instant::now();
        let loaded = Loaded::connect(&self.target, Shape::Plain)?;
        loaded.query(SMALL, |_| Ok(()))?;
        let small = start.elapsed().as_secs_f64();
        let table = Table::new(Shape::Plain);
        let (mut truth, mut rows, mut first) = (self.check.then(|| Truth::empty(&table)), 0, None);
        let watch = Watch::start();
        loaded.query(self.limit, |batch| {
            first.get_or_insert_with(|| watch.wall.elapsed());
            rows += batch.num_rows() as u64;
            truth.as_mut().map_or(Ok(()), |truth| truth.add_batch(&table, &batch))
        })?;
        let first_batch = first.as_ref().map(Duration::as_secs_f64);
        Ok(Sample { small, first_batch, rows, truth, ..watch.stop() })
    }

    fn discard(&self) -> Result<Sample> {
        let start = Instant::now();
        let discard = Discard::connect(&self.target)?;
        discard.query(SMALL)?;
        let small = start.elapsed().as_secs_f64();
        let watch = Watch::start();
        let dropped = discard.query(self.limit)?;
        Ok(Sample { small, first_byte: dropped.first_byte.map(|first| first.as_secs_f64()), ..watch.stop() })
    }

    /// The time that inflating alone takes, by the fastest library.
    fn inflate(&self) -> Result<Sample> {
        let discard = Discard::connect(&self.target)?;
        let mut compressed = Vec::new();
        discard.query_with(self.limit, |chunk| {
            compressed.extend_from_slice(chunk);
            Ok(())
        })?;
        let watch = Watch::start();
        inflate(&compressed)?;
        Ok(watch.stop())
    }
}

/// Inflates a gzip body into a buffer that is used again; how many bytes it becomes.
fn inflate(compressed: &[u8]) -> Result<u64> {
    // The server writes the ten bytes of a header without a name.
    let mut rest = compressed.get(10..).ok_or("the body is not compressed")?;
    let (mut inflater, mut out) = (Decompress::new(false), vec![0; INFLATED]);
    loop {
        let before = inflater.total_in();
        let status = inflater.decompress(rest, &mut out, FlushDecompress::None)?;
        let used = usize::try_from(inflater.total_in() - before)?;
        rest = rest.get(used..).unwrap_or_default();
        std::hint::black_box(&out);
        match status {
            Status::StreamEnd => return Ok(inflater.total_out()),
            _ if rest.is_empty() => return Err("the compressed body ends early".into()),
            _ => {}
        }
    }
}

/// Times of a transfer under way.
struct Watch {
    wall: Instant,
    cpu: Duration,
}

impl Watch {
    fn start() -> Self {
        Self { cpu: clock::process_cpu(), wall: Instant::now() }
    }

    fn stop(&self) -> Sample {
        let wall = self.wall.elapsed().as_secs_f64();
        let cpu = clock::process_cpu().saturating_sub(self.cpu).as_secs_f64();
        Sample { wall, cpu, ..Sample::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn inflating_gives_all_bytes_and_a_cut_body_is_an_error() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        encoder.write_all(&bytes).unwrap();
        let compressed = encoder.finish().unwrap();
        assert_eq!(inflate(&compressed).unwrap(), bytes.len() as u64);
        assert!(inflate(&compressed[..compressed.len() / 2]).is_err());
    }
}
