//! What an operation takes and answers, as a page for a person.

use std::fmt::Write as _;

use serde_json::Value;

use crate::commands::schema_page::section;
use crate::messages::printable;

/// The page of a description.
pub(super) fn page(told: &Value) -> String {
    let text = |key: &str| told.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut page = String::new();
    let _ =
        writeln!(page, "{}  {} {}", printable(text("operation")), printable(text("method")), printable(text("path")));
    let _ = writeln!(
        page,
        "{}, {}, effect: {}",
        printable(text("tag")),
        printable(text("status")),
        printable(text("effect"))
    );
    section(&mut page, "Parameters", told.get("parameters"));
    let required = if told.get("body_required") == Some(&Value::Bool(true)) { "Body (required)" } else { "Body" };
    section(&mut page, required, told.get("body"));
    section(&mut page, "Answer", told.get("answer"));
    let media: Vec<&str> =
        told.get("media_types").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !media.is_empty() {
        let _ = writeln!(page, "\nAnswer: bytes, {}", printable(&media.join(", ")));
    }
    page
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_names_what_is_taken_with_its_types_and_what_is_needed() {
        let told = json!({
            "operation": "x", "method": "POST", "path": "/x/{id}", "tag": "X", "status": "stable", "effect": "create",
            "parameters": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "string" }, "ids": { "type": "array", "items": { "type": "string" }, "deprecated": true } } },
            "body": { "$ref": "#/$defs/X", "$defs": { "X": { "type": "object", "properties": {
                "kind": { "type": "string", "examples": ["a", "b"] }, "inner": { "$ref": "#/$defs/X" } } } } },
            "body_required": true,
            "answer": null, "media_types": ["image/png"],
        });
        let expected = "x  POST /x/{id}\nX, stable, effect: create\n\nParameters\n  id   string          required\n  ids  list of string  deprecated\n\n\
            Body (required): X\n  kind         string  such as a, b\n  inner        X\n  inner.kind   string  such as a, b\n  inner.inner  X\n\n\
            Answer: bytes, image/png\n";
        assert_eq!(page(&told), expected);
    }
}
