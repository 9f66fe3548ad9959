//! One value of a result: the first row's.

use arrow_array::RecordBatch;
use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value, json};

use crate::cell::cell;
use crate::steps::{Context, Input, may};
use looker_words::nearest;

pub(super) const NAME: &str = "get_value";
pub(super) const SUMMARY: &str =
    "Get one value: of the first row of a Look, a saved query or a query, in one of its fields";

/// The keys of the query request.
pub(super) const INPUTS: &[Input] = &[
    may("look", ""),
    may("query", ""),
    may("model", ""),
    may("explore", ""),
    may("fields", ""),
    may("filters", ""),
    may("sorts", ""),
    may("query_timezone", ""),
];

const FIELD: &str = "The field whose value is wanted; without it, the last one's";

pub(super) fn input() -> Value {
    let mut schema = super::schema::of_query(INPUTS);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("field".to_owned(), json!({ "type": "string", "description": FIELD }));
    }
    schema
}

pub(super) fn output() -> Value {
    json!({ "type": "object", "properties": {
        "value": { "description": "A number, a text, true or false; a day or a moment is a text; null when there is none" },
        "field": { "type": "string" },
        "label": { "type": "string" },
        "has_row": { "type": "boolean", "description": "Whether there was a row at all" },
    } })
}

/// Answers with `value`, `field`, `label` and `has_row`.
pub(super) fn run(context: &Context, mut input: Map<String, Value>) -> Result<Outcome> {
    let field = input.remove("field").and_then(|field| field.as_str().map(str::to_owned));
    if let Some(unknown) = input.keys().find(|key| !INPUTS.iter().any(|known| known.name == key.as_str())) {
        return Err(crate::steps::unknown_input(NAME, unknown, INPUTS.iter().map(|known| known.name).chain(["field"])));
    }
    input.insert("limit".to_owned(), json!(1));
    let Outcome::Rows(stream) = context.query(input)? else {
        return Err(
            Error::new(ErrorKind::InvalidInput, "This has no rows").advise("Give a Look, a saved query or a query")
        );
    };
    let mut batches = connector_interface::rows::import(stream)?;
    let schema = arrow_array::RecordBatchReader::schema(&batches);
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let at = match &field {
        None => names.len().checked_sub(1),
        Some(field) => names.iter().position(|name| name == field),
    };
    let at = at.ok_or_else(|| {
        let field = field.unwrap_or_default();
        let error = Error::new(ErrorKind::InvalidInput, format!("The result has no field `{field}`"));
        match nearest(&field, names.iter().copied()) {
            Some(near) => error.advise(format!("Did you mean `{near}`?")),
            None => error.advise(format!("It has {}", names.join(", "))),
        }
    })?;
    let mut first: Option<RecordBatch> = None;
    for batch in &mut batches {
        let batch = batch.map_err(|error| {
            let told = context.control.progress().error;
            told.unwrap_or_else(|| Error::new(ErrorKind::Incomplete, error.to_string()))
        })?;
        if batch.num_rows() > 0 && first.is_none() {
            first = Some(batch);
        }
    }
    let column = schema.field(at);
    Ok(Outcome::Value(json!({
        "value": first.as_ref().map_or(Value::Null, |batch| cell(batch.column(at), 0)),
        "field": column.name(),
        "label": column.metadata().get("LOOKER:label"),
        "has_row": first.is_some(),
    })))
}
