//! Dates and times in the SQL of SQLite, and the zones in which they are told.

use super::field::Kind;

/// The zone of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// None is asked for.
    #[default]
    Utc,
    /// Nine hours ahead.
    Tokyo,
    /// Five hours behind, four in the summer.
    NewYork,
}

/// The summers of New York in UTC.
const SUMMERS: [(&str, &str); 4] = [
    ("2022-03-13 07:00", "2022-11-06 06:00"),
    ("2023-03-12 07:00", "2023-11-05 06:00"),
    ("2024-03-10 07:00", "2024-11-03 06:00"),
    ("2025-03-09 07:00", "2025-11-02 06:00"),
];

impl Zone {
    /// Its IANA name, if one is asked for.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Utc => None,
            Self::Tokyo => Some("Asia/Tokyo"),
            Self::NewYork => Some("America/New_York"),
        }
    }

    /// Seconds since 1970 in UTC as those of a clock in the zone.
    pub(super) fn local(self, seconds: &str) -> String {
        match self {
            Self::Utc => seconds.to_owned(),
            Self::Tokyo => format!("({seconds} + 32400)"),
            Self::NewYork => {
                let summers = SUMMERS
                    .map(|(from, to)| format!("{seconds} >= unixepoch('{from}') AND {seconds} < unixepoch('{to}')"));
                format!("({seconds} - CASE WHEN {} THEN 14400 ELSE 18000 END)", summers.join(" OR "))
            }
        }
    }
}

/// Every timeframe.
pub(super) const ALL: &str = "raw time second millisecond microsecond minute minute15 hour hour6 date week month quarter year \
    day_of_week day_of_week_index day_of_month day_of_year month_name month_num quarter_of_year time_of_day hour_of_day \
    week_of_year fiscal_year fiscal_quarter fiscal_quarter_of_year fiscal_month_num";
/// Those that most dates have.
pub(super) const USUAL: &str = "raw time date week month quarter year";

/// The timeframes that are stretches of time, and filtered as such.
pub(super) const STRETCHES: &str = "raw time second millisecond microsecond minute minute15 hour hour6 date week month quarter year \
    fiscal_year fiscal_quarter";

/// One timeframe of local seconds.
pub(super) fn timeframe(name: &str, at: &str) -> (Kind, String) {
    let text = |format: &str| format!("strftime('{format}', {at}, 'unixepoch')");
    // Fiscal years begin in April and are called after the year that they begin in.
    let fiscal = |format: &str| format!("strftime('{format}', {at}, 'unixepoch', 'start of month', '-3 months')");
    let number = |sql: String| (Kind::Whole, format!("CAST({sql} AS INTEGER)"));
    let instant = |format: &str| (Kind::Instant, format!("unixepoch({}) * 1000000", text(format)));
    let quarter = |month: String| format!("'Q' || ((CAST({month} AS INTEGER) + 2) / 3)");
    let floor = |seconds: i64| (Kind::Instant, format!("{at} / {seconds} * {seconds} * 1000000"));
    let named = |format: &str, first: usize, names: &str| {
        let cases = names.split(' ').zip(first..).map(|(name, at)| format!("WHEN {at} THEN '{name}' "));
        (Kind::Text, format!("CASE CAST({} AS INTEGER) {}END", text(format), cases.collect::<String>()))
    };
    match name {
        "raw" => (Kind::Text, text("%Y-%m-%d %H:%M:%S.000000")),
        "time" | "second" | "millisecond" | "microsecond" => instant("%Y-%m-%d %H:%M:%S"),
        "minute" => instant("%Y-%m-%d %H:%M:00"),
        "minute15" => floor(900),
        "hour" => instant("%Y-%m-%d %H:00:00"),
        "hour6" => floor(21_600),
        "date" => (Kind::Day, format!("unixepoch({}) / 86400", text("%Y-%m-%d"))),
        "week" => (Kind::Day, format!("unixepoch({at}, 'unixepoch', 'start of day', 'weekday 0', '-6 days') / 86400")),
        "month" => (Kind::Text, text("%Y-%m")),
        "quarter" => {
            let month = format!("(CAST({} AS INTEGER) - 1) / 3 * 3 + 1", text("%m"));
            (Kind::Text, format!("{} || printf('-%02d', {month})", text("%Y")))
        }
        "year" => number(text("%Y")),
        "day_of_week" => named("%w", 0, "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
        "day_of_week_index" => (Kind::Whole, format!("(CAST({} AS INTEGER) + 6) % 7", text("%w"))),
        "day_of_month" => number(text("%d")),
        "day_of_year" => number(text("%j")),
        "month_name" => {
            named("%m", 1, "January February March April May June July August September October November December")
        }
        "month_num" => number(text("%m")),
        "quarter_of_year" => (Kind::Text, quarter(text("%m"))),
        "time_of_day" => (Kind::Text, text("%H:%M")),
        "hour_of_day" => number(text("%H")),
        "week_of_year" => number(text("%V")),
        "fiscal_year" => (Kind::Text, format!("'FY' || {}", fiscal("%Y"))),
        "fiscal_quarter" => (Kind::Text, format!("'FY' || {} || '-' || {}", fiscal("%Y"), quarter(fiscal("%m")))),
        "fiscal_quarter_of_year" => (Kind::Text, quarter(fiscal("%m"))),
        "fiscal_month_num" => number(fiscal("%m")),
        _ => panic!("the timeframe {name} is not known"),
    }
}

/// The complete units from one column of seconds to another.
pub(super) fn duration(unit: &str, from: &str, to: &str) -> String {
    let part = |format: &str, of: &str| format!("CAST(strftime('{format}', {of}, 'unixepoch') AS INTEGER)");
    let months = || {
        let of = |column: &str| format!("(12 * {} + {})", part("%Y", column), part("%m", column));
        let rest = |column: &str| format!("strftime('%d %H:%M:%S', {column}, 'unixepoch')");
        format!("({} - {} - ({} < {}))", of(to), of(from), rest(to), rest(from))
    };
    let seconds = |of: i64| format!("({to} - {from}) / {of}");
    match unit {
        "second" => seconds(1),
        "minute" => seconds(60),
        "hour" => seconds(3_600),
        "day" => seconds(86_400),
        "week" => seconds(604_800),
        "month" => months(),
        "quarter" => format!("{} / 3", months()),
        "year" => format!("{} / 12", months()),
        _ => panic!("the unit {unit} is not known"),
    }
}
