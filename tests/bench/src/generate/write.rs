//! Rows as Looker writes them: `json`, `json_bi`, `json_detail` and `csv`.

use std::io::Write as _;

use serde_json::{Map, Value as Json, json};

use super::table::{Shape, Table, label};
use super::values::{Value, Values};

/// Looker's result format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Format {
    /// An array of rows.
    Json,
    /// Metadata, then rows of wrapped cells.
    JsonBi,
    /// All metadata, then rows of cells with what a person sees.
    JsonDetail,
    /// Texts between commas.
    Csv,
}

impl Format {
    /// Looker's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonBi => "json_bi",
            Self::JsonDetail => "json_detail",
            Self::Csv => "csv",
        }
    }

    /// What a server says that it is.
    pub fn media_type(self) -> &'static str {
        if self == Self::Csv { "text/csv" } else { "application/json" }
    }
}

/// Writes a table in a format.
#[derive(Debug)]
pub(super) struct Writer<'t> {
    table: &'t Table,
    format: Format,
    /// `"view.field":` of each column.
    keys: Vec<Vec<u8>>,
    /// `"value":` of each value of the pivot.
    pivots: Vec<Vec<u8>>,
    count: usize,
}

impl<'t> Writer<'t> {
    pub(super) fn new(table: &'t Table, format: Format) -> Self {
        let key = |name: &str| {
            let mut key = Vec::new();
            string(&mut key, name, false);
            key.push(b':');
            key
        };
        let keys = table.columns.iter().map(|column| key(&column.name)).collect();
        let pivots = table.pivots.iter().map(|value| key(value)).collect();
        Self { table, format, keys, pivots, count: 0 }
    }

    /// What stands before the rows.
    pub(super) fn head(&self, out: &mut Vec<u8>) {
        match self.format {
            Format::Json => out.push(b'['),
            Format::JsonBi => {
                out.extend_from_slice(b"{\"metadata\":");
                out.extend_from_slice(self.metadata().to_string().as_bytes());
                out.extend_from_slice(b",\"rows\":[");
            }
            Format::JsonDetail => {
                let head = Json::Object(self.detail()).to_string();
                out.extend_from_slice(head.strip_suffix('}').unwrap_or_default().as_bytes());
                out.extend_from_slice(b",\"data\":[");
            }
            Format::Csv => {
                let labels: Vec<_> = self.table.columns.iter().map(|column| label(&column.name)).collect();
                out.extend_from_slice(labels.join(",").as_bytes());
                out.push(b'\n');
            }
        }
    }

    /// What stands behind them.
    pub(super) fn tail(&self) -> &'static [u8] {
        match self.format {
            Format::Json => b"]",
            Format::JsonBi | Format::JsonDetail => b"]}",
            Format::Csv => b"",
        }
    }

    /// One row, with what parts it from the one before.
    pub(super) fn row(&mut self, out: &mut Vec<u8>, row: &[Vec<Value>]) {
        if self.format == Format::Csv {
            self.record(out, row);
            return;
        }
        out.extend_from_slice(if self.count == 0 { b"{" } else { b",\n{" });
        let len = row.len();
        // A row whose keys are in another order begins elsewhere.
        let first = if self.table.shape == Shape::Reordered { self.count * 5 % len.max(1) } else { 0 };
        let mut is_first = true;
        for at in (first..len).chain(0..first) {
            let (Some(column), Some(key), Some(cells)) = (self.table.columns.get(at), self.keys.get(at), row.get(at))
            else {
                continue;
            };
            if column.values == Values::Category {
                continue;
            }
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            out.extend_from_slice(key);
            if self.pivots.is_empty() || !column.values.is_measure() {
                for cell in cells {
                    self.cell(out, cell);
                }
            } else {
                for (at, (pivot, cell)) in self.pivots.iter().zip(cells).enumerate() {
                    out.push(if at == 0 { b'{' } else { b',' });
                    out.extend_from_slice(pivot);
                    self.cell(out, cell);
                }
                out.push(b'}');
            }
        }
        out.push(b'}');
        self.count += 1;
    }

    fn cell(&self, out: &mut Vec<u8>, value: &Value) {
        if self.format == Format::Json {
            self.json(out, value);
            return;
        }
        out.extend_from_slice(b"{\"value\":");
        self.json(out, value);
        if self.format == Format::JsonDetail && *value != Value::Null {
            out.extend_from_slice(b",\"rendered\":");
            match value {
                Value::Whole(_) | Value::Number(_) => {
                    out.push(b'"');
                    self.json(out, value);
                    out.push(b'"');
                }
                _ => self.json(out, value),
            }
        }
        out.push(b'}');
    }

    fn json(&self, out: &mut Vec<u8>, value: &Value) {
        // Writing into memory does not fail.
        let _ = match value {
            Value::Null => out.write_all(b"null"),
            Value::Text(text) => {
                string(out, text, self.table.shape == Shape::Escapes);
                Ok(())
            }
            Value::Date(_, text) | Value::Time(_, text) => write!(out, "\"{text}\""),
            Value::Whole(number) => write!(out, "{number}"),
            Value::Number(number) => write!(out, "{number}"),
            Value::YesNo(yes) => write!(out, "\"{}\"", yes_no(*yes)),
        };
    }

    fn record(&self, out: &mut Vec<u8>, row: &[Vec<Value>]) {
        for (at, value) in row.iter().flatten().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            match value {
                Value::Null => {}
                Value::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                    let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
                }
                Value::Text(text) | Value::Date(_, text) | Value::Time(_, text) => {
                    out.extend_from_slice(text.as_bytes());
                }
                Value::YesNo(yes) => out.extend_from_slice(yes_no(*yes).as_bytes()),
                number => self.json(out, number),
            }
        }
        out.push(b'\n');
    }

    fn metadata(&self) -> Json {
        json!({
            "big_query_metadata": null,
            "fields": self.table.described(true),
            "pivots": self.pivot_columns(),
            "has_totals": false,
            "has_subtotals": false,
            "columns_truncated": false,
            "sql": null,
        })
    }

    fn detail(&self) -> Map<String, Json> {
        let mut head = Map::new();
        head.insert("from_cache".to_owned(), json!(false));
        head.insert("fields".to_owned(), self.table.described(true));
        if !self.table.pivots.is_empty() {
            head.insert("pivots".to_owned(), self.pivot_columns());
        }
        head.insert("has_totals".to_owned(), json!(false));
        head.insert("truncated".to_owned(), json!(false));
        head
    }

    fn pivot_columns(&self) -> Json {
        let fields = self.table.pivoted();
        let data = |value: &str| fields.iter().map(|field| (field.clone(), json!(value))).collect::<Map<_, _>>();
        let column = |value: &&str| json!({ "key": value, "data": data(value), "is_total": false });
        self.table.pivots.iter().map(column).collect()
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

/// A JSON string; `all` escapes also what need not be.
fn string(out: &mut Vec<u8>, text: &str, all: bool) {
    out.push(b'"');
    for letter in text.chars() {
        let _ = match letter {
            '"' => out.write_all(b"\\\""),
            '\\' => out.write_all(b"\\\\"),
            '\n' => out.write_all(b"\\n"),
            '\t' => out.write_all(b"\\t"),
            '/' if all => out.write_all(b"\\/"),
            letter if letter < ' ' || (all && !letter.is_ascii()) => {
                let mut units = [0; 2];
                letter.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
            }
            letter => out.write_all(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        };
    }
    out.push(b'"');
}
