//! Which actions will fail for a user, why, and which role would help. It reads roles and changes nothing.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::diagnosis::{Access, Diagnosis, diagnose, models, smallest, to_add};
use super::row::Action;
use super::{all, find, optional_id, read};
use crate::call::CallRequest;
use crate::paging::id_text;
use crate::steps::Context;

pub(super) const NAME: &str = "permission_doctor";
pub(super) const SUMMARY: &str = "Tell which actions will fail for a user, why, and which role would help";

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PermissionDoctor {
    /// The id of the user; without it the session's user. For others it wants see_users
    #[serde(default, deserialize_with = "optional_id")]
    #[schemars(with = "String", extend("x-options" = true))]
    user: Option<String>,
    /// The names of the actions; without it all
    #[serde(default)]
    actions: Vec<String>,
    /// The model that they are to work with; without it, any that the user has
    #[serde(default)]
    #[schemars(with = "String", extend("x-options" = true))]
    model: Option<String>,
}

pub(super) fn input() -> Value {
    schemars::schema_for!(PermissionDoctor).to_value()
}

pub(super) fn output() -> Value {
    let texts = |help: &str| json!({ "type": "array", "items": { "type": "string" }, "description": help });
    json!({ "type": "object", "properties": {
        "user": { "type": "string", "description": "The id of the user" },
        "actions": { "type": "array", "items": { "type": "object", "properties": {
            "action": { "type": "string" },
            "works": { "type": "boolean" },
            "missing": texts("What the user lacks: permissions, with `or` between where one is enough, and access to a model"),
            "reason": { "type": "string", "description": "Why it fails, or what it depends on besides; null when there is nothing to say" },
        } } },
        "role": {
            "type": "object",
            "properties": { "id": { "type": "string" }, "name": { "type": "string" } },
            "description": "The role with the fewest permissions with which all of them work; null when none is missing or none helps",
        },
        "new_role": {
            "type": "object",
            "properties": {
                "permissions": texts("The permissions that it must have, with those that Looker wants before them"),
                "models": texts("The models that it must have"),
            },
            "description": "The role to make where none helps, or none but one with all permissions; null otherwise, and where only an administrator may",
        },
    } })
}

/// Answers with `user`, `actions`, `role` and `new_role`.
pub(super) fn run(context: &Context, input: Map<String, Value>) -> Result<Outcome> {
    let asked: PermissionDoctor = read(NAME, input)?;
    let actions: Vec<&Action> = match asked.actions.as_slice() {
        [] => all().collect(),
        names => names.iter().map(|name| find(name)).collect::<Result<_>>()?,
    };
    let own = asked.user.is_none();
    let user = match asked.user {
        Some(user) => user,
        None => me(context)?,
    };
    let held: Vec<Access> = roles_of(context, &user, own)?.iter().map(Access::of).collect();
    let needs: Vec<_> = actions.iter().map(|action| action.needs).collect();
    let model = asked.model.as_deref();
    let diagnoses: Vec<Diagnosis> = needs.iter().map(|needs| diagnose(needs, &held, model)).collect();
    let rows: Vec<Value> = actions.iter().zip(&diagnoses).map(|(action, found)| found.to_value(action.name)).collect();
    let (mut role, mut made) = (Value::Null, Value::Null);
    if !diagnoses.iter().all(Diagnosis::works) {
        let known = listed(context, "all_roles")?;
        let helping = smallest(&known, &needs, &held, model);
        role = helping
            .map_or(Value::Null, |role| json!({ "id": role.get("id").and_then(id_text), "name": role.get("name") }));
        let gives_all = helping.is_none_or(|role| Access::of(role).gives_all());
        if gives_all && !diagnoses.iter().any(Diagnosis::wants_administrator) {
            let failing = needs.iter().zip(&diagnoses).filter(|(_, found)| !found.works()).map(|(needs, _)| *needs);
            made = json!({
                "permissions": to_add(&failing.collect::<Vec<_>>(), &held, &listed(context, "all_permissions")?),
                "models": models_to_add(context, &held, model)?,
            });
        }
    }
    Ok(Outcome::Value(json!({ "user": user, "actions": rows, "role": role, "new_role": made })))
}

/// The session's user.
fn me(context: &Context) -> Result<String> {
    let fields = Map::from_iter([("fields".to_owned(), Value::from("id"))]);
    let me = context.value(CallRequest::of("me", fields, None))?;
    me.get("id").and_then(id_text).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "Looker does not tell the user's id")
            .advise("Please report this with the Looker release, which the connection test tells")
    })
}

/// The roles of a user, its groups' among them, with their sets.
fn roles_of(context: &Context, user: &str, own: bool) -> Result<Vec<Value>> {
    let parameters = Map::from_iter([("user_id".to_owned(), Value::from(user))]);
    let roles = context.value(CallRequest::of("user_roles", parameters, None));
    roles.map(elements).map_err(|error| unseen(error, user, own))
}

fn unseen(mut error: Error, user: &str, own: bool) -> Error {
    if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) {
        return error;
    }
    if own {
        error.kind = ErrorKind::Forbidden;
        "This user may not see its own roles".clone_into(&mut error.message);
        return error.advise(format!("Ask as somebody with the permission see_users, with `user` = {user}"));
    }
    error.message = format!("There is no user {user}, or this user may not see its roles");
    error.advise("Check the id; the roles of others are seen with the permission see_users")
}

/// What an operation lists; nothing where this user may not see it.
fn listed(context: &Context, operation: &str) -> Result<Vec<Value>> {
    match context.value(CallRequest::of(operation, Map::new(), None)) {
        Ok(list) => Ok(elements(list)),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn elements(list: Value) -> Vec<Value> {
    if let Value::Array(elements) = list { elements } else { Vec::new() }
}

/// The models of a new role: the one that was asked about, those that the user has, or all that there are.
fn models_to_add(context: &Context, held: &[Access], model: Option<&str>) -> Result<Value> {
    let own = models(held);
    Ok(match model {
        Some(model) => json!([model]),
        None if !own.is_empty() => json!(own),
        None => {
            let all = listed(context, "all_lookml_models")?;
            all.iter().filter_map(|model| model.get("name")).cloned().collect()
        }
    })
}
