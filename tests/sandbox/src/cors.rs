//! Requests from scripts of other sites: browsers ask first, and show an answer only to origins that it names.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use crate::dispatch::{self, ADMIN, ResetSwitch};
use crate::errors::no_content;
use crate::operations;
use crate::state::State;
use crate::uncertain;

/// What scripts may do.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS");

/// Headers that scripts may send.
const HEADERS: HeaderValue = HeaderValue::from_static("Authorization, Content-Type, x-looker-appid");

/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers any request, its origin considered.
pub(crate) async fn handle(state: Arc<State>, reset: Option<ResetSwitch>, request: Request) -> Response {
    let path = request.uri().path();
    let Some(origin) = request.headers().get(header::ORIGIN).cloned().filter(|_| !path.starts_with(ADMIN)) else {
        return dispatch::handle(state, reset, request).await;
    };
    let allowed = state.cors_origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
    let mut answer = if is_preflight(request.method(), request.headers()) {
        state.stats.request("preflight");
        preflight(path, allowed)
    } else if operations::find(request.method().as_str(), path).is_some_and(|(operation, _)| operation.id == "login") {
        state.stats.request("login");
        uncertain::script_logs_in().response("post", "/login")
    } else {
        dispatch::handle(state, reset, request).await
    };
    if allowed {
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    answer
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
