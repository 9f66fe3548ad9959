//! Faults of whole answers: what happens instead of an answer, before it, or to its body.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::dispatch::ResetSwitch;
use crate::errors::{Failure, json_response, no_content, typed_response};
use crate::faults::{Fault, Kind, body};
use crate::operations::Operation;
use crate::state::State;

/// Content type of pages for people.
pub(crate) const HTML: &str = "text/html;charset=utf-8";

/// Faults that happen instead of the answer, or before it.
pub(crate) async fn before(
    state: &State,
    operation: &Operation,
    fault: &Fault,
    headers: &HeaderMap,
    reset: Option<&ResetSwitch>,
) -> Option<Response> {
    let status = fault.status();
    let mut answer = match fault.kind {
        Kind::Status if status == StatusCode::NO_CONTENT => no_content(),
        Kind::Status => {
            let phrase = status.canonical_reason().unwrap_or("An error has occurred.");
            let message = fault.message.clone().unwrap_or_else(|| phrase.into());
            Failure::Status(status, message).response(operation.method, &operation.route())
        }
        Kind::Html => typed_response(status, HTML, html_page(&status.to_string())),
        Kind::Maintenance => typed_response(status, HTML, html_page("Looker is unavailable: maintenance")),
        Kind::NotLooker => json_response(StatusCode::OK, &json!({ "status": "ok" })),
        Kind::Redirect => {
            let mut answer = typed_response(status, HTML, html_page(&status.to_string()));
            let location = fault.location.as_deref().and_then(|value| HeaderValue::from_str(value).ok())?;
            answer.headers_mut().insert(header::LOCATION, location);
            answer
        }
        Kind::Delay if operation.id != "create_query_task" => {
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            return None;
        }
        Kind::Reset => {
            reset?.store(true, Ordering::Relaxed);
            no_content()
        }
        Kind::ExpiredToken => {
            if let Some(session) = state.tokens.session(headers) {
                state.tokens.end(&session.token);
            }
            return None;
        }
        _ => return None,
    };
    if let Some(value) = fault.retry_after(SystemTime::now()).and_then(|value| HeaderValue::from_str(&value).ok()) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    Some(answer)
}

/// A page for people, with nothing but a title.
pub(crate) fn html_page(title: &str) -> String {
    format!("<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1></body></html>\n")
}

/// Faults that happen to an answer.
pub(crate) async fn after(
    operation: &Operation,
    fault: &Fault,
    answer: Response,
    reset: Option<&ResetSwitch>,
) -> Response {
    match fault.kind {
        Kind::Slow => {
            let (mut head, body) = answer.into_parts();
            head.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(head, body::slow(body, fault.bytes, Duration::from_millis(fault.ms)))
        }
        Kind::Cut | Kind::End if !operation.runs_query => {
            let (mut head, body) = answer.into_parts();
            head.headers.remove(header::CONTENT_LENGTH);
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Response::from_parts(head, body::half(bytes, fault.kind == Kind::Cut))
        }
        Kind::DropAfter => {
            if let Some(reset) = reset {
                reset.store(true, Ordering::Relaxed);
            }
            answer
        }
        _ => answer,
    }
}
