//! What a field is, as the truth has it.

/// What the values of a field are, however they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// 1, 0 or null.
    YesNo,
    /// Days since 1970.
    Day,
    /// Microseconds since 1970.
    Instant,
    /// A text.
    Text,
    /// A text of few.
    Tier,
    /// Texts between commas, in no order.
    List,
}

/// What is made of the values of a group.
#[derive(Clone, Copy, Debug)]
pub enum Aggregate {
    /// An aggregate function of SQLite, with `v` for the value.
    Sql(&'static str),
    /// The value below which this part of the values lies, between the nearest two.
    Percentile(f64),
}

/// How a field is computed.
#[derive(Clone, Debug)]
pub enum Source {
    /// Of a row.
    Row(String),
    /// Of the rows of a group, of which those with the same key are one.
    Group {
        /// What is made of the values.
        aggregate: Aggregate,
        /// What tells a value from others.
        key: String,
        /// The value.
        value: String,
    },
    /// Of other measures of the same group, `?1`, `?2`, ...
    Measures(&'static str, Vec<&'static str>),
    /// Of the rows of the result, whose columns have the names of the fields and whose place is `at`.
    Result(String),
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Such as `orders.status`.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// How it is computed.
    pub source: Source,
    /// Of a date or time, the seconds that filters are about.
    pub seconds: Option<String>,
}

impl Field {
    /// The view that it stands in; of a query's own fields, the name itself.
    pub fn view(&self) -> &str {
        self.name.split_once('.').map_or(&self.name, |(view, _)| view)
    }

    /// Whether it groups rows.
    pub fn is_dimension(&self) -> bool {
        matches!(self.source, Source::Row(_))
    }
}
