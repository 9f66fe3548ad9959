//! Filters of dates and times: `7 days`, `last month`, `2024-03 for 2 months`, `before 3 days ago`, `FY2024-Q1`.

mod build;
mod moment;
mod parse;
mod unit;
mod words;
mod write;

use std::str::FromStr;

pub use moment::{Moment, Month, Year};
pub use unit::{Interval, Unit};

use crate::error::ParseError;
use crate::user_attribute::UserAttribute;

/// A filter of dates and times: alternatives. Without one every time passes.
///
/// ```
/// use looker_filters::{DateFilter, Unit};
///
/// let filter = DateFilter::last(7, Unit::Day).or(DateFilter::previous(Unit::Month));
/// assert_eq!(filter.to_string(), "7 days,last month");
/// assert_eq!(filter.summary(), "is in the last 7 days or is previous month");
/// assert_eq!("last 7 days, last month".parse(), Ok(filter));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DateFilter {
    tests: Vec<DateTest>,
}

/// When a time may be. Units of relative times are whole ones: `3 days` are today and the two days before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DateTest {
    /// No value.
    Null,
    /// Some value.
    NotNull,
    /// `3 days` or `last 3 days`: the current unit and those before it, so many in all.
    Last(Interval),
    /// `3 days ago`: that unit.
    Ago(Interval),
    /// `3 days from now`: that unit.
    FromNow(Interval),
    /// `3 days ago for 2 days`
    Relative {
        /// How far its start is away.
        start: Interval,
        /// Whether before or after now.
        direction: Direction,
        /// How long it is.
        length: Interval,
    },
    /// `this week`: the current unit.
    This(Unit),
    /// `next week`: the unit after it.
    Next(Unit),
    /// `last week`: the unit before it.
    Previous(Unit),
    /// `this year to day`: from the start of one current unit to the start of another.
    ThisTo {
        /// The unit that starts it.
        from: Unit,
        /// The unit that ends it.
        to: Unit,
    },
    /// `today`, `monday`
    Day(Day),
    /// `today for 7 days`
    DayFor(Day, Interval),
    /// `before 2024-03-05`: not that moment.
    Before(Edge),
    /// `after 2024-03-05`: that moment, too.
    After(Edge),
    /// `2024-03-05`, and with a time that minute or second.
    On(Moment),
    /// `2024-03-05 to 2024-03-07`: up to the second, not with it.
    Range {
        /// Its start.
        from: Moment,
        /// Its end.
        to: Moment,
    },
    /// `2024-03-05 for 3 days`
    OnFor(Moment, Interval),
    /// `2024`
    Year(Year),
    /// `2024-Q1`
    Quarter(Year, Quarter),
    /// `2024-03`
    Month(Month),
    /// `2024-03 for 2 months`
    MonthFor(Month, Interval),
    /// `FY2024`
    FiscalYear(Year),
    /// `FY2024-Q1`
    FiscalQuarter(Year, Quarter),
    /// What the user attribute holds.
    UserAttribute(UserAttribute),
}

/// Which side of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Before.
    Ago,
    /// After.
    FromNow,
}

/// Where `before` ends and `after` starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// The start of a unit in the past: `before 3 days ago`.
    Ago(Interval),
    /// The start of a unit in the future: `before 3 days from now`.
    FromNow(Interval),
    /// The start of the current unit: `before this week`.
    This(Unit),
    /// The start of the next unit: `before next week`.
    Next(Unit),
    /// The start of the previous unit: `before last week`.
    Previous(Unit),
    /// A moment: `before 2024-03-05`.
    Moment(Moment),
    /// The start of the latest such day: `before monday`.
    Weekday(Weekday),
}

/// A day by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// The current day.
    Today,
    /// The day before it.
    Yesterday,
    /// The day after it.
    Tomorrow,
    /// The latest such day.
    Weekday(Weekday),
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A quarter of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quarter {
    Q1,
    Q2,
    Q3,
    Q4,
}

impl Quarter {
    const ALL: [Self; 4] = [Self::Q1, Self::Q2, Self::Q3, Self::Q4];

    /// From 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::Q1 => 1,
            Self::Q2 => 2,
            Self::Q3 => 3,
            Self::Q4 => 4,
        }
    }
}

impl FromStr for DateFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::parse(text)
    }
}
