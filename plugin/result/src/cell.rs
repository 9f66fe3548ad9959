//! One cell: from the JSON text of `{"value": ...}` to a value of the column's kind, exactly or not at all.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::read;
use super::read::date::MICROS_A_DAY;
use super::types::PRECISION;

/// What a cell holds, still as text where it is a number.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    /// A list or an object, as JSON.
    Composite(Cow<'a, str>),
}

/// A cell that does not fit its column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch;

/// The value inside a cell's text. Cells are wrapped as `{"value": x}` in every recorded body; a bare value is taken
/// as it is, since one client of Looker's tolerates it.
pub(super) fn unwrap(cell: &str) -> Result<&str, Mismatch> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        value: &'a RawValue,
    }
    if !cell.starts_with('{') {
        return Ok(cell);
    }
    if let Some(value) = cell.strip_prefix(r#"{"value":"#).and_then(|rest| rest.strip_suffix('}')).filter(|v| is_one(v))
    {
        return Ok(value);
    }
    serde_json::from_str::<Wrapped<'_>>(cell).map(|wrapped| wrapped.value.get()).map_err(|_| Mismatch)
}

/// Whether text between `{"value":` and the last brace is one plain scalar, with no further key behind it.
fn is_one(value: &str) -> bool {
    match value.strip_prefix('"') {
        Some(rest) => memchr::memchr2(b'"', b'\\', rest.as_bytes()) == rest.len().checked_sub(1) && rest.ends_with('"'),
        None => {
            !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
        }
    }
}

impl<'a> Scalar<'a> {
    /// Reads a JSON value's text.
    pub(super) fn parse(json: &'a str) -> Result<Self, Mismatch> {
        match json.as_bytes().first() {
            None => Err(Mismatch),
            Some(b'n') => Ok(Self::Null),
            Some(b't') => Ok(Self::Bool(true)),
            Some(b'f') => Ok(Self::Bool(false)),
            Some(b'{' | b'[') => Ok(Self::Composite(Cow::Borrowed(json))),
            Some(b'"') => {
                let inner = json.get(1..json.len().saturating_sub(1)).ok_or(Mismatch)?;
                if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
                    return Ok(Self::Text(Cow::Borrowed(inner)));
                }
                serde_json::from_str(json).map(|text| Self::Text(Cow::Owned(text))).map_err(|_| Mismatch)
            }
            Some(_) => Ok(Self::Number(Cow::Borrowed(json))),
        }
    }

    /// The same without the text that it was read from.
    pub(super) fn into_owned(self) -> Scalar<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(value) => Scalar::Bool(value),
            Self::Number(text) => Scalar::Number(owned(text)),
            Self::Composite(json) => Scalar::Composite(owned(json)),
            Self::Text(text) => Scalar::Text(owned(text)),
        }
    }

    /// A number's text, whether Looker wrote it as a number or as text, as dialects differ in it.
    fn digits(&self) -> Result<&str, Mismatch> {
        match self {
            Self::Number(text) => Ok(text),
            Self::Text(text) => Ok(text.trim()),
            _ => Err(Mismatch),
        }
    }

    /// A whole number.
    pub(super) fn integer(&self) -> Result<i64, Mismatch> {
        let text = self.digits()?;
        if let Ok(value) = text.parse() {
            return Ok(value);
        }
        // `12.0` and `1e3` are whole too, as far as they are exact.
        let value: f64 = text.parse().map_err(|_| Mismatch)?;
        #[expect(clippy::cast_possible_truncation, reason = "checked: whole and within the exact range")]
        if value.fract() == 0.0 && value.abs() < MAX_EXACT { Ok(value as i64) } else { Err(Mismatch) }
    }

    /// A number as the nearest double; a whole one must be held exactly.
    pub(super) fn number(&self) -> Result<f64, Mismatch> {
        let text = self.digits()?;
        let value: f64 = text.parse().map_err(|_| Mismatch)?;
        let is_whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if is_whole && value.abs() >= MAX_EXACT {
            // Beyond 2^53 only some whole numbers are doubles.
            #[expect(clippy::cast_possible_truncation, reason = "compared with the text's own value")]
            let exact = text.parse::<i128>().is_ok_and(|whole| value as i128 == whole);
            return if exact { Ok(value) } else { Err(Mismatch) };
        }
        if value.is_finite() { Ok(value) } else { Err(Mismatch) }
    }

    /// `Yes` or `No`; JSON booleans come from the SQL interface.
    pub(super) fn yes_no(&self) -> Result<bool, Mismatch> {
        match self {
            Self::Bool(value) => Ok(*value),
            Self::Text(text) => match text.as_ref() {
                "Yes" | "yes" | "true" | "TRUE" => Ok(true),
                "No" | "no" | "false" | "FALSE" => Ok(false),
                _ => Err(Mismatch),
            },
            Self::Number(text) if text == "1" => Ok(true),
            Self::Number(text) if text == "0" => Ok(false),
            _ => Err(Mismatch),
        }
    }

    /// A number as digits, of which so many stand behind the point; nothing is rounded.
    pub(super) fn decimal(&self, scale: i8) -> Result<i128, Mismatch> {
        let text = self.digits()?;
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let places = usize::try_from(scale).map_err(|_| Mismatch)?;
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > places {
            return Err(Mismatch);
        }
        let value: i128 = format!("{whole}{fraction:0<places$}").parse().map_err(|_| Mismatch)?;
        if value >= 10_i128.pow(u32::from(PRECISION)) {
            return Err(Mismatch);
        }
        Ok(if negative { -value } else { value })
    }

    /// The texts of a list: a JSON list, or a text in which they stand between commas.
    pub(super) fn list(&self) -> Result<Vec<String>, Mismatch> {
        match self {
            Self::Composite(json) => {
                let items: Vec<serde_json::Value> = serde_json::from_str(json).map_err(|_| Mismatch)?;
                Ok(items
                    .into_iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect())
            }
            _ => {
                Ok(self.text().split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
            }
        }
    }

    /// Days since 1970-01-01 of `YYYY-MM-DD`, or as a number: the SQL interface writes dates so.
    pub(super) fn date(&self) -> Result<i32, Mismatch> {
        match self {
            Self::Number(days) => days.parse().map_err(|_| Mismatch),
            Self::Text(text) => {
                let (days, rest) = date(text.as_bytes())?;
                if rest.is_empty() { Ok(days) } else { Err(Mismatch) }
            }
            _ => Err(Mismatch),
        }
    }

    /// Microseconds since 1970-01-01 00:00 of `YYYY-MM-DD[ HH[:MM[:SS[.ffffff]]]]`, in whatever zone it is written, or of
    /// a number of milliseconds: the SQL interface writes times so.
    pub(super) fn date_time(&self) -> Result<i64, Mismatch> {
        if let Self::Number(millis) = self {
            return millis.parse::<i64>().ok().and_then(|millis| millis.checked_mul(1_000)).ok_or(Mismatch);
        }
        let Self::Text(text) = self else { return Err(Mismatch) };
        let (days, rest) = date(text.as_bytes())?;
        let micros = match rest {
            [] => 0,
            [b' ' | b'T', time @ ..] => time_of_day(time)?,
            _ => return Err(Mismatch),
        };
        Ok(i64::from(days) * MICROS_A_DAY + micros)
    }

    /// Any value as text; lists and objects stay JSON.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) | Self::Composite(text) | Self::Text(text) => text,
        }
    }
}

/// 2^53: below it every whole number is a double.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

fn digits(text: &[u8]) -> Result<i64, Mismatch> {
    if text.is_empty() || text.len() > 9 {
        return Err(Mismatch);
    }
    text.iter().try_fold(
        0,
        |value, byte| if byte.is_ascii_digit() { Ok(value * 10 + i64::from(byte - b'0')) } else { Err(Mismatch) },
    )
}

/// A date at the start of the text, as days, and what follows it.
fn date(text: &[u8]) -> Result<(i32, &[u8]), Mismatch> {
    let (day, rest) = text.split_first_chunk().ok_or(Mismatch)?;
    Ok((read::date::days(day).ok_or(Mismatch)?, rest))
}

/// Microseconds of `HH[:MM[:SS[.ffffff]]]`.
fn time_of_day(text: &[u8]) -> Result<i64, Mismatch> {
    let (clock, fraction) = match text.iter().position(|&b| b == b'.') {
        Some(dot) => (text.get(..dot).ok_or(Mismatch)?, text.get(dot + 1..)),
        None => (text, None),
    };
    let mut parts = [0; 3];
    let mut count = 0;
    for (slot, part) in parts.iter_mut().zip(clock.split(|&b| b == b':')) {
        if part.len() != 2 {
            return Err(Mismatch);
        }
        *slot = digits(part)?;
        count += 1;
    }
    let [hours, minutes, seconds] = parts;
    if count != clock.split(|&b| b == b':').count() || hours > 23 || minutes > 59 || seconds > 59 {
        return Err(Mismatch);
    }
    let micros = match fraction {
        None => 0,
        Some(_) if count < 3 => return Err(Mismatch),
        Some(fraction) => {
            // Digits beyond microseconds must be zeros: nothing is cut in silence.
            let (kept, beyond) = fraction.split_at(fraction.len().min(6));
            if beyond.iter().any(|&b| b != b'0') {
                return Err(Mismatch);
            }
            let scale = u32::try_from(6 - kept.len()).map_err(|_| Mismatch)?;
            digits(kept)? * 10_i64.pow(scale)
        }
    };
    Ok(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        Scalar::parse(json).unwrap()
    }

    #[test]
    fn a_cell_is_unwrapped_whatever_stands_beside_its_value() {
        for (cell, value) in [
            (r#"{"value":12}"#, "12"),
            (r#"{"value":"a"}"#, r#""a""#),
            (r#"{"value":"a\"}"}"#, r#""a\"}""#),
            (r#"{"value":"a","rendered":"b"}"#, r#""a""#),
            (r#"{ "rendered":"b", "value" : null }"#, "null"),
            (r#"{"value":[1,2],"links":[]}"#, "[1,2]"),
            ("12.5", "12.5"),
            ("null", "null"),
        ] {
            assert_eq!(unwrap(cell), Ok(value), "{cell}");
        }
        assert_eq!(unwrap(r#"{"rendered":"b"}"#), Err(Mismatch));
    }

    #[test]
    fn whole_numbers_are_exact_or_refused() {
        assert_eq!(scalar("9007199254740993").integer(), Ok(9_007_199_254_740_993));
        assert_eq!(scalar("9223372036854775807").integer(), Ok(i64::MAX));
        assert_eq!(scalar("9223372036854775808").integer(), Err(Mismatch));
        assert_eq!(scalar("12.0").integer(), Ok(12));
        assert_eq!(scalar("12.5").integer(), Err(Mismatch));
        assert_eq!(scalar("9007199254740993").number(), Err(Mismatch));
        assert_eq!(scalar("9007199254740992").number(), Ok(9_007_199_254_740_992.0));
        assert_eq!(scalar("18014398509481984").number(), Ok(18_014_398_509_481_984.0));
        assert_eq!(scalar("\"12.25\"").number(), Ok(12.25));
        assert_eq!(scalar("\"NaN\"").number(), Err(Mismatch));
    }

    #[test]
    fn dates_and_times_are_read_in_every_precision_and_wrong_ones_refused() {
        assert_eq!(scalar("\"1970-01-01\"").date(), Ok(0));
        assert_eq!(scalar("\"2024-02-29\"").date(), Ok(19_782));
        assert_eq!(scalar("\"0001-01-01\"").date(), Ok(-719_162));
        for wrong in ["2023-02-29", "2023-13-01", "2023-1-1", "2023-01-01 00:00", "yesterday", ""] {
            assert_eq!(Scalar::Text(wrong.into()).date(), Err(Mismatch), "{wrong}");
        }
        let noon = 19_782 * 86_400_000_000 + 12 * 3_600_000_000;
        for text in [
            "2024-02-29 12",
            "2024-02-29 12:00",
            "2024-02-29 12:00:00",
            "2024-02-29T12:00:00.000",
            "2024-02-29 12:00:00.0000000",
        ] {
            assert_eq!(Scalar::Text(text.into()).date_time(), Ok(noon), "{text}");
        }
        assert_eq!(scalar("\"2024-02-29 12:00:00.25\"").date_time(), Ok(noon + 250_000));
        for wrong in [
            "2024-02-29 24:00",
            "2024-02-29 12:60",
            "2024-02-29 12:00:00.0000001",
            "2024-02-29 12:00:00+01",
            "2024-02-29 12:00:00:00",
        ] {
            assert_eq!(Scalar::Text(wrong.into()).date_time(), Err(Mismatch), "{wrong}");
        }
    }

    #[test]
    fn yes_and_no_are_booleans_and_nothing_else_is() {
        assert_eq!(scalar("\"Yes\"").yes_no(), Ok(true));
        assert_eq!(scalar("false").yes_no(), Ok(false));
        assert_eq!(scalar("\"maybe\"").yes_no(), Err(Mismatch));
    }

    proptest! {
        #[test]
        fn every_day_is_one_more_than_the_day_before(days in -700_000i32..2_900_000) {
            let civil = |days: i32| {
                let date = arrow_array::types::Date32Type::to_naive_date_opt(days).unwrap();
                date.format("\"%Y-%m-%d\"").to_string()
            };
            prop_assert_eq!(scalar(&civil(days)).date(), Ok(days));
        }

        #[test]
        fn any_text_survives_its_own_escapes(text in ".*") {
            let json = serde_json::to_string(&text).unwrap();
            let cell = format!("{{\"value\":{json}}}");
            let scalar = Scalar::parse(unwrap(&cell).unwrap()).unwrap();
            prop_assert_eq!(scalar.text(), text.as_str());
        }
    }
}
