//! `/__sandbox/`: counters and faults. Not part of Looker, not counted, and without a token.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::errors::{json_response, no_content};
use crate::state::State;
use crate::stats::Now;

/// Answers a request below `/__sandbox/`.
pub(crate) fn handle(state: &State, method: &str, path: &str, body: &[u8]) -> Response {
    let ok = |body: &Value| json_response(StatusCode::OK, body);
    match (method, path.trim_end_matches('/')) {
        ("GET", "stats") => ok(&stats(state)),
        ("GET", "stateful") => ok(&crate::stateful().collect()),
        ("GET", "faults") => ok(&serde_json::to_value(state.faults.list()).unwrap_or_default()),
        ("POST", "faults") => match state.faults.add(body) {
            Ok(()) => no_content(),
            Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        },
        ("DELETE", "faults") => {
            state.faults.clear();
            no_content()
        }
        ("GET", "lists") => ok(&serde_json::to_value(state.lists.manners()).unwrap_or_default()),
        ("POST", "lists") => match state.lists.set(body) {
            Ok(()) => no_content(),
            Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        },
        ("GET", "uncertain") => ok(&serde_json::to_value(state.uncertain.choices()).unwrap_or_default()),
        ("POST", "uncertain") => match state.uncertain.set(body) {
            Ok(()) => no_content(),
            Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        },
        ("POST", "expire_tokens") => match expire_tokens(state, body) {
            Ok(count) => ok(&json!({ "expired": count })),
            Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        },
        ("POST", "expire_tasks") => {
            let expired = state.tasks().values().filter(|task| task.expire()).count() + state.renders().drain().count();
            ok(&json!({ "expired": expired }))
        }
        ("GET" | "POST", "proxy") => proxy(state, method, body),
        _ => {
            let message = "Known are GET stats, GET stateful, GET POST DELETE faults, GET POST lists, GET POST uncertain, \
                           POST expire_tokens, POST expire_tasks, GET POST proxy.";
            json_response(StatusCode::NOT_FOUND, &json!({ "message": message }))
        }
    }
}

fn stats(state: &State) -> Value {
    let live_refresh_tokens = state.oauth.grants.live_refresh_tokens();
    let live_tokens = state.tokens.live() + live_refresh_tokens;
    let now = Now { running_queries: state.running.list().len(), live_tokens };
    let mut counters = state.stats.read(&now);
    if let Some(counters) = counters.as_object_mut() {
        counters.insert("tokens_by_user".into(), json!(state.tokens.by_user()));
        counters.insert("deliveries".into(), json!(state.deliveries.read()));
        counters.insert("alert_checks".into(), json!(state.alerts.read()));
        counters.insert("live_refresh_tokens".into(), json!(live_refresh_tokens));
    }
    counters
}

/// Which tokens are to die; all when nothing is named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Doomed {
    /// Name of the user whose rights they have.
    user: Option<String>,
    /// Only those that act as another user.
    #[serde(default)]
    sudo: bool,
}

/// Ends tokens; yields how many, or a sentence.
fn expire_tokens(state: &State, body: &[u8]) -> Result<usize, String> {
    let doomed = match body.trim_ascii() {
        b"" | b"null" => Doomed::default(),
        body => serde_json::from_slice(body).map_err(|error| format!("These are no tokens: {error}."))?,
    };
    if let Some(name) = doomed.user.as_deref().filter(|name| state.people.find(|user| user.name == *name).is_none()) {
        return Err(format!("The sandbox has no user \"{name}\"."));
    }
    Ok(state.tokens.end_if(|session| {
        let user = doomed.user.as_ref().is_none_or(|name| session.user.name == *name);
        user && (!doomed.sudo || session.sudo_user_id.is_some())
    }))
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
