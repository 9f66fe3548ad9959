//! The push decoder: fed with the bytes of a body as they arrive, it gives out record batches.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use connector_interface::Result;
use serde_json::{Map, Value};

use super::columns::{Columns, Wire};
use super::csv::CsvBody;
use super::json::JsonBody;
use super::simd::Level;
use super::store::BATCH_ROWS;

/// Decodes one body.
///
/// ```
/// use looker_result::{Columns, Decoder};
///
/// let body = br#"{"metadata":{"fields":{"measures":[{"name":"orders.count","type":"count"}]}},
///     "rows":[{"orders.count":{"value":7}}]}"#;
/// let mut decoder = Decoder::new(Columns { fields: Some(vec!["orders.count".into()]), ..Columns::default() });
/// for piece in body.chunks(10) {
///     decoder.feed(piece)?;
/// }
/// decoder.finish()?;
/// assert_eq!(decoder.take(1)?.unwrap().num_rows(), 1);
/// # Ok::<(), connector_interface::Error>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    body: Body,
}

#[derive(Debug)]
enum Body {
    Json(Box<JsonBody>),
    Csv(Box<CsvBody>),
}

/// What is known of a result at its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct End {
    /// Rows of Looker's answer, before a pivot was made long.
    pub looker_rows: u64,
    /// The pivot has more columns than Looker sent.
    pub columns_truncated: bool,
    /// Combinations of a row and a pivot column that Looker has no value for.
    pub empty_pivot_cells: u64,
    /// Cells of pivot columns that Looker did not tell of.
    pub unknown_pivot_cells: u64,
    /// Cells that became null because they are not of their column's type.
    pub misfit_cells: u64,
    /// The totals row, as Looker's JSON.
    pub totals: Option<String>,
    /// The first rows of subtotals, as Looker's JSON.
    pub subtotals: Vec<String>,
    /// All of them.
    pub subtotal_rows: u64,
    /// What Looker says that is no error.
    pub warnings: Vec<String>,
    /// What Looker says of how the result came about.
    pub facts: Map<String, Value>,
}

impl Decoder {
    /// A decoder of a result with these columns.
    pub fn new(wanted: Columns) -> Self {
        Self::with(wanted, Level::best(), true)
    }

    /// The same without vector instructions and without guessing how a row is written: the judge of the fast path.
    pub fn plain(wanted: Columns) -> Self {
        Self::with(wanted, Level::Portable, false)
    }

    pub(super) fn with(wanted: Columns, level: Level, with_templates: bool) -> Self {
        let body = match wanted.wire {
            Wire::Csv => Body::Csv(Box::new(CsvBody::new(&wanted, level, with_templates))),
            _ => Body::Json(Box::new(JsonBody::new(wanted, level, with_templates))),
        };
        Self { body }
    }

    /// The schema; there as soon as it is known what the columns are: with the metadata, or from the start.
    pub fn schema(&self) -> Option<SchemaRef> {
        match &self.body {
            Body::Json(body) => body.schema(),
            Body::Csv(body) => body.schema(),
        }
    }

    /// How many rows can be taken.
    pub fn ready(&self) -> usize {
        match &self.body {
            Body::Json(body) => body.ready(),
            Body::Csv(body) => body.ready(),
        }
    }

    /// Takes bytes of the body.
    ///
    /// # Errors
    ///
    /// `query_failed` for Looker's own error rows, `not_found` for a field that the answer does not have, `protocol`
    /// for cells that do not fit their type, `incomplete` when rows were read before and an error row follows. Rows that
    /// were read before can still be taken.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.body {
            Body::Json(body) => body.feed(bytes),
            Body::Csv(body) => body.feed(bytes),
        }
    }

    /// Says that the body has ended.
    ///
    /// # Errors
    ///
    /// `incomplete` when the JSON has not ended with it, `query_failed` or `protocol` when it never was a result.
    pub fn finish(&mut self) -> Result<End> {
        match &mut self.body {
            Body::Json(body) => body.finish(),
            Body::Csv(body) => body.finish(),
        }
    }

    /// The next batch, when there are at least so many rows, of which a batch has up to 8192; with 1, whatever there is.
    pub fn take(&mut self, at_least: usize) -> Result<Option<RecordBatch>> {
        let flush = self.ready() >= at_least.clamp(1, BATCH_ROWS);
        match &mut self.body {
            Body::Json(body) => body.take(flush),
            Body::Csv(body) => body.take(flush),
        }
    }
}
#[cfg(test)]
mod tests {
    use connector_interface::ErrorKind;

    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::Numbers;

    fn columns(fields: &[&str]) -> Columns {
        Columns { fields: Some(fields.iter().map(|&field| field.to_owned()).collect()), ..Columns::default() }
    }

    /// Decodes a body in pieces; all its batches as one, and the end.
    fn decode(wanted: Columns, body: &str, piece: usize) -> Result<(RecordBatch, End)> {
        let mut decoder = Decoder::new(wanted);
        for bytes in body.as_bytes().chunks(piece) {
            decoder.feed(bytes)?;
        }
        let end = decoder.finish()?;
        let batch = decoder.take(1)?;
        Ok((batch.unwrap_or_else(|| RecordBatch::new_empty(decoder.schema().unwrap())), end))
    }

    fn field(name: &str, lookml_type: &str) -> Value {
        json!({ "name": name, "type": lookml_type, "label": name.to_uppercase() })
    }

    fn body(rows: &Value) -> String {
        json!({
            "metadata": { "fields": {
                "dimensions": [field("a.id", "number"), field("a.city", "string"), field("a.ok", "yesno")],
                "measures": [field("a.count", "count")],
            } },
            "rows": rows,
        })
        .to_string()
    }

    const FIELDS: &[&str] = &["a.count", "a.id", "a.city", "a.ok"];

    #[test]
    fn rows_become_typed_columns_in_the_order_of_the_request_at_every_cut_of_the_body() {
        let body = body(&json!([
            { "a.id": { "value": 1 }, "a.city": { "value": "Köln \"x\"" }, "a.ok": { "value": "Yes" }, "a.count": { "value": 7 } },
            { "a.count": { "value": 8 }, "a.id": { "value": 2.5 }, "a.city": { "value": null }, "a.ok": { "value": "No" } },
        ]));
        for piece in 1..body.len() {
            let (batch, end) = decode(columns(FIELDS), &body, piece).unwrap();
            assert_eq!(batch.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), FIELDS);
            assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[7, 8]);
            assert_eq!(batch.column(1).as_primitive::<Float64Type>().values(), &[1.0, 2.5]);
            assert_eq!(batch.column(2).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("Köln \"x\""), None]);
            assert_eq!(batch.column(3).as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false)]);
            assert_eq!(end.looker_rows, 2);
        }
    }

    #[test]
    fn labels_and_lookml_types_are_in_the_fields_metadata() {
        let (batch, _) = decode(columns(FIELDS), &body(&json!([])), 64).unwrap();
        let schema = batch.schema();
        let field = schema.field_with_name("a.city").unwrap();
        assert_eq!(field.metadata()["LOOKER:type"], "string");
        assert_eq!(field.metadata()["LOOKER:label"], "A.CITY");
    }

    #[test]
    fn a_body_cut_anywhere_is_an_error_and_never_fewer_rows() {
        let body = body(&json!([{ "a.id": { "value": 1 } }, { "a.id": { "value": 2 } }]));
        for end in 0..body.len() {
            let error = decode(columns(&["a.id"]), &body[..end], 7).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Incomplete, "cut at {end}: {error}");
        }
    }

    #[test]
    fn an_error_row_is_a_failed_query_also_when_the_fields_are_missing() {
        for metadata in [json!({ "fields": {} }), json!({ "fields": { "dimensions": [field("a.id", "number")] } })] {
            let body = json!({ "metadata": metadata, "rows": [{ "looker_error": "SQL Error: no table" }] }).to_string();
            let error = decode(columns(&["a.id"]), &body, 9).unwrap_err();
            assert_eq!(error.kind, ErrorKind::QueryFailed);
            assert!(error.message.contains("SQL Error: no table"), "{error}");
        }
    }

    #[test]
    fn an_error_row_or_text_after_rows_is_an_incomplete_result() {
        let good =
            r#"{"metadata":{"fields":{"dimensions":[{"name":"a.id","type":"number"}]}},"rows":[{"a.id":{"value":1}}"#;
        for tail in [
            r#",{"looker_error":"SQL Error: disk full"}]}"#,
            ",SQL Error: disk full",
            "\nSQL Error: disk full",
            "]}SQL Error: disk full",
        ] {
            let error = decode(columns(&["a.id"]), &format!("{good}{tail}"), 11).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Incomplete, "{tail}");
            assert!(error.message.contains("disk full"), "{error}");
        }
    }

    #[test]
    fn a_field_that_merely_is_named_like_an_error_is_a_field() {
        let body = r#"{"metadata":{"fields":{"dimensions":[{"name":"looker_error","type":"string"}]}},"rows":[{"looker_error":{"value":"x"}}]}"#;
        let (batch, _) = decode(columns(&["looker_error"]), body, 20).unwrap();
        assert_eq!(batch.num_rows(), 1);
    }

    #[test]
    fn a_field_that_is_not_in_the_answer_is_named_with_the_nearest() {
        let error = decode(columns(&["a.citi"]), &body(&json!([{ "a.id": { "value": 1 } }])), 64).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert_eq!(error.advice, "Did you mean `a.city`?");
    }

    #[test]
    fn a_cell_that_does_not_fit_is_named_with_row_column_and_text() {
        let body = body(&json!([{ "a.ok": { "value": "Yes" } }, { "a.ok": { "value": "perhaps" } }]));
        let error = decode(columns(&["a.ok"]), &body, 64).unwrap_err();
        assert!(error.message.starts_with("Row 2 has in `a.ok` the cell \"perhaps\""), "{error}");
    }

    #[test]
    fn a_total_that_does_not_fit_its_column_is_the_total_and_fails_nothing() {
        let body = |last: &str| {
            let metadata = json!({ "fields": { "measures": [field("a.price", "average")] }, "has_totals": true });
            let row = |text: &str| format!(r#"{{"a.price":{{"value":{text}}}}}"#);
            format!(r#"{{"metadata":{metadata},"rows":[{},{}{last}]}}"#, row("1.5"), row("62.31333333333333"))
        };
        let wanted = Columns { numbers: Numbers::Decimal, decimal_scale: 9, ..columns(&["a.price"]) };
        let (total, row) = (body(" "), body(r#",{"a.price":{"value":63.8}}"#));
        for piece in 1..total.len() {
            let (batch, end) = decode(wanted.clone(), &total, piece).unwrap();
            assert_eq!((batch.num_rows(), end.looker_rows), (1, 1));
            assert_eq!(end.totals.as_deref(), Some(r#"{"a.price":{"value":62.31333333333333}}"#));
            let broken = total.replace("62.31333333333333}", "62.31333333333333,}");
            let error = decode(wanted.clone(), &broken, piece).unwrap_err();
            assert_eq!(error.message, "Row 2 of Looker's answer is not valid: it is not valid JSON");
            let error = decode(wanted.clone(), &row, piece).unwrap_err();
            assert!(
                error.message.starts_with("Row 2 has in `a.price` the cell 62.31333333333333"),
                "{}",
                error.message
            );
        }
    }

    #[test]
    fn the_totals_row_is_not_counted_as_data() {
        let body = r#"{"metadata":{"fields":{"measures":[{"name":"a.count","type":"count"}]},"has_totals":true},
            "rows":[{"a.count":{"value":1}},{"a.count":{"value":2}},{"a.count":{"value":3}}]}"#;
        let (batch, end) = decode(columns(&["a.count"]), body, 30).unwrap();
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(end.totals.as_deref(), Some(r#"{"a.count":{"value":3}}"#));
    }

    #[test]
    fn a_row_of_subtotals_is_told_apart_and_leaves_nothing_behind() {
        let body = body(&json!([
            { "a.id": { "value": 1 }, "a.city": { "value": "A" }, "a.ok": { "value": "No" }, "a.count": { "value": 7 } },
            { "a.id": { "value": null }, "a.city": { "value": "sum" }, "a.ok": { "value": "Yes" }, "a.count": { "value": null },
              "$$$__grouping__$$$": ["a.city"] },
            { "a.id": { "value": 2 }, "a.city": { "value": "B" }, "a.ok": { "value": "No" }, "a.count": { "value": 8 } },
        ]));
        let (batch, end) = decode(columns(FIELDS), &body, 64).unwrap();
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(7), Some(8)]);
        assert_eq!(batch.column(1).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(1.0), Some(2.0)]);
        assert_eq!(batch.column(2).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("A"), Some("B")]);
        assert_eq!(batch.column(3).as_boolean().iter().collect::<Vec<_>>(), [Some(false), Some(false)]);
        assert_eq!((end.looker_rows, end.subtotal_rows), (2, 1));
        assert!(end.subtotals[0].contains("grouping"), "{:?}", end.subtotals);
    }

    #[test]
    fn an_error_row_in_the_place_of_the_totals_is_an_error() {
        let body = r#"{"metadata":{"fields":{"measures":[{"name":"a.count","type":"count"}]},"has_totals":true},
            "rows":[{"a.count":{"value":1}},{"looker_error":"SQL Error: disk full"}]}"#;
        let error = decode(columns(&["a.count"]), body, 30).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Incomplete);
        assert!(error.message.contains("disk full"), "{error}");
    }

    #[test]
    fn a_pivot_becomes_long_with_its_null_key_and_without_what_does_not_exist() {
        let body = json!({
            "metadata": {
                "fields": {
                    "dimensions": [field("a.city", "string")],
                    "pivots": [field("a.ok", "yesno")],
                    "measures": [field("a.count", "count")],
                },
                "pivots": [
                    { "key": "Yes", "data": { "a.ok": "Yes" }, "is_total": false },
                    { "key": "a.ok___null", "data": { "a.ok": null }, "is_total": false },
                    { "key": "$$$_row_total_$$$", "data": {}, "is_total": true },
                ],
            },
            "rows": [
                { "a.city": { "value": "A" }, "a.count": { "Yes": { "value": 1 }, "a.ok___null": { "value": 2 }, "$$$_row_total_$$$": { "value": 3 } } },
                { "a.city": { "value": "B" }, "a.count": { "a.ok___null": { "value": 4 }, "Yes": { "value": null } } },
            ],
        })
        .to_string();
        let (batch, end) = decode(columns(&["a.city", "a.ok", "a.count"]), &body, 13).unwrap();
        assert_eq!(batch.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["A", "A", "B"]);
        assert_eq!(batch.column(1).as_boolean().iter().collect::<Vec<_>>(), [Some(true), None, None]);
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().values(), &[1, 2, 4]);
        assert_eq!((end.looker_rows, end.empty_pivot_cells), (2, 1));
    }

    proptest! {
        #[test]
        fn any_cut_of_any_rows_gives_the_same_batch(values in prop::collection::vec((any::<i32>(), ".{0,9}"), 1..20), piece in 1usize..50) {
            let rows: Vec<_> = values.iter().map(|(id, city)| json!({ "a.id": { "value": id }, "a.city": { "value": city } })).collect();
            let (batch, _) = decode(columns(&["a.id", "a.city"]), &body(&json!(rows)), piece).unwrap();
            let ids: Vec<f64> = values.iter().map(|(id, _)| f64::from(*id)).collect();
            prop_assert_eq!(batch.column(0).as_primitive::<Float64Type>().values().as_ref(), ids.as_slice());
            let cities: Vec<&str> = batch.column(1).as_string::<i32>().iter().flatten().collect();
            prop_assert_eq!(cities, values.iter().map(|(_, city)| city.as_str()).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_an_error_or_a_result_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = Decoder::new(columns(&["a.id"]));
            let _ = decoder.feed(&bytes).and_then(|()| decoder.finish().map(drop));
        }
    }
}
