//! Reading filters of dates.

use super::moment::separator;
use super::{DateFilter, DateTest, Day, Direction, Edge, Interval, Moment, Month, Quarter, Unit, Weekday, Year};
use crate::error::ParseError;
use crate::scan::Scanner;
use crate::user_attribute::UserAttribute;

/// Reads an expression; an empty one lets every time through.
pub(super) fn parse(text: &str) -> Result<DateFilter, ParseError> {
    if text.is_empty() {
        return Ok(DateFilter::any());
    }
    let tests = Scanner::whole(text, |scanner| scanner.list(comma, test))?;
    Ok(tests.into_iter().collect())
}

fn comma(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.spaces();
    scanner.exact(",")?;
    scanner.spaces();
    Some(())
}

/// The forms in the order in which they are tried: the longer one first where two start alike.
const FORMS: [fn(&mut Scanner<'_>) -> Option<DateTest>; 21] = [
    user_attribute,
    moment_for,
    range,
    on,
    month_for,
    quarter,
    month,
    relative,
    from_now,
    ago,
    last,
    year,
    this_to,
    this_or_next,
    previous,
    day_for,
    before_or_after,
    day,
    fiscal_quarter,
    fiscal_year,
    null,
];

fn test(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    FORMS.into_iter().find_map(|form| scanner.attempt(form))
}

fn user_attribute(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    UserAttribute::read(scanner).map(DateTest::UserAttribute)
}

fn moment_for(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let moment = Moment::read(scanner)?;
    Some(DateTest::OnFor(moment, length(scanner)?))
}

fn range(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let from = Moment::read(scanner)?;
    scanner.space()?;
    scanner.word("to")?;
    scanner.space()?;
    Some(DateTest::Range { from, to: Moment::read(scanner)? })
}

fn on(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    Moment::read(scanner).map(DateTest::On)
}

fn month_for(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let month = Month::read(scanner)?;
    Some(DateTest::MonthFor(month, length(scanner)?))
}

fn quarter(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let year = Year::read(scanner)?;
    separator(scanner)?;
    scanner.word("Q")?;
    Some(DateTest::Quarter(year, quarter_number(scanner)?))
}

fn month(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    Month::read(scanner).map(DateTest::Month)
}

fn relative(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let start = Interval::read(scanner)?;
    let direction = direction(scanner)?;
    Some(DateTest::Relative { start, direction, length: length(scanner)? })
}

fn from_now(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let interval = Interval::read(scanner)?;
    (direction(scanner)? == Direction::FromNow).then_some(DateTest::FromNow(interval))
}

fn ago(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let interval = Interval::read(scanner)?;
    (direction(scanner)? == Direction::Ago).then_some(DateTest::Ago(interval))
}

/// `3 days`, `last 3 days`
fn last(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    if scanner.word("last").is_some() {
        scanner.spaces();
    }
    Interval::read(scanner).map(DateTest::Last)
}

fn year(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    Year::read(scanner).map(DateTest::Year)
}

fn this_to(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    scanner.word("this ")?;
    let from = Unit::read(scanner)?;
    scanner.word(" to ")?;
    Some(DateTest::ThisTo { from, to: Unit::read(scanner)? })
}

fn this_or_next(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let this = scanner.word("this").is_some();
    if !this {
        scanner.word("next")?;
    }
    scanner.spaces();
    let unit = Unit::read_of_calendar(scanner)?;
    Some(if this { DateTest::This(unit) } else { DateTest::Next(unit) })
}

fn previous(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    scanner.word("last")?;
    scanner.spaces();
    Unit::read(scanner).map(DateTest::Previous)
}

fn day_for(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let day = named_day(scanner)?;
    scanner.spaces();
    scanner.word("for")?;
    scanner.spaces();
    Some(DateTest::DayFor(day, Interval::read(scanner)?))
}

fn day(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    named_day(scanner).map(DateTest::Day)
}

fn before_or_after(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let before = scanner.word("before").is_some();
    if !before {
        scanner.word("after")?;
    }
    let edge = scanner.attempt(unit_edge).or_else(|| scanner.attempt(edge))?;
    Some(if before { DateTest::Before(edge) } else { DateTest::After(edge) })
}

fn unit_edge(scanner: &mut Scanner<'_>) -> Option<Edge> {
    scanner.spaces();
    let word = ["this", "next", "last"].into_iter().find(|word| scanner.word(word).is_some())?;
    scanner.spaces();
    let unit = Unit::read_of_calendar(scanner)?;
    Some(match word {
        "this" => Edge::This(unit),
        "next" => Edge::Next(unit),
        _ => Edge::Previous(unit),
    })
}

fn edge(scanner: &mut Scanner<'_>) -> Option<Edge> {
    scanner.space()?;
    if let Some(interval) = Interval::read(scanner) {
        return Some(match scanner.attempt(direction) {
            Some(Direction::FromNow) => Edge::FromNow(interval),
            _ => Edge::Ago(interval),
        });
    }
    Moment::read(scanner).map(Edge::Moment).or_else(|| weekday(scanner).map(Edge::Weekday))
}

fn fiscal_quarter(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    scanner.exact("FY")?;
    let year = Year::read(scanner)?;
    scanner.exact("-")?;
    scanner.exact("Q")?;
    Some(DateTest::FiscalQuarter(year, quarter_number(scanner)?))
}

fn fiscal_year(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    scanner.exact("FY")?;
    Year::read(scanner).map(DateTest::FiscalYear)
}

fn null(scanner: &mut Scanner<'_>) -> Option<DateTest> {
    let null = scanner.word("NULL").map(|()| DateTest::Null);
    null.or_else(|| scanner.word("NOT NULL").map(|()| DateTest::NotNull))
}

/// ` for 3 days`
fn length(scanner: &mut Scanner<'_>) -> Option<Interval> {
    scanner.space()?;
    scanner.word("for")?;
    scanner.space()?;
    Interval::read(scanner)
}

/// ` ago` or ` from now`
fn direction(scanner: &mut Scanner<'_>) -> Option<Direction> {
    scanner.space()?;
    let ago = scanner.word(Direction::Ago.words()).map(|()| Direction::Ago);
    ago.or_else(|| scanner.word(Direction::FromNow.words()).map(|()| Direction::FromNow))
}

fn quarter_number(scanner: &mut Scanner<'_>) -> Option<Quarter> {
    let digit = scanner.take(|c| matches!(c, '1'..='4'));
    let quarter = digit.and_then(|digit| Quarter::ALL.into_iter().find(|q| char::from(b'0' + q.number()) == digit));
    quarter.or_else(|| scanner.missed("a quarter from 1 to 4"))
}

fn named_day(scanner: &mut Scanner<'_>) -> Option<Day> {
    let days = [Day::Today, Day::Yesterday, Day::Tomorrow];
    let names = ["today", "yesterday", "tomorrow"];
    let day = days.into_iter().zip(names).find(|(_, name)| scanner.word(name).is_some());
    day.map(|(day, _)| day).or_else(|| weekday(scanner).map(Day::Weekday))
}

fn weekday(scanner: &mut Scanner<'_>) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|weekday| scanner.word(weekday.name()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    #[test]
    fn every_documented_form_is_read() {
        for (text, expected) in [
            ("this month", "this month"),
            ("3 days", "3 days"),
            ("last 3 days", "3 days"),
            ("2018 minutes", "2018 minutes"),
            ("3 days ago", "3 days ago"),
            ("3 months ago for 2 days", "3 months ago for 2 days"),
            ("before 3 days ago", "before 3 days ago"),
            ("before 3 days", "before 3 days ago"),
            ("before 2018-01-01 12:00:00", "before 2018/01/01 12:00:00"),
            ("after 2018-10-05", "after 2018/10/05"),
            ("2018-05-18 12:00:00 to 2018-05-18 14:00:00", "2018/05/18 12:00:00 to 2018/05/18 14:00:00"),
            ("this year to second", "this year to second"),
            ("2018-01-01 12:00:00 for 3 days", "2018/01/01 12:00:00 for 3 days"),
            ("Monday", "monday"),
            ("after Monday", "after monday"),
            ("next fiscal quarter", "next fiscal quarter"),
            ("3 days from now", "3 days from now"),
            ("3 days from now for 2 weeks", "3 days from now for 2 weeks"),
            ("today, 7 days ago", "today,7 days ago"),
            ("today for 7 days", "today for 7 days"),
            ("2018/05 for 2 months", "2018-05 for 2 months"),
            ("2018", "2018"),
            ("2018-q1", "2018-Q1"),
            ("FY2018", "FY2018"),
            ("FY2018-Q1", "FY2018-Q1"),
            ("before this week", "before this week"),
            ("LAST WEEK", "last week"),
            ("Not Null", "not null"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_place() {
        for (bad, at) in [
            ("soon", 0),
            ("2023-02-29", 8),
            ("7", 1),
            ("7 dayz", 5),
            ("before", 6),
            ("2024-13", 5),
            ("last", 4),
            ("last 3", 6),
            ("this hour", 9),
            ("today,", 6),
            (" today", 0),
            ("2024-01-01 to", 13),
            ("FY24", 2),
            ("2024-Q5", 6),
        ] {
            let error = parse(bad).unwrap_err();
            assert_eq!(error.at(), at, "{bad}: {error}");
        }
    }

    #[test]
    fn the_error_tells_what_was_expected() {
        assert_eq!(canonical("2023-02-29"), "expected a day of that month at character 9, before \"29\"");
    }
}
