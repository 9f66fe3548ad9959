//! The twin for machines without vector instructions: eight bytes in one word.

use super::{BLOCK, Simd, Work};

/// Plain words of 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that is zero, and of no other.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    // Without the seven low bits no byte borrows from its neighbour.
    !(((word & !HIGH) + !HIGH) | word) & HIGH
}

/// The high bits of eight bytes as eight bits.
#[inline(always)]
fn gather(high_bits: u64) -> u32 {
    ((high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

#[inline(always)]
fn words(block: &[u8; BLOCK]) -> [u64; 4] {
    let (words, _) = block.as_chunks::<8>();
    let mut all = [0; 4];
    for (word, bytes) in all.iter_mut().zip(words) {
        *word = u64::from_le_bytes(*bytes);
    }
    all
}

#[inline(always)]
fn collect(words: [u64; 4]) -> u32 {
    let [a, b, c, d] = words.map(gather);
    a | b << 8 | c << 16 | d << 24
}

impl Simd for Portable {
    #[inline(never)]
    fn call<W: Work>(work: W) -> W::Done {
        work.with::<Self>()
    }

    #[inline(always)]
    fn stops(block: &[u8; BLOCK]) -> u32 {
        collect(words(block).map(|word| {
            let quote = zeros(word ^ (LOW * u64::from(b'"')));
            let backslash = zeros(word ^ (LOW * u64::from(b'\\')));
            // A control character has none of its three high bits.
            quote | backslash | zeros(word & (LOW * 0xe0))
        }))
    }

    #[inline(always)]
    fn any_of(block: &[u8; BLOCK], bytes: [u8; 3]) -> u32 {
        collect(words(block).map(|word| bytes.iter().fold(0, |all, &byte| all | zeros(word ^ (LOW * u64::from(byte))))))
    }

    #[inline(always)]
    fn is_same(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool {
        words(a).iter().zip(words(b)).zip(words(mask)).fold(0, |other, ((a, b), mask)| other | (a ^ b) & mask) == 0
    }
}
