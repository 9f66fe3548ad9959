//! A LookML field: what the API says of it, and how SQL computes it.

use super::timeframe::{Family, Timeframe};
use crate::query::expression::Expression;

/// Where a field stands in the explore's field set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    /// Groups rows.
    Dimension,
    /// Aggregates rows.
    Measure,
    /// Only filters.
    Filter,
    /// Gives a value to the SQL of other fields.
    Parameter,
}

impl Category {
    /// Name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dimension => "dimension",
            Self::Measure => "measure",
            Self::Filter => "filter",
            Self::Parameter => "parameter",
        }
    }
}

/// How a field is computed. The texts are LookML SQL, with `${TABLE}`, `${field}`, `${view.field}`,
/// `{% parameter p %}` and `{% condition f %} .. {% endcondition %}`.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// An expression of one row; for a measure, of other measures.
    Sql(String),
    /// A condition, shown as `Yes` or `No`; null where the condition is null.
    YesNo(String),
    /// Ranges of a number, split at these values.
    Tier(String, Vec<i64>),
    /// A timeframe of an instant; the flag says whether it is converted to the zone of the query.
    Timeframe(String, Timeframe, bool),
    /// Complete units between two instants.
    Duration(String, String, &'static str),
    /// Latitude and longitude.
    Location(String, String),
    /// Kilometres between two places, each a latitude and a longitude.
    Distance([String; 4]),
    /// An aggregate over rows.
    Aggregate(Aggregate),
    /// A formula of a custom field.
    Expression(Expression),
    /// Computed from the rows of the result, from this measure.
    Post(Post, String),
    /// Nothing to select: filter-only fields and parameters.
    None,
}

/// An aggregating measure.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    /// Which function.
    pub(crate) function: Function,
    /// What is aggregated; rows are counted when absent.
    pub(crate) sql: Option<String>,
    /// Key that the `_distinct` functions count once; the view's primary key when absent.
    pub(crate) distinct_key: Option<String>,
    /// Filters inside the aggregate: field and filter expression.
    pub(crate) filters: Vec<(String, String)>,
    /// A condition inside the aggregate.
    pub(crate) condition: Option<Expression>,
}

/// Aggregate functions of LookML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// Rows.
    Count,
    /// Different values.
    CountDistinct,
    /// Sum.
    Sum,
    /// Mean.
    Average,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Percentile, 50 being the median.
    Percentile(u8),
    /// Different values, joined with commas.
    List,
}

/// What is computed from the rows of the result, top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    /// Share of the column's sum, in percent.
    PercentOfTotal,
    /// Change against the row above, in percent of it.
    PercentOfPrevious,
    /// Sum of this and all rows above.
    RunningTotal,
}

/// A LookML field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// `view.field`.
    pub(crate) name: String,
    /// View.
    pub(crate) view: String,
    /// Label of the view.
    pub(crate) view_label: String,
    /// Label without the view's.
    pub(crate) label_short: String,
    /// Place in the explore's field set.
    pub(crate) category: Category,
    /// LookML type as the API shows it.
    pub(crate) kind: String,
    /// How it is computed.
    pub(crate) source: Source,
    /// Description.
    pub(crate) description: Option<String>,
    /// Left out of field pickers.
    pub(crate) hidden: bool,
    /// Primary key of its view.
    pub(crate) primary_key: bool,
    /// Full name of the dimension group.
    pub(crate) dimension_group: Option<String>,
    /// Label of the group, and of this field inside it.
    pub(crate) group: Option<(String, String)>,
    /// Excel-style format.
    pub(crate) value_format: Option<String>,
    /// Name of a built-in format.
    pub(crate) value_format_name: Option<&'static str>,
    /// Names of the fields that a click drills into.
    pub(crate) drill_fields: Vec<&'static str>,
    /// Tags.
    pub(crate) tags: Vec<&'static str>,
    /// Allowed values: label and value.
    pub(crate) enumerations: Vec<(String, String)>,
    /// Default of a filter or parameter.
    pub(crate) default_filter_value: Option<&'static str>,
    /// Full name of the dimension that it is sorted by in its place (LookML `order_by_field`).
    pub(crate) order_by: Option<&'static str>,
    /// LookML `html`, where `{{ value }}` is the value.
    pub(crate) html: Option<&'static str>,
}

impl Field {
    /// A field with nothing but its place, type and source. `view` is name and label.
    pub(crate) fn new(view: (&str, &str), category: Category, short: &str, kind: &str, source: Source) -> Self {
        Self {
            name: format!("{}.{short}", view.0),
            view: view.0.into(),
            view_label: view.1.into(),
            label_short: title(short),
            category,
            kind: kind.into(),
            source,
            description: None,
            hidden: false,
            primary_key: false,
            dimension_group: None,
            group: None,
            value_format: None,
            value_format_name: None,
            drill_fields: Vec::new(),
            tags: Vec::new(),
            enumerations: Vec::new(),
            default_filter_value: None,
            order_by: None,
            html: None,
        }
    }

    /// Full label, the view's first; a yes/no measure says so. A custom field has its own label only.
    pub(crate) fn label(&self) -> String {
        if !self.name.contains('.') {
            return self.label_short.clone();
        }
        let suffix = if self.kind == "yesno" { " (Yes / No)" } else { "" };
        format!("{} {}{suffix}", self.view_label, self.label_short)
    }

    /// Whether the type is one of Looker's numeric types.
    pub(crate) fn is_numeric(&self) -> bool {
        is_numeric(&self.kind)
    }

    /// Whether the field is a timeframe that orders rows by time in the default sort.
    pub(crate) fn is_time(&self) -> bool {
        self.kind == "date"
            || matches!(&self.source, Source::Timeframe(_, timeframe, _) if timeframe.family() == Family::Datetime)
    }

    /// Which filter expressions the field takes.
    pub(crate) fn family(&self) -> FilterFamily {
        match &self.source {
            Source::YesNo(_) => FilterFamily::YesNo,
            Source::Timeframe(_, timeframe, _) => match timeframe.family() {
                Family::Datetime => FilterFamily::Datetime,
                Family::Number => FilterFamily::Number,
                Family::String => FilterFamily::String,
            },
            _ if self.kind == "date" || self.kind == "date_time" => FilterFamily::Datetime,
            _ if self.kind == "yesno" => FilterFamily::YesNo,
            _ if self.is_numeric() => FilterFamily::Number,
            _ => FilterFamily::String,
        }
    }

    /// Whether the field may stand in `filters`. Values made from other rows do not exist yet when rows are filtered.
    pub(crate) fn can_filter(&self) -> bool {
        self.kind != "date_raw" && !matches!(self.source, Source::Post(..))
    }
}

/// Whether a type is one of Looker's numeric types.
pub(crate) fn is_numeric(kind: &str) -> bool {
    const NUMERIC: [&str; 24] = [
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
        "percent_of_previous",
        "running_total",
        "distance",
        "date_day_of_month",
        "date_day_of_year",
        "date_month_num",
        "date_hour_of_day",
        "date_week_of_year",
        "date_fiscal_month_num",
    ];
    NUMERIC.contains(&kind) || kind.starts_with("duration_")
}

/// The kinds of filter expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilterFamily {
    /// Numbers and ranges.
    Number,
    /// Text and wildcards.
    String,
    /// Dates, relative or absolute.
    Datetime,
    /// `Yes` and `No`.
    YesNo,
}

/// `sale_price` as `Sale Price`.
pub(crate) fn title(name: &str) -> String {
    name.split('_')
        .map(|word| {
            if word == "id" {
                return "ID".to_owned();
            }
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_label_as_in_lookml() {
        assert_eq!(title("id"), "ID");
        assert_eq!(title("average_sale_price"), "Average Sale Price");
    }
}
