//! Filter expressions as SQL with bound values. `looker-filters` reads them.

mod date;
mod number;
pub(crate) mod string;
mod yesno;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use looker_filters::ParseError;
use rusqlite::types::Value;

use crate::model::field::FilterFamily;

/// The values that a statement binds, by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(pub(crate) Vec<Value>);

impl Params {
    /// Adds a value and yields its name in SQL.
    pub(crate) fn bind(&mut self, value: Value) -> String {
        self.0.push(value);
        format!("?{}", self.0.len())
    }

    fn bind_text(&mut self, text: &str) -> String {
        self.bind(Value::Text(text.to_owned()))
    }
}

/// What a filter is about.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    /// SQL of the filtered value: seconds since 1970 for `Datetime` unless `civil`, a condition for `YesNo`.
    pub(crate) sql: &'a str,
    /// Language of the expression.
    pub(crate) family: FilterFamily,
    /// A `Datetime` whose SQL is text such as `2024-02-29`.
    pub(crate) civil: bool,
    /// Zone that dates in the expression are meant in.
    pub(crate) zone: &'a TimeZone,
    /// The instant that relative dates count from.
    pub(crate) now: Timestamp,
}

/// The SQL condition of an expression; `Ok(None)` when it lets everything through, `Err` when it cannot be read.
pub(crate) fn compile(
    expression: &str,
    target: &Target<'_>,
    params: &mut Params,
) -> Result<Option<String>, Unreadable> {
    let trimmed = expression.trim();
    match target.family {
        FilterFamily::Number => number::compile(&trimmed.parse()?, target.sql, params),
        FilterFamily::String => string::compile(&expression.parse()?, target.sql, params),
        FilterFamily::Datetime => date::compile(&trimmed.parse()?, target, params),
        FilterFamily::YesNo => Ok(yesno::compile(trimmed.parse()?, target.sql)),
    }
}

/// An expression that is not part of its language, or that means nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl From<ParseError> for Unreadable {
    fn from(_: ParseError) -> Self {
        Self
    }
}

/// Terms that admit, joined with OR, and terms that exclude, joined with AND.
#[derive(Debug, Default)]
struct Terms {
    /// Bound values that are admitted; one list, because SQLite limits how deep conditions nest.
    equal: Vec<String>,
    admit: Vec<String>,
    exclude: Vec<String>,
}

impl Terms {
    fn condition(mut self, sql: &str) -> Option<String> {
        match self.equal.as_slice() {
            [] => {}
            [one] => self.admit.insert(0, format!("{sql} = {one}")),
            many => self.admit.insert(0, format!("{sql} IN ({})", many.join(", "))),
        }
        let mut parts = self.exclude;
        match self.admit.as_slice() {
            [] => {}
            [one] => parts.insert(0, one.clone()),
            many => parts.insert(0, format!("({})", many.join(" OR "))),
        }
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }
}
