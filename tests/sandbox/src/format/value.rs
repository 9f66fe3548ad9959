//! Cells as JSON and as plain text.

use rusqlite::types::{Value, ValueRef};

/// Appends a cell as a JSON value.
pub(crate) fn json(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(number) => serialize(out, &number),
        // Infinity and not-a-number have no JSON; serde_json writes null.
        ValueRef::Real(number) => serialize(out, &number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => serialize(out, text),
            Err(_) => serialize(out, &String::from_utf8_lossy(bytes)),
        },
    }
}

/// Appends a text as a JSON string.
pub(crate) fn json_text(out: &mut Vec<u8>, text: &str) {
    serialize(out, text);
}

fn serialize<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Writing numbers and text to memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}

/// A cell as text; empty for null.
pub(crate) fn plain(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A number as floating point; none for anything else.
#[expect(clippy::cast_precision_loss, reason = "whoever asks computes in floating point")]
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// A row that is kept, as one that comes from the database.
pub(crate) fn refs(row: &[Value]) -> Vec<ValueRef<'_>> {
    row.iter().map(ValueRef::from).collect()
}
