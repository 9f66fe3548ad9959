//! Building filters of dates.

use std::collections::HashSet;

use super::{DateFilter, DateTest, Day, Direction, Edge, Interval, Moment, Month, Quarter, Unit, Weekday, Year};

impl DateFilter {
    /// Lets every time through.
    pub fn any() -> Self {
        Self::default()
    }

    /// Whether every time passes.
    pub fn is_any(&self) -> bool {
        self.tests.is_empty()
    }

    /// The alternatives, each once, in the order of the expression.
    pub fn tests(&self) -> &[DateTest] {
        &self.tests
    }

    /// Adds the alternatives of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.tests.into_iter().chain(other.tests).collect()
    }

    /// The current unit and those before it, `count` in all.
    pub fn last(count: u64, unit: Unit) -> Self {
        DateTest::Last(Interval { count, unit }).into()
    }

    /// The unit that was `count` units ago.
    pub fn ago(count: u64, unit: Unit) -> Self {
        DateTest::Ago(Interval { count, unit }).into()
    }

    /// The unit that will be in `count` units.
    pub fn from_now(count: u64, unit: Unit) -> Self {
        DateTest::FromNow(Interval { count, unit }).into()
    }

    /// The last `count` units without the current one.
    pub fn last_complete(count: u64, unit: Unit) -> Self {
        let interval = Interval { count, unit };
        DateTest::Relative { start: interval, direction: Direction::Ago, length: interval }.into()
    }

    /// The current unit.
    pub fn this(unit: Unit) -> Self {
        DateTest::This(unit).into()
    }

    /// The next unit.
    pub fn next(unit: Unit) -> Self {
        DateTest::Next(unit).into()
    }

    /// The previous unit.
    pub fn previous(unit: Unit) -> Self {
        DateTest::Previous(unit).into()
    }

    /// The current day.
    pub fn today() -> Self {
        DateTest::Day(Day::Today).into()
    }

    /// The day before today.
    pub fn yesterday() -> Self {
        DateTest::Day(Day::Yesterday).into()
    }

    /// The day after today.
    pub fn tomorrow() -> Self {
        DateTest::Day(Day::Tomorrow).into()
    }

    /// The latest such day.
    pub fn weekday(weekday: Weekday) -> Self {
        DateTest::Day(Day::Weekday(weekday)).into()
    }

    /// What is earlier.
    pub fn before(edge: impl Into<Edge>) -> Self {
        DateTest::Before(edge.into()).into()
    }

    /// That moment, and what is later.
    pub fn after(edge: impl Into<Edge>) -> Self {
        DateTest::After(edge.into()).into()
    }

    /// That day, minute or second.
    pub fn on(moment: Moment) -> Self {
        DateTest::On(moment).into()
    }

    /// From one moment up to another, without that.
    pub fn range(from: Moment, to: Moment) -> Self {
        DateTest::Range { from, to }.into()
    }

    /// From a moment on, so long.
    pub fn starting(from: Moment, count: u64, unit: Unit) -> Self {
        DateTest::OnFor(from, Interval { count, unit }).into()
    }

    /// A year.
    pub fn year(year: Year) -> Self {
        DateTest::Year(year).into()
    }

    /// A quarter of a year.
    pub fn quarter(year: Year, quarter: Quarter) -> Self {
        DateTest::Quarter(year, quarter).into()
    }

    /// A month.
    pub fn month(month: Month) -> Self {
        DateTest::Month(month).into()
    }

    /// A fiscal year, by the year in which it starts.
    pub fn fiscal_year(year: Year) -> Self {
        DateTest::FiscalYear(year).into()
    }

    /// A quarter of a fiscal year.
    pub fn fiscal_quarter(year: Year, quarter: Quarter) -> Self {
        DateTest::FiscalQuarter(year, quarter).into()
    }

    /// No value.
    pub fn null() -> Self {
        DateTest::Null.into()
    }

    /// Some value.
    pub fn not_null() -> Self {
        DateTest::NotNull.into()
    }
}

impl From<DateTest> for DateFilter {
    fn from(test: DateTest) -> Self {
        Self { tests: vec![test.expressible()] }
    }
}

impl FromIterator<DateTest> for DateFilter {
    fn from_iter<I: IntoIterator<Item = DateTest>>(tests: I) -> Self {
        let mut seen = HashSet::new();
        let tests = tests.into_iter().map(DateTest::expressible);
        Self { tests: tests.filter(|test| seen.insert(test.clone())).collect() }
    }
}

impl From<Moment> for Edge {
    fn from(moment: Moment) -> Self {
        Self::Moment(moment)
    }
}

impl DateTest {
    /// The same in other words where `this` and `next` do not go with the unit.
    fn expressible(self) -> Self {
        match self {
            Self::This(unit) if unit.is_of_clock() => Self::Last(Interval { count: 1, unit }),
            Self::Next(unit) if unit.is_of_clock() => Self::FromNow(Interval { count: 1, unit }),
            Self::Before(edge) => Self::Before(edge.expressible()),
            Self::After(edge) => Self::After(edge.expressible()),
            other => other,
        }
    }
}

impl Edge {
    fn expressible(self) -> Self {
        match self {
            Self::This(unit) if unit.is_of_clock() => Self::Ago(Interval { count: 0, unit }),
            Self::Next(unit) if unit.is_of_clock() => Self::FromNow(Interval { count: 1, unit }),
            Self::Previous(unit) if unit.is_of_clock() => Self::Ago(Interval { count: 1, unit }),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_builder_writes_its_expression() {
        let day = Moment::day(2024, 3, 5).unwrap();
        let year = Year::new(2024).unwrap();
        for (filter, text) in [
            (DateFilter::any(), ""),
            (DateFilter::last(1, Unit::Week), "1 week"),
            (DateFilter::ago(3, Unit::Month), "3 months ago"),
            (DateFilter::from_now(2, Unit::FiscalYear), "2 fiscal years from now"),
            (DateFilter::last_complete(7, Unit::Day), "7 days ago for 7 days"),
            (DateFilter::this(Unit::Quarter), "this quarter"),
            (DateFilter::next(Unit::Year), "next year"),
            (DateFilter::previous(Unit::Hour), "last hour"),
            (DateFilter::today().or(DateFilter::yesterday()).or(DateFilter::tomorrow()), "today,yesterday,tomorrow"),
            (DateFilter::weekday(Weekday::Friday), "friday"),
            (DateFilter::before(day), "before 2024/03/05"),
            (DateFilter::after(Edge::Weekday(Weekday::Monday)), "after monday"),
            (DateFilter::on(day), "2024/03/05"),
            (DateFilter::range(day, day.at(12, 0).unwrap()), "2024/03/05 to 2024/03/05 12:00"),
            (DateFilter::starting(day, 3, Unit::Day), "2024/03/05 for 3 days"),
            (DateFilter::year(year), "2024"),
            (DateFilter::quarter(year, Quarter::Q2), "2024-Q2"),
            (DateFilter::month(Month::new(2024, 3).unwrap()), "2024-03"),
            (DateFilter::fiscal_year(year), "FY2024"),
            (DateFilter::fiscal_quarter(year, Quarter::Q4), "FY2024-Q4"),
            (DateFilter::null().or(DateFilter::not_null()).or(DateFilter::null()), "null,not null"),
        ] {
            assert_eq!(filter.to_string(), text);
            assert_eq!(text.parse(), Ok(filter), "{text}");
        }
    }

    #[test]
    fn what_this_and_next_do_not_go_with_is_said_in_other_words() {
        assert_eq!(DateFilter::this(Unit::Hour).to_string(), "1 hour");
        assert_eq!(DateFilter::next(Unit::Minute).to_string(), "1 minute from now");
        assert_eq!(DateFilter::before(Edge::This(Unit::Hour)).to_string(), "before 0 hours ago");
        assert_eq!(DateFilter::after(Edge::Previous(Unit::Second)).to_string(), "after 1 second ago");
    }
}
