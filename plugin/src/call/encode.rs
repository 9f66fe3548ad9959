//! Values as Looker wants them in path and query string. Source: the official SDKs, which write lists with commas, moments in
//! RFC 3339 and objects as JSON.

use looker_operations::Type;
use serde_json::Value;

/// A value of a type as text; the reason when it is none. Null says nothing.
pub(super) fn text(value: &Value, kind: &Type) -> Result<Option<String>, String> {
    let fits = match (kind, value) {
        (_, Value::Null) => return Ok(None),
        (Type::List(element), Value::Array(values)) => return list(values, element).map(Some),
        // A text is a list as it stands in an address already, and some flags are texts in the specification.
        (Type::List(_), Value::String(_))
        | (Type::String, Value::Bool(_))
        | (Type::Any | Type::Map(_) | Type::Named(_), _) => true,
        (Type::List(element), other) => return text(other, element),
        (Type::Integer, Value::String(text)) => text.parse::<i64>().is_ok(),
        (Type::Number, Value::String(text)) => text.parse::<f64>().is_ok(),
        (Type::Boolean, Value::String(text)) => text == "true" || text == "false",
        (kind, value) => is_of(value, kind),
    };
    match value {
        value if !fits => Err(format!("must be {}, and is {}", named(kind), said(value))),
        Value::String(text) => Ok(Some(text.clone())),
        other => Ok(Some(other.to_string())),
    }
}

/// Whether a value that is no object and no list is of a type. Ids are text, and people write them as numbers.
pub(super) fn is_of(value: &Value, kind: &Type) -> bool {
    match (kind, value) {
        (Type::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Type::Number, Value::Number(_)) | (Type::Boolean, Value::Bool(_)) => true,
        (Type::DateTime | Type::Date, Value::String(text)) => is_day(text),
        (Type::String, value) => value.is_string() || value.is_number(),
        (Type::Uri, value) => value.is_string(),
        _ => false,
    }
}

/// A type as an error says it.
pub(super) fn named(kind: &Type) -> &'static str {
    match kind {
        Type::String | Type::Uri => "a text",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::DateTime => "a moment, such as 2026-01-31T12:00:00Z",
        Type::Date => "a day, such as 2026-01-31",
        Type::List(_) => "a list",
        Type::Any | Type::Map(_) | Type::Named(_) => "an object",
    }
}

/// A list with commas, in which an element with one would be two.
fn list(values: &[Value], element: &Type) -> Result<String, String> {
    let mut texts = Vec::new();
    for value in values {
        let text = text(value, element)?.unwrap_or_default();
        if text.contains(',') {
            return Err(format!("is a list with commas, which the element `{text}` has itself"));
        }
        texts.push(text);
    }
    Ok(texts.join(","))
}

/// Whether a text begins with a day.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(0..4) && bytes.get(4) == Some(&b'-') && digits(5..7) && bytes.get(7) == Some(&b'-') && digits(8..10)
}

/// A value as an error says it.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => looker_words::excerpt(&other.to_string(), 40),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list_of_texts() -> Type {
        Type::List(Box::new(Type::String))
    }

    #[test]
    fn each_type_is_written_as_looker_reads_it() {
        for (value, kind, expected) in [
            (json!(7), Type::String, "7"),
            (json!("a b"), Type::String, "a b"),
            (json!(true), Type::Boolean, "true"),
            (json!("50"), Type::Integer, "50"),
            (json!(["1", 2]), list_of_texts(), "1,2"),
            (json!("1,2"), list_of_texts(), "1,2"),
            (json!("2026-01-31T12:00:00Z"), Type::DateTime, "2026-01-31T12:00:00Z"),
            (json!({ "a": 1 }), Type::Map(Box::new(Type::Any)), r#"{"a":1}"#),
        ] {
            assert_eq!(text(&value, &kind), Ok(Some(expected.to_owned())), "{value}");
        }
        assert_eq!(text(&Value::Null, &Type::Integer), Ok(None));
    }

    #[test]
    fn what_is_not_of_the_type_is_said() {
        for (value, kind, expected) in [
            (json!("ten"), Type::Integer, "must be a whole number, and is \"ten\""),
            (json!(1.5), Type::Integer, "must be a whole number, and is 1.5"),
            (json!("yes"), Type::Boolean, "must be true or false, and is \"yes\""),
            (json!("tomorrow"), Type::DateTime, "must be a moment, such as 2026-01-31T12:00:00Z, and is \"tomorrow\""),
            (json!({}), Type::String, "must be a text, and is an object"),
            (json!(["a,b"]), list_of_texts(), "is a list with commas, which the element `a,b` has itself"),
        ] {
            assert_eq!(text(&value, &kind), Err(expected.to_owned()));
        }
    }
}
