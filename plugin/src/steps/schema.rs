//! What steps say of themselves as JSON Schema, as far as they say it alike.

use looker_operations::schema::members;
use serde_json::{Map, Value, json};

use super::Input;
use crate::choices;

/// Adds the entries of which a request is one.
pub(crate) fn one_of(request: &mut Value, entries: impl Iterator<Item = Value>) {
    request.as_object_mut().map(|request| request.insert("oneOf".to_owned(), entries.collect()));
}

/// An object of inputs, each with the schema of what it becomes a part of.
pub(crate) fn input_schema(inputs: &[&Input], schema_of: impl Fn(&Input) -> Option<Value>) -> Value {
    let properties: Map<String, Value> = inputs
        .iter()
        .map(|input| {
            let mut schema = schema_of(input).unwrap_or_else(|| json!({}));
            if let (Some(schema), false) = (schema.as_object_mut(), input.help.is_empty()) {
                schema.insert("description".to_owned(), input.help.into());
            }
            if let (Some(schema), false) = (schema.as_object_mut(), input.values.is_empty()) {
                schema.insert("enum".to_owned(), json!(input.values));
                schema.remove("default");
            }
            if let (Some(schema), true) = (schema.as_object_mut(), choices::is_known(input.name)) {
                schema.insert("x-options".to_owned(), true.into());
            }
            (input.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = inputs.iter().filter(|input| input.required).map(|input| input.name).collect();
    members([
        ("type", "object".into()),
        ("properties", properties.into()),
        ("required", required.into()),
        ("additionalProperties", false.into()),
    ])
}
