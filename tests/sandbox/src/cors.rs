//! Requests from scripts of other sites: browsers ask first, and show an answer only to origins that it names.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use crate::dispatch::{self, ResetSwitch};
use crate::errors::no_content;
use crate::operations;
use crate::quota::Class;
use crate::state::State;
use crate::uncertain;

/// What scripts may do.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");

/// Headers that scripts may send.
const HEADERS: HeaderValue = HeaderValue::from_static("Authorization, Content-Type, x-looker-appid");

/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers a request that is Looker's, its origin considered.
pub(crate) async fn handle(state: Arc<State>, reset: Option<ResetSwitch>, head: &Parts, bytes: &[u8]) -> Response {
    let Some(origin) = head.headers.get(header::ORIGIN).cloned() else {
        return dispatch::process(state, reset, head, bytes).await;
    };
    let allowed = state.cors_origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
    let mut answer = if is_preflight(&head.method, &head.headers) {
        state.stats.request("preflight", Class::None);
        preflight(head.uri.path(), allowed)
    } else if is_login(&state, head) {
        state.stats.request("login", Class::None);
        uncertain::script_logs_in().response("post", "/login")
    } else {
        dispatch::process(Arc::clone(&state), reset, head, bytes).await
    };
    if allowed {
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    answer
}

fn is_login(state: &State, head: &Parts) -> bool {
    let path = state.place.admit(&head.headers, head.uri.path()).ok().and_then(|path| state.place.locate(path));
    let found = path.and_then(|path| operations::find(head.method.as_str(), path));
    found.is_some_and(|(operation, _)| operation.id == "login")
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(path: &str, allowed: bool) -> Response {
    if !allowed {
        let route = path.strip_prefix("/api/4.0").unwrap_or(path);
        return uncertain::origin_not_allowed().response("options", route);
    }
    let mut answer = no_content();
    answer.headers_mut().extend([
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ]);
    answer
}
