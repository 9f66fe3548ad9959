//! The format `json_detail`: an object with all metadata, and rows of cells in `data`.

use rusqlite::types::{Value, ValueRef};
use serde_json::json;

use super::{Column, Facts, Format, Shape, Wishes, json_bi, value, value_format};

/// Writer of `json_detail`.
pub(super) struct JsonDetail {
    wishes: Wishes,
    facts: Facts,
    shape: Option<Shape>,
    before: Vec<Vec<u8>>,
    rows: u64,
}

impl JsonDetail {
    pub(super) fn new(wishes: Wishes, facts: Facts) -> Self {
        Self { wishes, facts, shape: None, before: Vec::new(), rows: 0 }
    }

    /// Everything that is known before the rows.
    fn head(&self, shape: Option<&Shape>) -> serde_json::Map<String, serde_json::Value> {
        let facts = &self.facts;
        let ran_at = jiff::Timestamp::from_second(facts.ran_at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let filters: serde_json::Map<_, _> = facts
            .filters
            .iter()
            .map(|(field, text)| (field.clone(), json!([{ "value": text, "is_negated": text.starts_with('-') }])))
            .collect();
        let head = json!({
            "status": "complete",
            "from_cache": false,
            "id": facts.id,
            "result_source": "query",
            "supports_pivot_in_db": true,
            "null_sort_treatment": "low",
            "expired": false,
            "ran_at": ran_at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "added_params": { "query_timezone": facts.timezone },
            "sql": facts.sql,
            "sql_explain": null,
            "sql_error": null,
            "fields": facts.fields,
            "fill_fields": [],
            "has_totals": shape.is_some_and(|shape| shape.has_totals),
            "has_row_totals": shape.is_some_and(Shape::has_row_totals),
            "has_subtotals": false,
            "applied_filters": filters,
            "applied_filter_expression": facts.filter_expression,
            "number_format": "1,234.56",
            "explore": { "name": facts.explore.0, "label": facts.explore.1, "description": null },
            "timezone": facts.timezone,
            "column_truncated": shape.is_some_and(|shape| shape.columns_truncated),
            "drill_menu_build_time": 0.0,
            "truncated": false,
        });
        let mut head = match head {
            serde_json::Value::Object(head) => head,
            _ => serde_json::Map::new(),
        };
        if let Some(shape) = shape.filter(|shape| shape.is_pivoted) {
            head.insert("pivots".into(), json_bi::pivots(shape).into());
        }
        head
    }

    /// What a cell holds besides its value, closing brace excluded.
    fn extras(&self, out: &mut Vec<u8>, cell: ValueRef<'_>, column: Option<&Column>) {
        let Some(column) = column else { return };
        if matches!(cell, ValueRef::Integer(_) | ValueRef::Real(_)) && column.value_format.is_some() {
            let rendered = value_format::rendered(cell, column.value_format.as_deref());
            if rendered != value::plain(cell) {
                out.extend_from_slice(b",\"rendered\":");
                value::json_text(out, &rendered);
            }
        }
        if self.wishes.drill_links && !column.drill_fields.is_empty() {
            let facts = &self.facts;
            let url = format!("/explore/{}/{}?fields={}", facts.model, facts.explore.0, column.drill_fields.join(","));
            let links =
                json!([{ "label": "Show All", "label_prompt": "Show All", "url": url, "type": "measure_default" }]);
            out.extend_from_slice(b",\"links\":");
            out.extend_from_slice(links.to_string().as_bytes());
        }
    }

    fn cells(&self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        let Some(shape) = &self.shape else { return };
        let (dimensions, width) = (shape.dimensions.len(), shape.width().max(1));
        out.push(b'{');
        for (index, (cell, before)) in cells.iter().zip(&self.before).enumerate() {
            out.extend_from_slice(before);
            value::json(out, *cell);
            let column = match index.checked_sub(dimensions) {
                None => shape.dimensions.get(index),
                Some(index) => shape.measures.get(index / width),
            };
            self.extras(out, *cell, column);
        }
        let in_pivots = shape.is_pivoted && cells.len() > dimensions;
        let close: &[u8] = match (cells.is_empty(), in_pivots) {
            (true, _) => b"}",
            (false, false) => b"}}",
            (false, true) => b"}}}",
        };
        out.extend_from_slice(close);
    }

    fn totals(&self, totals: &[Value]) -> serde_json::Value {
        let Some(shape) = &self.shape else { return serde_json::Value::Null };
        let mut measures = totals.iter().skip(shape.dimensions.len());
        let mut object = serde_json::Map::new();
        for column in &shape.measures {
            let cells = measures.by_ref().take(shape.width());
            let value = if shape.is_pivoted {
                let keys = shape.pivots.iter().map(|pivot| pivot.key.clone());
                keys.zip(cells.map(|cell| json!({ "value": json_bi::plain(cell) }))).collect()
            } else {
                cells.map(|cell| json!({ "value": json_bi::plain(cell) })).next().unwrap_or_default()
            };
            object.insert(column.name.clone(), value);
        }
        serde_json::Value::Object(object)
    }
}

impl Format for JsonDetail {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        let head = serde_json::Value::Object(self.head(Some(&shape))).to_string();
        out.extend_from_slice(head.strip_suffix('}').unwrap_or_default().as_bytes());
        out.extend_from_slice(b",\"data\":[");
        self.before = json_bi::prefixes(&shape, "{\"value\":");
        self.shape = Some(shape);
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        if self.rows > 0 {
            out.extend_from_slice(b",\n");
        }
        self.rows += 1;
        self.cells(out, cells);
    }

    fn end(&mut self, out: &mut Vec<u8>, totals: Option<&[Value]>, runtime: f64) {
        out.push(b']');
        if let Some(totals) = totals {
            out.extend_from_slice(b",\"totals_data\":");
            out.extend_from_slice(self.totals(totals).to_string().as_bytes());
        }
        out.extend_from_slice(format!(",\"runtime\":\"{runtime:.3}\"}}").as_bytes());
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        let mut body = self.head(None);
        body.insert("status".into(), "error".into());
        body.insert("data".into(), json!([]));
        body.insert(
            "errors".into(),
            json!([{ "message": "The database could not run this query.", "message_details": message,
                     "sql_error_loc": { "line": 1, "column": 1 }, "params": null, "error_pos": null,
                     "level": "fatal", "fatal": true }]),
        );
        body.insert("runtime".into(), "0.000".into());
        out.extend_from_slice(serde_json::Value::Object(body).to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{shape, text, written};
    use super::*;

    fn parsed(pivoted: bool, row: &[Value], totals: Option<&[Value]>) -> serde_json::Value {
        let format = JsonDetail::new(Wishes::default(), Facts::default());
        serde_json::from_str(&written(format, shape(pivoted, totals.is_some()), &[row], totals)).unwrap()
    }

    #[test]
    fn rendered_is_there_only_if_it_differs_from_the_value() {
        let body = parsed(false, &[text("a"), Value::Integer(1062)], None);
        assert_eq!(body["data"][0]["o.count"], json!({ "value": 1062, "rendered": "1,062" }));
        let body = parsed(false, &[text("a"), Value::Integer(530)], None);
        assert_eq!(body["data"][0]["o.count"], json!({ "value": 530 }));
        assert_eq!(body["runtime"], "0.500");
    }

    #[test]
    fn totals_stand_beside_the_data() {
        let row = [text("a"), Value::Integer(7), Value::Null];
        let body = parsed(true, &row, Some(&[Value::Null, Value::Integer(9), Value::Integer(2)]));
        assert_eq!(body["data"].as_array().unwrap().len(), 1);
        assert_eq!(body["totals_data"]["o.count"]["u.gender___null"], json!({ "value": 2 }));
    }

    #[test]
    fn a_failure_has_no_data_and_says_why() {
        let mut out = Vec::new();
        JsonDetail::new(Wishes::default(), Facts::default()).failed(&mut out, "no such column: x");
        let body: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(body["data"], json!([]));
        assert_eq!(body["errors"][0]["message_details"], "no such column: x");
    }
}
