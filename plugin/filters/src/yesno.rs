//! Filters of yes/no fields.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::scan::Scanner;

/// A filter of yes/no fields. `TRUE` and `FALSE`, which are for columns that hold Booleans, are not part of it.
///
/// ```
/// use looker_filters::YesNoFilter;
///
/// assert_eq!("yes".parse(), Ok(YesNoFilter::Yes));
/// assert_eq!(YesNoFilter::No.to_string(), "No");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YesNoFilter {
    /// Every value.
    Any,
    /// The condition of the field holds.
    Yes,
    /// It does not.
    No,
}

impl YesNoFilter {
    /// The filter in words: `is yes`.
    pub fn summary(self) -> String {
        match self {
            Self::Any => "is any value",
            Self::Yes => "is yes",
            Self::No => "is no",
        }
        .into()
    }
}

impl fmt::Display for YesNoFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "",
            Self::Yes => "Yes",
            Self::No => "No",
        })
    }
}

impl FromStr for YesNoFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Ok(Self::Any);
        }
        let answers = Scanner::whole(text, |scanner| scanner.list(separator, answer))?;
        Ok(match (answers.contains(&Self::Yes), answers.contains(&Self::No)) {
            (true, false) => Self::Yes,
            (false, true) => Self::No,
            _ => Self::Any,
        })
    }
}

fn separator(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.spaces();
    scanner.exact(",")?;
    scanner.spaces();
    Some(())
}

fn answer(scanner: &mut Scanner<'_>) -> Option<YesNoFilter> {
    let yes = scanner.word("Yes").map(|()| YesNoFilter::Yes);
    yes.or_else(|| scanner.word("No").map(|()| YesNoFilter::No))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_read_in_any_case_and_both_are_any() {
        for (text, expected) in [
            ("", YesNoFilter::Any),
            ("Yes", YesNoFilter::Yes),
            ("yes, YES", YesNoFilter::Yes),
            ("NO", YesNoFilter::No),
            ("Yes,No", YesNoFilter::Any),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["true", "yess", "1", ",", "Yes,", "NULL"] {
            assert!(bad.parse::<YesNoFilter>().is_err(), "{bad}");
        }
    }
}
