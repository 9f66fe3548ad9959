//! Filters of dates, absolute and relative. Ranges include their start and exclude their end.

use jiff::civil::{Date, DateTime, Time, Weekday as CivilWeekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use looker_filters::{
    DateFilter, DateTest, Day, Direction, Edge, Interval, Moment, Month, Quarter, Unit, Weekday, Year,
};
use rusqlite::types::Value;

use super::{Params, Target, Terms, Unreadable};
use crate::model::timeframe::{FISCAL_MONTH_OFFSET, start_of_week};

/// A stretch of civil time; an open side has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Range {
    from: Option<DateTime>,
    to: Option<DateTime>,
}

/// The SQL condition of a filter.
pub(super) fn compile(
    filter: &DateFilter,
    target: &Target<'_>,
    params: &mut Params,
) -> Result<Option<String>, Unreadable> {
    let now = target.zone.to_datetime(target.now);
    let sql = target.sql;
    let mut terms = Terms::default();
    for test in filter.tests() {
        terms.admit.push(match test {
            DateTest::Null => format!("{sql} IS NULL"),
            DateTest::NotNull => format!("{sql} IS NOT NULL"),
            _ => condition(range(test, now)?, target, params)?,
        });
    }
    Ok(terms.condition(sql))
}

fn condition(range: Range, target: &Target<'_>, params: &mut Params) -> Result<String, Unreadable> {
    let mut parts = Vec::new();
    for (bound, operator) in [(range.from, ">="), (range.to, "<")] {
        if let Some(bound) = bound {
            let value = if target.civil {
                Value::Text(bound.strftime("%Y-%m-%d %H:%M:%S").to_string().replace(" 00:00:00", ""))
            } else {
                Value::Integer(instant(bound, target.zone)?)
            };
            parts.push(format!("{} {operator} {}", target.sql, params.bind(value)));
        }
    }
    if parts.is_empty() { Err(Unreadable) } else { Ok(format!("({})", parts.join(" AND "))) }
}

fn instant(civil: DateTime, zone: &TimeZone) -> Result<i64, Unreadable> {
    zone.to_ambiguous_timestamp(civil).compatible().map(jiff::Timestamp::as_second).map_err(|_| Unreadable)
}

/// So many units, as far as dates reach.
fn span(interval: Interval) -> Result<Span, Unreadable> {
    units_as_span(interval.unit, i64::try_from(interval.count).map_err(|_| Unreadable)?)
}

fn units_as_span(unit: Unit, count: i64) -> Result<Span, Unreadable> {
    let span = Span::new();
    match unit {
        Unit::Second => span.try_seconds(count),
        Unit::Minute => span.try_minutes(count),
        Unit::Hour => span.try_hours(count),
        Unit::Day => span.try_days(count),
        Unit::Week => span.try_weeks(count),
        Unit::Month => span.try_months(count),
        Unit::Quarter | Unit::FiscalQuarter => span.try_months(count.saturating_mul(3)),
        Unit::Year | Unit::FiscalYear => span.try_years(count),
    }
    .map_err(|_| Unreadable)
}

/// The start of the unit that holds `at`.
fn start(unit: Unit, at: DateTime) -> Result<DateTime, Unreadable> {
    let (date, time) = (at.date(), at.time());
    let clock = |hour, minute, second| Time::new(hour, minute, second, 0).map_err(|_| Unreadable);
    let first = |month| Date::new(date.year(), month, 1).map_err(|_| Unreadable);
    Ok(match unit {
        Unit::Second => date.to_datetime(clock(time.hour(), time.minute(), time.second())?),
        Unit::Minute => date.to_datetime(clock(time.hour(), time.minute(), 0)?),
        Unit::Hour => date.to_datetime(clock(time.hour(), 0, 0)?),
        Unit::Day => midnight(date),
        Unit::Week => midnight(start_of_week(date)),
        Unit::Month => midnight(first(date.month())?),
        Unit::Quarter => midnight(first((date.month() - 1) / 3 * 3 + 1)?),
        Unit::Year => midnight(first(1)?),
        Unit::FiscalQuarter => fiscal(start(Unit::Quarter, calendar(at)?)?)?,
        Unit::FiscalYear => fiscal(start(Unit::Year, calendar(at)?)?)?,
    })
}

/// From a time of the calendar year to that of the fiscal year.
fn fiscal(at: DateTime) -> Result<DateTime, Unreadable> {
    add(at, i64::from(FISCAL_MONTH_OFFSET).months())
}

fn calendar(at: DateTime) -> Result<DateTime, Unreadable> {
    add(at, (-i64::from(FISCAL_MONTH_OFFSET)).months())
}

fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

fn add(at: DateTime, span: Span) -> Result<DateTime, Unreadable> {
    at.checked_add(span).map_err(|_| Unreadable)
}

fn range(test: &DateTest, now: DateTime) -> Result<Range, Unreadable> {
    match *test {
        DateTest::Last(Interval { count, unit }) => {
            let count = i64::try_from(count).map_err(|_| Unreadable)?;
            units(unit, now, 1_i64.saturating_sub(count), count)
        }
        DateTest::Ago(interval) => lasting(offset(interval, Direction::Ago, now)?, Interval::new(1, interval.unit)),
        DateTest::FromNow(interval) => {
            lasting(offset(interval, Direction::FromNow, now)?, Interval::new(1, interval.unit))
        }
        DateTest::Relative { start, direction, length } => lasting(offset(start, direction, now)?, length),
        DateTest::This(unit) => units(unit, now, 0, 1),
        DateTest::Next(unit) => units(unit, now, 1, 1),
        DateTest::Previous(unit) => units(unit, now, -1, 1),
        DateTest::ThisTo { from, to } => Ok(Range { from: Some(start(from, now)?), to: Some(start(to, now)?) }),
        DateTest::Day(day) => lasting(start_of_day(day, now)?, Interval::new(1, Unit::Day)),
        DateTest::DayFor(day, length) => lasting(start_of_day(day, now)?, length),
        DateTest::Before(edge) => Ok(Range { from: None, to: Some(edge_at(edge, now)?) }),
        DateTest::After(edge) => Ok(Range { from: Some(edge_at(edge, now)?), to: None }),
        DateTest::On(moment) => {
            let unit = match (moment.time(), moment.second()) {
                (None, _) => Unit::Day,
                (_, None) => Unit::Minute,
                _ => Unit::Second,
            };
            lasting(civil(moment)?, Interval::new(1, unit))
        }
        DateTest::Range { from, to } => Ok(Range { from: Some(civil(from)?), to: Some(civil(to)?) }),
        DateTest::OnFor(moment, length) => lasting(civil(moment)?, length),
        DateTest::Year(year) => lasting(first_of(year, Quarter::Q1)?, Interval::new(1, Unit::Year)),
        DateTest::Quarter(year, quarter) => lasting(first_of(year, quarter)?, Interval::new(1, Unit::Quarter)),
        DateTest::Month(month) => lasting(first(month)?, Interval::new(1, Unit::Month)),
        DateTest::MonthFor(month, length) => lasting(first(month)?, length),
        DateTest::FiscalYear(year) => lasting(fiscal(first_of(year, Quarter::Q1)?)?, Interval::new(1, Unit::Year)),
        DateTest::FiscalQuarter(year, quarter) => {
            lasting(fiscal(first_of(year, quarter)?)?, Interval::new(1, Unit::Quarter))
        }
        DateTest::Null | DateTest::NotNull | DateTest::UserAttribute(_) => Err(Unreadable),
    }
}

fn lasting(from: DateTime, length: Interval) -> Result<Range, Unreadable> {
    Ok(Range { from: Some(from), to: Some(add(from, span(length)?)?) })
}

/// `count` units from the one that holds `now`, moved by `offset` units.
fn units(unit: Unit, now: DateTime, offset: i64, count: i64) -> Result<Range, Unreadable> {
    let from = add(start(unit, now)?, units_as_span(unit, offset)?)?;
    Ok(Range { from: Some(from), to: Some(add(from, units_as_span(unit, count)?)?) })
}

/// The start of the unit that is so far away.
fn offset(interval: Interval, direction: Direction, now: DateTime) -> Result<DateTime, Unreadable> {
    let span = span(interval)?;
    add(start(interval.unit, now)?, if direction == Direction::Ago { span.negate() } else { span })
}

fn start_of_day(day: Day, now: DateTime) -> Result<DateTime, Unreadable> {
    let today = midnight(now.date());
    match day {
        Day::Today => Ok(today),
        Day::Yesterday => add(today, (-1).days()),
        Day::Tomorrow => add(today, 1.days()),
        Day::Weekday(weekday) => {
            let back = i64::from(now.date().weekday().since(civil_weekday(weekday)));
            add(today, (-back).days())
        }
    }
}

fn edge_at(edge: Edge, now: DateTime) -> Result<DateTime, Unreadable> {
    match edge {
        Edge::Ago(interval) => offset(interval, Direction::Ago, now),
        Edge::FromNow(interval) => offset(interval, Direction::FromNow, now),
        Edge::This(unit) => start(unit, now),
        Edge::Next(unit) => offset(Interval::new(1, unit), Direction::FromNow, now),
        Edge::Previous(unit) => offset(Interval::new(1, unit), Direction::Ago, now),
        Edge::Moment(moment) => civil(moment),
        Edge::Weekday(weekday) => start_of_day(Day::Weekday(weekday), now),
    }
}

fn civil(moment: Moment) -> Result<DateTime, Unreadable> {
    let day = i64::from(moment.day_of_month());
    let (hour, minute) = moment.time().unwrap_or_default();
    let second = moment.second().unwrap_or(0);
    let span = (day - 1).days().hours(i64::from(hour)).minutes(i64::from(minute)).seconds(i64::from(second));
    add(first(moment.month())?, span)
}

fn first(month: Month) -> Result<DateTime, Unreadable> {
    let year = i16::try_from(month.year().number()).map_err(|_| Unreadable)?;
    let number = i8::try_from(month.number()).map_err(|_| Unreadable)?;
    Date::new(year, number, 1).map(midnight).map_err(|_| Unreadable)
}

fn first_of(year: Year, quarter: Quarter) -> Result<DateTime, Unreadable> {
    first(Month::new(year.number(), quarter.number() * 3 - 2).ok_or(Unreadable)?)
}

fn civil_weekday(weekday: Weekday) -> CivilWeekday {
    match weekday {
        Weekday::Monday => CivilWeekday::Monday,
        Weekday::Tuesday => CivilWeekday::Tuesday,
        Weekday::Wednesday => CivilWeekday::Wednesday,
        Weekday::Thursday => CivilWeekday::Thursday,
        Weekday::Friday => CivilWeekday::Friday,
        Weekday::Saturday => CivilWeekday::Saturday,
        Weekday::Sunday => CivilWeekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-12-31 12:00, a Wednesday.
    fn read(text: &str) -> String {
        let now = "2025-12-31T12:00:00".parse().unwrap();
        let filter: DateFilter = text.parse().unwrap();
        let [only] = filter.tests() else { panic!("{text}") };
        match range(only, now) {
            Err(Unreadable) => "unreadable".into(),
            Ok(Range { from, to }) => {
                let show = |at: Option<DateTime>| {
                    at.map_or(String::new(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string().replace(" 00:00:00", ""))
                };
                format!("{}..{}", show(from), show(to))
            }
        }
    }

    #[test]
    fn relative_dates_count_from_now() {
        for (text, expected) in [
            ("today", "2025-12-31..2026-01-01"),
            ("yesterday", "2025-12-30..2025-12-31"),
            ("7 days", "2025-12-25..2026-01-01"),
            ("last 7 days", "2025-12-25..2026-01-01"),
            ("last 3 months", "2025-10-01..2026-01-01"),
            ("2 days ago", "2025-12-29..2025-12-30"),
            ("3 days ago for 2 days", "2025-12-28..2025-12-30"),
            ("this month", "2025-12-01..2026-01-01"),
            ("last month", "2025-11-01..2025-12-01"),
            ("last quarter", "2025-07-01..2025-10-01"),
            ("this week", "2025-12-29..2026-01-05"),
            ("monday", "2025-12-29..2025-12-30"),
            ("next year", "2026-01-01..2027-01-01"),
            ("2 weeks from now", "2026-01-12..2026-01-19"),
            ("before 2 months ago", "..2025-10-01"),
            ("this year to second", "2025-01-01..2025-12-31 12:00:00"),
            ("before this week", "..2025-12-29"),
            ("after monday", "2025-12-29.."),
            ("after next month", "2026-01-01.."),
            ("today for 7 days", "2025-12-31..2026-01-07"),
            ("last fiscal year", "2024-04-01..2025-04-01"),
            ("2 fiscal quarters", "2025-07-01..2026-01-01"),
            ("30 minutes", "2025-12-31 11:31:00..2025-12-31 12:01:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn absolute_dates_are_as_long_as_they_are_exact() {
        for (text, expected) in [
            ("2024", "2024-01-01..2025-01-01"),
            ("2024-03", "2024-03-01..2024-04-01"),
            ("2024-Q2", "2024-04-01..2024-07-01"),
            ("FY2024", "2024-04-01..2025-04-01"),
            ("FY2024-Q4", "2025-01-01..2025-04-01"),
            ("2024/02/29", "2024-02-29..2024-03-01"),
            ("2024-02-29 17:46", "2024-02-29 17:46:00..2024-02-29 17:47:00"),
            ("2024-02-29 17:46:05", "2024-02-29 17:46:05..2024-02-29 17:46:06"),
            ("before 2024-01-01", "..2024-01-01"),
            ("after 2024-01-01", "2024-01-01.."),
            ("2024-01-01 to 2024-02-01", "2024-01-01..2024-02-01"),
            ("2024-06 for 2 months", "2024-06-01..2024-08-01"),
            ("2024-06-06 for 7 days", "2024-06-06..2024-06-13"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_no_date_reaches_is_refused() {
        for bad in ["99999999999 years", "9999-12-31 for 3 days", "{{ _user_attributes['day'] }}"] {
            assert_eq!(read(bad), "unreadable", "{bad}");
        }
    }

    #[test]
    fn bounds_are_instants_of_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2025-12-31T12:00:00Z".parse().unwrap();
        let family = crate::model::field::FilterFamily::Datetime;
        let target = Target { sql: "x", family, civil: false, zone: &zone, now };
        let mut params = Params::default();
        let sql = compile(&"2024-07-01, NULL".parse().unwrap(), &target, &mut params).unwrap().unwrap();
        assert_eq!(sql, "((x >= ?1 AND x < ?2) OR x IS NULL)");
        assert_eq!(params.0, [Value::Integer(1_719_806_400), Value::Integer(1_719_892_800)]);
    }
}
