//! From a response that is no success, or not Looker's, to an error with five facts, by the table of rules.

use std::time::{Duration, SystemTime};

use connector_interface::Error;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use serde::Deserialize;

use crate::http::Call;
use crate::http::rules::{Author, Rule};
use looker_words::{EVIDENCE_BYTES, excerpt};

/// Looker's own error body, as far as it is one; its token endpoint answers in OAuth's shape.
#[derive(Default, Deserialize)]
struct LookerError {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    documentation_url: Option<String>,
    #[serde(default)]
    errors: Option<Vec<FieldError>>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct FieldError {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// The error for a response whose status is no success, or whose body is not what Looker sends.
pub(crate) fn refused(call: &Call, status: StatusCode, headers: &HeaderMap, text: &str) -> Error {
    let code = status.as_u16();
    let looker = serde_json::from_str(text).unwrap_or_default();
    let author = author(&looker, headers, text);
    let Some(rule) = Rule::find(&call.operation.id, code, author, text) else {
        let message = format!("Looker answered with the unexpected status {code}");
        return call.error(connector_interface::ErrorKind::Protocol, message).status(code);
    };
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("an unknown place");
    // The query string of a login page's address may hold more than it should.
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let mut message = rule.message.replace("{host}", call.host()).replace("{target}", target);
    if let (Author::Looker, Some(words)) = (author, own_words(&looker)) {
        message = format!("{message}: {words}");
    }
    let mut error = call.error(rule.kind, message).advise(rule.advice).status(code);
    if !text.trim().is_empty() {
        error = error.body(excerpt(text, EVIDENCE_BYTES));
    }
    match retry_after(headers, SystemTime::now()) {
        Some(pause) if rule.passes => error.retry_after(pause),
        None if rule.passes => error.retry_now(),
        _ => error,
    }
}

fn author(looker: &LookerError, headers: &HeaderMap, text: &str) -> Author {
    // Source: Google's documentation of error codes of its identity-aware proxy.
    if headers.contains_key("x-goog-iap-generated-response") {
        return Author::IdentityProxy;
    }
    if looker.message.is_some() || looker.documentation_url.is_some() || looker.error.is_some() {
        return Author::Looker;
    }
    if looks_like_html(headers, text) { Author::Page } else { Author::Unknown }
}

/// Whether a body is an HTML page.
pub(crate) fn looks_like_html(headers: &HeaderMap, text: &str) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.starts_with("text/html") && !text.trim_start().starts_with(['{', '['])
        || text.trim_start().starts_with('<')
}

/// What Looker says itself, when it says more than the status: the field errors, or a message of its own.
fn own_words(looker: &LookerError) -> Option<String> {
    let fields: Vec<String> = looker
        .errors
        .iter()
        .flatten()
        .filter_map(|error| match (&error.field, &error.message) {
            (Some(field), Some(message)) if !field.is_empty() => Some(format!("{field}: {message}")),
            (_, Some(message)) => Some(message.clone()),
            (Some(field), None) => Some(field.clone()),
            (None, None) => None,
        })
        .collect();
    if !fields.is_empty() {
        return Some(excerpt(&fields.join("; "), 500));
    }
    let message = looker.message.as_ref().or(looker.error_description.as_ref()).or(looker.error.as_ref())?;
    let message = message.trim().trim_end_matches('.');
    let says_nothing =
        ["not found", "validation failed", "an error has occurred", ""].contains(&message.to_lowercase().as_str());
    (!says_nothing).then(|| excerpt(&message.replace('\n', " "), 500))
}

/// `Retry-After`, in seconds or as a date. Source: RFC 9110; Looker's specification promises none.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // A date that has passed says: at once.
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use connector_interface::{ErrorKind, Retry};
    use reqwest::header::HeaderValue;

    use super::*;
    use std::sync::Arc;

    use crate::operations::{LOGIN, LOGIN_USER, ME, OAUTH_TOKEN, Operation, RUN_INLINE_QUERY};

    fn call(operation: &'static Arc<Operation>) -> Call {
        Call::new(operation, "https://acme.looker.com/api/4.0/x".to_owned())
    }

    fn refuse(operation: &'static Arc<Operation>, status: u16, text: &str) -> Error {
        refused(&call(operation), StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), text)
    }

    fn with_header(status: u16, name: &'static str, value: &str) -> Error {
        let headers = HeaderMap::from_iter([(
            reqwest::header::HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )]);
        refused(&call(&ME), StatusCode::from_u16(status).unwrap(), &headers, "")
    }

    const NOT_FOUND: &str = r#"{"message":"Not found","documentation_url":"https://cloud.google.com/looker/docs/r/err/4.0/404/post/login"}"#;

    #[test]
    fn the_same_404_means_what_the_operation_makes_of_it() {
        assert_eq!(refuse(&LOGIN, 404, NOT_FOUND).kind, ErrorKind::Credentials);
        assert_eq!(refuse(&RUN_INLINE_QUERY, 404, NOT_FOUND).kind, ErrorKind::NotFound);
        assert_eq!(refuse(&LOGIN, 404, "<html>Not here</html>").kind, ErrorKind::Protocol);
        assert_eq!(refuse(&LOGIN, 404, "404 page not found").kind, ErrorKind::Protocol);
    }

    #[test]
    fn a_page_under_a_server_error_is_an_outage_that_may_pass() {
        let error = refuse(&ME, 502, "<html>Bad gateway</html>");
        assert_eq!((error.kind, error.retry), (ErrorKind::Unavailable, Retry::Now));
        assert_eq!(error.evidence["http_status"], 502);
        let error = refuse(&ME, 503, "<html>Looker is down for scheduled Maintenance</html>");
        assert!(error.message.contains("being maintained"), "{error}");
    }

    #[test]
    fn retry_after_is_kept_in_seconds_and_as_a_date() {
        let error = with_header(429, "retry-after", "7");
        assert_eq!((error.kind, error.retry), (ErrorKind::RateLimited, Retry::AfterMs(7_000)));
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let Retry::AfterMs(pause) = with_header(503, "retry-after", &date).retry else { panic!("no pause") };
        assert!((98_000..=100_000).contains(&pause), "{pause}");
        assert_eq!(with_header(429, "retry-after", "Fri, 31 Dec 1999 23:59:59 GMT").retry, Retry::AfterMs(0));
        assert_eq!(with_header(429, "retry-after", "soon").retry, Retry::Now);
    }

    #[test]
    fn a_spent_quota_is_not_a_rate_that_passes() {
        let error = refuse(&ME, 429, r#"{"message":"Monthly quota exceeded","documentation_url":""}"#);
        assert_eq!((error.kind, error.retry), (ErrorKind::RateLimited, Retry::Never));
        assert!(error.message.contains("used up"), "{error}");
    }

    #[test]
    fn field_errors_are_said_in_the_message() {
        let text = r#"{"message":"Validation Failed","errors":[{"field":"model","code":"missing_field","message":"'model' is required."}],"documentation_url":""}"#;
        let error = refuse(&RUN_INLINE_QUERY, 422, text);
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.message.ends_with("model: 'model' is required."), "{error}");
    }

    #[test]
    fn a_redirect_names_its_target_without_the_query() {
        let error = with_header(302, "location", "https://sso.example.com/login?state=abc");
        assert!(error.message.contains("https://sso.example.com/login ") && !error.message.contains("abc"), "{error}");
    }

    #[test]
    fn an_identity_aware_proxy_is_not_taken_for_looker() {
        let error = with_header(302, "x-goog-iap-generated-response", "true");
        assert!(error.kind == ErrorKind::Credentials && error.advice.contains("secret_headers"), "{error}");
    }

    #[test]
    fn a_refused_sudo_says_what_google_cloud_core_wants() {
        let text = r#"{"message":"In Looker (Google Cloud core) ...","documentation_url":""}"#;
        let error = refuse(&LOGIN_USER, 403, text);
        assert!(error.kind == ErrorKind::Forbidden && error.advice.contains("oauth"), "{error}");
        assert!(refuse(&LOGIN_USER, 403, NOT_FOUND).advice.contains("sudo"));
    }

    #[test]
    fn oauth_answers_in_its_own_shape() {
        let error = refuse(&OAUTH_TOKEN, 400, r#"{"error":"invalid_grant","error_description":"The code is used"}"#);
        assert!(error.kind == ErrorKind::Credentials && error.message.ends_with("The code is used"), "{error}");
        let error = refuse(&OAUTH_TOKEN, 401, r#"{"error":"invalid_client"}"#);
        assert!(error.advice.contains("client_id"), "{error}");
    }
}
