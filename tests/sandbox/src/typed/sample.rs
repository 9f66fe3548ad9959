//! Answers made from their types: plausible values that depend on nothing but names, so that they are the same on every
//! run.

use looker_operations::Type;
use looker_operations::types::{Object, Property};
use serde_json::{Value, json};

use super::check::{fits, is_writable};
use super::{Row, tell};
use crate::table;

/// How deep an answer goes; types name each other in circles.
const MAX_DEPTH: usize = 4;

/// Elements of a list.
const LENGTH: usize = 2;

/// A moment at which everything that is made up has happened.
pub(crate) const MOMENT: &str = "2025-06-02T09:00:00.000+00:00";

/// Where values may be taken from before they are made up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// What the request says: its body, or an element of it.
    pub(crate) body: &'a Value,
    /// The type of the body.
    pub(crate) given: Option<&'static Object>,
    /// Parameters of the path.
    pub(crate) path: &'a [(&'static str, String)],
    /// What the path asks for, where it ends with a parameter.
    pub(crate) own: Option<&'a str>,
}

/// An answer of a type that says again what the request said.
pub(crate) fn answer(wanted: &Type, known: Known<'_>) -> Value {
    match (wanted, known.body) {
        (Type::List(element), Value::Array(given)) if !given.is_empty() => {
            given.iter().map(|body| answer(element, Known { body, ..known })).collect()
        }
        (Type::Named(name), _) => {
            let mut row = table::object(name).map(|object| row(object, 0, 0)).unwrap_or_default();
            echo(&mut row, name, known);
            // An object that is named as the path names it.
            for (name, value) in known.path {
                if row.get(*name).is_some_and(Value::is_string) {
                    row.insert((*name).to_owned(), value.as_str().into());
                }
            }
            if let Some(own) = known.own.filter(|_| row.get("id").is_some_and(Value::is_string)) {
                row.insert("id".to_owned(), own.into());
            }
            Value::Object(row)
        }
        (_, body) if !body.is_null() && fits(body, wanted) => body.clone(),
        _ => value(wanted, "value", 0, 0),
    }
}

fn echo(row: &mut Row, name: &str, known: Known<'_>) {
    let (Some(answered), Value::Object(body)) = (table::object(name), known.body) else { return };
    let takes = |key: &str| match known.given.filter(|given| is_writable(given)) {
        Some(given) => given.property(key).is_some_and(|property| !property.read_only),
        None => true,
    };
    for property in answered.properties.iter().filter(|property| !property.write_only && takes(&property.name)) {
        if let Some(value) = body.get(&property.name).filter(|value| fits(value, &property.value)) {
            row.insert(property.name.clone(), tell(value.clone(), &property.value));
        }
    }
}

/// The `index`th object of a type.
pub(crate) fn row(object: &Object, index: usize, depth: usize) -> Row {
    let told = object.properties.iter().filter(|property| !property.write_only);
    told.map(|property| (property.name.clone(), property_value(property, index, depth))).collect()
}

/// A value for a property.
pub(crate) fn property_value(property: &Property, index: usize, depth: usize) -> Value {
    match property.values.first() {
        Some(first) if property.value == Type::String => first.as_str().into(),
        _ => value(&property.value, &property.name, index, depth),
    }
}

/// A value of a type for a name.
fn value(wanted: &Type, name: &str, index: usize, depth: usize) -> Value {
    match wanted {
        Type::String => text(name, index).into(),
        Type::Integer => (index + 1).into(),
        Type::Number => json!(1.5),
        Type::Boolean => false.into(),
        Type::DateTime => MOMENT.into(),
        Type::Date => "2025-06-02".into(),
        Type::Uri => format!("https://looker.example/{name}/{}", index + 1).into(),
        Type::Any => json!({}),
        Type::Map(_) if name == "can" => json!({ "show": true, "index": true, "update": true, "destroy": true }),
        Type::Map(_) | Type::List(_) | Type::Named(_) if depth >= MAX_DEPTH => match wanted {
            Type::Map(_) => json!({}),
            Type::List(_) => json!([]),
            _ => Value::Null,
        },
        Type::Map(inner) => json!({ "key": value(inner, "value", index, depth + 1) }),
        // Lists inside of lists would grow without being of more use.
        Type::List(element) => {
            let length = if depth == 0 { LENGTH } else { 1 };
            (0..length).map(|index| value(element, name, index, depth + 1)).collect()
        }
        Type::Named(name) => {
            table::object(name).map_or(Value::Null, |object| Value::Object(row(object, index, depth + 1)))
        }
    }
}

/// Text for a name.
fn text(name: &str, index: usize) -> String {
    let number = index + 1;
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if name == "id" || ends(&["_id", "_ids"]) {
        number.to_string()
    } else if ends(&["_at", "_time", "_date"]) {
        MOMENT.to_owned()
    } else if ends(&["url", "uri"]) {
        format!("https://looker.example/{name}/{number}")
    } else if ends(&["email", "emails", "address"]) {
        format!("person{number}@example.com")
    } else if ends(&["timezone"]) {
        "UTC".to_owned()
    } else if ends(&["cron", "crontab"]) {
        "0 6 * * *".to_owned()
    } else if ends(&["color"]) {
        "#4285f4".to_owned()
    } else {
        format!("{} {number}", name.replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(body: &Value) -> Known<'_> {
        Known { body, given: None, path: &[], own: None }
    }

    #[test]
    fn types_that_name_each_other_in_circles_end() {
        for object in table::table().types() {
            let length = Value::Object(row(&object, 0, 0)).to_string().len();
            assert!(length < 400_000, "{} has {length} bytes", object.name);
        }
    }

    #[test]
    fn an_answer_says_what_the_request_said_but_for_what_looker_alone_says() {
        let body = json!({ "label": "Tile colours", "id": "99", "shoe_size": 42 });
        let given = table::object("ColorCollection");
        let answer = answer(&Type::Named("ColorCollection".into()), Known { given, ..known(&body) });
        assert_eq!((&answer["label"], &answer["id"]), (&json!("Tile colours"), &json!("1")));
        assert_eq!(answer.get("shoe_size"), None);
    }

    #[test]
    fn a_list_has_two_elements_or_as_many_as_were_given() {
        let list = Type::List(Box::new(Type::Named("ColorCollection".into())));
        let elements = answer(&list, known(&Value::Null));
        assert_eq!((&elements[0]["id"], &elements[1]["id"], elements.get(2)), (&json!("1"), &json!("2"), None));
        let body = json!([{ "label": "a" }, { "label": "b" }, { "label": "c" }]);
        assert_eq!(answer(&list, known(&body))[2]["label"], "c");
    }

    #[test]
    fn what_is_only_written_is_never_told_at_any_depth() {
        let body = json!({ "scheduled_plan_destination": [{ "address": "a", "secret_parameters": "s" }] });
        let answer = answer(&Type::Named("ScheduledPlan".into()), known(&body));
        assert_eq!(answer["scheduled_plan_destination"], json!([{ "address": "a" }]));
    }
}
