//! `POST /api/token`: codes and refresh tokens against access tokens. Errors have the shape of OAuth, not Looker's.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, json_response};
use crate::oauth::grants::Shown;

/// An error of OAuth: status, code and sentence.
struct Refused(StatusCode, &'static str, String);

impl Refused {
    fn request(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_request", why.into())
    }

    fn grant(why: &str) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_grant", why.into())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
/// `POST /api/token`.
pub(crate) fn token(call: &Call) -> Result<Response, Failure> {
    Ok(issue(call).unwrap_or_else(|Refused(status, error, description)| {
        json_response(status, &json!({ "error": error, "error_description": description }))
    }))
}

fn issue(call: &Call) -> Result<Response, Refused> {
    let body: Map<String, Value> = serde_json::from_slice(&call.content.raw)
        .map_err(|error| Refused::request(format!("The body is not a JSON object: {error}.")))?;
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refused::request(format!("{key} is missing.")))
    };
    let (grant_type, client_id) = (text("grant_type")?, text("client_id")?);
    let app = call.state.oauth.apps.get(client_id).filter(|app| app.enabled);
    let app = app.ok_or_else(|| {
        let why = "The application is not registered, or disabled.";
        Refused(StatusCode::UNAUTHORIZED, "invalid_client", why.into())
    })?;
    let (grants, tokens) = (&call.state.oauth.grants, &call.state.tokens);
    let issued = match grant_type {
        "authorization_code" => {
            let (code, redirect_uri, verifier) = (text("code")?, text("redirect_uri")?, text("code_verifier")?);
            grants.redeem(tokens, Shown { code, client_id, redirect_uri, verifier })
        }
        "refresh_token" => {
            if body.get("redirect_uri").is_some_and(|uri| *uri != app.redirect_uri) {
                return Err(Refused::grant("redirect_uri is not the application's."));
            }
            grants.refresh(tokens, text("refresh_token")?, client_id)
        }
        other => {
            let why = format!("\"{other}\" is not a grant_type that is served.");
            return Err(Refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", why));
        }
    };
    let issued = issued.map_err(Refused::grant)?;
    let expires_in = tokens.lifetime.as_secs();
    let mut body = json!({ "access_token": issued.access_token, "token_type": "Bearer", "expires_in": expires_in });
    if let (Some(token), Some(body)) = (issued.refresh_token, body.as_object_mut()) {
        body.insert("refresh_token".into(), token.into());
    }
    Ok(json_response(StatusCode::OK, &body))
}
