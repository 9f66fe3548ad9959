//! Values as Looker wants them in path and query string. Source: the official SDKs, which write lists with commas, moments in
//! RFC 3339 and objects as JSON.

use looker_operations::Type;
use serde_json::Value;

/// A value of a type as text; the reason when it is none. Null says nothing.
pub(super) fn text(value: &Value, kind: &Type) -> Result<Option<String>, String> {
    let wrong = |what: &str| Err(format!("must be {what}, and is {}", said(value)));
    match (kind, value) {
        (_, Value::Null) => Ok(None),
        (Type::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        (Type::Integer, Value::String(text)) if text.trim().parse::<i64>().is_ok() => Ok(Some(text.trim().to_owned())),
        (Type::Integer, _) => wrong("a whole number"),
        (Type::Number, Value::Number(number)) => Ok(Some(number.to_string())),
        (Type::Number, Value::String(text)) if text.trim().parse::<f64>().is_ok() => Ok(Some(text.trim().to_owned())),
        (Type::Number, _) => wrong("a number"),
        (Type::Boolean, Value::Bool(flag)) => Ok(Some(flag.to_string())),
        (Type::Boolean, Value::String(text)) if text == "true" || text == "false" => Ok(Some(text.clone())),
        (Type::Boolean, _) => wrong("true or false"),
        (Type::DateTime | Type::Date, Value::String(text)) if is_day(text) => Ok(Some(text.clone())),
        (Type::DateTime, _) => wrong("a moment, such as 2026-01-31T12:00:00Z"),
        (Type::Date, _) => wrong("a day, such as 2026-01-31"),
        (Type::List(element), Value::Array(values)) => list(values, element).map(Some),
        // As it stands in an address already.
        (Type::List(_), Value::String(text)) => Ok(Some(text.clone())),
        (Type::List(element), other) => text(other, element),
        (Type::Any | Type::Map(_) | Type::Named(_), Value::String(text)) => Ok(Some(text.clone())),
        (Type::Any | Type::Map(_) | Type::Named(_), other) => Ok(Some(other.to_string())),
        // Ids are text, and people write them as numbers.
        (Type::String | Type::Uri, Value::String(text)) => Ok(Some(text.clone())),
        (Type::String | Type::Uri, Value::Number(number)) => Ok(Some(number.to_string())),
        (Type::String | Type::Uri, Value::Bool(flag)) => Ok(Some(flag.to_string())),
        (Type::String | Type::Uri, _) => wrong("a text"),
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
pub(super) fn is_day(text: &str) -> bool {
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
        other => crate::excerpt::excerpt(&other.to_string(), 40),
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
