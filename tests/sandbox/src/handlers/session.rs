//! Logging in and out, and what a token stands for.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::auth::Session;
use crate::dispatch::Call;
use crate::errors::{Failure, JSON, Problem, json_response, no_content, typed_response};

/// Looker release that the sandbox stands for.
const RELEASE: &str = "26.12.3";

#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
/// `GET /alive` and `GET /availability`: 200 without a body.
pub(crate) fn alive(_: &Call) -> Result<Response, Failure> {
    Ok(typed_response(StatusCode::OK, JSON, Body::empty()))
}

/// `versions`.
pub(crate) fn versions(call: &Call) -> Result<Response, Failure> {
    let base = &call.state.base_url;
    let current = json!({
        "version": "4.0",
        "full_version": format!("4.0.{}", RELEASE.rsplit_once('.').map_or(RELEASE, |(release, _)| release)),
        "status": "current",
        "swagger_url": format!("{base}/api/4.0/swagger.json"),
    });
    call.answer(json!({
        "looker_release_version": RELEASE,
        "current_version": current,
        "supported_versions": [current],
        "api_server_url": base,
        "web_server_url": base,
    }))
}

/// `login`.
pub(crate) fn login(call: &Call) -> Result<Response, Failure> {
    let get = |name: &str| {
        let in_form = call.content.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        in_form.or_else(|| call.parameter(name))
    };
    let (Some(id), Some(secret)) = (get("client_id"), get("client_secret")) else {
        return Err(Failure::bad_request("client_id and client_secret are required."));
    };
    let token = call.state.tokens.login(&call.state.people, id, secret).ok_or(Failure::NotFound)?;
    call.state.stats.logins.count();
    Ok(access_token(call, &token))
}

fn access_token(call: &Call, token: &str) -> Response {
    let expires_in = call.state.tokens.lifetime.as_secs();
    let body =
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in, "refresh_token": null });
    json_response(StatusCode::OK, &body)
}

/// `login_user`: an administrator acts as another user.
pub(crate) fn login_user(call: &Call) -> Result<Response, Failure> {
    if !call.session()?.user.may("sudo") {
        return Err(Failure::Status(StatusCode::FORBIDDEN, "You may not act as another user.".into()));
    }
    let id = call.path("user_id");
    let user = call.state.people.by_id(id).ok_or(Failure::NotFound)?;
    call.state.stats.logins.count();
    Ok(access_token(call, &call.state.tokens.sudo(user)))
}

/// `logout`: 404 for a token that is not alive.
pub(crate) fn logout(call: &Call) -> Result<Response, Failure> {
    let session = call.session.as_ref().ok_or(Failure::NotFound)?;
    call.state.tokens.end(&session.token);
    call.state.stats.logouts.count();
    Ok(no_content())
}

/// `session`.
pub(crate) fn session(call: &Call) -> Result<Response, Failure> {
    call.answer(describe(call.session()?))
}

/// `update_session`: chooses a workspace.
pub(crate) fn update_session(call: &Call) -> Result<Response, Failure> {
    let mut session = call.session()?.clone();
    match call.content.object.get("workspace_id") {
        None | Some(Value::Null) => {}
        Some(Value::String(workspace)) if workspace == "production" || workspace == "dev" => {
            call.state.tokens.choose_workspace(&session.token, workspace);
            session.workspace.clone_from(workspace);
        }
        Some(_) => {
            return Err(Failure::Validation(vec![Problem::invalid("workspace_id", "must be production or dev.")]));
        }
    }
    call.answer(describe(&session))
}

fn describe(session: &Session) -> Value {
    json!({
        "workspace_id": session.workspace,
        "sudo_user_id": session.sudo_user_id.map(|id| id.to_string()),
        "can": { "view": true, "update": true },
    })
}
