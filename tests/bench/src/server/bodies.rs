//! What is prepared: one body a format, cut where a request wants it, and compressed once for each cut.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Served;
use super::frames::Frames;
use crate::generate::{Body, Format, Table};

/// How hard a server compresses that has other things to do.
const LEVEL: u32 = 6;

/// Bodies by format.
pub(super) struct Bodies {
    by_format: HashMap<Format, Body>,
    compresses: bool,
    compressed: RefCell<HashMap<(Format, usize), Bytes>>,
}

impl Bodies {
    pub(super) fn new(served: &Served) -> Self {
        let table = Table::new(served.shape);
        let by_format = served.formats.iter().map(|&format| (format, Body::new(&table, format, served.rows))).collect();
        Self { by_format, compresses: served.gzip, compressed: RefCell::default() }
    }

    /// The body of so many rows, and whether it is compressed; with none said, of all.
    pub(super) fn cut(&self, format: Format, rows: Option<usize>, takes_gzip: bool) -> Option<(Frames, bool)> {
        let body = self.by_format.get(&format)?;
        let len = body.len(rows);
        let (cut, tail) = (body.bytes.slice(..len), Bytes::from_static(body.tail));
        if !(self.compresses && takes_gzip) {
            return Some((Frames::new([cut, tail]), false));
        }
        let mut compressed = self.compressed.borrow_mut();
        let bytes = compressed.entry((format, len)).or_insert_with(|| compress(&[&cut, &tail])).clone();
        Some((Frames::new([bytes, Bytes::new()]), true))
    }
}

fn compress(parts: &[&[u8]]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    // Writing into memory does not fail.
    let written = parts.iter().try_for_each(|part| encoder.write_all(part)).and_then(|()| encoder.finish());
    written.unwrap_or_default().into()
}
