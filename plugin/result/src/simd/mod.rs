//! Looking at 32 bytes at a time. One set of questions, answered by AVX2, SSE2 or NEON where the machine has them, and
//! by a portable twin elsewhere; which one is chosen when the first body is decoded.

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

pub(super) use portable::Portable;

/// Bytes that are looked at together.
pub(super) const BLOCK: usize = 32;

/// The questions. Bit `n` of an answer is for byte `n`.
pub(super) trait Simd {
    /// Where a JSON string may not simply go on: a quotation mark, a backslash, or a control character.
    fn stops(block: &[u8; BLOCK]) -> u32;

    /// Where one of three bytes stands.
    fn any_of(block: &[u8; BLOCK], bytes: [u8; 3]) -> u32;

    /// Whether two blocks are the same in the bits of a mask.
    fn is_same(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> bool;

    /// Does work in a function of its own, for what is done in many places.
    fn call<W: Work>(work: W) -> W::Done;

    /// Whether [`decimal`](Self::decimal) is quick; otherwise numbers are read in words.
    const HAS_DECIMAL: bool = false;

    /// A number at the start of 16 bytes, none of which is a sign: how many digits stand before the point, how many behind it,
    /// and all of them as one number. Nothing when it may go on behind the bytes.
    #[inline(always)]
    fn decimal(_: &[u8; 16]) -> Option<Decimal> {
        None
    }
}

/// Digits that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) whole: usize,
    /// Digits behind the point; without a point, or with none behind it, none.
    pub(super) places: usize,
    pub(super) value: u64,
}

/// Work that is compiled once for each set of instructions.
pub(super) trait Work {
    type Done;

    /// Does it with the instructions of `S`. Implementations are `#[inline(always)]`, so that they are compiled for them.
    fn with<S: Simd>(self) -> Self::Done;
}

/// A set of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Level {
    /// The best that this machine has.
    pub(super) fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| Self::all().first().copied().unwrap_or(Self::Portable))
    }

    /// All that this machine has, the best first.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx2() {
                all.push(Self::Avx2);
            }
            all.push(Self::Sse2);
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Self::Neon);
        all.push(Self::Portable);
        all
    }

    /// Does work with it.
    pub(super) fn run<W: Work>(self, work: W) -> W::Done {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::Avx2::call(work),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => x86::Sse2::call(work),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon::Neon::call(work),
            Self::Portable => Portable::call(work),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Ask<'a>(&'a [u8; BLOCK], &'a [u8; BLOCK], &'a [u8; BLOCK]);

    impl Work for Ask<'_> {
        type Done = (u32, bool, u32);

        #[inline(always)]
        fn with<S: Simd>(self) -> Self::Done {
            (S::stops(self.0), S::is_same(self.0, self.1, self.2), S::any_of(self.0, sought(self.1)))
        }
    }

    /// Three bytes that may stand in a block.
    fn sought(block: &[u8; BLOCK]) -> [u8; 3] {
        *block.first_chunk().unwrap()
    }

    fn byte_by_byte(a: &[u8; BLOCK], b: &[u8; BLOCK], mask: &[u8; BLOCK]) -> (u32, bool, u32) {
        let bits = |is: &dyn Fn(u8) -> bool| (0..BLOCK).filter(|&at| is(a[at])).fold(0, |bits, at| bits | 1 << at);
        let is_same = (0..BLOCK).all(|at| (a[at] ^ b[at]) & mask[at] == 0);
        let stops = bits(&|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        (stops, is_same, bits(&|byte| sought(b).contains(&byte)))
    }

    #[test]
    fn every_byte_value_at_every_place_is_answered_alike_by_all_instructions() {
        for level in Level::all() {
            for value in 0..=u8::MAX {
                for at in 0..BLOCK {
                    let (mut a, b, mut mask) = ([b'x'; BLOCK], [b'x'; BLOCK], [0xff; BLOCK]);
                    a[at] = value;
                    assert_eq!(level.run(Ask(&a, &b, &mask)), byte_by_byte(&a, &b, &mask), "{level:?} {value} at {at}");
                    mask[at] = 0;
                    assert!(level.run(Ask(&a, &b, &mask)).1, "{level:?} {value} at {at}");
                }
            }
        }
    }

    struct Number<'a>(&'a [u8; 16]);

    impl Work for Number<'_> {
        type Done = Option<Option<Decimal>>;

        #[inline(always)]
        fn with<S: Simd>(self) -> Self::Done {
            S::HAS_DECIMAL.then(|| S::decimal(self.0))
        }
    }

    proptest! {
        #[test]
        fn digits_around_a_point_are_counted_and_read(whole in "[0-9]{0,16}", fraction in "(\\.[0-9]{0,16})?", rest in "[,} e]{17}") {
            let text = format!("{whole}{fraction}{rest}");
            let number = whole.len() + fraction.len();
            let places = fraction.len().saturating_sub(1);
            let digits = format!("{whole}{}", fraction.trim_start_matches('.'));
            let expected = Decimal { whole: whole.len(), places, value: digits.parse().unwrap_or(0) };
            for level in Level::all() {
                if let Some(read) = level.run(Number(text.as_bytes().first_chunk().unwrap())) {
                    prop_assert_eq!(read, (number < 16).then_some(expected), "{} {:?}", text, level);
                }
            }
        }

        #[test]
        fn any_two_blocks_are_answered_alike_by_all_instructions(
            a in any::<[u8; BLOCK]>(),
            b in any::<[u8; BLOCK]>(),
            mask in any::<[u8; BLOCK]>(),
        ) {
            for level in Level::all() {
                prop_assert_eq!(level.run(Ask(&a, &b, &mask)), byte_by_byte(&a, &b, &mask));
            }
        }
    }
}
