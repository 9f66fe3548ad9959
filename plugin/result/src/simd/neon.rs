//! NEON, which every aarch64 has: twice 16 bytes.
#![expect(unsafe_code, reason = "vector instructions; what each needs is said where it is used")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcltq_u8, vdupq_n_u8, veorq_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    vmaxvq_u8, vorrq_u8,
};

use super::{BLOCK, Simd, Work};

/// Vectors of 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neon;

/// The weight of each byte's bit within its half of a vector.
const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// One bit for each byte, of which all bits are set or none.
#[inline(always)]
fn gather(mask: uint8x16_t) -> u32 {
    // SAFETY: NEON is part of aarch64, and `BITS` has the 16 bytes that are read.
    unsafe {
        let bits = vandq_u8(mask, vld1q_u8(BITS.as_ptr()));
        u32::from(vaddv_u8(vget_low_u8(bits))) | u32::from(vaddv_u8(vget_high_u8(bits))) << 8
    }
}

impl Simd for Neon {
    #[inline(never)]
    fn call<W: Work>(work: W) -> W::Done {
        work.with::<Self>()
    }

    #[inline(always)]
    fn stops(block: &[u8; BLOCK]) -> u32 {
        let half = |half: &[u8]| {
            // SAFETY: a half has the 16 bytes that are read.
            unsafe {
                let bytes = vld1q_u8(half.as_ptr());
                let quote = vceqq_u8(bytes, vdupq_n_u8(b'"'));
                let backslash = vceqq_u8(bytes, vdupq_n_u8(b'\\'));
                gather(vorrq_u8(vorrq_u8(quote, backslash), vcltq_u8(bytes, vdupq_n_u8(0x20))))
            }
        };
        let (low, high) = block.split_at(16);
        half(low) | half(high) << 16
    }

    #[inline(always)]
    fn any_of(block: &[u8; BLOCK], bytes: [u8; 3]) -> u32 {
        let half = |half: &[u8]| {
            // SAFETY: as above.
            unsafe {
                let [a, b, c] = bytes;
                let half = vld1q_u8(half.as_ptr());
                let (a, b) = (vceqq_u8(half, vdupq_n_u8(a)), vceqq_u8(half, vdupq_n_u8(b)));
                let c = vceqq_u8(half, vdupq_n_u8(c));
                gather(vorrq_u8(vorrq_u8(a, b), c))
            }
        };
        let (low, high) = block.split_at(16);
        half(low) | half(high) << 16
    }

    #[inline(always)]
    fn is_same(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool {
        let others = |a: &[u8], b: &[u8], mask: &[u8]| {
            // SAFETY: as above.
            unsafe { vandq_u8(veorq_u8(vld1q_u8(a.as_ptr()), vld1q_u8(b.as_ptr())), vld1q_u8(mask.as_ptr())) }
        };
        let ((a, a_high), (b, b_high), (mask, mask_high)) = (a.split_at(16), b.split_at(16), mask.split_at(16));
        // SAFETY: NEON is part of aarch64.
        unsafe { vmaxvq_u8(vorrq_u8(others(a, b, mask), others(a_high, b_high, mask_high))) == 0 }
    }
}
