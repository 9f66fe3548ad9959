//! Filter expressions of dates, absolute and relative. Ranges include their start and exclude their end.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use rusqlite::types::Value;

use super::{Params, Target, Terms, Unreadable, strip_word};
use crate::model::timeframe::{FISCAL_MONTH_OFFSET, start_of_week};

/// A stretch of civil time; an open side has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Range {
    from: Option<DateTime>,
    to: Option<DateTime>,
}

/// The SQL condition of an expression.
pub(crate) fn compile(
    expression: &str,
    target: &Target<'_>,
    params: &mut Params,
) -> Result<Option<String>, Unreadable> {
    let now = target.zone.to_datetime(target.now);
    let sql = target.sql;
    let mut terms = Terms::default();
    for term in expression.split(',').map(str::trim) {
        match term.to_ascii_lowercase().as_str() {
            "any time" | "any" => return Ok(None),
            "null" => terms.admit.push(format!("{sql} IS NULL")),
            "not null" | "-null" => terms.exclude.push(format!("{sql} IS NOT NULL")),
            _ => match strip_word(term, "not") {
                Some(rest) => {
                    let inside = condition(range(rest, now)?, target, params)?;
                    terms.exclude.push(format!("(NOT ({inside}) OR {sql} IS NULL)"));
                }
                None => terms.admit.push(condition(range(term, now)?, target, params)?),
            },
        }
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

/// Units of relative dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name.strip_suffix('s').unwrap_or(name) {
            "second" => Self::Second,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// `count` of them, as far as dates reach.
    fn span(self, count: i64) -> Result<Span, Unreadable> {
        let span = Span::new();
        match self {
            Self::Second => span.try_seconds(count),
            Self::Minute => span.try_minutes(count),
            Self::Hour => span.try_hours(count),
            Self::Day => span.try_days(count),
            Self::Week => span.try_weeks(count),
            Self::Month => span.try_months(count),
            Self::Quarter => span.try_months(count.saturating_mul(3)),
            Self::Year => span.try_years(count),
        }
        .map_err(|_| Unreadable)
    }

    fn start(self, at: DateTime) -> Result<DateTime, Unreadable> {
        let (date, time) = (at.date(), at.time());
        let clock = |hour, minute, second| Time::new(hour, minute, second, 0).map_err(|_| Unreadable);
        let first = |month| Date::new(date.year(), month, 1).map_err(|_| Unreadable);
        Ok(match self {
            Self::Second => date.to_datetime(clock(time.hour(), time.minute(), time.second())?),
            Self::Minute => date.to_datetime(clock(time.hour(), time.minute(), 0)?),
            Self::Hour => date.to_datetime(clock(time.hour(), 0, 0)?),
            Self::Day => midnight(date),
            Self::Week => midnight(start_of_week(date)),
            Self::Month => midnight(first(date.month())?),
            Self::Quarter => midnight(first((date.month() - 1) / 3 * 3 + 1)?),
            Self::Year => midnight(first(1)?),
        })
    }
}

fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

fn add(at: DateTime, span: Span) -> Result<DateTime, Unreadable> {
    at.checked_add(span).map_err(|_| Unreadable)
}

fn range(text: &str, now: DateTime) -> Result<Range, Unreadable> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(rest) = strip_word(&text, "before") {
        return Ok(Range { from: None, to: period(rest, now)?.from });
    }
    if let Some(rest) = strip_word(&text, "after") {
        return Ok(Range { from: period(rest, now)?.from, to: None });
    }
    if let Some((left, right)) = text.split_once(" to ") {
        let from = period(left.trim(), now)?.from;
        let to = match Unit::from_name(right.trim()) {
            // "this year to second": up to now.
            Some(unit) => Some(unit.start(now)?),
            None => period(right.trim(), now)?.from,
        };
        return Ok(Range { from, to });
    }
    if let Some((left, right)) = text.split_once(" for ") {
        let from = period(left.trim(), now)?.from;
        let (count, unit) = counted(right.trim()).ok_or(Unreadable)?;
        return Ok(Range { from, to: from.map(|from| add(from, unit.span(count)?)).transpose()? });
    }
    period(&text, now)
}

fn counted(text: &str) -> Option<(i64, Unit)> {
    let (count, unit) = text.split_once(char::is_whitespace)?;
    Some((count.parse().ok().filter(|count| *count > 0)?, Unit::from_name(unit.trim())?))
}

/// `count` units from the one that holds `now`, moved by `offset` units.
fn units(unit: Unit, now: DateTime, offset: i64, count: i64) -> Result<Range, Unreadable> {
    let from = add(unit.start(now)?, unit.span(offset)?)?;
    Ok(Range { from: Some(from), to: Some(add(from, unit.span(count)?)?) })
}

fn period(text: &str, now: DateTime) -> Result<Range, Unreadable> {
    match text {
        "now" => return units(Unit::Second, now, 0, 1),
        "today" => return units(Unit::Day, now, 0, 1),
        "yesterday" => return units(Unit::Day, now, -1, 1),
        "tomorrow" => return units(Unit::Day, now, 1, 1),
        _ => {}
    }
    if let Some(weekday) = weekday(text) {
        let back = i64::from(now.date().weekday().since(weekday));
        return units(Unit::Day, now, -back, 1);
    }
    for (word, offset) in [("this", 0), ("last", -1), ("next", 1)] {
        let Some(rest) = strip_word(text, word) else { continue };
        if let Some(unit) = Unit::from_name(rest) {
            return units(unit, now, offset, 1);
        }
        let (count, unit) = counted(rest).ok_or(Unreadable)?;
        return if offset > 0 { units(unit, now, 1, count) } else { units(unit, now, 1 - count, count) };
    }
    if let Some(rest) = text.strip_suffix(" ago") {
        let (count, unit) = counted(rest).ok_or(Unreadable)?;
        return units(unit, now, -count, 1);
    }
    if let Some(rest) = text.strip_suffix(" from now") {
        let (count, unit) = counted(rest).ok_or(Unreadable)?;
        return units(unit, now, count, 1);
    }
    if let Some((count, unit)) = counted(text) {
        return units(unit, now, 1 - count, count);
    }
    absolute(text)
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// `2024`, `2024-03`, `2024-Q1`, `FY2024`, `2024-03-05`, with slashes as well, and with a time down to the second.
fn absolute(text: &str) -> Result<Range, Unreadable> {
    let text = text.replace('/', "-");
    let (day, clock) = text.split_once([' ', 't']).unwrap_or((&text, ""));
    let (fiscal, day) = day.strip_prefix("fy").map_or((0, day), |day| (FISCAL_MONTH_OFFSET, day));
    let mut parts = day.split('-');
    let year = parts.next().filter(|year| year.len() == 4);
    let year: i16 = number(year)?.ok_or(Unreadable)?;
    let (month, unit) = match parts.next() {
        None => (1, Unit::Year),
        Some(quarter) if quarter.starts_with('q') => {
            let quarter: i8 = number(quarter.strip_prefix('q'))?.filter(|q| (1..=4).contains(q)).ok_or(Unreadable)?;
            (quarter * 3 - 2, Unit::Quarter)
        }
        month => (number(month)?.ok_or(Unreadable)?, Unit::Month),
    };
    let day: Option<i8> = number(parts.next())?;
    let has_more = parts.next().is_some() || (unit != Unit::Month && day.is_some());
    if has_more || day.is_none() && !clock.is_empty() {
        return Err(Unreadable);
    }
    let date = Date::new(year, month, day.unwrap_or(1)).map_err(|_| Unreadable)?;
    let date = date.checked_add(i64::from(fiscal).months()).map_err(|_| Unreadable)?;
    let unit = if day.is_some() { Unit::Day } else { unit };
    if clock.is_empty() {
        return units_from(midnight(date), unit);
    }
    let mut parts = clock.trim().split(':');
    let hour = number(parts.next())?.ok_or(Unreadable)?;
    let (minute, second) = (number(parts.next())?, number(parts.next())?);
    let unit = match (minute, second) {
        (None, _) => Unit::Hour,
        (Some(_), None) => Unit::Minute,
        _ => Unit::Second,
    };
    let time = Time::new(hour, minute.unwrap_or(0), second.unwrap_or(0), 0).map_err(|_| Unreadable)?;
    if parts.next().is_some() { Err(Unreadable) } else { units_from(date.to_datetime(time), unit) }
}

fn units_from(from: DateTime, unit: Unit) -> Result<Range, Unreadable> {
    Ok(Range { from: Some(from), to: Some(add(from, unit.span(1)?)?) })
}

fn number<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Unreadable> {
    text.map(|text| text.parse().map_err(|_| Unreadable)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-12-31 12:00, a Wednesday.
    fn read(text: &str) -> String {
        let now = "2025-12-31T12:00:00".parse().unwrap();
        match range(text, now) {
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
            ("2024-02-29 17", "2024-02-29 17:00:00..2024-02-29 18:00:00"),
            ("2024-02-29 17:46:05", "2024-02-29 17:46:05..2024-02-29 17:46:06"),
            ("before 2024-01-01", "..2024-01-01"),
            ("after 2024-01-01", "2024-01-01.."),
            ("2024-01-01 to 2024-02-01", "2024-01-01..2024-02-01"),
            ("2024-06-06 for 7 days", "2024-06-06..2024-06-13"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in ["soon", "2023-02-29", "7", "0 days", "7 dayz", "before", "2024-13", "last", "99999999999 years", ""]
        {
            assert!(matches!(read(bad).as_str(), "unreadable"), "{bad}: {}", read(bad));
        }
    }

    #[test]
    fn bounds_are_instants_of_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now = "2025-12-31T12:00:00Z".parse().unwrap();
        let family = crate::model::field::FilterFamily::Datetime;
        let target = Target { sql: "x", family, civil: false, zone: &zone, now };
        let mut params = Params::default();
        let sql = compile("2024-07-01, NULL", &target, &mut params).unwrap().unwrap();
        assert_eq!(sql, "((x >= ?1 AND x < ?2) OR x IS NULL)");
        assert_eq!(params.0, [Value::Integer(1_719_806_400), Value::Integer(1_719_892_800)]);
    }
}
