//! Values of user attributes: those of users win over those of their groups, and these over the default.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::lists;
use crate::records::relations::Kind;
use crate::records::subjects::{self, Subject};
use crate::records::{rows, text};
use crate::typed::Row;

fn subject(name: &str) -> Result<&'static Subject, Failure> {
    subjects::named(name).ok_or_else(Failure::internal)
}

/// The attribute that the path names.
fn attribute(call: &Call) -> Result<Row, Failure> {
    rows::found(call, subject("user_attributes")?, call.path("user_attribute_id"))
}

fn group(call: &Call) -> Result<Row, Failure> {
    rows::found(call, subject("groups")?, call.path("group_id"))
}

/// The user of a call, who is the caller or somebody that the caller sees.
fn user(call: &Call) -> Result<Row, Failure> {
    rows::found(call, subject("users")?, call.path("user_id"))
}

/// The values that an attribute has for a user, the one that counts first: value and where it is from.
fn values(call: &Call, attribute: &Row, user: &Row) -> Vec<(Value, &'static str)> {
    let (id, relations) = (text(attribute, "id").unwrap_or_default(), &call.state.relations);
    let own = relations.get(Kind::ValueOfUser, id, text(user, "id").unwrap_or_default());
    let groups = user.get("group_ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let of_groups = groups.filter_map(|group| relations.get(Kind::ValueOfGroup, id, group));
    // Looker knows these two of every user.
    let known =
        text(attribute, "name").filter(|name| ["email", "locale"].contains(name)).and_then(|name| user.get(name));
    let default = attribute.get("default_value").filter(|value| !value.is_null());
    let values = own.into_iter().chain(known.cloned()).map(|value| (value, "User Value"));
    let values = values.chain(of_groups.map(|value| (value, "Group Value")));
    values.chain(default.cloned().map(|value| (value, "Default Value"))).collect()
}

fn describe(attribute: &Row, user: &Row, rank: usize, value: Value, source: Option<&str>) -> Value {
    let get = |key: &str| attribute.get(key).cloned().unwrap_or_default();
    let is_hidden = get("value_is_hidden") == true;
    json!({
        "can": { "show_value": !is_hidden, "update": true },
        "name": get("name"),
        "label": get("label"),
        "rank": rank,
        "value": if is_hidden { Value::Null } else { value },
        "user_id": user.get("id"),
        "user_can_edit": get("user_can_edit"),
        "value_is_hidden": is_hidden,
        "user_attribute_id": get("id"),
        "source": source,
        "hidden_value_domain_whitelist": get("hidden_value_domain_whitelist"),
    })
}

/// `user_attribute_user_values`.
pub(crate) fn user_attribute_user_values(call: &Call) -> Result<Response, Failure> {
    let user = user(call)?;
    let ids = call.parameter("user_attribute_ids");
    let attributes = rows::stored(call, subject("user_attributes")?)?;
    let asked =
        |attribute: &&Row| ids.is_none_or(|ids| ids.split(',').any(|id| text(attribute, "id") == Some(id.trim())));
    let mut described = Vec::new();
    for attribute in attributes.iter().filter(asked) {
        let values = values(call, attribute, &user);
        if values.is_empty() && call.flag("include_unset") {
            described.push(describe(attribute, &user, 0, Value::Null, None));
        }
        let count = if call.flag("all_values") { values.len() } else { 1 };
        let values = values.into_iter().take(count).enumerate();
        described.extend(values.map(|(rank, (value, source))| describe(attribute, &user, rank, value, Some(source))));
    }
    lists::answer(call, &described, Value::clone)
}

/// `set_user_attribute_user_value`.
pub(crate) fn set_user_attribute_user_value(call: &Call) -> Result<Response, Failure> {
    let (attribute, user) = (attribute(call)?, user(call)?);
    let value = call.content.object.get("value").cloned().unwrap_or_default();
    let id = text(&attribute, "id").unwrap_or_default();
    call.state.relations.set(Kind::ValueOfUser, id, text(&user, "id").unwrap_or_default(), value.clone());
    call.answer(describe(&attribute, &user, 0, value, Some("User Value")))
}

/// `delete_user_attribute_user_value`.
pub(crate) fn delete_user_attribute_user_value(call: &Call) -> Result<Response, Failure> {
    let (attribute, user) = (attribute(call)?, user(call)?);
    let id = text(&attribute, "id").unwrap_or_default();
    call.state.relations.remove(Kind::ValueOfUser, id, text(&user, "id").unwrap_or_default());
    Ok(no_content())
}

fn describe_group(attribute: &Row, rank: usize, group: &str, value: &Value) -> Value {
    let id = text(attribute, "id").unwrap_or_default();
    let is_hidden = attribute.get("value_is_hidden") == Some(&true.into());
    json!({
        "can": { "show_value": !is_hidden, "update": true },
        "id": format!("{id}-{group}"),
        "group_id": group,
        "user_attribute_id": id,
        "value_is_hidden": is_hidden,
        "rank": rank,
        "value": if is_hidden { &Value::Null } else { value },
    })
}

/// `all_user_attribute_group_values`.
pub(crate) fn all_user_attribute_group_values(call: &Call) -> Result<Response, Failure> {
    let attribute = attribute(call)?;
    let values = call.state.relations.seconds(Kind::ValueOfGroup, text(&attribute, "id").unwrap_or_default());
    let values = values.iter().enumerate().map(|(rank, (group, value))| describe_group(&attribute, rank, group, value));
    call.answer(values.collect())
}

/// `set_user_attribute_group_values`: these groups have values, and no others.
pub(crate) fn set_user_attribute_group_values(call: &Call) -> Result<Response, Failure> {
    let attribute = attribute(call)?;
    let id = text(&attribute, "id").unwrap_or_default();
    let mut values = Vec::new();
    for value in call.content.body.as_array().into_iter().flatten() {
        let group = value.get("group_id").and_then(Value::as_str).filter(|group| rows::exists(call, "groups", group));
        let group =
            group.ok_or_else(|| Failure::Validation(vec![Problem::invalid("group_id", "must name a group.")]))?;
        values.push((group, value.get("value").cloned().unwrap_or_default()));
    }
    call.state.relations.clear(Kind::ValueOfGroup, id);
    for (group, value) in values {
        call.state.relations.set(Kind::ValueOfGroup, id, group, value);
    }
    all_user_attribute_group_values(call)
}

/// `update_user_attribute_group_value`.
pub(crate) fn update_user_attribute_group_value(call: &Call) -> Result<Response, Failure> {
    let attribute = attribute(call)?;
    group(call)?;
    let (id, group) = (text(&attribute, "id").unwrap_or_default(), call.path("group_id"));
    let value = call.content.object.get("value").cloned().unwrap_or_default();
    call.state.relations.set(Kind::ValueOfGroup, id, group, value.clone());
    call.answer(describe_group(&attribute, 0, group, &value))
}

/// `delete_user_attribute_group_value`.
pub(crate) fn delete_user_attribute_group_value(call: &Call) -> Result<Response, Failure> {
    let attribute = attribute(call)?;
    group(call)?;
    let id = text(&attribute, "id").unwrap_or_default();
    call.state.relations.remove(Kind::ValueOfGroup, id, call.path("group_id"));
    Ok(no_content())
}
