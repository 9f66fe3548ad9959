//! LookML timeframes: how one instant reads as a date, a week, a fiscal quarter, ...

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};

/// Fiscal years begin this many months after January (LookML `fiscal_month_offset`).
pub(crate) const FISCAL_MONTH_OFFSET: i8 = 3;

/// One timeframe of a LookML dimension group of type `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timeframe {
    /// The column as the database prints it.
    Raw,
    /// To the second.
    Time,
    /// Same text as [`Timeframe::Time`].
    Second,
    /// Three decimals of a second.
    Millisecond,
    /// Six decimals of a second.
    Microsecond,
    /// To the minute.
    Minute,
    /// To the quarter of an hour.
    Minute15,
    /// To the hour.
    Hour,
    /// To the quarter of a day.
    Hour6,
    /// A day.
    Date,
    /// The Monday that begins the week.
    Week,
    /// Year and month.
    Month,
    /// The first month of the quarter.
    Quarter,
    /// The year.
    Year,
    /// Name of the day.
    DayOfWeek,
    /// Monday is 0.
    DayOfWeekIndex,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 366.
    DayOfYear,
    /// Name of the month.
    MonthName,
    /// 1 to 12.
    MonthNum,
    /// `Q1` to `Q4`.
    QuarterOfYear,
    /// Hours and minutes.
    TimeOfDay,
    /// 0 to 23.
    HourOfDay,
    /// ISO 8601 week, 1 to 53.
    WeekOfYear,
    /// `FY2024`.
    FiscalYear,
    /// `FY2024-Q1`.
    FiscalQuarter,
    /// `Q1` to `Q4` of the fiscal year.
    FiscalQuarterOfYear,
    /// 1 to 12, 1 being the first month of the fiscal year.
    FiscalMonthNum,
}

/// What a timeframe yields and how it is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// A point or stretch of time: date filter expressions.
    Datetime,
    /// A number: number filter expressions.
    Number,
    /// Text: string filter expressions.
    String,
}

use Family::{Datetime, Number, String as Text};

/// Every timeframe with its LookML name, label and family.
pub(crate) const TIMEFRAMES: [(Timeframe, &str, &str, Family); 28] = [
    (Timeframe::Raw, "raw", "Raw", Datetime),
    (Timeframe::Time, "time", "Time", Datetime),
    (Timeframe::Second, "second", "Second", Datetime),
    (Timeframe::Millisecond, "millisecond", "Millisecond", Datetime),
    (Timeframe::Microsecond, "microsecond", "Microsecond", Datetime),
    (Timeframe::Minute, "minute", "Minute", Datetime),
    (Timeframe::Minute15, "minute15", "Minute15", Datetime),
    (Timeframe::Hour, "hour", "Hour", Datetime),
    (Timeframe::Hour6, "hour6", "Hour6", Datetime),
    (Timeframe::Date, "date", "Date", Datetime),
    (Timeframe::Week, "week", "Week", Datetime),
    (Timeframe::Month, "month", "Month", Datetime),
    (Timeframe::Quarter, "quarter", "Quarter", Datetime),
    (Timeframe::Year, "year", "Year", Datetime),
    (Timeframe::DayOfWeek, "day_of_week", "Day of Week", Text),
    (Timeframe::DayOfWeekIndex, "day_of_week_index", "Day of Week Index", Number),
    (Timeframe::DayOfMonth, "day_of_month", "Day of Month", Number),
    (Timeframe::DayOfYear, "day_of_year", "Day of Year", Number),
    (Timeframe::MonthName, "month_name", "Month Name", Text),
    (Timeframe::MonthNum, "month_num", "Month Num", Number),
    (Timeframe::QuarterOfYear, "quarter_of_year", "Quarter of Year", Text),
    (Timeframe::TimeOfDay, "time_of_day", "Time of Day", Text),
    (Timeframe::HourOfDay, "hour_of_day", "Hour of Day", Number),
    (Timeframe::WeekOfYear, "week_of_year", "Week of Year", Number),
    (Timeframe::FiscalYear, "fiscal_year", "Fiscal Year", Datetime),
    (Timeframe::FiscalQuarter, "fiscal_quarter", "Fiscal Quarter", Datetime),
    (Timeframe::FiscalQuarterOfYear, "fiscal_quarter_of_year", "Fiscal Quarter of Year", Text),
    (Timeframe::FiscalMonthNum, "fiscal_month_num", "Fiscal Month Num", Number),
];

/// The value of a timeframe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Shown as a JSON number.
    Number(i64),
    /// Shown as text.
    Text(String),
}

impl Timeframe {
    /// The timeframe with this LookML name, if there is one.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        TIMEFRAMES.iter().find(|(_, known, ..)| *known == name).map(|(timeframe, ..)| *timeframe)
    }

    fn row(self) -> (&'static str, &'static str, Family) {
        TIMEFRAMES
            .iter()
            .find(|(timeframe, ..)| *timeframe == self)
            .map_or(("raw", "Raw", Datetime), |(_, name, label, family)| (name, label, *family))
    }

    /// LookML name, which is also the suffix of the field's name.
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// Suffix of the field's label.
    pub(crate) fn label(self) -> &'static str {
        self.row().1
    }

    /// How the field is filtered.
    pub(crate) fn family(self) -> Family {
        self.row().2
    }

    /// `time_interval` of the field: the unit's name and how many of it.
    pub(crate) fn interval(self) -> Option<(&'static str, i64)> {
        Some(match self {
            Self::Time | Self::Second => ("second", 1),
            Self::Millisecond => ("millisecond", 1),
            Self::Microsecond => ("microsecond", 1),
            Self::Minute => ("minute", 1),
            Self::Minute15 => ("minute", 15),
            Self::Hour => ("hour", 1),
            Self::Hour6 => ("hour", 6),
            Self::Date => ("day", 1),
            Self::Week => ("week", 1),
            Self::Month => ("month", 1),
            Self::Quarter | Self::FiscalQuarter => ("month", 3),
            Self::Year | Self::FiscalYear => ("year", 1),
            _ => return None,
        })
    }

    /// Reads a civil time, already in the zone of the query.
    pub(crate) fn read(self, at: DateTime) -> Reading {
        let date = at.date();
        let number = |value: i64| Reading::Number(value);
        let mut text = String::with_capacity(26);
        match self {
            Self::DayOfWeekIndex => return number(date.weekday().to_monday_zero_offset().into()),
            Self::DayOfMonth => return number(date.day().into()),
            Self::DayOfYear => return number(date.day_of_year().into()),
            Self::MonthNum => return number(date.month().into()),
            Self::HourOfDay => return number(at.hour().into()),
            Self::WeekOfYear => return number(date.iso_week_date().week().into()),
            Self::FiscalMonthNum => return number(fiscal(date).1.into()),
            Self::Year => return crate::uncertain::year(date.year()),
            Self::Raw | Self::Microsecond => seconds(&mut text, at, ".000000"),
            Self::Millisecond => seconds(&mut text, at, ".000"),
            Self::Time | Self::Second => seconds(&mut text, at, ""),
            Self::Minute => minutes(&mut text, at, at.minute()),
            Self::Minute15 => minutes(&mut text, at, at.minute() / 15 * 15),
            Self::Hour => hours(&mut text, at, at.hour()),
            Self::Hour6 => hours(&mut text, at, at.hour() / 6 * 6),
            Self::Date => day(&mut text, date),
            Self::Week => day(&mut text, start_of_week(date)),
            Self::Month => month(&mut text, date, date.month()),
            Self::Quarter => month(&mut text, date, (date.month() - 1) / 3 * 3 + 1),
            Self::DayOfWeek => text.push_str(day_name(date)),
            Self::MonthName => text.push_str(month_name(date.month())),
            Self::QuarterOfYear => quarter(&mut text, date.month()),
            Self::TimeOfDay => {
                two(&mut text, at.hour());
                text.push(':');
                two(&mut text, at.minute());
            }
            Self::FiscalYear | Self::FiscalQuarter => {
                let (year, fiscal_month) = fiscal(date);
                let _ = write!(text, "FY{year}");
                if self == Self::FiscalQuarter {
                    text.push('-');
                    quarter(&mut text, fiscal_month);
                }
            }
            Self::FiscalQuarterOfYear => quarter(&mut text, fiscal(date).1),
        }
        Reading::Text(text)
    }
}

/// The Monday of the week that holds `date`.
pub(crate) fn start_of_week(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::Span::new().days(back)).unwrap_or(date)
}

/// Fiscal year (named after the calendar year that it begins in) and month of it.
fn fiscal(date: Date) -> (i16, i8) {
    let month = date.month() - FISCAL_MONTH_OFFSET;
    if month < 1 { (date.year() - 1, month + 12) } else { (date.year(), month) }
}

fn two(text: &mut String, value: i8) {
    let value = value.unsigned_abs();
    text.push(char::from(b'0' + value / 10 % 10));
    text.push(char::from(b'0' + value % 10));
}

fn month(text: &mut String, date: Date, month: i8) {
    let year = date.year();
    if (1000..=9999).contains(&year) {
        two(text, i8::try_from(year / 100).unwrap_or(0));
        two(text, i8::try_from(year % 100).unwrap_or(0));
    } else {
        let _ = write!(text, "{year:04}");
    }
    text.push('-');
    two(text, month);
}

fn day(text: &mut String, date: Date) {
    month(text, date, date.month());
    text.push('-');
    two(text, date.day());
}

fn hours(text: &mut String, at: DateTime, hour: i8) {
    day(text, at.date());
    text.push(' ');
    two(text, hour);
}

fn minutes(text: &mut String, at: DateTime, minute: i8) {
    hours(text, at, at.hour());
    text.push(':');
    two(text, minute);
}

fn seconds(text: &mut String, at: DateTime, fraction: &str) {
    minutes(text, at, at.minute());
    text.push(':');
    two(text, at.second());
    text.push_str(fraction);
}

fn quarter(text: &mut String, month: i8) {
    text.push('Q');
    text.push(char::from(b'1' + ((month - 1) / 3).unsigned_abs()));
}

fn day_name(date: Date) -> &'static str {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let index = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    NAMES.get(index).copied().unwrap_or_default()
}

/// English name of a month, 1 being January.
pub(crate) fn month_name(month: i8) -> &'static str {
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
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> String {
        match Timeframe::from_name(name).unwrap().read(text.parse().unwrap()) {
            Reading::Number(number) => number.to_string(),
            Reading::Text(text) => text,
        }
    }

    #[test]
    fn every_timeframe_reads_a_leap_day_as_looker_writes_it() {
        let at = "2024-02-29T17:46:05";
        for (name, expected) in [
            ("raw", "2024-02-29 17:46:05.000000"),
            ("time", "2024-02-29 17:46:05"),
            ("second", "2024-02-29 17:46:05"),
            ("millisecond", "2024-02-29 17:46:05.000"),
            ("microsecond", "2024-02-29 17:46:05.000000"),
            ("minute", "2024-02-29 17:46"),
            ("minute15", "2024-02-29 17:45"),
            ("hour", "2024-02-29 17"),
            ("hour6", "2024-02-29 12"),
            ("date", "2024-02-29"),
            ("week", "2024-02-26"),
            ("month", "2024-02"),
            ("quarter", "2024-01"),
            ("year", "2024"),
            ("day_of_week", "Thursday"),
            ("day_of_week_index", "3"),
            ("day_of_month", "29"),
            ("day_of_year", "60"),
            ("month_name", "February"),
            ("month_num", "2"),
            ("quarter_of_year", "Q1"),
            ("time_of_day", "17:46"),
            ("hour_of_day", "17"),
            ("week_of_year", "9"),
            ("fiscal_year", "FY2023"),
            ("fiscal_quarter", "FY2023-Q4"),
            ("fiscal_quarter_of_year", "Q4"),
            ("fiscal_month_num", "11"),
        ] {
            assert_eq!(read(name, at), expected, "{name}");
        }
    }

    #[test]
    fn a_week_across_a_new_year_keeps_its_monday() {
        assert_eq!(read("week", "2025-01-01T00:00:00"), "2024-12-30");
    }
}
