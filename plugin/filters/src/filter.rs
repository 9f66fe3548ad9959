//! A filter of any family.

use std::fmt;

use crate::{
    DateFilter, Family, LocationFilter, NumberFilter, ParameterValue, ParseError, StringFilter, TierFilter, YesNoFilter,
};

/// A filter of any family.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Filter {
    String(StringFilter),
    Number(NumberFilter),
    Date(DateFilter),
    Tier(TierFilter),
    YesNo(YesNoFilter),
    Location(LocationFilter),
    Parameter(ParameterValue),
}

/// Reads an expression of a family. An empty one lets everything through.
///
/// ```
/// use looker_filters::{Family, parse};
///
/// assert_eq!(parse(Family::Date, "last 7 days")?.summary(), "is in the last 7 days");
/// let error = parse(Family::Date, "last 7 dayz").map_err(|error| error.to_string());
/// assert_eq!(error, Err("expected `,` or the end at character 11, before \"z\"".into()));
/// # Ok::<(), looker_filters::ParseError>(())
/// ```
pub fn parse(family: Family, text: &str) -> Result<Filter, ParseError> {
    Ok(match family {
        Family::String => Filter::String(text.parse()?),
        Family::Number => Filter::Number(text.parse()?),
        Family::Date => Filter::Date(text.parse()?),
        Family::Tier => Filter::Tier(text.parse()?),
        Family::YesNo => Filter::YesNo(text.parse()?),
        Family::Location => Filter::Location(text.parse()?),
        Family::Parameter => Filter::Parameter(match text.parse() {
            Ok(value) => value,
            Err(never) => match never {},
        }),
    })
}

impl Filter {
    /// Its family.
    pub fn family(&self) -> Family {
        match self {
            Self::String(_) => Family::String,
            Self::Number(_) => Family::Number,
            Self::Date(_) => Family::Date,
            Self::Tier(_) => Family::Tier,
            Self::YesNo(_) => Family::YesNo,
            Self::Location(_) => Family::Location,
            Self::Parameter(_) => Family::Parameter,
        }
    }

    /// The filter in words, to stand after the name of the field: `is in the last 7 days`.
    pub fn summary(&self) -> String {
        match self {
            Self::String(filter) => filter.summary(),
            Self::Number(filter) => filter.summary(),
            Self::Date(filter) => filter.summary(),
            Self::Tier(filter) => filter.summary(),
            Self::YesNo(filter) => filter.summary(),
            Self::Location(filter) => filter.summary(),
            Self::Parameter(value) => value.summary(),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(filter) => filter.fmt(f),
            Self::Number(filter) => filter.fmt(f),
            Self::Date(filter) => filter.fmt(f),
            Self::Tier(filter) => filter.fmt(f),
            Self::YesNo(filter) => filter.fmt(f),
            Self::Location(filter) => filter.fmt(f),
            Self::Parameter(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_reads_its_own_language() {
        for (family, text, summary) in [
            (Family::String, "5", "is 5"),
            (Family::Number, ">5", "is > 5"),
            (Family::Date, "5 days", "is in the last 5 days"),
            (Family::Tier, "5 to 9", "is 5 to 9"),
            (Family::YesNo, "Yes", "is yes"),
            (Family::Location, "5, 5", "is at 5, 5"),
            (Family::Parameter, "a^_b", "is a_b"),
        ] {
            let filter = parse(family, text).unwrap();
            assert_eq!((filter.family(), filter.summary().as_str()), (family, summary));
            assert_eq!(parse(family, &filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn nothing_is_any_value() {
        for family in Family::ALL {
            assert_eq!(parse(family, "").unwrap().to_string(), "", "{family}");
        }
    }
}
