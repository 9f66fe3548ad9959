//! LookML types and what they become in Arrow: one table, read by the decoder, the catalog and the documentation.

use arrow_schema::{DataType, TimeUnit};

use super::columns::{Columns, Numbers};

/// How the cells of a type are written and what they become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A JSON integer -> `Int64`.
    Integer,
    /// A JSON number -> `Float64`, or exact decimal text.
    Number,
    /// `Yes` or `No` -> `Boolean`.
    YesNo,
    /// `YYYY-MM-DD` -> `Date32`.
    Date,
    /// `YYYY-MM-DD HH[:MM[:SS[.f]]]` in the query's time zone, without offset -> `Timestamp` in microseconds, no zone.
    DateTime,
    /// Anything else -> `Utf8`.
    Text,
    /// A JSON number -> `Decimal128` with so many digits behind the point, when asked for.
    Decimal(i8),
    /// A text of few -> a dictionary of `Utf8`, when asked for.
    Tier,
    /// Texts between commas, or a JSON list -> a list of `Utf8`, when asked for.
    List,
}

/// Digits of a decimal.
pub(super) const PRECISION: u8 = 38;

/// The table: a LookML type and its kind. A type that is not here is text. Types with a count behind them
/// (`date_minute15`, `date_hour6`) are looked up without it.
///
/// Source: the explores that Looker's own open-source applications have recorded, and the LookML reference.
pub const TYPES: &[(&str, Kind)] = &[
    ("number", Kind::Number),
    ("int", Kind::Integer),
    ("count", Kind::Integer),
    ("count_distinct", Kind::Integer),
    ("sum", Kind::Number),
    ("sum_distinct", Kind::Number),
    ("average", Kind::Number),
    ("average_distinct", Kind::Number),
    ("min", Kind::Number),
    ("max", Kind::Number),
    ("median", Kind::Number),
    ("median_distinct", Kind::Number),
    ("percentile", Kind::Number),
    ("percentile_distinct", Kind::Number),
    ("percent_of_total", Kind::Number),
    ("percent_of_previous", Kind::Number),
    ("period_over_period", Kind::Number),
    ("running_total", Kind::Number),
    ("distance", Kind::Number),
    ("duration_second", Kind::Number),
    ("duration_minute", Kind::Number),
    ("duration_hour", Kind::Number),
    ("duration_day", Kind::Number),
    ("duration_week", Kind::Number),
    ("duration_month", Kind::Number),
    ("duration_quarter", Kind::Number),
    ("duration_year", Kind::Number),
    ("date_day_of_month", Kind::Integer),
    ("date_day_of_year", Kind::Integer),
    ("date_month_num", Kind::Integer),
    ("date_fiscal_month_num", Kind::Integer),
    ("date_hour_of_day", Kind::Integer),
    ("date_week_of_year", Kind::Integer),
    ("date_day_of_week_index", Kind::Integer),
    ("date_year", Kind::Integer),
    ("yesno", Kind::YesNo),
    ("date", Kind::Date),
    ("date_date", Kind::Date),
    ("date_week", Kind::Date),
    ("date_time", Kind::DateTime),
    ("date_second", Kind::DateTime),
    ("date_millisecond", Kind::DateTime),
    ("date_microsecond", Kind::DateTime),
    ("date_minute", Kind::DateTime),
    ("date_hour", Kind::DateTime),
    ("date_raw", Kind::Text),
    ("date_month", Kind::Text),
    ("date_month_name", Kind::Text),
    ("date_quarter", Kind::Text),
    ("date_quarter_of_year", Kind::Text),
    // A number or `FY2024`: nothing published says which, and filter expressions write the latter.
    ("date_fiscal_year", Kind::Text),
    ("date_fiscal_quarter", Kind::Text),
    ("date_fiscal_quarter_of_year", Kind::Text),
    ("date_day_of_week", Kind::Text),
    ("date_time_of_day", Kind::Text),
    ("string", Kind::Text),
    ("tier", Kind::Text),
    ("zipcode", Kind::Text),
    ("location", Kind::Text),
    ("list", Kind::Text),
    ("unquoted", Kind::Text),
];

impl Kind {
    /// The kind of a LookML type.
    pub fn of(lookml_type: &str) -> Self {
        let base = lookml_type.trim_end_matches(|c: char| c.is_ascii_digit());
        TYPES
            .iter()
            .find(|(name, _)| *name == lookml_type)
            .or_else(|| TYPES.iter().find(|(name, kind)| *name == base && *kind == Self::DateTime))
            .map_or(Self::Text, |(_, kind)| *kind)
    }

    /// The kind of a LookML type, as it was asked for.
    pub(super) fn wanted(lookml_type: &str, columns: &Columns) -> Self {
        match (Self::of(lookml_type), columns.numbers) {
            (Self::Number, Numbers::Decimal) => Self::Decimal(columns.decimal_scale),
            (Self::Number, Numbers::Exact) => Self::Text,
            (Self::Text, _) if columns.dictionaries && lookml_type == "tier" => Self::Tier,
            (Self::Text, _) if columns.lists && lookml_type == "list" => Self::List,
            (kind, _) => kind,
        }
    }

    /// The Arrow type of the kind.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Decimal(scale) => DataType::Decimal128(PRECISION, scale),
            Self::Tier => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::List => DataType::new_list(DataType::Utf8, true),
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::YesNo => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::DateTime => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Text => DataType::Utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_type_stands_once_in_the_table() {
        let names: HashSet<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), TYPES.len());
    }

    #[test]
    fn a_fiscal_year_is_text_because_it_may_be_written_with_letters() {
        assert_eq!(Kind::of("date_fiscal_year"), Kind::Text);
        assert_eq!(Kind::of("date_year"), Kind::Integer);
    }

    #[test]
    fn timeframes_with_a_count_are_found_and_unknown_types_are_text() {
        assert_eq!(Kind::of("date_minute15"), Kind::DateTime);
        assert_eq!(Kind::of("date_hour6"), Kind::DateTime);
        assert_eq!(Kind::of("sum2"), Kind::Text);
        assert_eq!(Kind::of("something_new"), Kind::Text);
    }
}
