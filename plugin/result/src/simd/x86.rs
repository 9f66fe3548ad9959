//! SSE2, which every x86-64 has, and AVX2.
#![expect(unsafe_code, reason = "vector instructions; what each needs is said where it is used")]
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a table that is made when this is compiled"
)]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_madd_epi16, _mm_maddubs_epi16,
    _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_packus_epi32, _mm_set_epi8, _mm_set_epi16, _mm_set1_epi8,
    _mm_setzero_si128, _mm_shuffle_epi8, _mm_sub_epi8, _mm_xor_si128, _mm256_cmpeq_epi8, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_testz_si256, _mm256_xor_si256,
};

use super::{BLOCK, Decimal, Simd, Work};

pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2")
}

/// 32 bytes at once. Used by work that it calls, and by nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2;

/// Twice 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sse2;

impl Simd for Avx2 {
    fn call<W: Work>(work: W) -> W::Done {
        #[target_feature(enable = "avx2,bmi1,bmi2")]
        #[inline(never)]
        fn run<W: Work>(work: W) -> W::Done {
            work.with::<Avx2>()
        }
        // SAFETY: `Level::Avx2` is only chosen where `has_avx2`.
        unsafe { run(work) }
    }

    #[inline(always)]
    fn stops(block: &[u8; BLOCK]) -> u32 {
        // SAFETY: the instructions are there, as `call` says.
        unsafe {
            let bytes = vector(block);
            let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed()));
            let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed()));
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
            _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, backslash), control)).cast_unsigned()
        }
    }

    #[inline(always)]
    fn any_of(block: &[u8; BLOCK], bytes: [u8; 3]) -> u32 {
        // SAFETY: as above.
        unsafe {
            let [a, b, c] = bytes;
            let block = vector(block);
            let a = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(a.cast_signed()));
            let b = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b.cast_signed()));
            let c = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(c.cast_signed()));
            _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(a, b), c)).cast_unsigned()
        }
    }

    #[inline(always)]
    fn is_same(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool {
        // SAFETY: as above.
        unsafe { _mm256_testz_si256(_mm256_xor_si256(vector(a), vector(b)), vector(mask)) == 1 }
    }

    const HAS_DECIMAL: bool = true;

    #[inline(always)]
    fn decimal(bytes: &[u8; 16]) -> Option<Decimal> {
        // SAFETY: as above: AVX2 brings SSSE3 and SSE4.1 with it.
        unsafe {
            let digits = _mm_sub_epi8(half_vector(bytes), _mm_set1_epi8(b'0'.cast_signed()));
            let is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
            let others = !_mm_movemask_epi8(is_digit).cast_unsigned() & 0xffff;
            let whole = others.trailing_zeros() as usize;
            let is_point = *bytes.get(whole)? == b'.';
            let end = if is_point { (others & (others - 1)).trailing_zeros() as usize } else { whole };
            // All 16 bytes are part of it, so that it may go on.
            if end >= 16 {
                return None;
            }
            let places = end - whole - usize::from(is_point);
            // Zeros in front, then the digits without the point.
            let digits = _mm_shuffle_epi8(digits, half_vector(ALIGN.get(end)?.get(whole)?));
            let pairs = _mm_maddubs_epi16(digits, _mm_set_epi8(1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10));
            let fours = _mm_madd_epi16(pairs, _mm_set_epi16(1, 100, 1, 100, 1, 100, 1, 100));
            let fours = _mm_packus_epi32(fours, fours);
            let eights = _mm_madd_epi16(fours, _mm_set_epi16(1, 10_000, 1, 10_000, 1, 10_000, 1, 10_000));
            let eights = _mm_cvtsi128_si64(eights).cast_unsigned();
            Some(Decimal { whole, places, value: (eights & 0xffff_ffff) * 100_000_000 + (eights >> 32) })
        }
    }
}

/// For a number of so many bytes with so many digits before its point: where each of its digits comes from, when they are to
/// stand at the end of 16 bytes. A place above 127 is a zero.
static ALIGN: [[[u8; 16]; 16]; 16] = {
    let mut table = [[[0x80; 16]; 16]; 16];
    let mut end = 0;
    while end < 16 {
        let mut whole = 0;
        while whole <= end {
            let digits = if whole < end { end - 1 } else { end };
            let mut digit = 0;
            while digit < digits {
                let from = if digit < whole { digit } else { digit + 1 };
                table[end][whole][16 - digits + digit] = from as u8;
                digit += 1;
            }
            whole += 1;
        }
        end += 1;
    }
    table
};

impl Simd for Sse2 {
    #[inline(never)]
    fn call<W: Work>(work: W) -> W::Done {
        work.with::<Self>()
    }

    #[inline(always)]
    fn stops(block: &[u8; BLOCK]) -> u32 {
        let half = |half: &[u8; 16]| {
            // SAFETY: SSE2 is part of x86-64.
            unsafe {
                let bytes = half_vector(half);
                let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
                let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
                let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)).cast_unsigned()
            }
        };
        let [low, high] = halves(block);
        half(low) | half(high) << 16
    }

    #[inline(always)]
    fn any_of(block: &[u8; BLOCK], bytes: [u8; 3]) -> u32 {
        let half = |half: &[u8; 16]| {
            // SAFETY: as above.
            unsafe {
                let [a, b, c] = bytes;
                let half = half_vector(half);
                let a = _mm_cmpeq_epi8(half, _mm_set1_epi8(a.cast_signed()));
                let b = _mm_cmpeq_epi8(half, _mm_set1_epi8(b.cast_signed()));
                let c = _mm_cmpeq_epi8(half, _mm_set1_epi8(c.cast_signed()));
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), c)).cast_unsigned()
            }
        };
        let [low, high] = halves(block);
        half(low) | half(high) << 16
    }

    #[inline(always)]
    fn is_same(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool {
        let others = |a: &[u8; 16], b: &[u8; 16], mask: &[u8; 16]| {
            // SAFETY: as above.
            unsafe { _mm_and_si128(_mm_xor_si128(half_vector(a), half_vector(b)), half_vector(mask)) }
        };
        let ([a, a_high], [b, b_high], [mask, mask_high]) = (halves(a), halves(b), halves(mask));
        // SAFETY: as above.
        unsafe {
            let others = _mm_or_si128(others(a, b, mask), others(a_high, b_high, mask_high));
            _mm_movemask_epi8(_mm_cmpeq_epi8(others, _mm_setzero_si128())) == 0xffff
        }
    }
}

#[inline(always)]
fn vector(bytes: &[u8; BLOCK]) -> __m256i {
    // SAFETY: both are 32 bytes, of which any are allowed.
    unsafe { std::mem::transmute::<[u8; BLOCK], __m256i>(*bytes) }
}

#[inline(always)]
fn half_vector(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: both are 16 bytes, of which any are allowed.
    unsafe { std::mem::transmute::<[u8; 16], __m128i>(*bytes) }
}

#[inline(always)]
fn halves(block: &[u8; BLOCK]) -> [&[u8; 16]; 2] {
    let (low, high) = block.split_at(16);
    // Both halves are 16 bytes long, whatever the block holds.
    [low.first_chunk().unwrap_or(&[0; 16]), high.first_chunk().unwrap_or(&[0; 16])]
}
