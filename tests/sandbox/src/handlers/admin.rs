//! `/__sandbox/`: counters and faults. Not part of Looker, not counted, and without a token.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::errors::{json_response, no_content};
use crate::state::State;
use crate::stats::Now;

/// Answers a request below `/__sandbox/`.
pub(crate) fn handle(state: &State, method: &str, path: &str, body: &[u8]) -> Response {
    let ok = |body: &Value| json_response(StatusCode::OK, body);
    match (method, path.trim_end_matches('/')) {
        ("GET", "stats") => {
            let running_queries = state.running.list().len();
            ok(&state.stats.read(&Now { running_queries, live_tokens: state.tokens.live() }))
        }
        ("GET", "faults") => ok(&serde_json::to_value(state.faults.list()).unwrap_or_default()),
        ("POST", "faults") => match state.faults.add(body) {
            Ok(()) => no_content(),
            Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        },
        ("DELETE", "faults") => {
            state.faults.clear();
            no_content()
        }
        ("POST", "expire_tokens") => ok(&json!({ "expired": state.tokens.end_all() })),
        ("POST", "expire_tasks") => ok(&json!({ "expired": state.tasks().drain().count() })),
        ("GET" | "POST", "proxy") => proxy(state, method, body),
        _ => {
            let message = "Known are GET stats, GET POST DELETE faults, POST expire_tokens, POST expire_tasks, \
                           GET POST proxy.";
            json_response(StatusCode::NOT_FOUND, &json!({ "message": message }))
        }
    }
}

fn proxy(state: &State, method: &str, body: &[u8]) -> Response {
    let Some(proxy) = &state.proxy else {
        return json_response(StatusCode::NOT_FOUND, &json!({ "message": "This sandbox has no proxy." }));
    };
    if method == "GET" {
        return json_response(StatusCode::OK, &proxy.read());
    }
    match proxy.behave(body) {
        Ok(()) => no_content(),
        Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
    }
}
