//! Checks a request against its operation before any code of the operation runs.

use axum::http::{HeaderMap, StatusCode, header};
use looker_operations::Media;
use serde_json::{Map, Value};

use crate::errors::{Failure, Problem};
use crate::operations::{Kind, Operation, Payload};
use crate::table;
use crate::typed::check::{self, is_time};
use crate::uncertain;

/// Names and values of a query string or a form, decoded.
pub(crate) type Pairs = Vec<(String, String)>;

/// Decodes `%XX`, and `+` as a space in forms; none for a broken escape or bytes that are not UTF-8.
pub(crate) fn decode(text: &str, form: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if form => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Reads `a=1&b=2`.
pub(crate) fn pairs(text: &str) -> Option<Pairs> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decode(name, true)?, decode(value, true)?))
        })
        .collect()
}

/// Checks the query parameters: known, of the right type, complete.
pub(crate) fn parameters(operation: &Operation, query: Option<&str>) -> Result<Pairs, Failure> {
    let pairs = pairs(query.unwrap_or_default()).ok_or_else(|| Failure::bad_request("The query string is broken."))?;
    let Some(known) = operation.parameters else { return Ok(pairs) };
    let mut problems = Vec::new();
    for (name, value) in &pairs {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            problems.push(Problem::invalid(name, "is not a parameter of this operation."));
            continue;
        };
        match parameter.kind {
            Kind::Integer if value.parse::<i64>().is_err() => {
                problems.push(Problem::invalid(name, "must be a whole number."));
            }
            Kind::Boolean if value != "true" && value != "false" => {
                problems.push(Problem::invalid(name, "must be true or false."));
            }
            Kind::Number if !value.parse::<f64>().is_ok_and(f64::is_finite) => {
                problems.push(Problem::invalid(name, "must be a number."));
            }
            Kind::Time if !is_time(value) => {
                problems.push(Problem::invalid(name, "must be a time such as 2026-01-31T12:00:00Z."));
            }
            _ => {}
        }
    }
    for parameter in known.iter().filter(|parameter| parameter.required) {
        if !pairs.iter().any(|(name, value)| name == parameter.name && !value.is_empty()) {
            problems.push(Problem::missing(parameter.name));
        }
    }
    if problems.is_empty() { Ok(pairs) } else { Err(uncertain::bad_parameter(operation.lists_422, problems)) }
}

/// A body that has been checked.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The JSON object.
    pub(crate) object: Map<String, Value>,
    /// Any JSON, or a text, where the table of all operations says what it is.
    pub(crate) body: Value,
    /// The form.
    pub(crate) form: Pairs,
    /// The bytes, where the operation reads them itself.
    pub(crate) raw: Vec<u8>,
}

/// Checks the body: its content type, its syntax and its required keys.
pub(crate) fn content(operation: &Operation, headers: &HeaderMap, body: &[u8]) -> Result<Content, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match operation.payload {
        Payload::None => Ok(Content::default()),
        Payload::Raw => Ok(Content { raw: body.to_vec(), ..Content::default() }),
        Payload::Form => {
            if !body.is_empty() && kind != "application/x-www-form-urlencoded" {
                let message = "The body must be application/x-www-form-urlencoded.";
                return Err(Failure::Status(StatusCode::BAD_REQUEST, message.into()));
            }
            let form = std::str::from_utf8(body).ok().and_then(pairs);
            let form = form.ok_or_else(|| Failure::bad_request("The form is broken."))?;
            Ok(Content { form, ..Content::default() })
        }
        Payload::Typed => typed(operation, &kind, body),
        Payload::Object(required) => {
            if kind != "application/json" && !(kind.is_empty() && body.is_empty()) {
                return Err(Failure::bad_request("The body must be application/json."));
            }
            let object: Map<String, Value> = if body.is_empty() {
                Map::new()
            } else {
                serde_json::from_slice(body)
                    .map_err(|error| Failure::bad_request(format!("The body is not a JSON object: {error}")))?
            };
            let absent = |key: &&&str| object.get(**key).is_none_or(Value::is_null);
            let problems: Vec<Problem> = required.iter().filter(absent).map(|key| Problem::missing(key)).collect();
            if problems.is_empty() {
                Ok(Content { object, ..Content::default() })
            } else {
                Err(Failure::Validation(problems))
            }
        }
    }
}

/// Checks a body against the table of all operations.
fn typed(operation: &Operation, kind: &str, body: &[u8]) -> Result<Content, Failure> {
    let Some(wanted) = table::operation(operation.id).and_then(|facts| facts.body.as_ref()) else {
        return Ok(Content::default());
    };
    if body.is_empty() {
        return if wanted.required {
            Err(Failure::Validation(vec![Problem::missing("body")]))
        } else {
            Ok(Content::default())
        };
    }
    if wanted.media != Media::Json {
        let text = std::str::from_utf8(body).map_err(|_| Failure::bad_request("The body is not text."))?;
        return Ok(Content { body: text.into(), ..Content::default() });
    }
    if kind != "application/json" {
        return Err(Failure::bad_request("The body must be application/json."));
    }
    let mut body: Value =
        serde_json::from_slice(body).map_err(|error| Failure::bad_request(format!("The body is not JSON: {error}")))?;
    let problems = check::body(&mut body, &wanted.value, operation.method == "PATCH");
    if !problems.is_empty() {
        return Err(Failure::Validation(problems));
    }
    Ok(Content { object: body.as_object().cloned().unwrap_or_default(), body, ..Content::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::find;

    #[test]
    fn parameters_must_be_known_and_of_their_type() {
        let (run, _) = find("POST", "/api/4.0/queries/run/json").unwrap();
        assert!(parameters(run, Some("limit=-1&cache=false&path_prefix=a%2Fb")).is_ok());
        for bad in ["cache=True", "limit=ten", "limt=1"] {
            assert!(matches!(parameters(run, Some(bad)), Err(Failure::Validation(_))), "{bad}");
        }
        let (models, _) = find("GET", "/api/4.0/lookml_models").unwrap();
        assert_eq!(parameters(models, Some("exclude_empty=1")).unwrap_err().status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn escapes_are_decoded_and_broken_ones_refused() {
        assert_eq!(decode("a%20b+c", true).as_deref(), Some("a b c"));
        assert_eq!(decode("a+c", false).as_deref(), Some("a+c"));
        for bad in ["%", "%1", "%zz", "%ff"] {
            assert_eq!(decode(bad, true), None, "{bad}");
        }
    }
}
