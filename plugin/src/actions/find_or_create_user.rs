//! Finding a user by the e-mail address, and making one when there is none: done twice, it is done once.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use looker_operations::schema::{Side, flat};
use looker_operations::{Table, Type};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::read;
use crate::call::CallRequest;
use crate::paging::id_text;
use crate::steps::Context;

pub(super) const NAME: &str = "find_or_create_user";
pub(super) const SUMMARY: &str = "Find the user with an e-mail address, or make one that can sign in with it";

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FindOrCreateUser {
    /// The e-mail address
    email: String,
    /// The first name of a new user
    #[serde(default)]
    #[schemars(with = "String")]
    first_name: Option<String>,
    /// The last name of a new user
    #[serde(default)]
    #[schemars(with = "String")]
    last_name: Option<String>,
    /// The ids of the roles of a new user
    #[serde(default)]
    role_ids: Vec<Value>,
    /// Send a new user the mail with which a password is chosen
    #[serde(default)]
    send_setup_mail: bool,
}

pub(super) fn input() -> Value {
    schemars::schema_for!(FindOrCreateUser).to_value()
}

pub(super) fn output() -> Value {
    json!({ "type": "object", "properties": {
        "created": { "type": "boolean", "description": "Whether there was none" },
        "user": flat(Table::builtin(), &Type::Named("User".to_owned()), Side::Answered, 1),
        "looker_url": { "type": "string", "format": "uri" },
    } })
}

/// Answers with `created`, `user` and `looker_url`.
pub(super) fn run(context: &Context, input: Map<String, Value>) -> Result<Outcome> {
    let asked: FindOrCreateUser = read(NAME, input)?;
    let email = asked.email.trim();
    // Looker would take % for any letters.
    if !email.contains('@') || email.contains(['%', ',']) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("`{email}` is no e-mail address"))
            .advise("Give one, such as ann@example.com"));
    }
    let found = find(context, email)?;
    if let Some(user) = found {
        return Ok(told(context, false, &user));
    }
    let body = json!({
        "first_name": asked.first_name,
        "last_name": asked.last_name,
        "credentials_email": { "email": email },
    });
    let create = CallRequest::of("create_user", Map::new(), Some(body)).shown(context.preview);
    let user = context.value(create)?;
    if context.preview {
        return Ok(Outcome::Value(user));
    }
    let id = user.get("id").and_then(id_text).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "Looker has made a user and does not say its id")
            .advise("Look for the user in Looker")
    })?;
    let user_id = || Map::from_iter([("user_id".to_owned(), Value::from(id.clone()))]);
    // From here on there is a user: what fails is told with it, and doing it again finds it.
    let half_done = |error: Error, what: &str| {
        let advice = format!("The user {id} was made without {what}; doing this again finds it. {}", error.advice);
        error.advise(advice).with("user_id", id.clone())
    };
    if !asked.role_ids.is_empty() {
        let roles: Vec<Value> = asked.role_ids.iter().filter_map(id_text).map(Value::from).collect();
        context
            .value(CallRequest::of("set_user_roles", user_id(), Some(Value::Array(roles))))
            .map_err(|error| half_done(error, "its roles"))?;
    }
    if asked.send_setup_mail {
        context
            .value(CallRequest::of("send_user_credentials_email_password_reset", user_id(), None))
            .map_err(|error| half_done(error, "the mail"))?;
    }
    Ok(told(context, true, &user))
}

/// The user with exactly this address. Looker searches by pattern and without regard to case.
fn find(context: &Context, email: &str) -> Result<Option<Value>> {
    let parameters = Map::from_iter([("email".to_owned(), Value::from(email))]);
    let found = context.value(CallRequest::of("search_users", parameters, None).with_all_pages())?;
    let is_this =
        |user: &Value| user.get("email").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(email));
    let mut found: Vec<Value> = found.as_array().into_iter().flatten().filter(|user| is_this(user)).cloned().collect();
    match (found.pop(), found.len()) {
        (one, 0) => Ok(one),
        (_, more) => Err(Error::new(ErrorKind::InvalidInput, format!("{email} is the address of {} users", more + 1))
            .advise("Say in Looker which of them is meant")),
    }
}

fn told(context: &Context, created: bool, user: &Value) -> Outcome {
    let page = user.get("id").and_then(id_text).and_then(|id| context.page(&format!("/admin/users/{id}/edit")));
    Outcome::Value(json!({ "created": created, "user": user, "looker_url": page }))
}
