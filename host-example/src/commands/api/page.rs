//! What an operation takes and answers, as a page for a person.

use std::fmt::Write as _;

use serde_json::Value;

use crate::messages::printable;
use crate::output::table;

/// Properties deeper than this are told by their type alone.
const DEPTH: usize = 2;

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
    section(&mut page, "Parameters", told.get("parameters"), told.get("parameters"));
    let required = if told.get("body_required") == Some(&Value::Bool(true)) { "Body (required)" } else { "Body" };
    section(&mut page, required, told.get("body"), told.get("body"));
    section(&mut page, "Answer", told.get("answer"), told.get("answer"));
    let media: Vec<&str> =
        told.get("media_types").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !media.is_empty() {
        let _ = writeln!(page, "\nAnswer: bytes, {}", printable(&media.join(", ")));
    }
    page
}

fn section(page: &mut String, title: &str, schema: Option<&Value>, root: Option<&Value>) {
    let Some(schema) = schema.filter(|schema| schema.is_object()) else { return };
    let root = root.unwrap_or(schema);
    let mut lines = Vec::new();
    properties(schema, root, DEPTH, "", &mut lines);
    let kind = kind(schema);
    match (lines.is_empty(), title) {
        (true, "Parameters") => {}
        (true, _) => drop(writeln!(page, "\n{title}: {kind}")),
        (false, "Parameters") => drop(write!(page, "\n{title}\n{}", table::columns(&lines))),
        (false, _) => drop(write!(page, "\n{title}: {kind}\n{}", table::columns(&lines))),
    }
}

/// A line for each property of an object, or of the elements of a list.
fn properties(schema: &Value, root: &Value, depth: usize, before: &str, lines: &mut Vec<Vec<String>>) {
    let schema = schema.get("items").unwrap_or(schema);
    let schema = resolve(schema, root);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut marks = Vec::new();
        if required.contains(&name.as_str()) {
            marks.push("required");
        }
        if property.get("deprecated") == Some(&Value::Bool(true)) {
            marks.push("deprecated");
        }
        let values: Vec<&str> = property
            .get("examples")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let values = if values.is_empty() { String::new() } else { format!("such as {}", values.join(", ")) };
        let note =
            [marks.join(", "), values].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
        lines.push(vec![format!("  {before}{}", printable(name)), kind(property), printable(&note)]);
        if depth > 1 && (property.get("$ref").is_some() || property.pointer("/items/$ref").is_some()) {
            properties(property, root, depth - 1, &format!("{before}{}.", printable(name)), lines);
        }
    }
}

fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|pointer| pointer.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// A type in a word.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next()) {
        return printable(name);
    }
    let named = schema.get("format").or_else(|| schema.get("type")).and_then(Value::as_str).unwrap_or("any");
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => format!("list of {}", schema.get("items").map_or_else(|| "any".to_owned(), kind)),
        Some("object") if schema.get("additionalProperties").is_some_and(Value::is_object) => {
            format!("object of {}", schema.get("additionalProperties").map_or_else(|| "any".to_owned(), kind))
        }
        _ => printable(named),
    }
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
