//! Values and the types that the table gives them: checking what is given, making what is answered.

pub(crate) mod check;
pub(crate) mod sample;

use looker_operations::types::Object;
use looker_operations::{Answer, Operation, Type};
use serde_json::{Map, Value};

use crate::table;

/// A JSON object.
pub(crate) type Row = Map<String, Value>;

/// The object that a type names; of a list, that of its elements.
pub(crate) fn object_of(value: &Type) -> Option<&'static Object> {
    match value {
        Type::Named(name) => table::object(name),
        Type::List(element) => object_of(element),
        _ => None,
    }
}

/// The object of an operation's JSON answer.
pub(crate) fn answered(operation: &Operation) -> Option<&'static Object> {
    operation.answer().and_then(object_of)
}

/// What a good request is answered with: JSON where there is a choice.
pub(crate) fn answer_of(operation: &Operation) -> Option<&Answer> {
    let json = operation.answers.iter().find(|answer| matches!(answer, Answer::Json(..)));
    json.or_else(|| operation.answers.iter().find(|answer| matches!(answer, Answer::Bytes(..))))
        .or_else(|| operation.answers.last())
}

/// Keeps the properties that a type has and that Looker tells.
pub(crate) fn shape(object: &Object, row: Row) -> Row {
    let told = |key: &String| object.property(key).is_some_and(|property| !property.write_only);
    row.into_iter().filter(|(key, _)| told(key)).collect()
}

/// What was given, without what its type does not have and what Looker never tells, at every depth.
pub(crate) fn tell(value: Value, wanted: &Type) -> Value {
    match (wanted, value) {
        (Type::List(element), Value::Array(values)) => values.into_iter().map(|value| tell(value, element)).collect(),
        (Type::Map(inner), Value::Object(entries)) => {
            entries.into_iter().map(|(key, value)| (key, tell(value, inner))).collect()
        }
        (Type::Named(name), Value::Object(entries)) => match table::object(name) {
            Some(object) => {
                let kept = shape(object, entries).into_iter().map(|(key, value)| {
                    let value = match object.property(&key) {
                        Some(property) => tell(value, &property.value),
                        None => value,
                    };
                    (key, value)
                });
                kept.collect()
            }
            None => Value::Object(entries),
        },
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_loses_what_its_type_does_not_have_and_what_is_never_told() {
        let row = json!({ "id": "1", "permission_set_id": "2", "shoe_size": 42 });
        let kept = shape(table::object("Role").unwrap(), row.as_object().unwrap().clone());
        assert_eq!(Value::Object(kept), json!({ "id": "1" }));
    }

    #[test]
    fn json_wins_over_other_answers() {
        let answer = |id: &str| answer_of(table::operation(id).unwrap());
        assert!(matches!(answer("deploy_to_production"), Some(Answer::Json(200, Type::String))));
        assert!(matches!(answer("delete_color_collection"), Some(Answer::Empty(204))));
        assert!(matches!(answer("vector_thumbnail"), Some(Answer::Bytes(200, _))));
    }
}
