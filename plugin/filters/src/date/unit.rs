//! Units of time, and counts of them.

use std::fmt;

use crate::number::whole;
use crate::scan::Scanner;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from the day on which weeks start in the model.
    Week,
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// Three months of a fiscal year.
    FiscalQuarter,
    /// A year.
    Year,
    /// A year from the month in which fiscal years start in the model.
    FiscalYear,
}

impl Unit {
    const ALL: [Self; 10] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::FiscalQuarter,
        Self::Year,
        Self::FiscalYear,
    ];

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::FiscalQuarter => "fiscal quarter",
            Self::Year => "year",
            Self::FiscalYear => "fiscal year",
        }
    }

    /// Whether it is shorter than a day. `this` and `next` do not go with such units.
    pub fn is_of_clock(self) -> bool {
        matches!(self, Self::Second | Self::Minute | Self::Hour)
    }

    /// One or many of them: `day`, `days`.
    pub(super) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let Some(unit) = Self::ALL.into_iter().find(|unit| scanner.word(unit.name()).is_some()) else {
            return scanner.missed("a unit of time");
        };
        scanner.take(|c| c.eq_ignore_ascii_case(&'s'));
        Some(unit)
    }

    /// A unit of at least a day.
    pub(super) fn read_of_calendar(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.attempt(|scanner| Self::read(scanner).filter(|unit| !unit.is_of_clock()))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number of units: `3 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: Unit,
}

impl Interval {
    /// `count` units.
    pub fn new(count: u64, unit: Unit) -> Self {
        Self { count, unit }
    }

    pub(super) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.attempt(|scanner| {
            let Some(count) = whole(scanner) else { return scanner.missed("a number of units") };
            let Ok(count) = count.parse() else { return scanner.missed("a smaller number") };
            scanner.space()?;
            Some(Self { count, unit: Unit::read(scanner)? })
        })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.count, self.unit, if self.count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_read_and_written() {
        for (text, expected) in [
            ("1 day", "1 day"),
            ("1 DAYS", "1 day"),
            ("0 minute", "0 minutes"),
            ("12  Fiscal Quarters", "12 fiscal quarters"),
        ] {
            assert_eq!(Scanner::whole(text, Interval::read).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_count_that_no_clock_could_count_is_refused() {
        let error = Scanner::whole("99999999999999999999 days", Interval::read).unwrap_err();
        assert_eq!(error.expected(), ["a smaller number"]);
    }
}
