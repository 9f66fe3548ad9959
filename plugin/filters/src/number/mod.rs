//! Filters of numbers: `5`, `NOT 5`, `1, 3, 5`, `>5`, `1 to 10`, `[1,10)`, `>1 AND <10`, `NULL`.

mod parse;
mod value;

use std::fmt;
use std::str::FromStr;

pub(crate) use value::whole;
pub use value::{NotFinite, Number};

use crate::error::ParseError;
use crate::terms::Terms;
use crate::user_attribute::UserAttribute;
use crate::words::{self, Phrase};

/// A filter of numbers.
///
/// ```
/// use looker_filters::{Bounds, NumberFilter};
///
/// let filter = NumberFilter::between(1, 10).or(NumberFilter::is(20)).but_not(NumberFilter::is(5));
/// assert_eq!(filter.to_string(), "[1,10],20,not 5,not 5");
/// assert_eq!(filter.summary(), "is in range [1, 10] or is 20, and is not 5");
/// assert_eq!("1 to 10 OR 20, NOT 5, NOT 5".parse(), Ok(filter));
/// assert_eq!(NumberFilter::range(1, 10, Bounds::OPEN).to_string(), "(1,10)");
/// ```
///
/// One `NOT` alone is meant for the numbers beside it as well: `NOT 66, 99, 4` is none of the three. That is why a
/// single exclusion beside alternatives is written twice, as Looker itself does.
pub type NumberFilter = Terms<NumberTest>;

/// What a number may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NumberTest {
    /// This very number.
    Is(Number),
    /// On one side of a number.
    Compare(Comparison, Number),
    /// Between two numbers.
    Between {
        /// The lower end.
        low: Number,
        /// The upper end.
        high: Number,
        /// Which of the ends belong to it.
        bounds: Bounds,
    },
    /// No value.
    Null,
    /// What the user attribute holds.
    UserAttribute(UserAttribute),
}

/// The side of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// The sign: `>`, `>=`, `<` or `<=`.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

/// Which ends of a range belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Whether the lower end does.
    pub low: bool,
    /// Whether the upper end does.
    pub high: bool,
}

impl Bounds {
    /// `[low,high]`
    pub const CLOSED: Self = Self { low: true, high: true };
    /// `(low,high)`
    pub const OPEN: Self = Self { low: false, high: false };
    /// `[low,high)`
    pub const WITH_LOW: Self = Self { low: true, high: false };
    /// `(low,high]`
    pub const WITH_HIGH: Self = Self { low: false, high: true };

    fn signs(self) -> (char, char) {
        (if self.low { '[' } else { '(' }, if self.high { ']' } else { ')' })
    }
}

impl Terms<NumberTest> {
    /// This very number.
    pub fn is(number: impl Into<Number>) -> Self {
        NumberTest::Is(number.into()).into()
    }

    /// One of these numbers; any number when there are none.
    pub fn one_of<N: Into<Number>>(numbers: impl IntoIterator<Item = N>) -> Self {
        numbers.into_iter().fold(Self::any(), |all, number| all.or(Self::is(number)))
    }

    /// From `low` to `high`, both included.
    pub fn between(low: impl Into<Number>, high: impl Into<Number>) -> Self {
        Self::range(low, high, Bounds::CLOSED)
    }

    /// Between `low` and `high`.
    pub fn range(low: impl Into<Number>, high: impl Into<Number>, bounds: Bounds) -> Self {
        NumberTest::Between { low: low.into(), high: high.into(), bounds }.into()
    }

    /// More than this.
    pub fn above(number: impl Into<Number>) -> Self {
        NumberTest::Compare(Comparison::Above, number.into()).into()
    }

    /// This or more.
    pub fn at_least(number: impl Into<Number>) -> Self {
        NumberTest::Compare(Comparison::AtLeast, number.into()).into()
    }

    /// Less than this.
    pub fn below(number: impl Into<Number>) -> Self {
        NumberTest::Compare(Comparison::Below, number.into()).into()
    }

    /// This or less.
    pub fn at_most(number: impl Into<Number>) -> Self {
        NumberTest::Compare(Comparison::AtMost, number.into()).into()
    }

    /// No value.
    pub fn null() -> Self {
        NumberTest::Null.into()
    }

    /// The filter in words: `is > 5`.
    pub fn summary(&self) -> String {
        words::sentence(self, |test| match test {
            NumberTest::Is(number) => Phrase::is(number.as_str()),
            NumberTest::Compare(side, number) => Phrase::is_alone(format!("{} {number}", side.sign())),
            NumberTest::Between { low, high, bounds } => {
                let (open, close) = bounds.signs();
                Phrase::is_alone(format!("in range {open}{low}, {high}{close}"))
            }
            NumberTest::Null => Phrase::is_alone("null"),
            NumberTest::UserAttribute(attribute) => Phrase::is_alone(attribute.words()),
        })
    }
}

impl fmt::Display for NumberTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(number) => number.fmt(f),
            Self::Compare(side, number) => write!(f, "{}{number}", side.sign()),
            Self::Between { low, high, bounds } => {
                let (open, close) = bounds.signs();
                write!(f, "{open}{low},{high}{close}")
            }
            Self::Null => f.write_str("null"),
            Self::UserAttribute(attribute) => attribute.fmt(f),
        }
    }
}

impl fmt::Display for NumberFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exclusions = self.terms().iter().filter(|term| term.negated).count();
        let twice = exclusions == 1 && self.terms().len() > 1;
        let mut separator = "";
        for term in self.terms() {
            for _ in 0..if term.negated && twice { 2 } else { 1 } {
                write!(f, "{separator}{}{}", if term.negated { "not " } else { "" }, term.test)?;
                separator = ",";
            }
        }
        Ok(())
    }
}

impl FromStr for NumberFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_builder_writes_its_expression() {
        for (filter, text, summary) in [
            (NumberFilter::any(), "", "is any value"),
            (NumberFilter::one_of([1, 3, 5]), "1,3,5", "is 1 or 3 or 5"),
            (NumberFilter::above(5), ">5", "is > 5"),
            (NumberFilter::at_least(5), ">=5", "is >= 5"),
            (NumberFilter::below(5).or(NumberFilter::at_most(-7)), "<5,<=-7", "is < 5 or is <= -7"),
            (NumberFilter::range(1, 2, Bounds::WITH_HIGH), "(1,2]", "is in range (1, 2]"),
            (NumberFilter::any().but_not(NumberFilter::null()), "not null", "is not null"),
            (NumberFilter::is(1).but_not(NumberFilter::null()), "1,not null,not null", "is 1, and is not null"),
        ] {
            assert_eq!((filter.to_string().as_str(), filter.summary().as_str()), (text, summary));
            assert_eq!(text.parse(), Ok(filter), "{text}");
        }
    }
}
