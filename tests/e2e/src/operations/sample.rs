//! A value that a JSON Schema allows, with all its properties.

use serde_json::{Map, Value, json};

/// Objects inside objects inside objects are left out.
const DEPTH: usize = 3;

/// A text that every escape must survive.
const TEXT: &str = "a b/ü::%2F&=+";

/// A value that the schema allows.
pub fn of(schema: &Value) -> Value {
    value(schema, schema, 0)
}

fn value(schema: &Value, root: &Value, depth: usize) -> Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        let schema = root.pointer(pointer.trim_start_matches('#')).unwrap();
        return if depth >= DEPTH { Value::Null } else { value(schema, root, depth + 1) };
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => json!("2026-01-31T12:00:00Z"),
        (Some("string"), Some("date")) => json!("2026-01-31"),
        (Some("string"), _) => schema["examples"].get(0).cloned().unwrap_or_else(|| json!(TEXT)),
        (Some("integer"), _) => json!(7),
        (Some("number"), _) => json!(1.5),
        (Some("boolean"), _) => json!(true),
        (Some("array"), _) => json!([value(&schema["items"], root, depth), value(&schema["items"], root, depth)]),
        (Some("object"), _) => {
            let properties = schema["properties"].as_object();
            let mut members: Map<String, Value> = properties
                .into_iter()
                .flatten()
                .map(|(name, property)| (name.clone(), value(property, root, depth)))
                .collect();
            if schema["additionalProperties"].is_object() {
                members.insert("key".to_owned(), value(&schema["additionalProperties"], root, depth));
            }
            Value::Object(members)
        }
        _ => json!({ "key": "value" }),
    }
}
