//! JSON Schema of what an operation takes and answers, for forms and for mapping what comes out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::operation::Operation;
use crate::table::Table;
use crate::types::{Object, Property, Type};

/// An object of these members, which are moved: `json!` copies what is put into it, each time that it is put deeper.
///
/// ```
/// use looker_operations::schema::members;
///
/// let schema = members([("type", "array".into()), ("items", members([("type", "string".into())]))]);
/// assert_eq!(schema.pointer("/items/type").unwrap(), "string");
/// ```
pub fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn list(items: Value) -> Value {
    members([("type", "array".into()), ("items", items)])
}

fn map(values: Value) -> Value {
    members([("type", "object".into()), ("additionalProperties", values)])
}

/// Which side of an object a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is given: without what Looker alone says.
    Given,
    /// What is answered: without what Looker never says.
    Answered,
}

/// The schema of an object of `parameters` of the operation.
pub fn parameters(operation: &Operation) -> Value {
    let of = |parameter: &crate::Parameter| {
        let mut schema = plain(&parameter.value);
        mark(&mut schema, parameter.deprecated, &[]);
        (parameter.name.clone(), schema)
    };
    let properties: Map<String, Value> = operation.parameters.iter().map(of).collect();
    let required = operation.parameters.iter().filter(|parameter| parameter.required);
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    members([
        ("type", "object".into()),
        ("properties", properties.into()),
        ("required", required.into()),
        ("additionalProperties", false.into()),
    ])
}

/// The schema of a type, with the named types that it needs under `$defs`.
pub fn of(table: &Table, value: &Type, side: Side) -> Value {
    let mut wanted = BTreeSet::new();
    let mut schema = reference(value, &mut wanted);
    let mut definitions = Map::new();
    while let Some(name) = wanted.pop_first() {
        if definitions.contains_key(&name) {
            continue;
        }
        let object = table.find_type(&name).unwrap_or_else(|| Object { name: name.clone(), properties: Vec::new() });
        let definition = definition(&object, side, |value| reference(value, &mut wanted));
        definitions.insert(name, definition);
    }
    if let (Some(schema), false) = (schema.as_object_mut(), definitions.is_empty()) {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    schema
}

/// The schema of a type in one piece: named types deeper than this are objects of any keys.
pub fn flat(table: &Table, value: &Type, side: Side, depth: usize) -> Value {
    match value {
        Type::Named(name) => match (depth > 0).then(|| table.find_type(name)).flatten() {
            Some(object) => definition(&object, side, |value| flat(table, value, side, depth - 1)),
            None => json!({ "type": "object" }),
        },
        Type::List(element) => list(flat(table, element, side, depth)),
        Type::Map(value) => map(flat(table, value, side, depth)),
        value => plain(value),
    }
}

fn definition(object: &Object, side: Side, mut inner: impl FnMut(&Type) -> Value) -> Value {
    let told: Vec<&Property> = if side == Side::Given { object.given().collect() } else { object.answered().collect() };
    let properties: Map<String, Value> = told
        .iter()
        .map(|property| {
            let mut schema = inner(&property.value);
            mark(&mut schema, property.deprecated, &property.values);
            (property.name.clone(), schema)
        })
        .collect();
    let mut schema = members([("type", "object".into()), ("properties", properties.into())]);
    let is_needed = |property: &&&Property| property.required && side == Side::Given;
    let required: Vec<&str> = told.iter().filter(is_needed).map(|property| property.name.as_str()).collect();
    if let (Some(schema), false) = (schema.as_object_mut(), required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

/// Adds what a schema says besides its type. Values are examples, because a later Looker may have more.
fn mark(schema: &mut Value, deprecated: bool, values: &[String]) {
    let Some(schema) = schema.as_object_mut() else { return };
    if deprecated {
        schema.insert("deprecated".to_owned(), json!(true));
    }
    if !values.is_empty() {
        schema.insert("examples".to_owned(), json!(values));
    }
}

fn reference(value: &Type, wanted: &mut BTreeSet<String>) -> Value {
    match value {
        Type::Named(name) => {
            wanted.insert(name.clone());
            json!({ "$ref": format!("#/$defs/{name}") })
        }
        Type::List(element) => list(reference(element, wanted)),
        Type::Map(value) => map(reference(value, wanted)),
        value => plain(value),
    }
}

fn plain(value: &Type) -> Value {
    match value {
        Type::String => json!({ "type": "string" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Number => json!({ "type": "number" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Uri => json!({ "type": "string", "format": "uri-reference" }),
        Type::List(element) => list(plain(element)),
        Type::Map(value) => map(plain(value)),
        Type::Any | Type::Named(_) => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_has_all_types_that_it_names_and_only_the_properties_of_its_side() {
        let table = Table::builtin();
        let look = table.find("create_look").unwrap();
        let given = of(table, &look.body.unwrap().value, Side::Given);
        let title = given.pointer("/$defs/LookWithQuery/properties/title").unwrap();
        assert_eq!(title["type"], "string");
        assert!(given.pointer("/$defs/LookWithQuery/properties/can").is_none());
        assert!(given.pointer("/$defs/Query").is_some());
        let answered = of(table, &Type::Named("LookWithQuery".to_owned()), Side::Answered);
        assert_eq!(answered.pointer("/$defs/LookWithQuery/properties/can/type").unwrap(), "object");
    }

    #[test]
    fn a_body_that_the_specification_calls_read_only_as_a_whole_is_taken() {
        let table = Table::builtin();
        let body = table.find("add_group_user").unwrap().body.unwrap().value;
        assert_eq!(flat(table, &body, Side::Given, 1)["properties"]["user_id"]["type"], "string");
        assert_eq!(flat(table, &body, Side::Given, 0), json!({ "type": "object" }));
    }

    #[test]
    fn parameters_say_which_of_them_a_request_needs() {
        let schema = parameters(&Table::builtin().find("move_look").unwrap());
        assert_eq!(schema["required"], json!(["look_id", "folder_id"]));
    }
}
