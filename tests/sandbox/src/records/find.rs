//! Lists of rows: which match, in which order, which page.

use axum::response::Response;
use looker_operations::types::Object;
use looker_operations::{Place, Type};
use serde_json::Value;

use super::subjects::Subject;
use super::{rows, subjects, text};
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::lists::{self, Key};
use crate::typed::{Row, object_of, shape};
use crate::{search, table, uncertain};

/// Parameters that are no conditions.
const NO_CONDITION: &[&str] =
    &["fields", "sorts", "limit", "offset", "page", "per_page", "filter_or", "ids", "deleted", "group_by"];

/// Where a parameter has another name than the column that it is compared with.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("creator_id", "user_id"),
    ("disabled", "is_disabled"),
    ("embed_user", "credentials_embed"),
    ("full_name", "display_name"),
    ("group_id", "group_ids"),
    ("model_set_ids", "model_set_id"),
    ("permission_set_ids", "permission_set_id"),
];

/// What belongs to its owners, and is listed for others only where they ask for it: subject, column, parameter.
const OWNED: &[(&str, &str, &str)] =
    &[("alerts", "owner_id", "all_owners"), ("scheduled_plans", "user_id", "all_users")];

/// Lists all rows, without those that were put away.
pub(crate) fn list(call: &Call, subject: &Subject) -> Result<Response, Failure> {
    let mut rows = rows::stored(call, subject)?;
    rows.retain(|row| !is_deleted(row));
    answer(call, subject, rows)
}

/// Lists the rows that have in a column what the path has in a parameter, which must be there.
pub(crate) fn children(call: &Call, subject: &Subject, key: &str, column: &str) -> Result<Response, Failure> {
    let id = call.path(key);
    if let Some(parent) = subjects::subjects().find(|subject| subject.key == key) {
        rows::found(call, parent, id)?;
    }
    let mut rows = rows::stored(call, subject)?;
    rows.retain(|row| text(row, column) == Some(id) && !is_deleted(row));
    answer(call, subject, rows)
}

/// Lists the rows that match, and of those that were put away the ones that are asked for.
pub(crate) fn search(call: &Call, subject: &Subject) -> Result<Response, Failure> {
    let mut rows = rows::stored(call, subject)?;
    let deleted = call.parameter("deleted").unwrap_or("false");
    rows.retain(|row| deleted.split(',').any(|wanted| search::boolean(wanted.trim(), is_deleted(row))));
    // Those of LookML have an operation of their own.
    rows.retain(|row| subject.name != "dashboards" || text(row, "id").is_none_or(|id| !id.contains("::")));
    if subject.name == "users" && !uncertain::may_search_users(&call.session()?.user) {
        rows.clear();
    }
    let pattern = format!("%{}%", call.path("pattern"));
    let is_named =
        |row: &Row| ["first_name", "last_name", "email"].iter().any(|column| search::text(&pattern, text(row, column)));
    rows.retain(|row| call.path("pattern").is_empty() || is_named(row));
    answer(call, subject, rows)
}

/// Whether a row was put away.
pub(crate) fn is_deleted(row: &Row) -> bool {
    row.get("deleted").and_then(Value::as_bool).unwrap_or_default()
}

/// Whether a row is the caller's, or others were asked for.
fn is_wanted(call: &Call, subject: &Subject, row: &Row) -> bool {
    let Some((_, column, parameter)) = OWNED.iter().find(|(name, ..)| *name == subject.name) else { return true };
    let own = call.session.as_ref().map(|session| session.user.id.to_string());
    call.flag(parameter) || call.parameter(column).is_some() || text(row, column) == own.as_deref()
}

/// Answers with those rows that match the conditions of the call.
fn answer(call: &Call, subject: &Subject, rows: Vec<Row>) -> Result<Response, Failure> {
    let facts = table::operation(call.operation.id).ok_or(Failure::NotFound)?;
    let ids = call.parameter("ids");
    let rows = rows.into_iter().filter(|row| {
        let id = row.get(subject.id).unwrap_or(&Value::Null);
        is_wanted(call, subject, row) && ids.is_none_or(|ids| is_in(ids, id))
    });
    let mut rows = rows.map(|row| rows::dressed(call, subject, row)).collect::<Result<Vec<Row>, Failure>>()?;
    let conditions = facts.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let conditions = conditions.filter(|parameter| !NO_CONDITION.contains(&parameter.name.as_str()));
    let conditions: Vec<(&str, &Type, &str)> = conditions
        .filter_map(|parameter| Some((parameter.name.as_str(), &parameter.value, call.parameter(&parameter.name)?)))
        .collect();
    rows.retain(|row| {
        let mut results =
            conditions.iter().filter_map(|(name, kind, wanted)| holds(row, name, kind, wanted)).peekable();
        if call.flag("filter_or") && results.peek().is_some() {
            results.any(|holds| holds)
        } else {
            results.all(|holds| holds)
        }
    });
    page(call, facts.answer().and_then(object_of), rows)
}

/// Sorts rows and answers with a page of them.
pub(crate) fn page(call: &Call, object: Option<&'static Object>, mut rows: Vec<Row>) -> Result<Response, Failure> {
    lists::sort(call, &mut rows, |row, field| {
        object.is_none_or(|object| object.property(field).is_some()).then(|| key(row.get(field)))
    })?;
    lists::answer(call, &rows, |row| {
        Value::Object(object.map_or_else(|| row.clone(), |object| shape(object, row.clone())))
    })
}

/// Whether a condition holds; none where the rows know nothing of it.
fn holds(row: &Row, name: &str, kind: &Type, wanted: &str) -> Option<bool> {
    let other = || OTHER_NAMES.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
    let value = row.get(name).or_else(|| row.get(other()?))?;
    Some(match (kind, value) {
        (Type::Boolean, Value::Array(values)) => search::boolean(wanted, !values.is_empty()),
        (Type::Boolean, value) => search::boolean(wanted, value.as_bool().unwrap_or_default()),
        (Type::Integer, value) => value.as_i64() == wanted.parse().ok(),
        _ if matches!(wanted, "IS NULL" | "NOT NULL") => value.is_null() == (wanted == "IS NULL"),
        _ if name == "id" || name.ends_with("_id") || name.ends_with("_ids") => match value {
            Value::Array(values) => values.iter().any(|value| is_in(wanted, value)),
            value => is_in(wanted, value),
        },
        (_, Value::Array(values)) => values.iter().any(|value| search::text(wanted, value.as_str())),
        (_, Value::Number(number)) => search::text(wanted, Some(&number.to_string())),
        (_, value) => search::text(wanted, value.as_str()),
    })
}

/// Whether an id stands in a list with commas.
fn is_in(list: &str, id: &Value) -> bool {
    list.split(',').any(|one| id.as_str() == Some(one.trim()))
}

/// What a value is sorted by; ids are numbers.
fn key(value: Option<&Value>) -> Key {
    match value {
        Some(Value::Bool(flag)) => Key::Number((*flag).into()),
        Some(Value::Number(number)) => Key::Number(number.as_i64().unwrap_or_default()),
        Some(Value::String(text)) => text.parse().map_or_else(|_| Key::text(text), Key::Number),
        _ => Key::text(""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_compares_as_its_parameter_and_its_column_are() {
        let row = json!({ "id": "7", "name": "Ann", "is_disabled": null, "group_ids": ["1", "3"], "credentials_embed": [],
                          "view_count": 3, "models": ["thelook"] });
        let row = row.as_object().unwrap();
        for (name, kind, wanted) in [
            ("id", Type::String, "5, 7"),
            ("name", Type::String, "a%"),
            ("disabled", Type::Boolean, "false"),
            ("group_id", Type::String, "3"),
            ("embed_user", Type::Boolean, "false"),
            ("view_count", Type::String, "3"),
            ("models", Type::String, "the%"),
            ("is_disabled", Type::String, "IS NULL"),
        ] {
            assert_eq!(holds(row, name, &kind, wanted), Some(true), "{name}");
        }
        assert_eq!(holds(row, "name", &Type::String, "b%"), Some(false));
        assert_eq!(holds(row, "shoe_size", &Type::String, "42"), None);
    }
}
