//! Compressed bodies, made readable piece by piece into one buffer that is used again and again.

use bytes::{Buf, Bytes};
use flate2::{Decompress, FlushDecompress, Status};

/// The buffer of a small body, in bytes.
const SMALL: usize = 16 * 1024;

/// The buffer of any other.
const LARGE: usize = 256 * 1024;

/// The window of gzip, in bits.
const WINDOW: u8 = 15;

/// A gzip stream.
#[derive(Debug)]
pub(super) struct Inflate {
    state: Decompress,
    arrived: Bytes,
    readable: Vec<u8>,
    /// Nothing of a member has come, or its end has.
    is_whole: bool,
}

/// What was compressed is damaged.
#[derive(Debug)]
pub(super) struct Damaged;

impl Inflate {
    pub(super) fn new() -> Self {
        Self { state: Decompress::new_gzip(WINDOW), arrived: Bytes::new(), readable: Vec::new(), is_whole: true }
    }

    /// Takes what has arrived. What arrived before has been read.
    pub(super) fn feed(&mut self, bytes: Bytes) {
        self.arrived = bytes;
    }

    /// Makes the next piece readable, and returns its length; nothing when more must arrive.
    pub(super) fn advance(&mut self) -> Result<Option<usize>, Damaged> {
        let full = self.readable.len();
        if full < LARGE && usize::try_from(self.state.total_out()).is_ok_and(|total| total >= full) {
            self.readable = vec![0; if full == 0 { SMALL } else { LARGE }];
        }
        loop {
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status =
                self.state.decompress(&self.arrived, &mut self.readable, FlushDecompress::None).map_err(|_| Damaged)?;
            let taken = usize::try_from(self.state.total_in() - before_in).map_err(|_| Damaged)?;
            let made = usize::try_from(self.state.total_out() - before_out).map_err(|_| Damaged)?;
            self.is_whole = status == Status::StreamEnd || self.is_whole && taken == 0;
            self.arrived.advance(taken);
            if status == Status::StreamEnd {
                // Another member may follow.
                self.state = Decompress::new_gzip(WINDOW);
            }
            if self.arrived.is_empty() {
                // Given back, so that the transport can read into the same memory again.
                self.arrived = Bytes::new();
            }
            match (made, taken) {
                (0, 0) => return if self.arrived.is_empty() { Ok(None) } else { Err(Damaged) },
                (0, _) => {}
                _ => return Ok(Some(made)),
            }
        }
    }

    /// So many bytes that are readable.
    pub(super) fn piece(&self, length: usize) -> &[u8] {
        self.readable.get(..length).unwrap_or_default()
    }

    /// Whether nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole && self.arrived.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// All that a stream in pieces holds, and whether it is whole.
    fn read(stream: &[u8], piece: usize) -> Result<(Vec<u8>, bool), Damaged> {
        let mut inflate = Inflate::new();
        let mut all = Vec::new();
        for bytes in stream.chunks(piece) {
            inflate.feed(Bytes::copy_from_slice(bytes));
            while let Some(length) = inflate.advance()? {
                assert!(length <= LARGE);
                all.extend_from_slice(inflate.piece(length));
            }
        }
        Ok((all, inflate.is_whole()))
    }

    #[test]
    fn a_stream_that_is_cut_is_not_whole_and_one_that_is_damaged_is_refused() {
        let stream = gzip(b"some rows, and some more rows");
        for end in 1..stream.len() {
            assert!(!read(&stream[..end], 7).is_ok_and(|(_, whole)| whole), "{end}");
        }
        assert!(read(b"no gzip at all", 3).is_err());
        let mut damaged = stream.clone();
        let crc = stream.len() - 8;
        damaged[crc] ^= 1;
        assert!(read(&damaged, 100).is_err());
        assert!(read(&[], 1).unwrap().1);
    }

    #[test]
    fn a_stream_that_grows_a_thousandfold_is_read_in_bounded_pieces() {
        let (all, whole) = read(&gzip(&vec![b'x'; 20_000_000]), 1_000).unwrap();
        assert!(whole && all.len() == 20_000_000 && all.iter().all(|&byte| byte == b'x'));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_however_they_arrive(bytes in prop::collection::vec(any::<u8>(), 0..3_000), piece in 1usize..200, twice in any::<bool>()) {
            let mut stream = gzip(&bytes);
            let mut expected = bytes.clone();
            if twice {
                stream.extend(gzip(&bytes));
                expected.extend(&bytes);
            }
            let (all, whole) = read(&stream, piece).unwrap();
            prop_assert_eq!(all, expected);
            prop_assert!(whole);
        }
    }
}
