//! Dates and times as Looker writes them: `YYYY-MM-DD`, alone or with ` HH`, ` HH:MM` or ` HH:MM:SS`.

pub(crate) const MICROS_A_DAY: i64 = 86_400_000_000;

/// Eight bytes with zeros for digits and other bytes for themselves.
struct Pattern {
    word: u64,
    /// Added to what differs from it, sets the high bit of a digit's byte from 10 on, and of any other byte from 1 on.
    limits: u64,
}

impl Pattern {
    #[expect(clippy::indexing_slicing, reason = "done when this is compiled")]
    const fn new(pattern: [u8; 8]) -> Self {
        let (mut limits, mut at) = ([0x7f; 8], 0);
        while at < 8 {
            if pattern[at] == b'0' {
                limits[at] = 0x76;
            }
            at += 1;
        }
        Self { word: u64::from_le_bytes(pattern), limits: u64::from_le_bytes(limits) }
    }
}

const DATE: Pattern = Pattern::new(*b"0000-00-");
const TIME: Pattern = Pattern::new(*b"00:00:00");

/// The digits of eight bytes that are like a pattern.
#[inline(always)]
fn like(bytes: &[u8; 8], pattern: &Pattern) -> Option<u64> {
    let word = u64::from_le_bytes(*bytes) ^ pattern.word;
    let others = (word.wrapping_add(pattern.limits) | word) & 0x8080_8080_8080_8080;
    (others == 0).then_some(word)
}

/// Two digits as a number, at each byte that has the first of them.
#[inline(always)]
fn pairs(digits: u64) -> [u8; 8] {
    digits.wrapping_mul(10).wrapping_add(digits >> 8).to_le_bytes()
}

/// Days since 1970-01-01 of ten bytes, `YYYY-MM-DD`.
#[inline(always)]
pub(crate) fn days(text: &[u8; 10]) -> Option<i32> {
    let [.., d1, d2] = *text;
    let [century, _, year, _, _, month, _, _] = pairs(like(text.first_chunk()?, &DATE)?);
    let (tens, ones) = (d1.wrapping_sub(b'0'), d2.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 {
        return None;
    }
    days_of(u32::from(century) * 100 + u32::from(year), month, tens * 10 + ones)
}

#[inline(always)]
fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, or nothing when there is no such date.
#[inline(always)]
fn days_of(year: u32, month: u8, day: u8) -> Option<i32> {
    /// For each month, the days before it in a year that begins in March, and its last day.
    const MONTHS: [(u16, u8); 13] = [
        (0, 0),
        (306, 31),
        (337, 29),
        (0, 31),
        (31, 30),
        (61, 31),
        (92, 30),
        (122, 31),
        (153, 31),
        (184, 30),
        (214, 31),
        (245, 30),
        (275, 31),
    ];
    let &(before, last) = MONTHS.get(usize::from(month))?;
    if day.wrapping_sub(1) >= last {
        return None;
    }
    if month == 2 && day == 29 && !is_leap(year) {
        return None;
    }
    // So that the leap day is the last of its year, and 400 more, so that none is negative.
    let year = year + 400 - u32::from(month <= 2);
    let century = year / 100;
    let days = 365 * year + year / 4 - century + century / 4 + u32::from(before) + u32::from(day);
    Some(days.cast_signed() - (1 + 719_468 + 146_097))
}

/// A date between quotation marks.
#[inline(always)]
pub(crate) fn date(input: &[u8], at: usize) -> Option<(i32, usize)> {
    let text: &[u8; 12] = input.get(at..)?.first_chunk()?;
    let [b'"', inner @ .., b'"'] = text else { return None };
    Some((days(inner)?, at + 12))
}

/// A date without them.
#[inline(always)]
pub(crate) fn bare_date(input: &[u8], at: usize) -> Option<(i32, usize)> {
    Some((days(input.get(at..)?.first_chunk()?)?, at + 10))
}

/// A date and a time without them, to the second.
#[inline(always)]
pub(crate) fn bare_date_time(input: &[u8], at: usize) -> Option<(i64, usize)> {
    let text: &[u8; 19] = input.get(at..)?.first_chunk()?;
    let (day, [b' ' | b'T', time @ ..]) = text.split_first_chunk()? else { return None };
    Some((micros_of(days(day)?, time.first_chunk()?)?, at + 19))
}

/// A date and a time between quotation marks, as microseconds since 1970-01-01 00:00. Fractions of a second are left to
/// others.
#[inline(always)]
pub(crate) fn date_time(input: &[u8], at: usize) -> Option<(i64, usize)> {
    let text: &[u8; 21] = input.get(at..)?.first_chunk()?;
    let [b'"', inner @ ..] = text else { return None };
    let (day, rest) = inner.split_first_chunk()?;
    let [between, time @ .., end] = rest.first_chunk::<10>()?;
    let days = days(day)?;
    if *end != b'"' || !matches!(between, b' ' | b'T') {
        return shorter(input, at, days);
    }
    Some((micros_of(days, time)?, at + 21))
}

/// Microseconds since 1970-01-01 of `HH:MM:SS` on a day.
#[inline(always)]
fn micros_of(days: i32, time: &[u8; 8]) -> Option<i64> {
    let [hours, _, _, minutes, _, _, seconds, _] = pairs(like(time, &TIME)?);
    micros(days, hours, minutes, seconds)
}

#[inline(always)]
fn micros(days: i32, hours: u8, minutes: u8, seconds: u8) -> Option<i64> {
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
    Some(i64::from(days) * MICROS_A_DAY + seconds * 1_000_000)
}

/// The same without seconds, or without minutes.
#[inline(never)]
fn shorter(input: &[u8], at: usize, days: i32) -> Option<(i64, usize)> {
    let rest = input.get(at + 11..)?;
    let two = |a: &u8, b: &u8| (a.is_ascii_digit() && b.is_ascii_digit()).then(|| (a - b'0') * 10 + (b - b'0'));
    match rest {
        [b' ' | b'T', h1, h2, b'"', ..] => Some((micros(days, two(h1, h2)?, 0, 0)?, at + 15)),
        [b' ' | b'T', h1, h2, b':', m1, m2, b'"', ..] => Some((micros(days, two(h1, h2)?, two(m1, m2)?, 0)?, at + 18)),
        [b'"', ..] => Some((micros(days, 0, 0, 0)?, at + 12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2023-02-29",
            "2100-02-29",
            "2023-13-01",
            "2023-00-01",
            "2023-01-32",
            "2023-01-00",
            "2023/01/01",
            "2o23-01-01",
        ] {
            let input = format!("\"{text}\"             ");
            assert_eq!(date(input.as_bytes(), 0), None, "{text}");
        }
        for text in [
            "2023-01-01 24:00:00",
            "2023-01-01 00:60:00",
            "2023-01-01 00:00:60",
            "2023-01-01 00-00-00",
            "2023-01-01x00:00:00",
        ] {
            let input = format!("\"{text}\"             ");
            assert_eq!(date_time(input.as_bytes(), 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_and_time_is_what_the_calendar_says(days in -719_528i32..2_932_897, second in 0i64..86_400, shape in 0usize..4) {
            let day = arrow_array::types::Date32Type::to_naive_date_opt(days).unwrap();
            let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
            let input = format!("\"{}\"            ", day.format("%Y-%m-%d"));
            prop_assert_eq!(date(input.as_bytes(), 0), Some((days, 12)));
            let (time, exact) = match shape {
                0 => (String::new(), 0),
                1 => (format!(" {hours:02}"), hours * 3600),
                2 => (format!("T{hours:02}:{minutes:02}"), second - seconds),
                _ => (format!(" {hours:02}:{minutes:02}:{seconds:02}"), second),
            };
            let text = format!("\"{}{time}\"", day.format("%Y-%m-%d"));
            let input = format!("{text}               ");
            let micros = i64::from(days) * MICROS_A_DAY + exact * 1_000_000;
            prop_assert_eq!(date_time(input.as_bytes(), 0), Some((micros, text.len())));
        }
    }
}
