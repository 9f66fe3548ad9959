//! Logging in and out, and what a token stands for.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::auth::Session;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, json_response, no_content};
use crate::uncertain;

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

/// `login_user`: acts as another user.
pub(crate) fn login_user(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    let caller = &session.user;
    let refused = |why: &str| Err(Failure::Status(StatusCode::FORBIDDEN, why.into()));
    if !caller.may("sudo") {
        return refused("You may not act as another user.");
    }
    if session.sudo_user_id.is_some() && !caller.may("administer") {
        return refused("Who acts as another user may not do so again, unless that user is an administrator.");
    }
    let user = call.state.people.by_id(call.path("user_id"));
    let user = user.filter(|user| !user.profile.is_disabled || uncertain::SUDO_AS_DISABLED).ok_or(Failure::NotFound)?;
    if !uncertain::may_act_as(caller, user) {
        return refused("Only an administrator may act as an administrator.");
    }
    let is_service = caller.profile.is_service_account && caller.may("administer");
    if call.state.google_cloud_core && !(is_service && user.is_embed()) {
        return refused(
            "On Looker (Google Cloud core) only an API-only service account with the Admin role may act as another \
             user, and only as an embed user.",
        );
    }
    call.state.stats.logins.count();
    Ok(access_token(call, &call.state.tokens.sudo(caller, user)))
}

/// `logout`: 404 for a token that is not alive. With a token from OAuth, all that comes from its consent ends.
pub(crate) fn logout(call: &Call) -> Result<Response, Failure> {
    let session = call.session.as_ref().ok_or(Failure::NotFound)?;
    call.state.tokens.end(&session.token);
    if let Some(grant) = &session.grant {
        call.state.oauth.grants.end(&call.state.tokens, grant);
    }
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
