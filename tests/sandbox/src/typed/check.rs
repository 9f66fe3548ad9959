//! Checks bodies against the types of the table.
//!
//! As Looker does, unknown keys and what only Looker says are let through without a look, null is as good as absent, and
//! ids may be numbers.

use looker_operations::Type;
use looker_operations::types::Object;
use serde_json::Value;

use crate::errors::Problem;
use crate::table;

/// How deep a body is looked into.
const MAX_DEPTH: usize = 12;

/// Checks a body and makes ids text. `partial` bodies may lack what is required: those that change something.
pub(crate) fn body(value: &mut Value, wanted: &Type, partial: bool) -> Vec<Problem> {
    let mut check = Check { problems: Vec::new(), partial };
    check.value(value, wanted, "body", 0);
    check.problems
}

/// Whether a value that is not null has a type; objects may hold anything.
pub(crate) fn fits(value: &Value, wanted: &Type) -> bool {
    match wanted {
        Type::Any => true,
        Type::String | Type::DateTime | Type::Date | Type::Uri => value.is_string(),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::List(_) => value.is_array(),
        Type::Map(_) | Type::Named(_) => value.is_object(),
    }
}

/// What a type is called when a value is none.
fn name(wanted: &Type) -> &'static str {
    match wanted {
        Type::Any => "anything",
        Type::String | Type::Uri => "a string",
        Type::DateTime => "a time such as 2026-01-31T12:00:00Z",
        Type::Date => "a day such as 2026-01-31",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::List(_) => "a list",
        Type::Map(_) | Type::Named(_) => "an object",
    }
}

fn is_id(field: &str) -> bool {
    let key = field.rsplit('.').next().unwrap_or(field);
    key == "id" || key.ends_with("_id") || key.ends_with("_ids")
}

/// Whether a type has anything that clients may write. The specification marks some bodies as read-only altogether; these
/// are taken as they are.
pub(crate) fn is_writable(object: &Object) -> bool {
    object.properties.iter().any(|property| !property.read_only)
}

struct Check {
    problems: Vec<Problem>,
    partial: bool,
}

impl Check {
    fn value(&mut self, value: &mut Value, wanted: &Type, field: &str, depth: usize) {
        if value.is_null() || depth > MAX_DEPTH {
            return;
        }
        if *wanted == Type::String && is_id(field) && value.is_number() {
            *value = value.to_string().into();
        }
        if !fits(value, wanted) || !is_moment(value, wanted) {
            self.problems.push(Problem::invalid(field, &format!("must be {}.", name(wanted))));
            return;
        }
        match (wanted, value) {
            (Type::List(element), Value::Array(values)) => {
                for value in values.iter_mut() {
                    self.value(value, element, field, depth + 1);
                }
            }
            (Type::Map(inner), Value::Object(entries)) => {
                for (key, value) in entries.iter_mut() {
                    self.value(value, inner, &format!("{field}.{key}"), depth + 1);
                }
            }
            (Type::Named(name), Value::Object(entries)) => {
                let Some(object) = table::object(name) else { return };
                for property in object.properties.iter().filter(|property| !property.read_only) {
                    let field = if depth == 0 { property.name.clone() } else { format!("{field}.{}", property.name) };
                    match entries.get_mut(&property.name).filter(|value| !value.is_null()) {
                        Some(value) => self.value(value, &property.value, &field, depth + 1),
                        None if property.required && !(self.partial && depth == 0) => {
                            self.problems.push(Problem::missing(&field));
                        }
                        None => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a text that has to be a moment is one; a day is one, too.
fn is_moment(value: &Value, wanted: &Type) -> bool {
    let Some(text) = value.as_str() else { return true };
    match wanted {
        Type::DateTime => is_time(text),
        Type::Date => text.parse::<jiff::civil::Date>().is_ok(),
        _ => true,
    }
}

/// Whether a text is a time, with or without a zone.
pub(crate) fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(name: &str, mut value: Value, partial: bool) -> Vec<(String, &'static str)> {
        let found = body(&mut value, &Type::Named(name.into()), partial);
        found.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn a_value_of_another_type_is_told_by_its_field() {
        let body = json!({ "name": 7, "label": "L", "type": "string", "user_can_view": "yes" });
        let expected = [("name".to_owned(), "invalid"), ("user_can_view".to_owned(), "invalid")];
        assert_eq!(problems("UserAttribute", body, false), expected);
        let nested = json!({ "scheduled_plan_destination": [{ "apply_vis": 1 }] });
        let expected = [("scheduled_plan_destination.apply_vis".to_owned(), "invalid")];
        assert_eq!(problems("ScheduledPlan", nested, false), expected);
        assert_eq!(problems("Board", json!({ "deleted_at": "soon" }), false).len(), 1);
        assert_eq!(problems("Board", json!([]), false), [("body".to_owned(), "invalid")]);
    }

    #[test]
    fn what_is_required_may_be_left_out_only_where_something_is_changed() {
        let missing = [("label".to_owned(), "missing_field"), ("type".to_owned(), "missing_field")];
        assert_eq!(problems("UserAttribute", json!({ "name": "n", "label": null }), false), missing);
        assert_eq!(problems("UserAttribute", json!({ "name": "n" }), true), []);
    }

    #[test]
    fn unknown_keys_and_what_looker_alone_says_are_not_looked_at() {
        assert_eq!(problems("Group", json!({ "user_count": "many", "shoe_size": [] }), false), []);
    }

    #[test]
    fn an_id_may_be_a_number_and_becomes_text() {
        let mut value = json!({ "look_id": 7, "tab_ids": [1] });
        assert!(body(&mut value, &Type::Named("ScheduledPlan".into()), false).is_empty());
        assert_eq!(value, json!({ "look_id": "7", "tab_ids": ["1"] }));
    }
}
