//! `/__sandbox/`: counters, faults, and what is to happen. Not part of Looker, not counted, and without a token.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::errors::{Failure, json_response, no_content};
use crate::handlers::events;
use crate::proxy::Proxy;
use crate::state::State;
use crate::stats::Now;
use crate::users::User;

/// What a command answers with: null where there is nothing to say.
type Told = Result<Value, Failure>;

/// A method, a path, and what is done.
type Command = (&'static str, &'static str, fn(&Arc<State>, &[u8]) -> Told);

/// All that can be asked for.
const COMMANDS: &[Command] = &[
    ("GET", "stats", |state, _| Ok(stats(state))),
    ("GET", "stateful", |_, _| Ok(crate::stateful().collect())),
    ("GET", "faults", |state, _| Ok(shown(&state.faults.list()))),
    ("POST", "faults", |state, body| done(state.faults.add(body))),
    ("DELETE", "faults", |state, _| {
        state.faults.clear();
        Ok(Value::Null)
    }),
    ("GET", "lists", |state, _| Ok(shown(&state.lists.manners()))),
    ("POST", "lists", |state, body| done(state.lists.set(body))),
    ("GET", "uncertain", |state, _| Ok(shown(&state.uncertain.choices()))),
    ("POST", "uncertain", |state, body| done(state.uncertain.set(body))),
    ("POST", "expire_tokens", expire_tokens),
    ("POST", "expire_tasks", |state, _| {
        let expired = state.tasks().values().filter(|task| task.expire()).count() + state.renders().drain().count();
        Ok(json!({ "expired": expired }))
    }),
    ("GET", "proxy", |state, _| Ok(proxy(state)?.read())),
    ("POST", "proxy", |state, body| done(proxy(state)?.behave(body))),
    ("POST", "sql", events::sql),
    ("POST", "schedule_failures", events::schedule_failure),
    ("POST", "pdt_events", events::pdt_event),
    ("POST", "alert_notifications", events::alert_notification),
    ("POST", "datagroups", events::datagroup),
    ("POST", "running_queries", events::running_query),
    ("DELETE", "running_queries", |state, _| Ok(json!({ "ended": state.running.end_made_up() }))),
];

/// Answers a request below `/__sandbox/`.
pub(crate) fn handle(state: &Arc<State>, method: &str, path: &str, body: &[u8]) -> Response {
    let path = path.trim_end_matches('/');
    let command = COMMANDS.iter().find(|(known, name, _)| (*known, *name) == (method, path));
    let told = if let Some((.., command)) = command {
        command(state, body)
    } else {
        let known: Vec<String> = COMMANDS.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
        Err(Failure::Status(StatusCode::NOT_FOUND, format!("Known are {}.", known.join(", "))))
    };
    match told {
        Ok(Value::Null) => no_content(),
        Ok(body) => json_response(StatusCode::OK, &body),
        Err(failure) => json_response(failure.status(), &json!({ "message": failure.message() })),
    }
}

/// What a request asks for; the error is a sentence.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::bad_request(format!("This is not understood: {error}.")))
}

fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn done(outcome: Result<(), String>) -> Told {
    outcome.map(|()| Value::Null).map_err(Failure::bad_request)
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
fn expire_tokens(state: &Arc<State>, body: &[u8]) -> Told {
    let doomed = match body.trim_ascii() {
        b"" | b"null" => Doomed::default(),
        body => read(body)?,
    };
    if let Some(name) = doomed.user.as_deref() {
        user(state, name)?;
    }
    let count = state.tokens.end_if(|session| {
        let user = doomed.user.as_ref().is_none_or(|name| session.user.name == *name);
        user && (!doomed.sudo || session.sudo_user_id.is_some())
    });
    Ok(json!({ "expired": count }))
}

/// The user with a name.
pub(super) fn user<'a>(state: &'a State, name: &str) -> Result<&'a Arc<User>, Failure> {
    let found = state.people.find(|user| user.name == name);
    found.ok_or_else(|| Failure::bad_request(format!("The sandbox has no user \"{name}\".")))
}

fn proxy(state: &State) -> Result<&Proxy, Failure> {
    let none = || Failure::Status(StatusCode::NOT_FOUND, "This sandbox has no proxy.".into());
    state.proxy.as_deref().ok_or_else(none)
}
