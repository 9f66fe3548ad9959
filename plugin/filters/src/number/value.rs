//! A number of an expression.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::scan::Scanner;

/// A decimal number, kept as it is written, so that no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// Its text, such as `-5`, `.25` or `1e6`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest `f64`; infinite when it is too large for one.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    pub(crate) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let text = scanner.text_of(|scanner| {
            scanner.take(|c| c == '-');
            match whole(scanner) {
                Some(_) => drop(fraction(scanner)),
                None => fraction(scanner)?,
            }
            exponent(scanner);
            Some(())
        });
        text.map_or_else(|| scanner.missed("a number"), |text| Some(Self(text.to_owned())))
    }
}

/// A whole number without a sign and without zeros before it.
pub(crate) fn whole<'a>(scanner: &mut Scanner<'a>) -> Option<&'a str> {
    scanner.text_of(|scanner| {
        if scanner.take(|c| c == '0').is_none() {
            scanner.take_while(|c| c.is_ascii_digit())?;
        }
        Some(())
    })
}

fn fraction(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.attempt(|scanner| {
        scanner.take(|c| c == '.')?;
        scanner.take_while(|c| c.is_ascii_digit()).map(drop)
    })
}

fn exponent(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.attempt(|scanner| {
        scanner.take(|c| c == 'e' || c == 'E')?;
        scanner.take(|c| c == '+' || c == '-');
        scanner.take_while(|c| c.is_ascii_digit()).map(drop)
    })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Number {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Scanner::whole(text, Self::read)
    }
}

/// From whole numbers, which are all numbers of the language.
macro_rules! from_whole {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Number {
            fn from(value: $whole) -> Self {
                Self(value.to_string())
            }
        }
    )*};
}

from_whole!(i32, i64, u32, u64);

/// A number that is infinite or none at all, which the language does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite;

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("filter expressions have finite numbers only")
    }
}

impl std::error::Error for NotFinite {}

impl TryFrom<f64> for Number {
    type Error = NotFinite;

    fn try_from(value: f64) -> Result<Self, NotFinite> {
        if value.is_finite() { Ok(Self(value.to_string())) } else { Err(NotFinite) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_as_it_is_written() {
        for text in ["0", "5", "-5", "5.50", ".5", "-.5", "1e6", "1.5E-3", "9007199254740993"] {
            assert_eq!(text.parse::<Number>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "-", "+5", "05", "5.", ".", "1e", "e5", "five", "5 ", "inf", "1_000"] {
            assert!(bad.parse::<Number>().is_err(), "{bad}");
        }
    }

    #[test]
    fn finite_floats_are_numbers() {
        for value in [0.1, -2.5e300, 5.0, f64::MIN_POSITIVE] {
            let number = Number::try_from(value).unwrap();
            assert_eq!(number.as_str().parse::<Number>(), Ok(number.clone()));
            assert_eq!(number.as_f64().to_bits(), value.to_bits());
        }
        assert_eq!(Number::try_from(f64::NAN), Err(NotFinite));
        assert_eq!(Number::try_from(f64::INFINITY), Err(NotFinite));
    }
}
