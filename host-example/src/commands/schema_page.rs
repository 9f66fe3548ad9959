//! What a JSON Schema says, as lines for a person.

use std::fmt::Write as _;

use serde_json::Value;

use crate::messages::printable;
use crate::output::table;

/// Properties deeper than this are told by their type alone.
const DEPTH: usize = 2;

/// Adds a section for what a schema says: its type when it has a name or no properties, and its properties.
pub(super) fn section(page: &mut String, title: &str, schema: Option<&Value>) {
    let Some(schema) = schema.filter(|schema| schema.is_object()) else { return };
    let mut lines = Vec::new();
    properties(schema, schema, DEPTH, "", &mut lines);
    let has_name = schema.get("$ref").is_some() || schema.get("items").is_some();
    match (lines.is_empty(), has_name) {
        (true, false) if schema.get("properties").is_some() => {}
        (true, _) => drop(writeln!(page, "\n{title}: {}", kind(schema))),
        (false, true) => drop(write!(page, "\n{title}: {}\n{}", kind(schema), table::columns(&lines))),
        (false, false) => drop(write!(page, "\n{title}\n{}", table::columns(&lines))),
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
        let help = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let note = [&marks.join(", "), help, &values];
        let note = note.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
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
    if let Some(kinds) = schema.get("type").and_then(Value::as_array) {
        let of = |one: &Value| {
            let mut schema = schema.clone();
            schema.as_object_mut().map(|schema| schema.insert("type".to_owned(), one.clone()));
            kind(&schema)
        };
        return kinds.iter().map(of).collect::<Vec<_>>().join(" or ");
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
