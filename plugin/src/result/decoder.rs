//! The push decoder: fed with the bytes of a `json_bi` body as they arrive, it gives out record batches.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use connector_interface::{Error, ErrorKind, Result};

use super::failure;
use super::metadata::Metadata;
use super::row::{ERROR_KEY, Parsed, RowDecoder};
use super::scan::{Found, Scanner};
use super::schema::{Columns, Layout};

/// The largest single value (the metadata, or one row) that is accepted, in bytes.
const MAX_VALUE: usize = 64 * 1024 * 1024;

/// Rows in a full batch; larger ones no longer fit into a core's cache.
const BATCH_ROWS: usize = 8_192;

/// Decodes one body.
///
/// ```
/// use looker_connector::result::{Columns, Decoder};
///
/// let body = br#"{"metadata":{"fields":{"measures":[{"name":"orders.count","type":"count"}]}},
///     "rows":[{"orders.count":{"value":7}}]}"#;
/// let columns = Columns { fields: vec!["orders.count".into()], ..Columns::default() };
/// let mut decoder = Decoder::new(columns);
/// for piece in body.chunks(10) {
///     decoder.feed(piece)?;
/// }
/// decoder.finish()?;
/// assert_eq!(decoder.take(1)?.unwrap().num_rows(), 1);
/// # Ok::<(), connector_interface::Error>(())
/// ```
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the body, not states of one thing")]
pub struct Decoder {
    wanted: Columns,
    scanner: Scanner,
    schema: Option<SchemaRef>,
    rows: Option<RowDecoder>,
    /// Rows in the columns, not yet taken.
    ready: usize,
    /// Rows of Looker's answer so far; with a pivot, each is several rows of the result.
    looker_rows: u64,
    rows_ended: bool,
    broken: bool,
    has_totals: bool,
    columns_truncated: bool,
    /// With totals, the last row is none: the newest is held back until another follows.
    held_back: Option<Vec<u8>>,
    /// Members of the object that tell of an error.
    told: Option<String>,
    /// Why the metadata does not serve for what was asked.
    refused: Option<Error>,
}

/// What is known of a result at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Rows of Looker's answer, before a pivot was made long.
    pub looker_rows: u64,
    /// The pivot has more columns than Looker sent.
    pub columns_truncated: bool,
    /// Combinations of a row and a pivot column that Looker has no value for.
    pub empty_pivot_cells: u64,
    /// The totals row, as Looker's JSON.
    pub totals: Option<String>,
}

impl Decoder {
    /// A decoder of a result with these columns.
    pub fn new(wanted: Columns) -> Self {
        Self {
            wanted,
            scanner: Scanner::new(MAX_VALUE),
            schema: None,
            rows: None,
            ready: 0,
            looker_rows: 0,
            rows_ended: false,
            broken: false,
            has_totals: false,
            columns_truncated: false,
            held_back: None,
            told: None,
            refused: None,
        }
    }

    /// The schema; there as soon as the metadata has arrived.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.schema.clone()
    }

    /// How many rows can be taken.
    pub fn ready(&self) -> usize {
        self.ready
    }

    /// Takes bytes of the body.
    ///
    /// # Errors
    ///
    /// `query_failed` for Looker's own error rows, `not_found` for a field that the answer does not have, `protocol`
    /// for cells that do not fit their type, `incomplete` when rows were read before and an error row follows.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        self.scanner.feed(bytes);
        if self.broken {
            return Ok(());
        }
        loop {
            match self.scanner.next() {
                Found::NeedMore => break,
                Found::Member { key, value } => {
                    let key = String::from_utf8_lossy(self.scanner.bytes(key)).into_owned();
                    let value = self.scanner.bytes(value);
                    match key.trim_matches('"') {
                        "metadata" => {
                            let metadata = serde_json::from_slice(value).map_err(|error| {
                                Error::new(
                                    ErrorKind::Protocol,
                                    format!("The result's metadata is not understood ({error})"),
                                )
                            })?;
                            self.begin(&metadata)?;
                        }
                        "error" | "errors" | "message" | "looker_error" => {
                            let words = failure::words(&String::from_utf8_lossy(value));
                            self.told = Some(words).filter(|words| words != "null" && words != "[]");
                        }
                        _ => {}
                    }
                }
                Found::Row(row) if self.refused.is_some() => {
                    // The fields may be missing because the query failed; then the first row says why.
                    let row = String::from_utf8_lossy(self.scanner.bytes(row)).into_owned();
                    return Err(match self.refused.take() {
                        Some(refused) if !row.contains(ERROR_KEY) => refused,
                        _ => failure::query_failed(&failure::words(&row)),
                    });
                }
                Found::Row(row) if self.has_totals => {
                    let newest = self.scanner.bytes(row).to_vec();
                    if let Some(row) = self.held_back.replace(newest) {
                        self.row(&row)?;
                    }
                }
                Found::Row(row) => {
                    let rows = self.rows.as_mut().ok_or_else(rows_without_metadata)?;
                    self.looker_rows += 1;
                    let parsed = rows.add(self.scanner.bytes(row), self.looker_rows)?;
                    self.count(parsed)?;
                }
                Found::RowsEnd => self.rows_ended = true,
                Found::End => {}
                Found::Broken => {
                    self.broken = true;
                    break;
                }
            }
        }
        if self.scanner.is_too_large() {
            return Err(Error::new(
                ErrorKind::Protocol,
                "One row of Looker's answer is larger than the connector accepts",
            ));
        }
        Ok(())
    }

    /// Says that the body has ended.
    ///
    /// # Errors
    ///
    /// `incomplete` when the JSON has not ended with it, `query_failed` or `protocol` when it never was a result.
    pub fn finish(&mut self) -> Result<End> {
        let rest = self.scanner.rest();
        let clean = self.scanner.is_at_end() && rest.iter().all(u8::is_ascii_whitespace);
        if let (Some(words), true) = (&self.told, self.looker_rows == 0) {
            return Err(failure::query_failed(words));
        }
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        if self.rows.is_none() {
            return Err(if clean {
                Error::new(ErrorKind::Protocol, "Looker's answer has no rows, not even none")
            } else if self.broken {
                failure::not_a_result(&String::from_utf8_lossy(rest))
            } else {
                failure::incomplete(0, rest)
            });
        }
        // A query that fails half-way ends with an error row, not with its totals.
        if let Some(row) = self.held_back.take_if(|row| is_error(row)) {
            return Err(failed_after(self.looker_rows, &failure::words(&String::from_utf8_lossy(&row))));
        }
        if !clean || !self.rows_ended {
            return Err(failure::incomplete(self.looker_rows, rest));
        }
        Ok(End {
            looker_rows: self.looker_rows,
            columns_truncated: self.columns_truncated,
            empty_pivot_cells: self.rows.as_ref().map_or(0, |rows| rows.empty_pivot_cells),
            totals: self.held_back.take().map(|row| String::from_utf8_lossy(&row).into_owned()),
        })
    }

    /// A batch of all rows so far, when there are at least so many; with 1, whatever there is.
    pub fn take(&mut self, at_least: usize) -> Result<Option<RecordBatch>> {
        if self.ready == 0 || self.ready < at_least.min(BATCH_ROWS) {
            return Ok(None);
        }
        let (Some(rows), Some(schema)) = (&mut self.rows, &self.schema) else { return Ok(None) };
        self.ready = 0;
        RecordBatch::try_new(SchemaRef::clone(schema), rows.finish()).map(Some).map_err(|error| {
            Error::new(ErrorKind::Internal, format!("The decoder's columns do not fit its schema ({error})"))
        })
    }

    fn begin(&mut self, metadata: &Metadata) -> Result<()> {
        if self.rows.is_some() {
            return Err(Error::new(ErrorKind::Protocol, "The result's metadata stands twice in Looker's answer"));
        }
        let layout = match Layout::new(&self.wanted, metadata) {
            Ok(layout) => layout,
            Err(refused) => {
                self.refused = Some(refused);
                return Ok(());
            }
        };
        self.has_totals = metadata.has_totals;
        self.columns_truncated = metadata.columns_truncated;
        self.schema = Some(SchemaRef::clone(&layout.schema));
        self.rows = Some(RowDecoder::new(layout, &metadata.pivots));
        Ok(())
    }

    fn row(&mut self, row: &[u8]) -> Result<()> {
        let rows = self.rows.as_mut().ok_or_else(rows_without_metadata)?;
        self.looker_rows += 1;
        let parsed = rows.add(row, self.looker_rows)?;
        self.count(parsed)
    }

    fn count(&mut self, parsed: Parsed) -> Result<()> {
        match parsed {
            Parsed::Rows(added) => {
                self.ready += added;
                Ok(())
            }
            Parsed::LookerError(words) => Err(failed_after(self.looker_rows - 1, &words)),
        }
    }
}

/// The error for an error row after so many good ones.
fn failed_after(rows: u64, words: &str) -> Error {
    if rows == 0 { failure::query_failed(words) } else { failure::incomplete(rows, words.as_bytes()) }
}

/// Whether a row is an error row.
fn is_error(row: &[u8]) -> bool {
    let keys = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(row);
    keys.is_ok_and(|keys| keys.len() == 1 && keys.contains_key(ERROR_KEY))
}

/// Looker writes the metadata first; without it the types of the cells are not known.
fn rows_without_metadata() -> Error {
    Error::new(ErrorKind::Protocol, "Looker's answer has rows before their metadata")
        .advise("Please report this with the Looker release, which the connection test tells")
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn columns(fields: &[&str]) -> Columns {
        Columns { fields: fields.iter().map(|&field| field.to_owned()).collect(), ..Columns::default() }
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

    fn field(name: &str, lookml_type: &str) -> serde_json::Value {
        json!({ "name": name, "type": lookml_type, "label": name.to_uppercase() })
    }

    fn body(rows: &serde_json::Value) -> String {
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
        assert!(error.message.starts_with("Row 2 has in `a.ok` the cell {\"value\":\"perhaps\"}"), "{error}");
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
