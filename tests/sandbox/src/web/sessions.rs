//! Who has signed in with a browser.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{page, redirect};
use crate::opaque::opaque;
use crate::state::State;
use crate::users::User;
use crate::validate::pairs;

const COOKIE: &str = "looker_sandbox_session";

/// All browsers in which somebody has signed in, by their cookies.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Arc<User>>>);

impl Sessions {
    /// Who has signed in where a request comes from.
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<Arc<User>> {
        self.lock().get(cookie(headers)?).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<User>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Takes the form of the sign-in page; its address is asked for again.
pub(super) fn sign_in(state: &State, head: &Parts, body: &[u8]) -> Response {
    let form = std::str::from_utf8(body).ok().and_then(pairs).unwrap_or_default();
    let get = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (email, password) = (get("email"), get("password"));
    if email.is_empty() && password.is_empty() {
        return page::sign_in(StatusCode::OK, None);
    }
    let knows = |user: &User| user.profile.api3.is_some_and(|(_, secret)| secret == password);
    let may = |user: &User| !user.profile.is_disabled && !user.profile.is_service_account;
    let user = state.people.find(|user| user.email.eq_ignore_ascii_case(email) && knows(user) && may(user));
    let Some(user) = user else {
        return page::sign_in(StatusCode::FORBIDDEN, Some("Email and password do not fit, or you may not sign in."));
    };
    let id = opaque(32);
    state.web_sessions.lock().insert(id.clone(), Arc::clone(user));
    again(head, &format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax"))
}

/// Forgets who has signed in; the sign-in page comes next.
pub(super) fn sign_out(state: &State, head: &Parts) -> Response {
    if let Some(id) = cookie(&head.headers) {
        state.web_sessions.lock().remove(id);
    }
    again(head, &format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"))
}

/// Sends the browser to the same page, with a cookie.
fn again(head: &Parts, cookie: &str) -> Response {
    let address = head.uri.path_and_query().filter(|_| super::is_page(head));
    let mut response = redirect(address.map_or("/", |address| address.as_str()));
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
