//! Why a text is no filter expression.

use std::fmt;

/// How much of the text after the place is shown, in characters.
const EXCERPT: usize = 20;

/// A text that is not an expression of its family: where reading stopped, and what could have stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    at: usize,
    character: usize,
    expected: Vec<&'static str>,
    found: String,
}

impl ParseError {
    pub(crate) fn new(text: &str, at: usize, mut expected: Vec<&'static str>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let after = text.get(at..).unwrap_or_default();
        let mut found: String = after.chars().take(EXCERPT).collect();
        if found.len() < after.len() {
            found.push_str("...");
        }
        expected.sort_unstable();
        expected.dedup();
        Self { at, character: before.chars().count() + 1, expected, found }
    }

    /// The place in bytes from the start of the text.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What could have stood there.
    pub fn expected(&self) -> &[&'static str] {
        &self.expected
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut expected: Vec<String> = self.expected.iter().map(|expected| told(expected)).collect();
        let last = expected.pop().unwrap_or_default();
        let expected = if expected.is_empty() { last } else { format!("{} or {last}", expected.join(", ")) };
        match self.found.as_str() {
            "" => write!(f, "expected {expected} after character {}, where the expression ends", self.character - 1),
            found => write!(f, "expected {expected} at character {}, before {found:?}", self.character),
        }
    }
}

impl std::error::Error for ParseError {}

/// A description as it is, a part of the language as code.
fn told(expected: &str) -> String {
    let described = ["a ", "an ", "one ", "text", "the "].iter().any(|start| expected.starts_with(start));
    if described { expected.to_owned() } else { format!("`{expected}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_the_place_and_what_was_expected() {
        let error = ParseError::new("größer 5", "größ".len(), vec!["a number", "NULL", "a number"]);
        assert_eq!(error.at(), 6);
        assert_eq!(error.to_string(), "expected `NULL` or a number at character 5, before \"er 5\"");
        assert_eq!(
            ParseError::new("> ", 2, vec!["a number"]).to_string(),
            "expected a number after character 2, where the expression ends"
        );
    }

    #[test]
    fn a_long_text_is_shown_in_part() {
        let text = "x".repeat(1000);
        assert!(ParseError::new(&text, 0, Vec::new()).to_string().len() < 100);
    }
}
