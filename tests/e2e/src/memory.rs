//! Searching all memory that this process can write for a secret, without holding the secret.

use std::fs::{File, read_to_string};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

/// What a masked byte is made with.
const MASK: u8 = 0xa5;

/// So much is looked at at a time.
const CHUNK: usize = 1 << 20;

/// Memory is mapped by pages of at least this size.
const PAGE: usize = 4_096;

/// Bytes that are never in memory as they are, but in the hands of who asks for them.
#[derive(Clone, Debug)]
pub struct Masked(Vec<u8>);

impl Masked {
    /// Masks bytes; in a constant, so that the compiler does it and leaves nothing of them.
    pub const fn array<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
        let mut at = 0;
        while at < N {
            bytes[at] ^= MASK;
            at += 1;
        }
        bytes
    }

    /// What [`Masked::array`] made.
    pub fn new(masked: &[u8]) -> Self {
        Self(masked.to_vec())
    }

    /// The bytes themselves, in memory of exactly their size that the caller wipes.
    pub fn reveal(&self) -> Box<[u8]> {
        (0..self.0.len()).map(|at| self.at(at)).collect()
    }

    /// Those after the first ones.
    #[must_use]
    pub fn after(&self, count: usize) -> Self {
        Self(self.0[count..].to_vec())
    }

    /// How long they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    fn at(&self, at: usize) -> u8 {
        self.0[at] ^ MASK
    }

    fn push(&mut self, byte: u8) {
        self.0.push(byte ^ MASK);
    }

    /// As they stand in a form and in a URL.
    #[must_use]
    pub fn escaped(&self) -> Self {
        let mut escaped = Self(Vec::new());
        for byte in (0..self.len()).map(|at| self.at(at)) {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                escaped.push(byte);
            } else {
                let digit = |value: u8| b"0123456789ABCDEF"[usize::from(value)];
                for byte in [b'%', digit(byte >> 4), digit(byte & 15)] {
                    escaped.push(byte);
                }
            }
        }
        escaped
    }

    /// The base64 digits of them after `before` other bytes, without those that share bits with a neighbour.
    #[must_use]
    pub fn base64(&self, before: usize) -> Self {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bit = |at: usize| usize::from(self.at(at / 8) >> (7 - at % 8) & 1);
        let first = (6 - before * 8 % 6) % 6;
        let mut base64 = Self(Vec::new());
        for at in (first..=self.len() * 8 - 6).step_by(6) {
            base64.push(DIGITS[(at..at + 6).fold(0, |digit, at| digit << 1 | bit(at))]);
        }
        base64
    }

    /// Whether memory begins with them.
    fn is_at(&self, memory: &[u8]) -> bool {
        memory.len() >= self.len() && self.0.iter().zip(memory).all(|(masked, byte)| masked ^ MASK == *byte)
    }
}

/// What a search went through, and where it found something.
#[derive(Debug)]
pub struct Found {
    /// Bytes that were looked at.
    pub bytes: usize,
    /// For each needle: where it stands, each place with the name of its mapping.
    pub places: Vec<Vec<String>>,
}

impl Found {
    /// How often each needle stands in memory.
    pub fn counts(&self) -> Vec<usize> {
        self.places.iter().map(Vec::len).collect()
    }
}

/// Searches all memory of this process that it may read and write.
pub fn search(needles: &[Masked]) -> Found {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut window = vec![0; CHUNK];
    // What is looked at is copied, and the copy does not count.
    let own = window.as_ptr() as usize..window.as_ptr() as usize + CHUNK;
    let overlap = needles.iter().map(Masked::len).max().unwrap_or(1) - 1;
    let mut found = Found { bytes: 0, places: vec![Vec::new(); needles.len()] };
    for (name, mapping) in mappings() {
        let mut start = mapping.start;
        while start < mapping.end {
            let wanted = CHUNK.min(mapping.end - start);
            let count = memory.read_at(&mut window[..wanted], start as u64).unwrap_or_default();
            // What begins in the overlap is found whole in the next chunk.
            let fresh = if start + count < mapping.end { count.saturating_sub(overlap).max(1) } else { count };
            for at in 0..fresh.min(count) {
                for (needle, places) in needles.iter().zip(&mut found.places) {
                    if needle.is_at(&window[at..count]) && !own.contains(&(start + at)) {
                        places.push(format!("{name} at {:#x}", start + at));
                    }
                }
            }
            found.bytes += fresh.min(count);
            // A page that is not there is left out.
            start = if count == 0 { start + PAGE - start % PAGE } else { start + fresh };
        }
    }
    window.fill(0);
    std::hint::black_box(&window);
    found
}

/// The mappings that may be read and written, each with its name.
fn mappings() -> Vec<(String, Range<usize>)> {
    let address = |text: &str| usize::from_str_radix(text, 16).unwrap();
    let mapping = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (start, end) = words[0].split_once('-').unwrap();
        let name = words.get(5).map_or("memory without a name", |name| name);
        words[1].starts_with("rw").then(|| (name.to_owned(), address(start)..address(end)))
    };
    read_to_string("/proc/self/maps").unwrap().lines().filter_map(mapping).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDLE: [u8; 20] = Masked::array(*b"correct/horse+batter");

    #[test]
    fn a_secret_is_found_where_it_is_and_not_where_it_was_wiped() {
        let needle = Masked::new(&NEEDLE);
        let search = || search(std::slice::from_ref(&needle)).counts()[0];
        assert_eq!(search(), 0, "the needle itself is not in memory");
        let mut heap = needle.reveal();
        assert_eq!(search(), 1);
        // As far from the start of a chunk as can be, and across its end.
        let mut large = vec![0_u8; 3 * CHUNK];
        for at in [CHUNK - 7, 2 * CHUNK - 1] {
            large[at..at + heap.len()].copy_from_slice(&heap);
            assert_eq!(search(), 2, "at {at}");
            large.fill(0);
        }
        heap.fill(0);
        std::hint::black_box((&heap, &large));
        assert_eq!(search(), 0);
    }

    #[test]
    fn the_forms_of_a_secret_are_those_of_the_wire() {
        let needle = Masked::new(&NEEDLE);
        assert_eq!(&*needle.escaped().reveal(), b"correct%2Fhorse%2Bbatter");
        // base64 of the bytes alone, and of one more and of two more before them
        assert_eq!(&*needle.base64(0).reveal(), b"Y29ycmVjdC9ob3JzZStiYXR0ZX");
        assert_eq!(&*needle.base64(1).reveal(), b"NvcnJlY3QvaG9yc2UrYmF0dGVy");
        assert_eq!(&*needle.base64(2).reveal(), b"jb3JyZWN0L2hvcnNlK2JhdHRlc");
    }
}
