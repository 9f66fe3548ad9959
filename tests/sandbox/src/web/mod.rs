//! Looker as people see it in a browser: signing in, and letting applications in. Either on the API's port, or, as on
//! self-hosted instances, on one of its own.

mod authorize;
mod page;
pub(crate) mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::quota::Class;
use crate::state::State;

/// Largest form, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// The pages as they are on a port of their own.
pub(crate) fn app(state: Arc<State>) -> Router {
    Router::new().fallback(answer).with_state(state)
}

async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_FORM).await else {
        return page::error(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.");
    };
    if is_page(&head) { handle(&state, &head, &body) } else { unknown(&state, &head, &body) }
}

/// Whether a request is for a page that exists on the API's port as well, unless pages have their own.
pub(crate) fn is_page(head: &Parts) -> bool {
    head.uri.path() == "/auth"
}

/// Answers a request for a page.
pub(crate) fn handle(state: &State, head: &Parts, body: &[u8]) -> Response {
    state.stats.request("auth", Class::None);
    if matches!(head.method, Method::GET | Method::POST) {
        authorize::handle(state, head, body)
    } else {
        page::error(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read, and its form sent.")
    }
}

/// Any other address wants to know who is there, paths of the API included.
fn unknown(state: &State, head: &Parts, body: &[u8]) -> Response {
    state.stats.request("unknown", Class::None);
    match state.web_sessions.user(&head.headers) {
        Some(user) => page::home(&user.full_name()),
        None if head.method == Method::POST => sessions::sign_in(state, head, body),
        None => page::sign_in(StatusCode::OK, None),
    }
}

/// Sends the browser elsewhere.
fn redirect(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
