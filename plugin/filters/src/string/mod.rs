//! Filters of text: `a,b`, `-a`, `%a%`, `a%`, `NULL`, `EMPTY`, quotation marks and caret escapes.

pub(crate) mod letters;
pub(crate) mod parse;
mod pattern;
pub(crate) mod write;

use std::fmt;
use std::str::FromStr;

pub use pattern::{Pattern, Piece, Shape};

use crate::error::ParseError;
use crate::terms::{Term, Terms};
use crate::user_attribute::UserAttribute;
use crate::words::{self, Phrase};

/// A filter of text.
///
/// ```
/// use looker_filters::StringFilter;
///
/// let filter = StringFilter::contains("50%").or(StringFilter::is("NULL")).but_not(StringFilter::blank());
/// assert_eq!(filter.to_string(), "%50^%%,\"NULL\",-EMPTY");
/// assert_eq!(filter.summary(), "contains 50% or is NULL, and is not blank");
/// assert_eq!("%50^%%, \"NULL\", -EMPTY".parse(), Ok(filter));
/// ```
pub type StringFilter = Terms<StringTest>;

/// What a text may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StringTest {
    /// This very text.
    Is(String),
    /// What has the form of a pattern.
    Like(Pattern),
    /// Empty, or no value.
    Blank,
    /// No value.
    Null,
    /// What the user attribute holds.
    UserAttribute(UserAttribute),
}

impl StringTest {
    fn like(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Pattern::new(pieces).map_or_else(Self::Is, Self::Like)
    }
}

impl Terms<StringTest> {
    /// This very text.
    pub fn is(text: impl Into<String>) -> Self {
        StringTest::Is(text.into()).into()
    }

    /// One of these texts; any text when there are none.
    pub fn one_of<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        texts.into_iter().map(|text| Term { negated: false, test: StringTest::Is(text.into()) }).collect()
    }

    /// Text with `text` in it.
    pub fn contains(text: impl Into<String>) -> Self {
        StringTest::like([Piece::Any, Piece::Text(text.into()), Piece::Any]).into()
    }

    /// Text with `text` at its start.
    pub fn starts_with(text: impl Into<String>) -> Self {
        StringTest::like([Piece::Text(text.into()), Piece::Any]).into()
    }

    /// Text with `text` at its end.
    pub fn ends_with(text: impl Into<String>) -> Self {
        StringTest::like([Piece::Any, Piece::Text(text.into())]).into()
    }

    /// Text of this form; without a wildcard among the pieces it is the text itself.
    pub fn like(pieces: impl IntoIterator<Item = Piece>) -> Self {
        StringTest::like(pieces).into()
    }

    /// Empty, or no value.
    pub fn blank() -> Self {
        StringTest::Blank.into()
    }

    /// No value.
    pub fn null() -> Self {
        StringTest::Null.into()
    }

    /// The filter in words: `contains 50%`.
    pub fn summary(&self) -> String {
        words::sentence(self, |test| match test {
            StringTest::Is(text) => Phrase::is(words::value(text)),
            StringTest::Like(pattern) => phrase(pattern),
            StringTest::Blank => Phrase::is_alone("blank"),
            StringTest::Null => Phrase::is_alone("null"),
            StringTest::UserAttribute(attribute) => Phrase::is_alone(attribute.words()),
        })
    }
}

fn phrase(pattern: &Pattern) -> Phrase {
    let verb = |holds, fails, text| Phrase { holds, fails, object: words::value(text), joins: true };
    match pattern.shape() {
        Shape::Contains(text) => verb("contains", "does not contain", text),
        Shape::StartsWith(text) => verb("starts with", "does not start with", text),
        Shape::EndsWith(text) => verb("ends with", "does not end with", text),
        Shape::Other => verb("matches", "does not match", &StringTest::Like(pattern.clone()).to_string()),
    }
}

impl fmt::Display for StringTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => write::whole(text, f),
            Self::Like(pattern) => write::pattern(pattern, f),
            Self::Blank => f.write_str("EMPTY"),
            Self::Null => f.write_str("NULL"),
            Self::UserAttribute(attribute) => attribute.fmt(f),
        }
    }
}

impl fmt::Display for StringFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for term in self.terms() {
            write!(f, "{separator}{}{}", if term.negated { "-" } else { "" }, term.test)?;
            separator = ",";
        }
        Ok(())
    }
}

impl FromStr for StringFilter {
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
            (StringFilter::any(), "", "is any value"),
            (StringFilter::one_of(["a", "b, c"]), "a,\"b, c\"", "is a or \"b, c\""),
            (StringFilter::starts_with("-a"), "^-a%", "starts with \"-a\""),
            (StringFilter::ends_with("a "), "%a^ ^ ", "ends with \"a \""),
            (StringFilter::contains("a").or(StringFilter::contains("b")), "%a%,%b%", "contains a or b"),
            (StringFilter::contains(""), "%", "matches %"),
            (StringFilter::like([Piece::One, Piece::Text("UF".into())]), "_UF", "matches _UF"),
            (StringFilter::any().but_not(StringFilter::starts_with("a")), "-a%", "does not start with a"),
            (StringFilter::null().or(StringFilter::blank()), "NULL,EMPTY", "is null or is blank"),
        ] {
            assert_eq!((filter.to_string().as_str(), filter.summary().as_str()), (text, summary));
            assert_eq!(text.parse(), Ok(filter), "{text}");
        }
    }
}
