//! The columns of a result, told without running it.

use arrow_schema::{Metadata, Schema, SchemaRef};
use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use looker_result::{Columns, Decoder, KEY_PREFIX, Wire};

/// The schema of these columns, by what is known of their fields.
pub(super) fn planned(columns: Columns) -> Result<SchemaRef> {
    // Of all wire formats this is the one that tells nothing itself.
    let mut decoder = Decoder::new(Columns { wire: Wire::Json, ..columns });
    if let Some(schema) = decoder.schema() {
        return Ok(schema);
    }
    Err(decoder.finish().err().unwrap_or_else(|| Error::new(ErrorKind::Internal, "The columns could not be planned")))
}

/// A schema as JSON: its columns, each with its name, its Arrow type, and what Looker says of its field.
pub(super) fn to_value(schema: &Schema) -> Value {
    let facts = |metadata: &Metadata| -> Map<String, Value> {
        let mut facts: Vec<_> = metadata
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(KEY_PREFIX)?, value)))
            // The LookML type stands beside the Arrow type.
            .map(|(key, value)| (if key == "type" { "lookml_type" } else { key }.to_owned(), json!(value)))
            .collect();
        facts.sort_by(|(one, _), (other, _)| one.cmp(other));
        facts.into_iter().collect()
    };
    let columns = schema.fields().iter().map(|field| {
        let mut column = Map::from_iter([
            ("name".to_owned(), json!(field.name())),
            ("type".to_owned(), json!(field.data_type().to_string())),
        ]);
        column.extend(facts(field.metadata()));
        Value::Object(column)
    });
    let mut value = Map::from_iter([("columns".to_owned(), columns.collect())]);
    value.extend(facts(schema.metadata()));
    Value::Object(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use looker_result::Fields;

    #[test]
    fn columns_are_told_with_both_types_and_a_field_that_does_not_exist_is_named() {
        let known: Fields = serde_json::from_value(json!({
            "dimensions": [{ "name": "a.day", "type": "date_date", "label": "Day" }],
            "measures": [{ "name": "a.count", "type": "count" }],
        }))
        .unwrap();
        let columns = |fields: &[&str]| Columns {
            fields: Some(fields.iter().map(|&field| field.to_owned()).collect()),
            known: Some(known.clone()),
            metadata: [(format!("{KEY_PREFIX}model"), "m".to_owned())].into(),
            ..Columns::default()
        };
        let value = to_value(&planned(columns(&["a.count", "a.day"])).unwrap());
        assert_eq!(
            value,
            json!({ "columns": [
                { "name": "a.count", "type": "Int64", "lookml_type": "count" },
                { "name": "a.day", "type": "Date32", "label": "Day", "lookml_type": "date_date" },
            ], "model": "m" })
        );
        let error = planned(columns(&["a.dya"])).unwrap_err();
        assert!(error.kind == ErrorKind::NotFound && error.message.contains("`a.dya`"), "{error}");
    }
}
