//! Registration of OAuth applications. Only administrators may change it.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::oauth::apps::App;
use crate::uncertain;

/// The id in the path, if the caller may change applications.
fn writable(call: &Call) -> Result<&str, Failure> {
    let may = call.session()?.user.may("administer");
    may.then(|| call.path("client_guid")).ok_or_else(uncertain::oauth_apps_not_writable)
}

/// `register_oauth_client_app`.
pub(crate) fn register_oauth_client_app(call: &Call) -> Result<Response, Failure> {
    let guid = writable(call)?;
    let app = App::register(guid, &call.content.object).map_err(Failure::Validation)?;
    let mut apps = call.state.oauth.apps.lock();
    if apps.contains_key(guid) {
        let message = format!("An application \"{guid}\" is registered already.");
        return Err(Failure::Status(StatusCode::CONFLICT, message));
    }
    let body = describe(call, &app);
    apps.insert(guid.to_owned(), app);
    call.answer(body)
}

/// `all_oauth_client_apps`.
pub(crate) fn all_oauth_client_apps(call: &Call) -> Result<Response, Failure> {
    call.answer(call.state.oauth.apps.lock().values().map(|app| describe(call, app)).collect())
}

/// `oauth_client_app`.
pub(crate) fn oauth_client_app(call: &Call) -> Result<Response, Failure> {
    let app = call.state.oauth.apps.get(call.path("client_guid")).ok_or(Failure::NotFound)?;
    call.answer(describe(call, &app))
}

/// `update_oauth_client_app`: what a disabled application was granted ends.
pub(crate) fn update_oauth_client_app(call: &Call) -> Result<Response, Failure> {
    let guid = writable(call)?;
    let body = &call.content.object;
    if body.get("redirect_uri").is_some_and(Value::is_null) {
        return Err(Failure::Validation(vec![Problem::missing("redirect_uri")]));
    }
    let app = {
        let mut apps = call.state.oauth.apps.lock();
        let app = apps.get_mut(guid).ok_or(Failure::NotFound)?;
        *app = app.clone().changed(body).map_err(Failure::Validation)?;
        app.clone()
    };
    if !app.enabled {
        call.state.oauth.grants.end_app(&call.state.tokens, guid);
    }
    call.answer(describe(call, &app))
}

/// `delete_oauth_client_app`: 204, also when there is none.
pub(crate) fn delete_oauth_client_app(call: &Call) -> Result<Response, Failure> {
    let guid = writable(call)?;
    call.state.oauth.apps.lock().remove(guid);
    call.state.oauth.grants.end_app(&call.state.tokens, guid);
    Ok(no_content())
}

/// `invalidate_tokens`.
pub(crate) fn invalidate_tokens(call: &Call) -> Result<Response, Failure> {
    let guid = writable(call)?;
    call.state.oauth.apps.lock().get_mut(guid).ok_or(Failure::NotFound)?.tokens_invalid_before = Some(Timestamp::now());
    call.state.oauth.grants.end_app(&call.state.tokens, guid);
    Ok(no_content())
}

fn describe(call: &Call, app: &App) -> Value {
    let users = app.activated.iter().filter_map(|id| call.state.people.by_id(&id.to_string())).map(|user| {
        json!({ "can": {}, "id": user.id.to_string(), "first_name": user.name, "last_name": user.last_name(),
                "display_name": user.full_name(), "avatar_url": null,
                "url": format!("{}/api/4.0/users/{}", call.state.base_url, user.id) })
    });
    json!({
        "can": { "show": true },
        "client_guid": app.client_guid,
        "redirect_uri": app.redirect_uri,
        "display_name": app.display_name,
        "description": app.description,
        "enabled": app.enabled,
        "group_id": app.group_id.map(|id| id.to_string()),
        "tokens_invalid_before": app.tokens_invalid_before.map(|time| time.to_string()),
        "activated_users": users.collect::<Vec<_>>(),
    })
}
