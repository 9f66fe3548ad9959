//! Days, times and years of the calendar.

use std::fmt;

use crate::scan::Scanner;

/// A year of four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Year(u16);

impl Year {
    /// The year, unless it has more than four digits.
    pub fn new(year: u16) -> Option<Self> {
        (year <= 9999).then_some(Self(year))
    }

    /// Its number.
    pub fn number(self) -> u16 {
        self.0
    }

    pub(super) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let year = scanner.attempt(|s| Some(two_digits(s, 0..=99)? * 100 + two_digits(s, 0..=99)?));
        year.map_or_else(|| scanner.missed("a year of four digits"), |year| Some(Self(year)))
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: Year,
    month: u8,
}

impl Month {
    /// The month, January being 1.
    pub fn new(year: u16, month: u8) -> Option<Self> {
        let year = Year::new(year)?;
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// Its year.
    pub fn year(self) -> Year {
        self.year
    }

    /// Its number in the year, from 1.
    pub fn number(self) -> u8 {
        self.month
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        NAMES.get(usize::from(self.month) - 1).copied().unwrap_or_default()
    }

    fn days(self) -> u8 {
        let year = self.year.0;
        match self.month {
            2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// `2024-03` or `2024/03`
    pub(super) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        let year = Year::read(scanner)?;
        separator(scanner)?;
        let Some(month) = small(scanner, 1..=12) else { return scanner.missed("a month of two digits") };
        Some(Self { year, month })
    }
}

/// A day, and maybe a time of day.
///
/// ```
/// use looker_filters::Moment;
///
/// let noon = Moment::day(2024, 2, 29).and_then(|day| day.at(12, 30));
/// assert_eq!(noon.ok_or("no such time")?.to_string(), "2024/02/29 12:30");
/// assert_eq!(Moment::day(2023, 2, 29), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    month: Month,
    day: u8,
    time: Option<Time>,
}

/// A time of day, to the minute or the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Time {
    hour: u8,
    minute: u8,
    second: Option<u8>,
}

impl Moment {
    /// A day of the calendar.
    pub fn day(year: u16, month: u8, day: u8) -> Option<Self> {
        let month = Month::new(year, month)?;
        (1..=month.days()).contains(&day).then_some(Self { month, day, time: None })
    }

    /// A minute of the day.
    pub fn at(self, hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { time: Some(Time { hour, minute, second: None }), ..self })
    }

    /// A second of the minute; none when there is no minute yet.
    pub fn and_second(self, second: u8) -> Option<Self> {
        let time = self.time.filter(|_| second < 60)?;
        Some(Self { time: Some(Time { second: Some(second), ..time }), ..self })
    }

    /// Its month.
    pub fn month(self) -> Month {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day_of_month(self) -> u8 {
        self.day
    }

    /// Hour and minute, if it has a time.
    pub fn time(self) -> Option<(u8, u8)> {
        self.time.map(|time| (time.hour, time.minute))
    }

    /// The second, if it has one.
    pub fn second(self) -> Option<u8> {
        self.time.and_then(|time| time.second)
    }

    pub(super) fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.attempt(|scanner| {
            let month = Month::read(scanner)?;
            separator(scanner)?;
            let Some(day) = small(scanner, 1..=month.days()) else { return scanner.missed("a day of that month") };
            Some(Self { month, day, time: scanner.attempt(Time::read) })
        })
    }
}

impl Time {
    fn read(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.space()?;
        let Some(hour) = small(scanner, 0..=23) else { return scanner.missed("an hour of two digits") };
        scanner.exact(":")?;
        let Some(minute) = small(scanner, 0..=59) else { return scanner.missed("a minute of two digits") };
        let second = scanner.attempt(|scanner| {
            scanner.exact(":")?;
            small(scanner, 0..=59).or_else(|| scanner.missed("a second of two digits"))
        });
        Some(Self { hour, minute, second })
    }
}

pub(super) fn separator(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.exact("-").or_else(|| scanner.exact("/"))
}

fn small(scanner: &mut Scanner<'_>, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
    let number = scanner.attempt(|s| two_digits(s, u16::from(*range.start())..=u16::from(*range.end())))?;
    u8::try_from(number).ok()
}

fn two_digits(scanner: &mut Scanner<'_>, range: std::ops::RangeInclusive<u16>) -> Option<u16> {
    let digit = |scanner: &mut Scanner<'_>| scanner.take(|c| c.is_ascii_digit())?.to_digit(10);
    let number = u16::try_from(digit(scanner)? * 10 + digit(scanner)?).ok()?;
    range.contains(&number).then_some(number)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.year, self.month)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:02}/{:02}", self.month.year, self.month.month, self.day)?;
        let Some(time) = self.time else { return Ok(()) };
        write!(f, " {:02}:{:02}", time.hour, time.minute)?;
        time.second.map_or(Ok(()), |second| write!(f, ":{second:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written() {
        for (text, expected) in [
            ("2024-02-29", "2024/02/29"),
            ("0000/12-31", "0000/12/31"),
            ("2024-02-29 07:05", "2024/02/29 07:05"),
            ("2024-02-29  23:59:59", "2024/02/29 23:59:59"),
        ] {
            assert_eq!(Scanner::whole(text, Moment::read).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn days_and_times_that_do_not_exist_are_refused() {
        for bad in [
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-00-01",
            "2024-13-01",
            "2024-1-01",
            "2024-01-01 24:00",
            "2024-01-01 7:00",
            "2024-01-01 07:60",
            "2024-01-01T07:00",
        ] {
            assert!(Scanner::whole(bad, Moment::read).is_err(), "{bad}");
        }
        assert!(Moment::day(2000, 2, 29).is_some());
        assert_eq!(Moment::day(2024, 1, 1).and_then(|day| day.and_second(1)), None);
    }
}
