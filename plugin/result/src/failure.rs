//! Failures that arrive inside a 200, as whole bodies or as rows. Source: recorded bodies of several Looker clients.

use connector_interface::{Error, ErrorKind};
use serde_json::Value;

use super::cell;
use looker_words::{EVIDENCE_BYTES, excerpt};

/// The words of an error, whatever JSON it is wrapped in.
pub(super) fn words(json: &str) -> String {
    let inner = cell::unwrap(json.trim()).unwrap_or(json);
    let value: Value = serde_json::from_str(inner).unwrap_or_else(|_| Value::String(json.to_owned()));
    words_of(&value).unwrap_or_else(|| json.to_owned())
}

/// The words of each error in a list of them, or of the only one; none where there is no error.
pub(super) fn all_words(json: &str) -> Vec<String> {
    match serde_json::from_str(json) {
        Ok(Value::Array(items)) => items.iter().filter_map(words_of).collect(),
        Ok(value) => words_of(&value).into_iter().collect(),
        Err(_) => vec![json.to_owned()],
    }
}

/// Whether what stands among the errors of a result is none: two sentences about Looker's Development Mode.
pub(super) fn is_warning(words: &str) -> bool {
    words.starts_with("Note") && words.contains("Development Mode")
}

fn words_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(items) => {
            let all: Vec<String> = items.iter().filter_map(words_of).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(object) => ["looker_error", "message_details", "message", "error", "errors", "value"]
            .iter()
            .find_map(|key| words_of(object.get(*key)?)),
        _ => None,
    }
}

/// The error for words of Looker's about a query.
pub(super) fn query_failed(words: &str) -> Error {
    let first = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gives no reason");
    Error::new(
        ErrorKind::QueryFailed,
        format!("Looker could not run the query: {}", excerpt(first.trim().trim_end_matches('.'), 300)),
    )
    .advise("Correct the query, or look at the SQL that Looker makes of it")
    .body(excerpt(words, EVIDENCE_BYTES))
}

/// The error for a body that is not a result.
pub(super) fn not_a_result(body: &str) -> Error {
    let trimmed = body.trim_start();
    if trimmed.starts_with('<') {
        return Error::new(ErrorKind::Protocol, "An HTML page came instead of Looker's JSON")
            .advise("Check the address, and what stands between here and Looker: a login page, a proxy, maintenance")
            .body(excerpt(body, EVIDENCE_BYTES));
    }
    if let Some(words) = serde_json::from_str(trimmed).ok().as_ref().and_then(words_of) {
        return query_failed(&words);
    }
    Error::new(ErrorKind::Protocol, "Looker's answer is not a query result")
        .advise("Run it again; when it stays, please report it with the evidence")
        .body(excerpt(body, EVIDENCE_BYTES))
}

/// The error for a body of a text format that holds a message and no result.
pub fn in_text(body: &str) -> Error {
    if body.trim_start().starts_with('<') || body.trim().is_empty() {
        return not_a_result(body);
    }
    let words = body.trim_start().strip_prefix("looker_error").unwrap_or(body);
    query_failed(words.trim().trim_matches('"'))
}

/// The error for a result that ends before its end, or goes on as something else.
pub(super) fn incomplete(rows: u64, tail: &[u8]) -> Error {
    let tail = String::from_utf8_lossy(tail);
    let tail = tail.trim().trim_start_matches(',').trim();
    let words = tail.rsplit_once(['\n', '}']).map_or(tail, |(_, words)| words).trim();
    // A JSON fragment is no message; text after rows is Looker's own.
    let says = words.chars().any(char::is_whitespace) && !words.contains(['{', '}', '"']);
    let message = if says {
        format!("The result broke off after {rows} rows with: {}", excerpt(words, 300))
    } else {
        format!("The result ended after {rows} rows without its end")
    };
    let error = Error::new(ErrorKind::Incomplete, message)
        .advise("Run it again; what was delivered so far is valid but not all")
        .retry_now()
        .with("rows", rows);
    if tail.is_empty() { error } else { error.body(excerpt(tail, EVIDENCE_BYTES)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_recorded_shape() {
        for (body, expected) in [
            (r#"[{"looker_error":"SQL Error: no such column"}]"#, "SQL Error: no such column"),
            (r#"{"id":1,"error":"gone","sql":"x"}"#, "gone"),
            (r#"["one","two"]"#, "one; two"),
            (r#"{"errors":[{"message":"Query","message_details":"near FROM"}]}"#, "near FROM"),
        ] {
            let error = not_a_result(body);
            assert_eq!(error.kind, ErrorKind::QueryFailed);
            assert!(error.message.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_page_is_called_a_page() {
        assert_eq!(not_a_result("  <!DOCTYPE html><p>hi").kind, ErrorKind::Protocol);
    }

    #[test]
    fn text_after_rows_is_quoted_and_half_a_row_is_not() {
        assert!(incomplete(3, b",SQL Error: disk full").message.ends_with("with: SQL Error: disk full"));
        assert!(incomplete(3, br#",{"a":{"value":1"#).message.ends_with("without its end"));
    }
}
