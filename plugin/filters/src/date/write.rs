//! Writing filters of dates.

use std::fmt;

use super::{DateFilter, DateTest, Day, Direction, Edge, Quarter, Weekday};

impl Direction {
    /// `ago` or `from now`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Ago => "ago",
            Self::FromNow => "from now",
        }
    }
}

impl Weekday {
    pub(super) const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Tomorrow => "tomorrow",
            Self::Weekday(weekday) => weekday.name(),
        })
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Q{}", self.number())
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(interval) => write!(f, "{interval} ago"),
            Self::FromNow(interval) => write!(f, "{interval} from now"),
            Self::This(unit) => write!(f, "this {unit}"),
            Self::Next(unit) => write!(f, "next {unit}"),
            Self::Previous(unit) => write!(f, "last {unit}"),
            Self::Moment(moment) => moment.fmt(f),
            Self::Weekday(weekday) => f.write_str(weekday.name()),
        }
    }
}

impl fmt::Display for DateTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::NotNull => f.write_str("not null"),
            Self::Last(interval) => interval.fmt(f),
            Self::Ago(interval) => write!(f, "{interval} ago"),
            Self::FromNow(interval) => write!(f, "{interval} from now"),
            Self::Relative { start, direction, length } => write!(f, "{start} {} for {length}", direction.words()),
            Self::This(unit) => write!(f, "this {unit}"),
            Self::Next(unit) => write!(f, "next {unit}"),
            Self::Previous(unit) => write!(f, "last {unit}"),
            Self::ThisTo { from, to } => write!(f, "this {from} to {to}"),
            Self::Day(day) => day.fmt(f),
            Self::DayFor(day, length) => write!(f, "{day} for {length}"),
            Self::Before(edge) => write!(f, "before {edge}"),
            Self::After(edge) => write!(f, "after {edge}"),
            Self::On(moment) => moment.fmt(f),
            Self::Range { from, to } => write!(f, "{from} to {to}"),
            Self::OnFor(moment, length) => write!(f, "{moment} for {length}"),
            Self::Year(year) => year.fmt(f),
            Self::Quarter(year, quarter) => write!(f, "{year}-{quarter}"),
            Self::Month(month) => month.fmt(f),
            Self::MonthFor(month, length) => write!(f, "{month} for {length}"),
            Self::FiscalYear(year) => write!(f, "FY{year}"),
            Self::FiscalQuarter(year, quarter) => write!(f, "FY{year}-{quarter}"),
            Self::UserAttribute(attribute) => attribute.fmt(f),
        }
    }
}

impl fmt::Display for DateFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for test in self.tests() {
            write!(f, "{separator}{test}")?;
            separator = ",";
        }
        Ok(())
    }
}
