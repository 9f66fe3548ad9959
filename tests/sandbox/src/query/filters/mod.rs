//! Filter expressions: one language per kind of field, each compiled to SQL with bound values.

pub(crate) mod date;
pub(crate) mod number;
pub(crate) mod string;
mod yesno;

use jiff::Timestamp;
use jiff::tz::TimeZone;
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
    if expression.trim().is_empty() {
        return Ok(None);
    }
    match target.family {
        FilterFamily::Number => number::compile(expression, target.sql, params),
        FilterFamily::String => string::compile(expression, target.sql, params),
        FilterFamily::Datetime => date::compile(expression, target, params),
        FilterFamily::YesNo => yesno::compile(expression, target.sql),
    }
}

/// An expression that is not part of its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

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

/// Removes a leading word, whatever its case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let tail = text.get(word.len()..)?;
    (head.eq_ignore_ascii_case(word) && tail.starts_with(char::is_whitespace)).then(|| tail.trim_start())
}
