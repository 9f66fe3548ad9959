//! Who is in which group and has which role.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::records::relations::{self, Kind};
use crate::records::subjects::{self, Subject};
use crate::records::{find, rows, text, write};
use crate::table;
use crate::typed::{Row, object_of};

/// A subject by its name.
pub(super) fn subject(name: &str) -> Result<&'static Subject, Failure> {
    subjects::named(name).ok_or_else(Failure::internal)
}

/// The rows of a subject with these ids, as an operation that lists them answers.
fn list(call: &Call, name: &str, ids: &[String]) -> Result<Response, Failure> {
    let subject = subject(name)?;
    let rows = rows::stored(call, subject)?.into_iter();
    let rows = rows.filter(|row| text(row, subject.id).is_some_and(|id| ids.iter().any(|known| known == id)));
    let rows = rows.map(|row| rows::dressed(call, subject, row)).collect::<Result<Vec<Row>, Failure>>()?;
    let object = table::operation(call.operation.id).and_then(|facts| facts.answer()).and_then(object_of);
    find::page(call, object, rows)
}

/// The ids in a column of a row.
fn ids(row: &Row, column: &str) -> Vec<String> {
    let ids = row.get(column).and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The row that a parameter of the path names, which must be there.
fn named(call: &Call, name: &str) -> Result<Row, Failure> {
    let subject = subject(name)?;
    rows::found(call, subject, call.path(subject.key))
}

/// The ids in the body, all of which must be rows of a subject.
fn given(call: &Call, name: &str) -> Result<Vec<String>, Failure> {
    let values = call.content.body.as_array().cloned().unwrap_or_default();
    let ids: Vec<String> = values.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect();
    match ids.iter().find(|id| !rows::exists(call, name, id)) {
        Some(unknown) => Err(Failure::Validation(vec![Problem::invalid(name, &format!("have no \"{unknown}\"."))])),
        None => Ok(ids),
    }
}

/// Writes a column of ids of a user.
fn put(call: &Call, user: &str, column: &str, ids: &[String]) -> Result<Row, Failure> {
    let columns = Row::from_iter([(column.to_owned(), json!(ids))]);
    write::change(call, subject("users")?, user, columns)
}

/// `user_roles`.
pub(crate) fn user_roles(call: &Call) -> Result<Response, Failure> {
    if !crate::uncertain::may_see_roles(&call.session()?.user) {
        return Err(Failure::NotFound);
    }
    let user = named(call, "users")?;
    list(call, "roles", &ids(&user, "role_ids"))
}

/// `set_user_roles`.
pub(crate) fn set_user_roles(call: &Call) -> Result<Response, Failure> {
    named(call, "users")?;
    let roles = given(call, "roles")?;
    put(call, call.path("user_id"), "role_ids", &roles)?;
    list(call, "roles", &roles)
}

/// `role_users`.
pub(crate) fn role_users(call: &Call) -> Result<Response, Failure> {
    named(call, "roles")?;
    let role = call.path("role_id");
    let mut users = relations::holders(call, role);
    if !call.flag("direct_association_only") {
        for (group, _) in call.state.relations.seconds(Kind::GroupHasRole, role) {
            users.extend(relations::members(call, &group));
        }
    }
    list(call, "users", &users)
}

/// `set_role_users`: these have the role, and nobody else.
pub(crate) fn set_role_users(call: &Call) -> Result<Response, Failure> {
    named(call, "roles")?;
    let users = given(call, "users")?;
    let role = call.path("role_id");
    let holders = relations::holders(call, role);
    let changed =
        holders.iter().filter(|id| !users.contains(id)).chain(users.iter().filter(|id| !holders.contains(id)));
    for id in changed {
        let mut roles = ids(&rows::found(call, subject("users")?, id)?, "role_ids");
        if users.contains(id) {
            roles.push(role.to_owned());
        } else {
            roles.retain(|known| known != role);
        }
        put(call, id, "role_ids", &roles)?;
    }
    list(call, "users", &users)
}

/// `role_groups`.
pub(crate) fn role_groups(call: &Call) -> Result<Response, Failure> {
    named(call, "roles")?;
    let groups = call.state.relations.seconds(Kind::GroupHasRole, call.path("role_id"));
    list(call, "groups", &groups.into_iter().map(|(group, _)| group).collect::<Vec<_>>())
}

/// `set_role_groups`: these have the role, and no other.
pub(crate) fn set_role_groups(call: &Call) -> Result<Response, Failure> {
    named(call, "roles")?;
    let groups = given(call, "groups")?;
    let role = call.path("role_id");
    call.state.relations.clear(Kind::GroupHasRole, role);
    for group in &groups {
        call.state.relations.set(Kind::GroupHasRole, role, group, Value::Null);
    }
    list(call, "groups", &groups)
}

/// `all_group_users`.
pub(crate) fn all_group_users(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    list(call, "users", &relations::members(call, call.path("group_id")))
}

/// An id in the body, which must be there.
fn member(call: &Call, key: &str) -> Result<String, Failure> {
    let id = call.content.object.get(key).filter(|id| !id.is_null());
    let id = id.ok_or_else(|| Failure::Validation(vec![Problem::missing(key)]))?;
    Ok(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
}

/// `add_group_user`.
pub(crate) fn add_group_user(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    let group = call.path("group_id");
    let id = member(call, "user_id")?;
    let user = rows::found(call, subject("users")?, &id)?;
    let mut groups = ids(&user, "group_ids");
    if !groups.iter().any(|known| known == group) {
        groups.push(group.to_owned());
    }
    let user = put(call, &id, "group_ids", &groups)?;
    rows::answer(call, subject("users")?, user)
}

/// `delete_group_user`.
pub(crate) fn delete_group_user(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    let mut groups = ids(&named(call, "users")?, "group_ids");
    groups.retain(|known| known != call.path("group_id"));
    put(call, call.path("user_id"), "group_ids", &groups)?;
    Ok(no_content())
}

/// `all_group_groups`.
pub(crate) fn all_group_groups(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    let groups = call.state.relations.seconds(Kind::GroupInGroup, call.path("group_id"));
    list(call, "groups", &groups.into_iter().map(|(group, _)| group).collect::<Vec<_>>())
}

/// `add_group_group`.
pub(crate) fn add_group_group(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    let id = member(call, "group_id")?;
    let added = rows::found(call, subject("groups")?, &id)?;
    call.state.relations.set(Kind::GroupInGroup, call.path("group_id"), &id, Value::Null);
    rows::answer(call, subject("groups")?, added)
}

/// `delete_group_from_group`.
pub(crate) fn delete_group_from_group(call: &Call) -> Result<Response, Failure> {
    named(call, "groups")?;
    let was_there =
        call.state.relations.remove(Kind::GroupInGroup, call.path("group_id"), call.path("deleting_group_id"));
    if was_there { Ok(no_content()) } else { Err(Failure::NotFound) }
}
