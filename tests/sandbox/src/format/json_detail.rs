//! The formats `json_detail`, an object with all metadata and with rows of cells in `data`, and
//! `json_detail_lite_stream`, which has little metadata and `data` at its end, so that it can be read as it comes.

use rusqlite::types::ValueRef;
use serde_json::json;

use super::drill;
use super::{Column, Facts, Format, GROUPING, Shape, Wishes, filterable, json_bi, value, value_format};

/// A sentence that stands in `errors` beside full data.
const WARNING: &str = "Note: This query contains derived tables with conditional SQL for Development Mode. Query \
                       results in Production Mode might be different.";

/// Writer of both.
pub(super) struct JsonDetail {
    wishes: Wishes,
    facts: Facts,
    lite: bool,
    shape: Option<Shape>,
    before: Vec<Vec<u8>>,
    rows: u64,
}

impl JsonDetail {
    pub(super) fn new(wishes: Wishes, facts: Facts) -> Self {
        Self { wishes, facts, lite: false, shape: None, before: Vec::new(), rows: 0 }
    }

    pub(super) fn lite(wishes: Wishes, facts: Facts) -> Self {
        Self { lite: true, ..Self::new(wishes, facts) }
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
            "number_format": "1,234.56",
            "explore": { "name": facts.explore.0, "label": facts.explore.1, "description": null },
            "timezone": facts.timezone,
            "applied_filters": filters,
            "applied_filter_expression": facts.filter_expression,
            "drill_menu_build_time": 0.0,
            "truncated": false,
        });
        let mut head = match head {
            serde_json::Value::Object(head) => head,
            _ => serde_json::Map::new(),
        };
        if self.lite {
            head.values_mut().for_each(|value| *value = serde_json::Value::Null);
        }
        let fields = shape.and_then(|shape| shape.fields.clone()).unwrap_or_else(|| facts.fields.clone());
        head.insert("fields".into(), fields);
        head.insert("fill_fields".into(), json!(facts.fill_fields));
        head.insert("has_totals".into(), shape.is_some_and(|shape| shape.totals.is_some()).into());
        head.insert("has_row_totals".into(), shape.is_some_and(Shape::has_row_totals).into());
        head.insert("has_subtotals".into(), shape.is_some_and(|shape| !shape.subtotals.is_empty()).into());
        head.insert("column_truncated".into(), shape.is_some_and(|shape| shape.columns_truncated).into());
        if let Some(shape) = shape.filter(|shape| shape.is_pivoted) {
            head.insert("pivots".into(), json_bi::pivots(shape).into());
        }
        if self.wishes.choices.warnings {
            head.insert(
                "errors".into(),
                json!([{ "message": WARNING, "message_details": null, "params": null,
                                                   "error_pos": null, "level": "warning", "fatal": false }]),
            );
        }
        head
    }

    /// What a cell holds besides its value, closing brace excluded.
    fn extras(&self, out: &mut Vec<u8>, cells: &[ValueRef<'_>], index: usize) {
        let Some(shape) = &self.shape else { return };
        let (Some(cell), Some(column)) = (cells.get(index), shape.column(index)) else { return };
        let mut text = |key: &str, text: &str| {
            out.extend_from_slice(format!(",\"{key}\":").as_bytes());
            value::json_text(out, text);
        };
        if let Some(rendered) = rendered(*cell, column) {
            text("rendered", &rendered);
        }
        if let Some(field) = &column.field {
            if let Some(html) = field.html.filter(|_| *cell != ValueRef::Null) {
                text("html", &html.replace("{{ value }}", &value::plain(*cell)));
            }
            if let Some(filterable) = filterable::filterable(field, *cell) {
                text("filterable_value", &filterable);
            }
            if let Some(place) = filterable::sort_value(field, *cell) {
                out.extend_from_slice(format!(",\"sort_value\":{place}").as_bytes());
            }
        }
        if self.wishes.drill_links && !column.drill_fields.is_empty() {
            let url = drill::address(&self.facts, shape, cells, index);
            let links =
                json!([{ "label": "Show All", "label_prompt": "Show All", "url": url, "type": "measure_default" }]);
            out.extend_from_slice(b",\"links\":");
            out.extend_from_slice(links.to_string().as_bytes());
        }
    }

    /// A row without its end; the cells are those from `from` on.
    fn object(&self, out: &mut Vec<u8>, cells: &[ValueRef<'_>], from: usize) {
        let Some(shape) = &self.shape else { return };
        out.push(b'{');
        for (index, (cell, before)) in cells.iter().zip(&self.before).enumerate().skip(from) {
            // The first has no cell before it to close.
            let before = if index == from { before.get(close_of(before)..).unwrap_or_default() } else { before };
            out.extend_from_slice(before);
            value::json(out, *cell);
            self.extras(out, cells, index);
        }
        let in_pivots = shape.is_pivoted && cells.len() > shape.dimensions.len();
        if cells.len() > from {
            out.extend_from_slice(if in_pivots { b"}}" } else { b"}" });
        }
    }

    /// Everything that sums up, each part with a comma before it or behind it.
    fn summaries(&self, out: &mut Vec<u8>) {
        let Some(shape) = &self.shape else { return };
        if let Some(totals) = &shape.totals {
            out.extend_from_slice(b",\"totals_data\":");
            self.object(out, &value::refs(totals), shape.dimensions.len());
            out.push(b'}');
        }
        if shape.subtotals.is_empty() {
            return;
        }
        for (index, subtotal) in shape.subtotals.iter().enumerate() {
            let open = if index == 0 { ",\"subtotals_data\":{" } else { "]," };
            out.extend_from_slice(format!("{open}\"{}\":[", subtotal.grouping.len()).as_bytes());
            let mark = format!(",\"{GROUPING}\":{}}}", json!(subtotal.grouping));
            for (row, cells) in subtotal.rows.iter().enumerate() {
                if row > 0 {
                    out.push(b',');
                }
                self.object(out, &value::refs(cells), 0);
                out.extend_from_slice(mark.as_bytes());
            }
        }
        let sets: Vec<_> = shape.subtotals.iter().map(|subtotal| &subtotal.grouping).collect();
        out.extend_from_slice(format!("]}},\"subtotal_sets\":{}", json!(sets)).as_bytes());
    }
}

/// Where the key begins in the text before a cell.
fn close_of(before: &[u8]) -> usize {
    before.iter().position(|byte| *byte == b'"').unwrap_or_default()
}

/// How a person reads a cell, if that differs from its value.
fn rendered(cell: ValueRef<'_>, column: &Column) -> Option<String> {
    match cell {
        ValueRef::Null => column.is_calculation.then(|| "null".to_owned()),
        ValueRef::Integer(_) | ValueRef::Real(_) => {
            let rendered = value_format::rendered(cell, Some(column.value_format.as_deref()?));
            (rendered != value::plain(cell)).then_some(rendered)
        }
        _ => None,
    }
}

impl Format for JsonDetail {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        let head = serde_json::Value::Object(self.head(Some(&shape))).to_string();
        out.extend_from_slice(head.strip_suffix('}').unwrap_or_default().as_bytes());
        self.before = json_bi::prefixes(&shape, "{\"value\":");
        self.shape = Some(shape);
        if self.lite {
            self.summaries(out);
            out.extend_from_slice(b",\"runtime\":\"\"");
        }
        out.extend_from_slice(b",\"data\":[");
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        if self.rows > 0 {
            out.extend_from_slice(b",\n");
        }
        self.rows += 1;
        self.object(out, cells, 0);
        out.push(b'}');
    }

    fn end(&mut self, out: &mut Vec<u8>, runtime: f64) {
        out.push(b']');
        if !self.lite {
            self.summaries(out);
            out.extend_from_slice(format!(",\"runtime\":\"{runtime:.3}\"").as_bytes());
        }
        out.push(b'}');
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        let mut body = self.head(None);
        body.insert("status".into(), "error".into());
        body.insert(
            "errors".into(),
            json!([{ "message": "The database could not run this query.", "message_details": message,
                     "sql_error_loc": { "line": 1, "column": 1 }, "params": null, "error_pos": null,
                     "level": "fatal", "fatal": true }]),
        );
        body.insert("runtime".into(), "0.000".into());
        body.insert("data".into(), json!([]));
        out.extend_from_slice(serde_json::Value::Object(body).to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::tests::{shape, text, written};
    use super::*;

    fn parsed(pivoted: bool, row: &[Value], totals: Option<&[Value]>) -> serde_json::Value {
        let format = JsonDetail::new(Wishes::default(), Facts::default());
        serde_json::from_str(&written(format, shape(pivoted, totals), &[row])).unwrap()
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
