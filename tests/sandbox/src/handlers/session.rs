//! Logging in and out, and who one is.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::auth::Session;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, json_response, no_content};
use crate::users::USERS;

/// `login`.
pub(crate) fn login(call: &Call) -> Result<Response, Failure> {
    let get = |name: &str| {
        let in_form = call.content.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        in_form.or_else(|| call.parameter(name))
    };
    let (Some(id), Some(secret)) = (get("client_id"), get("client_secret")) else {
        return Err(Failure::bad_request("client_id and client_secret are required."));
    };
    let token = call.state.tokens.login(id, secret).ok_or(Failure::NotFound)?;
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
    let user = USERS.iter().find(|user| user.id.to_string() == id).ok_or(Failure::NotFound)?;
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

/// `me`.
pub(crate) fn me(call: &Call) -> Result<Response, Failure> {
    let user = call.session()?.user;
    call.answer(json!({
        "can": { "show": true },
        "id": user.id.to_string(),
        "first_name": user.name,
        "last_name": "Sandbox",
        "display_name": format!("{} Sandbox", user.name),
        "email": user.email,
        "is_disabled": user.is_disabled,
        "is_service_account": false,
        "locale": "en",
        "role_ids": [user.id.to_string()],
        "group_ids": ["1"],
        "home_folder_id": "1",
        "personal_folder_id": null,
        "presumed_looker_employee": false,
        "verified_looker_employee": false,
        "models_dir_validated": null,
        "roles_externally_managed": false,
        "credentials_api3": [{ "id": user.id.to_string(), "client_id": user.client_id, "is_disabled": false }],
        "credentials_embed": [],
        "sessions": [],
        "looker_versions": [],
        "ui_state": {},
        "url": format!("{}/api/4.0/users/{}", call.state.base_url, user.id),
    }))
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
