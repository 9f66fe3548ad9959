//! Filters of tiers and of fields with a list of values: `10 to 19`, `-Undefined`. There are no wildcards.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::scan::Scanner;
use crate::string::{letters, parse, write};
use crate::terms::{Term, Terms};
use crate::user_attribute::UserAttribute;
use crate::words::{self, Phrase};

/// A filter of tiers.
///
/// ```
/// use looker_filters::TierFilter;
///
/// let filter = TierFilter::one_of(["10 to 19", "20 to 29"]);
/// assert_eq!(filter.to_string(), "10 to 19,20 to 29");
/// assert_eq!(filter.summary(), "is 10 to 19 or 20 to 29");
/// assert_eq!("10 to 19, 20 to 29".parse(), Ok(filter));
/// ```
pub type TierFilter = Terms<TierTest>;

/// What a tier may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TierTest {
    /// The tier of this name.
    Is(String),
    /// What the user attribute holds.
    UserAttribute(UserAttribute),
}

impl Terms<TierTest> {
    /// The tier of this name.
    pub fn is(name: impl Into<String>) -> Self {
        TierTest::Is(name.into()).into()
    }

    /// One of these tiers; any tier when there are none.
    pub fn one_of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        names.into_iter().map(|name| Term { negated: false, test: TierTest::Is(name.into()) }).collect()
    }

    /// The filter in words: `is 10 to 19`.
    pub fn summary(&self) -> String {
        words::sentence(self, |test| match test {
            TierTest::Is(name) => Phrase::is(words::value(name)),
            TierTest::UserAttribute(attribute) => Phrase::is_alone(attribute.words()),
        })
    }
}

fn test(scanner: &mut Scanner<'_>) -> Option<TierTest> {
    if let Some(name) = letters::quoted(scanner) {
        return Some(TierTest::Is(name));
    }
    let mut name = letters::plain(scanner).or_else(|| scanner.missed("text"))?;
    letters::trim(&mut name);
    Some(TierTest::Is(letters::text(&name)))
}

impl fmt::Display for TierFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for term in self.terms() {
            write!(f, "{separator}{}", if term.negated { "-" } else { "" })?;
            match &term.test {
                TierTest::Is(name) => write::whole(name, f)?,
                TierTest::UserAttribute(attribute) => attribute.fmt(f)?,
            }
            separator = ",";
        }
        Ok(())
    }
}

impl FromStr for TierFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::terms(text, TierTest::UserAttribute, test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_escapes_and_quotation_marks() {
        let names = |text: &str| text.parse::<TierFilter>();
        assert_eq!(names("sub^_region"), Ok(TierFilter::is("sub_region")));
        assert_eq!(names("\"a, b\",NULL"), Ok(TierFilter::one_of(["a, b", "NULL"])));
        assert_eq!(names("-Undefined"), Ok(TierFilter::any().but_not(TierFilter::is("Undefined"))));
    }

    #[test]
    fn there_are_no_wildcards() {
        for bad in ["10%", "sub_region", "a,,b", "-"] {
            assert!(bad.parse::<TierFilter>().is_err(), "{bad}");
        }
    }
}
