//! From (operation, status, content type, body) to an error with five facts: one table, and the few cases beside it.
//!
//! The statuses are those of the API 4.0 specification; 401 is not in it and occurs. A login with wrong credentials is
//! 404. Proxies and load balancers in front of Looker answer with HTML.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use connector_interface::{Error, ErrorKind};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::excerpt::{EVIDENCE_BYTES, excerpt};

/// What is being called.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The operation's id in Looker's specification.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Without secrets: credentials travel in the body and in headers.
    pub(crate) url: String,
}

impl Call {
    /// An error about this call.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, message).request(format!("{} {}", self.method, self.url)).with("operation", self.operation)
    }

    fn host(&self) -> &str {
        self.url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default()
    }
}

/// A row of the table: for which operation (empty: any) and statuses, which kind, what happened, what to do.
struct Rule {
    operation: &'static str,
    statuses: std::ops::RangeInclusive<u16>,
    kind: ErrorKind,
    message: &'static str,
    advice: &'static str,
}

const fn rule(
    operation: &'static str,
    statuses: std::ops::RangeInclusive<u16>,
    kind: ErrorKind,
    message: &'static str,
    advice: &'static str,
) -> Rule {
    Rule { operation, statuses, kind, message, advice }
}

/// The first row that fits decides.
const RULES: &[Rule] = &[
    rule(
        "login",
        400..=404,
        ErrorKind::Credentials,
        "Looker refused the API credentials",
        "Check the client ID and secret (in Looker: Admin, Users, the user's API keys), and that the user is not disabled",
    ),
    rule(
        "run_inline_query",
        400..=400,
        ErrorKind::QueryFailed,
        "Looker could not run the query",
        "Correct the query; Looker's own words say where",
    ),
    rule(
        "run_inline_query",
        404..=404,
        ErrorKind::NotFound,
        "The model or the explore does not exist, or this user may not see it",
        "Look both up in the catalog; names are case-sensitive",
    ),
    rule(
        "lookml_model",
        404..=404,
        ErrorKind::NotFound,
        "The model does not exist, or this user may not see it",
        "Look it up in the catalog; names are case-sensitive",
    ),
    rule(
        "lookml_model_explore",
        404..=404,
        ErrorKind::NotFound,
        "The explore does not exist, or this user may not see it",
        "Look it up in the catalog; names are case-sensitive",
    ),
    rule(
        "",
        400..=400,
        ErrorKind::InvalidInput,
        "Looker did not understand the request",
        "Correct the input; Looker's own words say where",
    ),
    rule(
        "",
        401..=401,
        ErrorKind::Credentials,
        "Looker does not accept the session's token, also after a new login",
        "Check that the API credentials are still valid",
    ),
    rule(
        "",
        403..=403,
        ErrorKind::Forbidden,
        "This user may not do this in Looker",
        "Ask a Looker administrator for the permission",
    ),
    rule(
        "",
        404..=404,
        ErrorKind::NotFound,
        "Looker has no such object, or this user may not see it",
        "Check the name or id, and the user's access",
    ),
    rule("", 408..=408, ErrorKind::Timeout, "Looker did not answer in time", "Try again, or ask for less data"),
    rule(
        "",
        422..=422,
        ErrorKind::InvalidInput,
        "Looker found the input invalid",
        "Correct the fields that Looker names",
    ),
    rule(
        "",
        429..=429,
        ErrorKind::RateLimited,
        "Looker answers that there were too many calls",
        "Wait, and make fewer calls at a time",
    ),
    rule(
        "",
        504..=504,
        ErrorKind::Timeout,
        "A gateway in front of Looker gave up waiting for it",
        "Ask for less data, or try again later",
    ),
    rule("", 500..=599, ErrorKind::Unavailable, "Looker is out of order for now", "Try again later"),
];

/// Looker's own error body, as far as it is one.
#[derive(Default, Deserialize)]
struct LookerError {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    documentation_url: Option<String>,
    #[serde(default)]
    errors: Option<Vec<FieldError>>,
}

#[derive(Deserialize)]
struct FieldError {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// The error for a response whose status is no success.
pub(crate) fn refused(call: &Call, status: StatusCode, headers: &HeaderMap, text: &str) -> Error {
    let code = status.as_u16();
    if status.is_redirection() {
        let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("an unknown place");
        let target = target.split(['?', '#']).next().unwrap_or_default();
        return call
            .error(ErrorKind::Protocol, format!("{} redirects to {target} instead of answering", call.host()))
            .advise("Give the address that it redirects to, if that is your Looker")
            .status(code);
    }
    let looker: Option<LookerError> = serde_json::from_str(text).ok();
    let from_looker = looker.as_ref().is_some_and(|body| body.message.is_some() || body.documentation_url.is_some());
    if !from_looker && status.is_client_error() && code != 429 && code != 408 {
        return not_looker(call, text).status(code);
    }
    let looker = looker.unwrap_or_default();
    let rule = RULES
        .iter()
        .find(|rule| (rule.operation.is_empty() || rule.operation == call.operation) && rule.statuses.contains(&code));
    let (kind, mut message, advice) = rule
        .map_or((ErrorKind::Protocol, format!("Looker answered with the unexpected status {code}"), ""), |rule| {
            (rule.kind, rule.message.to_owned(), rule.advice)
        });
    if let Some(words) = own_words(&looker) {
        let _ = write!(message, ": {words}");
    }
    let mut error = call.error(kind, message).advise(advice).status(code);
    if !text.trim().is_empty() {
        error = error.body(excerpt(text, EVIDENCE_BYTES));
    }
    if let Some(pause) = retry_after(headers) {
        return error.retry_after(pause);
    }
    match kind {
        ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Timeout => error.retry_now(),
        _ => error,
    }
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
    let message = looker.message.as_deref()?.trim().trim_end_matches('.');
    let says_nothing =
        ["not found", "validation failed", "an error has occurred", ""].contains(&message.to_lowercase().as_str());
    (!says_nothing).then(|| excerpt(&message.replace('\n', " "), 500))
}

/// `Retry-After` in seconds. Source: RFC 9110; Looker's specification promises none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The answer is not Looker's: no JSON of its shape, usually an HTML page of something else.
pub(crate) fn not_looker(call: &Call, text: &str) -> Error {
    let what = if text.trim_start().starts_with('<') { "an HTML page" } else { "something else" };
    call.error(ErrorKind::Protocol, format!("{} answered with {what} instead of Looker's JSON", call.host()))
        .advise("Check host, port and path: the API is on 443, or on 19999 for older instances, and a login page or a proxy may stand in front of it")
        .body(excerpt(text, EVIDENCE_BYTES))
}

/// Whether a body is an HTML page.
pub(crate) fn looks_like_html(headers: &HeaderMap, text: &str) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.starts_with("text/html") && !text.trim_start().starts_with(['{', '['])
        || text.trim_start().starts_with('<')
}

/// The error for a request that got no response.
pub(crate) fn unreachable(call: &Call, error: &reqwest::Error, timeout: Duration) -> Error {
    let causes = causes(error);
    let host = call.host();
    let port_hint = "Check the address; when it names no port, the API may be on 19999 instead of 443";
    let (kind, message, advice) = if error.is_timeout() {
        let seconds = timeout.as_secs_f64();
        (
            ErrorKind::Timeout,
            format!("{host} did not answer within {seconds} s"),
            "Check the address and the network, or raise the option `timeout`",
        )
    } else if has_tls_cause(error) {
        (
            ErrorKind::Tls,
            format!("A secure connection to {host} could not be established"),
            "Check the port and the server's certificate; a private certificate authority must be trusted by this machine",
        )
    } else if causes.contains("dns error") || causes.contains("failed to lookup") {
        (
            ErrorKind::Network,
            format!("The name {host} could not be found"),
            "Check the spelling of the host in `base_url`",
        )
    } else if causes.contains("refused") {
        (ErrorKind::Network, format!("{host} refuses the connection"), port_hint)
    } else if error.is_connect() {
        (ErrorKind::Network, format!("{host} could not be reached"), port_hint)
    } else {
        (
            ErrorKind::Network,
            format!("The connection to {host} broke before it answered"),
            "Try again; check the network and proxies on the way",
        )
    };
    call.error(kind, message).advise(advice).retry_now().with("cause", causes)
}

/// The error for a body that broke off.
pub(crate) fn body_failed(call: &Call, error: &reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "Looker stopped sending in the middle of its answer")
    } else {
        (ErrorKind::Incomplete, "The connection broke in the middle of Looker's answer")
    };
    call.error(kind, message)
        .advise("Run it again; what was delivered so far is valid but not all")
        .retry_now()
        .with("cause", causes(error))
}

/// Whether rustls speaks anywhere among the causes.
fn has_tls_cause(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source()).any(is_tls)
}

/// An I/O error hides what it was made from from `source`, and may be made from another.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<rustls::Error>()
        || error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref).is_some_and(|inner| is_tls(inner))
}

/// All causes of an error in one line, without the URL, which stands in the evidence anyway.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.ends_with(&line) {
            let _ = write!(text, "{}{line}", if text.is_empty() { "" } else { ": " });
        }
        cause = error.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use connector_interface::Retry;
    use reqwest::header::HeaderValue;

    use super::*;

    fn call(operation: &'static str) -> Call {
        Call::new(operation, Method::POST, "https://acme.looker.com/api/4.0/x".to_owned())
    }

    fn refuse(operation: &'static str, status: u16, text: &str) -> Error {
        refused(&call(operation), StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), text)
    }

    const NOT_FOUND: &str = r#"{"message":"Not found","documentation_url":"https://cloud.google.com/looker/docs/r/err/4.0/404/post/login"}"#;

    #[test]
    fn the_same_404_means_what_the_operation_makes_of_it() {
        assert_eq!(refuse("login", 404, NOT_FOUND).kind, ErrorKind::Credentials);
        assert_eq!(refuse("run_inline_query", 404, NOT_FOUND).kind, ErrorKind::NotFound);
        assert_eq!(refuse("login", 404, "<html>Not here</html>").kind, ErrorKind::Protocol);
        assert_eq!(refuse("login", 404, "404 page not found").kind, ErrorKind::Protocol);
    }

    #[test]
    fn a_page_under_a_server_error_is_an_outage_that_may_pass() {
        let error = refuse("me", 502, "<html>Bad gateway</html>");
        assert_eq!((error.kind, error.retry), (ErrorKind::Unavailable, Retry::Now));
        assert_eq!(error.evidence["http_status"], 502);
    }

    #[test]
    fn retry_after_is_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        let error = refused(&call("me"), StatusCode::TOO_MANY_REQUESTS, &headers, "");
        assert_eq!((error.kind, error.retry), (ErrorKind::RateLimited, Retry::AfterMs(7_000)));
    }

    #[test]
    fn field_errors_are_said_in_the_message() {
        let text = r#"{"message":"Validation Failed","errors":[{"field":"model","code":"missing_field","message":"'model' is required."}],"documentation_url":""}"#;
        let error = refuse("run_inline_query", 422, text);
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.message.ends_with("model: 'model' is required."), "{error}");
    }

    #[test]
    fn a_redirect_names_its_target_without_the_query() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static("https://sso.example.com/login?state=abc"));
        let error = refused(&call("me"), StatusCode::FOUND, &headers, "");
        assert!(error.message.contains("https://sso.example.com/login ") && !error.message.contains("abc"), "{error}");
    }

    #[test]
    fn every_status_of_the_specification_has_a_rule() {
        for status in [400, 401, 403, 404, 422, 429, 500, 502, 503, 504] {
            assert!(RULES.iter().any(|rule| rule.operation.is_empty() && rule.statuses.contains(&status)), "{status}");
        }
    }
}
