//! `json_bi` of the Open SQL interface: columns in the order of the statement, under the names that it gave them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rusqlite::types::ValueRef;

use super::json_bi::JsonBi;
use super::{Facts, Format, Shape, value};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As it is.
    Plain,
    /// `Yes` as true, `No` as false.
    Truth,
    /// A date as days since 1970.
    Days,
    /// A time as milliseconds since 1970, as if it were UTC.
    Milliseconds,
}

/// A column of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// Field.
    pub(crate) field: String,
    /// Key in a row.
    pub(crate) key: String,
    /// How its values are written.
    pub(crate) reading: Reading,
}

/// Writer of it.
pub(super) struct Positional {
    inner: JsonBi,
    columns: Vec<Position>,
    /// Place of each column among the cells of a row.
    places: Vec<Option<usize>>,
    rows: u64,
}

impl Positional {
    pub(super) fn new(facts: Facts) -> Self {
        let columns = facts.columns.clone();
        Self { inner: JsonBi::new(facts), columns, places: Vec::new(), rows: 0 }
    }
}

fn write(out: &mut Vec<u8>, cell: ValueRef<'_>, reading: Reading) {
    let text = value::plain(cell);
    let converted = match reading {
        Reading::Plain => None,
        Reading::Truth => (cell != ValueRef::Null).then(|| (text == "Yes").to_string()),
        Reading::Days => {
            text.parse::<Date>().ok().and_then(|date| milliseconds(date.into())).map(|at| (at / 86_400_000).to_string())
        }
        Reading::Milliseconds => text.parse::<DateTime>().ok().and_then(milliseconds).map(|at| at.to_string()),
    };
    match converted {
        Some(text) => out.extend_from_slice(text.as_bytes()),
        None => value::json(out, cell),
    }
}

fn milliseconds(at: DateTime) -> Option<i64> {
    TimeZone::UTC.to_timestamp(at).ok().map(jiff::Timestamp::as_millisecond)
}

impl Format for Positional {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        let names: Vec<String> =
            shape.dimensions.iter().chain(&shape.measures).map(|known| known.name.clone()).collect();
        let place = |column: &Position| names.iter().position(|name| *name == column.field);
        self.places = self.columns.iter().map(place).collect();
        self.inner.begin(out, shape);
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        out.extend_from_slice(if self.rows == 0 { b"{" } else { b",\n{" });
        self.rows += 1;
        for (index, (column, place)) in self.columns.iter().zip(&self.places).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            value::json_text(out, &column.key);
            out.extend_from_slice(b":{\"value\":");
            let cell = place.and_then(|place| cells.get(place)).copied().unwrap_or(ValueRef::Null);
            write(out, cell, column.reading);
            out.push(b'}');
        }
        out.push(b'}');
    }

    fn end(&mut self, out: &mut Vec<u8>, runtime: f64) {
        self.inner.end(out, runtime);
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        self.inner.failed(out, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_a_client_of_jdbc_expects_and_null_stays_null() {
        let show = |text: &'static str, reading| {
            let mut out = Vec::new();
            let cell = if text.is_empty() { ValueRef::Null } else { ValueRef::Text(text.as_bytes()) };
            write(&mut out, cell, reading);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(show("2011-12-06", Reading::Days), "15314");
        assert_eq!(show("1969-12-31", Reading::Days), "-1");
        assert_eq!(show("1970-01-02 00:00:01", Reading::Milliseconds), "86401000");
        assert_eq!((show("Yes", Reading::Truth), show("No", Reading::Truth)), ("true".into(), "false".into()));
        for reading in [Reading::Plain, Reading::Truth, Reading::Days, Reading::Milliseconds] {
            assert_eq!(show("", reading), "null");
        }
    }
}
