//! Faults of whole answers: what happens instead of an answer, before it, or to its body.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::dispatch::ResetSwitch;
use crate::errors::{Failure, html_response, json_response, no_content};
use crate::faults::{Fault, Kind, body};
use crate::operations::Operation;
use crate::state::State;

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
        Kind::Html => html_response(status, &status.to_string()),
        Kind::Maintenance => html_response(status, "Looker is unavailable: maintenance"),
        Kind::NotLooker => json_response(StatusCode::OK, &json!({ "status": "ok" })),
        Kind::Redirect => {
            let mut answer = html_response(status, &status.to_string());
            let location = fault.location.as_deref().and_then(|value| HeaderValue::from_str(value).ok())?;
            answer.headers_mut().insert(header::LOCATION, location);
            answer
        }
        Kind::Delay if !operation.makes_task() => {
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
    if let Some(value) = fault.retry_after(state.place.now()).and_then(|value| HeaderValue::from_str(&value).ok()) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    Some(answer)
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
