//! Numbers, eight digits at a time.

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

/// A whole number of up to 16 digits.
#[inline(always)]
pub(crate) fn integer(input: &[u8], at: usize) -> Option<(i64, usize)> {
    let (negative, at) = sign(input, at)?;
    let (value, count) = run(input, at)?;
    if count == 0 || is_padded(input, at, count) {
        return None;
    }
    let value = value.cast_signed();
    Some((if negative { -value } else { value }, at + count))
}

/// The double that is nearest to a number, unless it is a whole one beyond 2^53 or has an exponent.
#[inline(always)]
pub(crate) fn float(input: &[u8], start: usize) -> Option<(f64, usize)> {
    let (negative, at) = sign(input, start)?;
    let (whole, count) = run(input, at)?;
    if count == 0 || is_padded(input, at, count) {
        return None;
    }
    let end = at + count;
    if *input.get(end)? != b'.' {
        #[expect(clippy::cast_precision_loss, reason = "compared first")]
        return (whole <= MAX_EXACT && !is_exponent(input, end))
            .then(|| (if negative { -(whole as f64) } else { whole as f64 }, end));
    }
    if let Some((fraction, places)) = run(input, end + 1)
        && places > 0
        && count + places <= 16
        && let mantissa = whole * POWERS.get(places)? + fraction
        && mantissa <= MAX_EXACT
    {
        let end = end + 1 + places;
        if is_exponent(input, end) {
            return None;
        }
        // Both are exact, so one division rounds once.
        #[expect(clippy::cast_precision_loss, reason = "compared above")]
        let value = mantissa as f64 / EXACT.get(places)?;
        return Some((if negative { -value } else { value }, end));
    }
    long_float(input, start, end)
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

    #[test]
    fn what_looker_does_not_write_is_left_to_others() {
        for text in ["", "-", "007", "-01.5", "1.", ".5", "1e3", "1.5e3", "12345678901234567", "9007199254740993", "x"]
        {
            let input = format!("{text},                    ");
            assert!(float(input.as_bytes(), 0).is_none_or(|(_, end)| end != text.len()), "{text}");
        }
        assert_eq!(integer(b"12345678901234567,     ", 0), None);
        assert_eq!(integer(b"007,             ", 0), None);
    }

    #[test]
    fn a_number_that_may_go_on_is_not_read() {
        assert_eq!(integer(b"12", 0), None);
        assert_eq!(float(b"1.2345678", 0), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_what_they_say(value in -9_999_999_999_999_999i64..=9_999_999_999_999_999) {
            let input = format!("{value}}}                     ");
            prop_assert_eq!(integer(input.as_bytes(), 0), Some((value, value.to_string().len())));
        }

        #[test]
        fn decimals_are_the_nearest_double(whole in any::<i32>(), fraction in "[0-9]{1,25}") {
            let text = format!("{whole}.{fraction}");
            let input = format!("{text},                     ");
            prop_assert_eq!(float(input.as_bytes(), 0), Some((text.parse().unwrap(), text.len())));
        }

        #[test]
        fn any_double_with_a_point_is_read_back(value in any::<f64>().prop_filter("point", |v| v.is_finite())) {
            let text = serde_json::to_string(&value).unwrap();
            let input = format!("{text},                     ");
            if let Some((read, end)) = float(input.as_bytes(), 0) {
                prop_assert_eq!((read.to_bits(), end), (value.to_bits(), text.len()));
            }
        }
    }
}
