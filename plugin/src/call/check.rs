//! Whether a request is what its operation takes, before it is sent.

use connector_interface::{Error, ErrorKind, Result};
use looker_operations::{Media, Object, Operation, Place, Property, Table, Type};
use serde_json::{Map, Value};

use super::encode::{self, is_of, named, said};
use looker_words::nearest;

/// Deeper bodies are sent as they are.
const MAX_DEPTH: usize = 24;

/// The parameters of a request as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Those of the path, in its order.
    pub(super) path: Vec<String>,
    /// Those of the query string.
    pub(super) query: Vec<(String, String)>,
}

fn wrong(operation: &Operation, what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("`{}`: {what}", operation.id)).with("operation", operation.id.as_str())
}

fn see(error: Error, operation: &Operation) -> Error {
    error.advise(format!("See what `{}` takes in its description", operation.id))
}

/// The parameters, all of them known, of their types, and complete. Unchecked, what is not known goes into the query string.
pub(super) fn parameters(operation: &Operation, given: &Map<String, Value>, unchecked: bool) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    for (name, value) in given {
        if operation.parameter(name).is_some() {
            continue;
        }
        if unchecked {
            let text = encode::text(value, &Type::Any).unwrap_or_default();
            parameters.query.extend(text.map(|text| (name.clone(), text)));
            continue;
        }
        let error = wrong(operation, &format!("there is no parameter `{name}`"));
        let names: Vec<&str> = operation.parameters.iter().map(|known| known.name.as_str()).collect();
        return Err(match nearest(name, names.iter().copied()) {
            Some(near) => error.advise(format!("Did you mean `{near}`?")),
            None if names.is_empty() => error.advise("It takes none"),
            None => error.advise(format!("It takes {}", names.join(", "))),
        });
    }
    for known in &operation.parameters {
        let value = given.get(&known.name).unwrap_or(&Value::Null);
        let text = match encode::text(value, &known.value) {
            Ok(text) => text,
            Err(_) if unchecked => encode::text(value, &Type::Any).unwrap_or_default(),
            Err(reason) => return Err(see(wrong(operation, &format!("`{}` {reason}", known.name)), operation)),
        };
        match (known.place, text) {
            (Place::Path, Some(text)) if !text.is_empty() => parameters.path.push(text),
            (Place::Path, _) => return Err(missing(operation, &known.name)),
            (Place::Query, Some(text)) => parameters.query.push((known.name.clone(), text)),
            (Place::Query, None) if known.required && !unchecked => return Err(missing(operation, &known.name)),
            (Place::Query, None) => {}
        }
    }
    Ok(parameters)
}

fn missing(operation: &Operation, name: &str) -> Error {
    wrong(operation, &format!("the parameter `{name}` is missing")).advise("Give it; the operation needs it")
}

/// The body, all of it known and of its types; ids that were written as numbers become text.
pub(super) fn body(
    table: &Table,
    operation: &Operation,
    given: Option<&Value>,
    unchecked: bool,
) -> Result<Option<Value>> {
    let given = given.filter(|given| !given.is_null());
    let (Some(wanted), Some(given)) = (&operation.body, given) else {
        return match (&operation.body, given) {
            (Some(wanted), None) if wanted.required && !unchecked => {
                Err(see(wrong(operation, "the body is missing"), operation))
            }
            (None, Some(_)) if !unchecked => Err(wrong(operation, "it takes no body").advise("Leave the body out")),
            (_, given) => Ok(given.cloned()),
        };
    };
    if unchecked || wanted.media != Media::Json {
        return Ok(Some(given.clone()));
    }
    // What changes a part of an object needs no more of it.
    let is_part = operation.method == "PATCH";
    let checker = Checker { table, operation, is_part };
    checker.value(&mut vec!["body".to_owned()], given, &wanted.value).map(Some)
}

struct Checker<'a> {
    table: &'a Table,
    operation: &'a Operation,
    is_part: bool,
}

impl Checker<'_> {
    fn value(&self, place: &mut Vec<String>, given: &Value, kind: &Type) -> Result<Value> {
        if given.is_null() || place.len() > MAX_DEPTH {
            return Ok(given.clone());
        }
        match (kind, given) {
            (Type::Named(name), Value::Object(members)) => match self.table.find_type(name) {
                Some(object) => self.object(place, members, &object),
                None => Ok(given.clone()),
            },
            (Type::Map(value), Value::Object(members)) => {
                let checked =
                    members.iter().map(|(key, member)| Ok((key.clone(), self.at(place, key, member, value)?)));
                checked.collect::<Result<Map<_, _>>>().map(Value::Object)
            }
            (Type::List(element), Value::Array(elements)) => {
                let checked = elements.iter().enumerate();
                checked.map(|(at, member)| self.at(place, &at.to_string(), member, element)).collect()
            }
            (Type::String, Value::Number(number)) => Ok(number.to_string().into()),
            (kind, given) if *kind == Type::Any || is_of(given, kind) => Ok(given.clone()),
            (kind, given) => {
                let what = format!("`{}` must be {}, and is {}", place.join("."), named(kind), said(given));
                Err(see(wrong(self.operation, &what), self.operation))
            }
        }
    }

    fn at(&self, place: &mut Vec<String>, key: &str, given: &Value, kind: &Type) -> Result<Value> {
        place.push(key.to_owned());
        let checked = self.value(place, given, kind);
        place.pop();
        checked
    }

    fn object(&self, place: &mut Vec<String>, members: &Map<String, Value>, object: &Object) -> Result<Value> {
        // A type without properties takes any.
        if object.properties.is_empty() {
            return Ok(Value::Object(members.clone()));
        }
        let mut checked = Map::new();
        for (key, member) in members {
            let Some(property) = object.property(key) else { return Err(self.unknown(place, key, object)) };
            checked.insert(key.clone(), self.at(place, key, member, &property.value)?);
        }
        let is_missing = |property: &&Property| {
            property.required && !property.read_only && members.get(&property.name).is_none_or(Value::is_null)
        };
        // Only the whole must be complete: what stands inside may be a part of something that is there already.
        let is_whole = place.len() == 1 && !self.is_part;
        match object.properties.iter().find(is_missing).filter(|_| is_whole) {
            Some(property) => {
                let what = format!("`{}.{}` is missing", place.join("."), property.name);
                Err(see(wrong(self.operation, &what), self.operation))
            }
            None => Ok(Value::Object(checked)),
        }
    }

    fn unknown(&self, place: &[String], key: &str, object: &Object) -> Error {
        let error = wrong(self.operation, &format!("`{}` has no key `{key}`", place.join(".")));
        match nearest(key, object.properties.iter().map(|property| property.name.as_str())) {
            Some(near) => error.advise(format!("Did you mean `{near}`?")),
            None => error.advise("Leave it out, or send it all the same with `unchecked`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(id: &str) -> Operation {
        Table::builtin().find(id).unwrap()
    }

    fn asked(id: &str, given: &Value) -> Result<Parameters> {
        parameters(&find(id), given.as_object().unwrap(), false)
    }

    fn checked(id: &str, given: &Value) -> Result<Option<Value>> {
        body(Table::builtin(), &find(id), Some(given), false)
    }

    #[test]
    fn parameters_go_to_their_places_as_text() {
        let made = asked("move_look", &json!({ "folder_id": 7, "look_id": "a/b" })).unwrap();
        assert_eq!(made.path, ["a/b"]);
        assert_eq!(made.query, [("folder_id".to_owned(), "7".to_owned())]);
        let made = asked("all_users", &json!({ "ids": [1, "2"], "sorts": null, "limit": 5 })).unwrap();
        assert_eq!(made.query, [("limit".to_owned(), "5".to_owned()), ("ids".to_owned(), "1,2".to_owned())]);
    }

    #[test]
    fn an_unknown_parameter_is_answered_with_the_nearest_and_a_missing_one_by_its_name() {
        let error = asked("look", &json!({ "lok_id": "1" })).unwrap_err();
        assert_eq!(error.message, "`look`: there is no parameter `lok_id`");
        assert_eq!(error.advice, "Did you mean `look_id`?");
        assert_eq!(asked("look", &json!({})).unwrap_err().message, "`look`: the parameter `look_id` is missing");
        let error = asked("move_look", &json!({ "look_id": "1" })).unwrap_err();
        assert_eq!(error.message, "`move_look`: the parameter `folder_id` is missing");
        let error = asked("all_users", &json!({ "limit": "many" })).unwrap_err();
        assert_eq!(error.message, "`all_users`: `limit` must be a whole number, and is \"many\"");
    }

    #[test]
    fn a_body_is_checked_to_its_depths_and_ids_become_text() {
        let body = json!({ "title": "T", "folder_id": 12, "query_id": 7 });
        assert_eq!(
            checked("create_look", &body).unwrap().unwrap(),
            json!({ "title": "T", "folder_id": "12", "query_id": "7" })
        );
        for (body, message, advice) in [
            (json!({ "titel": "T" }), "`create_look`: `body` has no key `titel`", "Did you mean `title`?"),
            (
                json!({ "query": { "limits": "5" } }),
                "`create_look`: `body.query` has no key `limits`",
                "Did you mean `limit`?",
            ),
            (json!({ "deleted": "no" }), "`create_look`: `body.deleted` must be true or false, and is \"no\"", ""),
            (json!([]), "`create_look`: `body` must be an object, and is a list", ""),
        ] {
            let error = checked("create_look", &body).unwrap_err();
            assert_eq!(error.message, message);
            assert!(advice.is_empty() || error.advice == advice, "{}", error.advice);
        }
    }

    #[test]
    fn what_a_new_object_needs_is_missed_and_a_part_of_one_needs_nothing() {
        let error = checked("create_board_item", &json!({})).err();
        let needs =
            Table::builtin().find_type("BoardItem").unwrap().properties.iter().any(|property| property.required);
        assert_eq!(error.is_some(), needs);
        assert!(checked("update_alert_field", &json!({ "is_disabled": true })).is_ok());
        let error = checked("create_alert", &json!({ "cron": "0 * * * *" })).unwrap_err();
        assert!(error.message.ends_with("is missing"), "{}", error.message);
        assert_eq!(
            body(Table::builtin(), &find("create_alert"), None, false).unwrap_err().message,
            "`create_alert`: the body is missing"
        );
        assert_eq!(checked("me", &json!({})).unwrap_err().message, "`me`: it takes no body");
    }

    #[test]
    fn unchecked_goes_as_it_is() {
        let given = json!({ "look_id": "1", "later": [1] });
        let made = parameters(&find("look"), given.as_object().unwrap(), true).unwrap();
        assert_eq!(made.query, [("later".to_owned(), "[1]".to_owned())]);
        let odd = json!({ "titel": 1 });
        assert_eq!(body(Table::builtin(), &find("create_look"), Some(&odd), true).unwrap(), Some(odd));
    }
}
