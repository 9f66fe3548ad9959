//! The format `json_bi`: metadata first, then rows of cells.

use rusqlite::types::{Value, ValueRef};
use serde_json::json;

use super::{Facts, Format, GROUPING, Shape, Subtotal, value};

/// Writer of `json_bi`.
pub(super) struct JsonBi {
    facts: Facts,
    /// What stands before each cell, in the order of the cells.
    before: Vec<Vec<u8>>,
    after_row: &'static [u8],
    /// What follows the rows.
    totals: Option<Vec<Value>>,
    subtotals: Vec<Subtotal>,
    rows: u64,
}

impl JsonBi {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts, before: Vec::new(), after_row: b"", totals: None, subtotals: Vec::new(), rows: 0 }
    }
}

/// The text before each cell, its `{"value":` included; all but the first close the cell before them.
pub(super) fn prefixes(shape: &Shape, open_cell: &str) -> Vec<Vec<u8>> {
    let mut prefixes: Vec<Vec<u8>> = Vec::new();
    let mut push = |close: &str, keys: &[&str]| {
        let mut text = if prefixes.is_empty() { Vec::new() } else { close.as_bytes().to_vec() };
        for (index, key) in keys.iter().enumerate() {
            if index > 0 {
                text.push(b'{');
            }
            value::json_text(&mut text, key);
            text.push(b':');
        }
        text.extend_from_slice(open_cell.as_bytes());
        prefixes.push(text);
    };
    for dimension in &shape.dimensions {
        push("},", &[&dimension.name]);
    }
    for (index, measure) in shape.measures.iter().enumerate() {
        if !shape.is_pivoted {
            push("},", &[&measure.name]);
        }
        for (column, pivot) in shape.pivots.iter().enumerate() {
            match (column, index) {
                (0, 0) => push("},", &[&measure.name, &pivot.key]),
                (0, _) => push("}},", &[&measure.name, &pivot.key]),
                _ => push("},", &[&pivot.key]),
            }
        }
    }
    prefixes
}

/// The pivot columns as metadata.
pub(super) fn pivots(shape: &Shape) -> Vec<serde_json::Value> {
    let object = |data: &[(String, Value)]| {
        let entries = data.iter().map(|(name, value)| (name.clone(), plain(value)));
        serde_json::Value::Object(entries.collect())
    };
    shape
        .pivots
        .iter()
        .map(|pivot| {
            json!({ "key": pivot.key, "data": object(&pivot.data), "sort_values": object(&pivot.sort_values),
                    "is_total": pivot.is_total })
        })
        .collect()
}

/// A cell as a JSON value.
pub(super) fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Null | Value::Blob(_) => serde_json::Value::Null,
    }
}

impl JsonBi {
    fn metadata(&self, shape: &Shape) -> serde_json::Value {
        let filters: serde_json::Map<_, _> =
            self.facts.filters.iter().map(|(field, text)| (field.clone(), text.as_str().into())).collect();
        json!({
            "big_query_metadata": null,
            "fields": shape.fields.as_ref().unwrap_or(&self.facts.fields),
            "pivots": pivots(shape),
            "has_totals": shape.totals.is_some(),
            "has_subtotals": !shape.subtotals.is_empty(),
            "columns_truncated": shape.columns_truncated,
            "filters": filters,
            "filter_expression": self.facts.filter_expression,
            "sql": self.facts.sql,
        })
    }
}

impl JsonBi {
    /// A row without its end.
    fn object(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        out.extend_from_slice(if self.rows == 0 { b"{" } else { b",\n{" });
        self.rows += 1;
        for (cell, before) in cells.iter().zip(&self.before) {
            out.extend_from_slice(before);
            value::json(out, *cell);
        }
        out.extend_from_slice(self.after_row);
    }
}

impl Format for JsonBi {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        out.extend_from_slice(b"{\"metadata\":");
        out.extend_from_slice(self.metadata(&shape).to_string().as_bytes());
        out.extend_from_slice(b",\"rows\":[");
        self.before = prefixes(&shape, "{\"value\":");
        let ends_in_pivots = shape.is_pivoted && !shape.measures.is_empty() && !shape.pivots.is_empty();
        self.after_row = match (self.before.is_empty(), ends_in_pivots) {
            (true, _) => b"",
            (false, false) => b"}",
            (false, true) => b"}}",
        };
        self.totals = shape.totals;
        self.subtotals = shape.subtotals;
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        self.object(out, cells);
        out.push(b'}');
    }

    fn end(&mut self, out: &mut Vec<u8>, _: f64) {
        for subtotal in std::mem::take(&mut self.subtotals) {
            let mut mark = b",".to_vec();
            value::json_text(&mut mark, GROUPING);
            mark.push(b':');
            mark.extend_from_slice(json!(subtotal.grouping).to_string().as_bytes());
            for row in subtotal.rows {
                let cells = value::refs(&row);
                self.object(out, &cells);
                out.extend_from_slice(&mark);
                out.push(b'}');
            }
        }
        if let Some(totals) = self.totals.take() {
            let cells = value::refs(&totals);
            self.row(out, &cells);
        }
        out.extend_from_slice(b"]}");
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        let body = json!({
            "metadata": { "sql": self.facts.sql, "fields": self.facts.fields },
            "rows": [{ "looker_error": message }],
        });
        out.extend_from_slice(body.to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{shape, text, written};
    use super::*;

    fn rows(body: &str) -> &str {
        body.split_once("\"rows\":").unwrap().1
    }

    #[test]
    fn metadata_stands_before_the_rows_and_totals_are_the_last_row() {
        let row: [&[Value]; 1] = [&[text("a"), Value::Integer(7)]];
        let totals = [Value::Null, Value::Integer(9)];
        let body = written(JsonBi::new(Facts::default()), shape(false, Some(&totals)), &row);
        assert!(body.starts_with("{\"metadata\":{\"big_query_metadata\":null,"));
        assert!(body.contains("\"has_totals\":true"));
        assert_eq!(
            rows(&body),
            "[{\"o.status\":{\"value\":\"a\"},\"o.count\":{\"value\":7}},\n\
             {\"o.status\":{\"value\":null},\"o.count\":{\"value\":9}}]}"
        );
    }

    #[test]
    fn pivots_nest_measure_then_key_and_null_has_a_key_of_its_own() {
        let row: [&[Value]; 1] = [&[text("a"), Value::Integer(7), Value::Null]];
        let body = written(JsonBi::new(Facts::default()), shape(true, None), &row);
        assert_eq!(
            rows(&body),
            "[{\"o.status\":{\"value\":\"a\"},\"o.count\":{\"F\":{\"value\":7},\"u.gender___null\":{\"value\":null}}}]}"
        );
        let parsed: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(parsed["metadata"]["pivots"][1]["data"], json!({ "u.gender": null }));
    }

    #[test]
    fn a_failure_is_a_row_with_looker_error() {
        let mut out = Vec::new();
        JsonBi::new(Facts::default()).failed(&mut out, "SQL Error: no");
        let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(parsed["rows"], json!([{ "looker_error": "SQL Error: no" }]));
    }
}
