//! Which language of filters a field takes.

use std::fmt;

/// A family of filter expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Text and wildcards.
    String,
    /// Numbers and ranges.
    Number,
    /// Dates and times, relative or absolute.
    Date,
    /// Names of a list.
    Tier,
    /// `Yes` and `No`.
    YesNo,
    /// Points, circles and boxes.
    Location,
    /// The value of a parameter.
    Parameter,
}

/// Types whose values are numbers.
const NUMBERS: [&str; 24] = [
    "number",
    "int",
    "count",
    "count_distinct",
    "sum",
    "sum_distinct",
    "average",
    "average_distinct",
    "min",
    "max",
    "median",
    "median_distinct",
    "percentile",
    "percentile_distinct",
    "percent_of_total",
    "distance",
    "period_over_period",
    "date_day_of_month",
    "date_day_of_year",
    "date_month_num",
    "date_fiscal_month_num",
    "date_hour_of_day",
    "date_week_of_year",
    "date_day_of_week_index",
];

/// Types of timeframes whose values are names.
const NAMES: [&str; 5] =
    ["date_day_of_week", "date_month_name", "date_quarter_of_year", "date_fiscal_quarter_of_year", "date_time_of_day"];

impl Family {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::String, Self::Number, Self::Date, Self::Tier, Self::YesNo, Self::Location, Self::Parameter];

    /// The family of a field's `type` in an explore; none for types that cannot be filtered.
    ///
    /// ```
    /// use looker_filters::Family;
    ///
    /// assert_eq!(Family::of("date_week"), Some(Family::Date));
    /// assert_eq!(Family::of("sum"), Some(Family::Number));
    /// assert_eq!(Family::of("zipcode"), Some(Family::String));
    /// assert_eq!(Family::of("date_raw"), None);
    /// ```
    pub fn of(lookml_type: &str) -> Option<Self> {
        Some(match lookml_type {
            "date_raw" | "running_total" | "percent_of_previous" => return None,
            "yesno" => Self::YesNo,
            "tier" | "bin" => Self::Tier,
            "location" | "location_bin_level" => Self::Location,
            "unquoted" => Self::Parameter,
            number if NUMBERS.contains(&number) || number.starts_with("duration_") => Self::Number,
            name if NAMES.contains(&name) => Self::String,
            date if date == "date" || date.starts_with("date_") => Self::Date,
            _ => Self::String,
        })
    }

    /// Its name: `string`, `number`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Date => "date",
            Self::Tier => "tier",
            Self::YesNo => "yesno",
            Self::Location => "location",
            Self::Parameter => "parameter",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeframes_are_dates_numbers_or_names() {
        for (lookml_type, family) in [
            ("date_time", Family::Date),
            ("date_fiscal_year", Family::Date),
            ("date_minute15", Family::Date),
            ("date_day_of_month", Family::Number),
            ("date_day_of_week", Family::String),
            ("duration_day", Family::Number),
            ("tier", Family::Tier),
            ("list", Family::String),
            ("a_type_of_tomorrow", Family::String),
        ] {
            assert_eq!(Family::of(lookml_type), Some(family), "{lookml_type}");
        }
    }
}
