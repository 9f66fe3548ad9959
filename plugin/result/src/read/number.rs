//! Numbers, eight digits at a time, or all at once where the machine can.

use crate::simd::{BLOCK, Simd};

/// The value of up to eight digits at the start, and how many they are.
#[inline(always)]
fn digits(bytes: &[u8; 8]) -> (u64, usize) {
    let word = u64::from_le_bytes(*bytes) ^ 0x3030_3030_3030_3030;
    // The high bit of the first byte that is no digit is set; carries only reach bytes behind it.
    let others = (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() as usize / 8;
    if count == 0 {
        return (0, 0);
    }
    // Zeros in front of the digits, so that there are always eight.
    let word = word << (64 - 8 * count);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    (low.wrapping_add(high) >> 32, count)
}

/// The value of all digits at a place, and how many they are; nothing when they are more than 16.
#[inline(always)]
fn run(input: &[u8], at: usize) -> Option<(u64, usize)> {
    let (value, count) = digits(input.get(at..)?.first_chunk()?);
    if count < 8 {
        return Some((value, count));
    }
    let (low, further) = digits(input.get(at + 8..)?.first_chunk()?);
    if further == 8 && input.get(at + 16)?.is_ascii_digit() {
        return None;
    }
    Some((value * POWERS.get(further)? + low, 8 + further))
}

const POWERS: [u64; 17] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
    10_000_000_000_000_000,
];

/// Powers of ten that a double holds exactly.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// 2^53: up to it every whole number is a double.
const MAX_EXACT: u64 = 1 << 53;

/// The sign, and where the digits begin.
#[inline(always)]
fn sign(input: &[u8], at: usize) -> Option<(bool, usize)> {
    let negative = *input.get(at)? == b'-';
    Some((negative, at + usize::from(negative)))
}

/// Whether digits begin with a zero that JSON does not allow.
#[inline(always)]
fn is_padded(input: &[u8], at: usize, count: usize) -> bool {
    count > 1 && input.get(at) == Some(&b'0')
}

/// A whole number of up to 16 digits; one with a point is left to others.
#[inline(always)]
pub(crate) fn integer<S: Simd>(input: &[u8], at: usize) -> Option<(i64, usize)> {
    if S::HAS_DECIMAL
        && let Some(read) = quick::<S>(input, at)
    {
        return if read.places == 0 { Some((signed(read.negative, read.mantissa), read.end)) } else { None };
    }
    let (negative, at) = sign(input, at)?;
    let (value, count) = run(input, at)?;
    let end = at + count;
    if count == 0 || is_padded(input, at, count) || matches!(input.get(end), Some(b'e' | b'E' | b'.')) {
        return None;
    }
    Some((signed(negative, value), end))
}

#[inline(always)]
fn signed(negative: bool, value: u64) -> i64 {
    let value = value.cast_signed();
    if negative { -value } else { value }
}

/// The double that is nearest to a number, unless it is a whole one beyond 2^53 or has an exponent.
#[inline(always)]
pub(crate) fn float<S: Simd>(input: &[u8], start: usize) -> Option<(f64, usize)> {
    if S::HAS_DECIMAL
        && let Some(read) = quick::<S>(input, start)
    {
        return Some((exact(read.negative, read.mantissa, read.places)?, read.end));
    }
    let (negative, at) = sign(input, start)?;
    let (whole, count) = run(input, at)?;
    if count == 0 || is_padded(input, at, count) {
        return None;
    }
    let end = at + count;
    if *input.get(end)? != b'.' {
        return if whole > MAX_EXACT || is_exponent(input, end) {
            None
        } else {
            Some((exact(negative, whole, 0)?, end))
        };
    }
    if let Some((fraction, places)) = run(input, end + 1)
        && places > 0
        && count + places <= 16
        && let mantissa = whole * POWERS.get(places)? + fraction
        && mantissa <= MAX_EXACT
    {
        let end = end + 1 + places;
        return if is_exponent(input, end) { None } else { Some((exact(negative, mantissa, places)?, end)) };
    }
    long_float(input, start, end)
}

struct Quick {
    negative: bool,
    mantissa: u64,
    places: usize,
    end: usize,
}

/// A number of up to 15 bytes without its sign, with a point or without, and nothing unusual about it.
#[inline(always)]
fn quick<S: Simd>(input: &[u8], start: usize) -> Option<Quick> {
    let window: &[u8; BLOCK] = input.get(start..)?.first_chunk()?;
    let negative = window.first() == Some(&b'-');
    let sign = usize::from(negative);
    let read = S::decimal(window.get(sign..)?.first_chunk()?)?;
    let length = sign + read.whole + read.places + usize::from(read.places > 0);
    let is_padded = read.whole > 1 && window.get(sign) == Some(&b'0');
    // The number is shorter than the window.
    if read.whole == 0 || is_padded || matches!(window.get(length % BLOCK), Some(b'e' | b'E' | b'.')) {
        return None;
    }
    Some(Quick { negative, mantissa: read.value, places: read.places, end: start + length })
}

/// A number of up to 2^53 with so many places behind the point. Both it and the power of ten are doubles, so that one
/// division rounds once.
#[inline(always)]
fn exact(negative: bool, mantissa: u64, places: usize) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "it is not beyond 2^53")]
    let value = mantissa as f64 / EXACT.get(places)?;
    Some(if negative { -value } else { value })
}

#[inline(always)]
fn is_exponent(input: &[u8], at: usize) -> bool {
    matches!(input.get(at), Some(b'e' | b'E'))
}

/// A number with more digits than a word holds.
#[inline(never)]
fn long_float(input: &[u8], start: usize, point: usize) -> Option<(f64, usize)> {
    let places = input.get(point + 1..)?.iter().position(|byte| !byte.is_ascii_digit())?;
    let end = point + 1 + places;
    if places == 0 || is_exponent(input, end) {
        return None;
    }
    let text = std::str::from_utf8(input.get(start..end)?).ok()?;
    Some((text.parse().ok()?, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simd::{Level, Work};

    struct Read<'a>(&'a [u8]);

    type Both = (Option<(i64, usize)>, Option<(f64, usize)>);

    impl Work for Read<'_> {
        type Done = Both;

        #[inline(always)]
        fn with<S: Simd>(self) -> Self::Done {
            (super::integer::<S>(self.0, 0), super::float::<S>(self.0, 0))
        }
    }

    /// What all instructions say alike.
    fn both(input: &[u8]) -> Both {
        let all: Vec<_> = Level::all().into_iter().map(|level| level.run(Read(input))).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?} of {}", String::from_utf8_lossy(input));
        all[0]
    }

    fn integer(input: &[u8]) -> Option<(i64, usize)> {
        both(input).0
    }

    fn float(input: &[u8]) -> Option<(f64, usize)> {
        both(input).1
    }

    #[test]
    fn what_looker_does_not_write_is_left_to_others() {
        for text in ["", "-", "007", "-01.5", "1.", ".5", "1e3", "1.5e3", "12345678901234567", "9007199254740993", "x"]
        {
            let input = format!("{text},                    ");
            assert!(float(input.as_bytes()).is_none_or(|(_, end)| end != text.len()), "{text}");
        }
        assert_eq!(integer(b"12345678901234567,     "), None);
        assert_eq!(integer(b"007,             "), None);
    }

    #[test]
    fn a_number_that_may_go_on_is_not_read() {
        assert_eq!(integer(b"12"), None);
        assert_eq!(float(b"1.2345678"), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_what_they_say(value in -9_999_999_999_999_999i64..=9_999_999_999_999_999) {
            let input = format!("{value}}}                     ");
            prop_assert_eq!(integer(input.as_bytes()), Some((value, value.to_string().len())));
        }

        #[test]
        fn decimals_are_the_nearest_double(whole in any::<i32>(), fraction in "[0-9]{1,25}") {
            let text = format!("{whole}.{fraction}");
            let input = format!("{text},                     ");
            prop_assert_eq!(float(input.as_bytes()), Some((text.parse().unwrap(), text.len())));
        }

        #[test]
        fn any_double_with_a_point_is_read_back(value in any::<f64>().prop_filter("point", |v| v.is_finite())) {
            let text = serde_json::to_string(&value).unwrap();
            let input = format!("{text},                     ");
            if let Some((read, end)) = float(input.as_bytes()) {
                prop_assert_eq!((read.to_bits(), end), (value.to_bits(), text.len()));
            }
        }
    }
}
