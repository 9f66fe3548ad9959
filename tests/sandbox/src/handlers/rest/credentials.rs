//! With what users log in: the mail address that they are given, and whose credentials are whose.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::people::subject;
use crate::content::time;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::handlers::users;
use crate::records::{rows, text, write};
use crate::table;
use crate::typed::Row;

const EMAIL: &str = "credentials_email";

/// What clients may write into users: type of the credentials, column, and by what they are known there.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("email", EMAIL, "email"),
    ("google", "credentials_google", "google_user_id"),
    ("ldap", "credentials_ldap", "ldap_id"),
    ("oidc", "credentials_oidc", "oidc_user_id"),
    ("saml", "credentials_saml", "saml_user_id"),
];

fn owner(call: &Call) -> Result<Row, Failure> {
    rows::found(call, subject("users")?, call.path("user_id"))
}

/// The credentials of a user, which must be there.
fn known(owner: &Row) -> Result<Row, Failure> {
    owner.get(EMAIL).and_then(Value::as_object).cloned().ok_or(Failure::NotFound)
}

/// Writes the credentials of a user, whose address is theirs.
fn put(call: &Call, credentials: Option<&Row>) -> Result<(), Failure> {
    let email = credentials.and_then(|row| row.get("email")).cloned().unwrap_or_default();
    let columns = [(EMAIL.to_owned(), json!(credentials)), ("email".to_owned(), email)];
    write::change(call, subject("users")?, call.path("user_id"), columns.into_iter().collect()).map(|_| ())
}

/// Answers with the credentials of a user, and with what Looker says of them.
fn answer(call: &Call, owner: &Row) -> Result<Response, Failure> {
    let object = table::object("CredentialsEmail").ok_or_else(Failure::internal)?;
    let user_url = format!("{}/api/4.0/users/{}", call.state.base_url, text(owner, "id").unwrap_or_default());
    let mut row = write::fresh(call, object, known(owner)?)?;
    let told = json!({ "user_id": owner.get("id"), "is_disabled": owner.get("is_disabled"), "type": "email",
                       "url": format!("{user_url}/{EMAIL}"), "user_url": user_url });
    row.extend(told.as_object().cloned().unwrap_or_default());
    row.retain(|key, _| object.property(key).is_some());
    call.answer(Value::Object(row))
}

/// `user_credentials_email`.
pub(crate) fn user_credentials_email(call: &Call) -> Result<Response, Failure> {
    answer(call, &owner(call)?)
}

/// `create_user_credentials_email`.
pub(crate) fn create_user_credentials_email(call: &Call) -> Result<Response, Failure> {
    if known(&owner(call)?).is_ok() {
        return Err(Failure::Status(StatusCode::CONFLICT, "The user has an email credential already.".into()));
    }
    let mut given = write::given(call);
    if text(&given, "email").is_none() {
        return Err(Failure::Validation(vec![Problem::missing("email")]));
    }
    given.insert("created_at".to_owned(), time(Timestamp::now()).into());
    put(call, Some(&given))?;
    answer(call, &owner(call)?)
}

/// `update_user_credentials_email`.
pub(crate) fn update_user_credentials_email(call: &Call) -> Result<Response, Failure> {
    let mut credentials = known(&owner(call)?)?;
    credentials.extend(write::given(call));
    put(call, Some(&credentials))?;
    answer(call, &owner(call)?)
}

/// `delete_user_credentials_email`.
pub(crate) fn delete_user_credentials_email(call: &Call) -> Result<Response, Failure> {
    known(&owner(call)?)?;
    put(call, None)?;
    Ok(no_content())
}

/// `user_for_credential`, where clients have written users: what they wrote is in the place of what was there.
pub(crate) fn user_for_credential(call: &Call) -> Result<Response, Failure> {
    let (kind, wanted) = (call.path("credential_type"), call.path("credential_id"));
    let users = subject("users")?;
    let is_theirs = |row: &Row| {
        let id = text(row, "id").unwrap_or_default();
        let column = WRITTEN.iter().find(|(known, ..)| *known == kind);
        match column.and_then(|(_, column, key)| Some((call.state.records.written(users, id, column)?, key))) {
            Some((written, key)) => written.get(key).and_then(Value::as_str) == Some(wanted),
            None => call.state.people.by_id(id).is_some_and(|user| users::credential(user, kind) == Some(wanted)),
        }
    };
    let owner = rows::stored(call, users)?.into_iter().find(is_theirs).ok_or(Failure::NotFound)?;
    rows::answer(call, users, owner)
}
