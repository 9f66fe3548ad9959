//! SSE2, which every x86-64 has, and AVX2.
#![expect(unsafe_code, reason = "vector instructions; what each needs is said where it is used")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm256_cmpeq_epi8,
    _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
};

use super::{BLOCK, Simd, Work};

pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2")
}

/// Does work that is compiled for AVX2.
pub(super) fn run_avx2<W: Work>(work: W) -> W::Done {
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn run<W: Work>(work: W) -> W::Done {
        work.with::<Avx2>()
    }
    // SAFETY: `Level::Avx2` is only chosen where `has_avx2`.
    unsafe { run(work) }
}

/// 32 bytes at once. Used by work that `run_avx2` runs, and by nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2;

/// Twice 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sse2;

impl Simd for Avx2 {
    #[inline(always)]
    fn stops(block: &[u8; BLOCK]) -> u32 {
        // SAFETY: the instructions are there, as `run_avx2` says.
        unsafe {
            let bytes = vector(block);
            let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed()));
            let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed()));
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
            _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, backslash), control)).cast_unsigned()
        }
    }

    #[inline(always)]
    fn same(a: &[u8; BLOCK], b: &[u8; BLOCK]) -> u32 {
        // SAFETY: as above.
        unsafe {
            let a = vector(a);
            let b = vector(b);
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)).cast_unsigned()
        }
    }
}

impl Simd for Sse2 {
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
    fn same(a: &[u8; BLOCK], b: &[u8; BLOCK]) -> u32 {
        let half = |a: &[u8; 16], b: &[u8; 16]| {
            // SAFETY: as above.
            unsafe {
                let a = half_vector(a);
                let b = half_vector(b);
                _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)).cast_unsigned()
            }
        };
        let ([a_low, a_high], [b_low, b_high]) = (halves(a), halves(b));
        half(a_low, b_low) | half(a_high, b_high) << 16
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
