//! `/auth`: a user lets an application in. Whatever is wrong with the request itself is told on a page: an address that
//! was not checked is no place to send a browser to.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use url::Url;

use super::{page, redirect, sessions};
use crate::oauth::Challenge;
use crate::oauth::apps::App;
use crate::oauth::grants::Request;
use crate::state::State;
use crate::users::User;
use crate::validate::{Pairs, pairs};

/// Why a page says no.
type Refused = (StatusCode, &'static str);

/// A login request that has been checked.
struct Asked {
    app: App,
    challenge: Challenge,
    state: Option<String>,
}

/// Answers `GET` (the pages) and `POST` (their forms).
pub(super) fn handle(state: &State, head: &Parts, body: &[u8]) -> Response {
    let asked = match check(state, head.uri.query().unwrap_or_default()) {
        Ok(asked) => asked,
        Err((status, why)) => return page::error(status, why),
    };
    let user = state.web_sessions.user(&head.headers);
    match (&head.method, user) {
        (&Method::POST, None) => sessions::sign_in(state, head, body),
        (&Method::POST, Some(user)) => decide(state, head, body, asked, &user),
        (_, None) => page::sign_in(StatusCode::OK, None),
        (_, Some(user)) if !asked.app.admits(&user) => not_admitted(),
        (_, Some(user)) => page::consent(&asked.app.display_name, asked.app.description.as_deref(), &user.full_name()),
    }
}

fn not_admitted() -> Response {
    page::error(StatusCode::FORBIDDEN, "This application is for the users of a group that you are not in.")
}

fn check(state: &State, query: &str) -> Result<Asked, Refused> {
    let query: Pairs = pairs(query).ok_or((StatusCode::BAD_REQUEST, "The address of this page is broken."))?;
    let get = |name: &str| query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let expect = |holds: bool, why: &'static str| if holds { Ok(()) } else { Err((StatusCode::BAD_REQUEST, why)) };
    let app = state.oauth.apps.get(get("client_id"));
    let app = app.ok_or((StatusCode::BAD_REQUEST, "client_id is not a registered application."))?;
    expect(get("redirect_uri") == app.redirect_uri, "redirect_uri is not the one that is registered.")?;
    if !app.enabled {
        return Err((StatusCode::FORBIDDEN, "This application is disabled."));
    }
    expect(get("response_type") == "code", "response_type must be code.")?;
    expect(get("scope") == "cors_api", "scope must be cors_api.")?;
    expect(get("code_challenge_method") == "S256", "code_challenge_method must be S256.")?;
    let challenge = Challenge::parse(get("code_challenge"));
    let challenge = challenge.ok_or((StatusCode::BAD_REQUEST, "code_challenge is not a SHA-256 digest."))?;
    let state = Some(get("state")).filter(|state| !state.is_empty()).map(str::to_owned);
    Ok(Asked { app, challenge, state })
}

/// What a user has pressed.
fn decide(state: &State, head: &Parts, body: &[u8], asked: Asked, user: &Arc<User>) -> Response {
    let form = std::str::from_utf8(body).ok().and_then(pairs).unwrap_or_default();
    let decision = form.iter().find(|(name, _)| name == "decision").map(|(_, value)| value.as_str());
    let (name, value) = match decision {
        Some("sign-out") => return sessions::sign_out(state, head),
        Some(_) if !asked.app.admits(user) => return not_admitted(),
        Some("allow") => {
            if let Some(app) = state.oauth.apps.lock().get_mut(&asked.app.client_guid) {
                app.activated.insert(user.id);
            }
            let request = Request {
                client_guid: asked.app.client_guid,
                redirect_uri: asked.app.redirect_uri.clone(),
                challenge: asked.challenge,
            };
            ("code", state.oauth.grants.code(request, user))
        }
        Some("deny") => ("error", "access_denied".to_owned()),
        _ => return page::error(StatusCode::BAD_REQUEST, "Press Allow or Deny."),
    };
    let Ok(mut address) = Url::parse(&asked.app.redirect_uri) else {
        return page::error(StatusCode::BAD_REQUEST, "redirect_uri is not an address.");
    };
    address.query_pairs_mut().append_pair(name, &value);
    if let Some(state) = asked.state {
        address.query_pairs_mut().append_pair("state", &state);
    }
    redirect(address.as_str())
}
