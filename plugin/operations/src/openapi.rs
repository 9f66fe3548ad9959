//! Reading and writing OpenAPI files: the one that Looker publishes, and the one that an instance serves of itself.
//!
//! What a file says that is not understood is left out, and never fails: a later Looker may say more.

use serde_json::{Map, Value, json};

use crate::effect::Effect;
use crate::operation::{Activity, Answer, Body, Media, Operation, Parameter, Place, Status};
use crate::table::Table;
use crate::types::{Object, Property, Type};

/// Where named types stand.
const TYPES: &str = "#/components/schemas/";

/// Reads a file; none when it has no operations.
pub fn read(file: &Value) -> Option<Table> {
    let mut operations = Vec::new();
    for (path, methods) in file.get("paths")?.as_object()? {
        for (method, entry) in methods.as_object()? {
            let read = operation(path, &method.to_uppercase(), entry);
            // A name that a line cannot hold would be read as something else.
            operations.extend(read.filter(|read| {
                Operation::parse(&read.to_string()).as_ref() == Some(read) && is_line(&read.to_string())
            }));
        }
    }
    let schemas = file.pointer("/components/schemas").and_then(Value::as_object);
    let types = schemas.into_iter().flatten().map(|(name, schema)| object(name, schema));
    let types = types
        .filter(|read| Object::parse(&read.to_string()).as_ref() == Some(read) && is_line(&read.to_string()))
        .collect();
    let release = file.pointer("/info/version").and_then(Value::as_str).unwrap_or_default().to_owned();
    (!operations.is_empty()).then(|| Table::new(release, operations, types))
}

/// Whether a text stands on one line.
fn is_line(text: &str) -> bool {
    !text.contains(['\n', '\r'])
}

fn operation(path: &str, method: &str, entry: &Value) -> Option<Operation> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let id = text("operationId")?.to_owned();
    let listed = entry.get("parameters").and_then(Value::as_array);
    let mut parameters: Vec<Parameter> = listed.into_iter().flatten().filter_map(parameter).collect();
    // In the order of the path, and those of the query string behind them.
    parameters.sort_by_key(|parameter| match parameter.place {
        Place::Path => path.find(&format!("{{{}}}", parameter.name)).unwrap_or(usize::MAX),
        Place::Query => usize::MAX,
    });
    Some(Operation {
        path: path.to_owned(),
        tag: entry.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default().to_owned(),
        status: text("x-looker-status").and_then(Status::parse).unwrap_or(Status::Beta),
        activity: text("x-looker-activity-type").and_then(Activity::parse).unwrap_or(Activity::Admin),
        effect: Effect::of(&id, method),
        parameters,
        body: entry.get("requestBody").and_then(body),
        answers: answers(entry.get("responses")),
        method: method.to_owned(),
        id,
    })
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn parameter(entry: &Value) -> Option<Parameter> {
    let place = match entry.get("in")?.as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        _ => return None,
    };
    Some(Parameter {
        name: entry.get("name")?.as_str()?.to_owned(),
        place,
        value: entry.get("schema").map_or(Type::String, value_type),
        required: flag(entry, "required") || place == Place::Path,
        deprecated: flag(entry, "deprecated"),
    })
}

/// The media types of bodies.
const MEDIA: &[(&str, Media)] = &[
    ("application/json", Media::Json),
    ("application/x-www-form-urlencoded", Media::Form),
    ("text/plain", Media::Text),
];

fn body(entry: &Value) -> Option<Body> {
    let content = entry.get("content")?.as_object()?;
    let (media, kind) = MEDIA.iter().find_map(|(name, media)| Some((*media, content.get(*name)?)))?;
    let value = kind.get("schema").map_or(Type::Any, value_type);
    Some(Body { media, value, required: entry.get("required").and_then(Value::as_bool).unwrap_or_default() })
}

fn answers(responses: Option<&Value>) -> Vec<Answer> {
    let listed = responses.and_then(Value::as_object).into_iter().flatten();
    let good =
        listed.filter_map(|(status, answer)| Some((status.parse().ok().filter(|it| (200..300).contains(it))?, answer)));
    good.map(|(status, answer)| {
        let content = answer.get("content").and_then(Value::as_object);
        let media: Vec<&str> = content.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        match media.as_slice() {
            [] => Answer::Empty(status),
            ["application/json"] => {
                let schema = content.and_then(|content| content.get("application/json")?.get("schema"));
                // An answer of 204 has no body, whatever its type is said to be.
                if status == 204 {
                    Answer::Empty(status)
                } else {
                    Answer::Json(status, schema.map_or(Type::Any, value_type))
                }
            }
            _ => Answer::Bytes(status, media.iter().map(|name| (*name).to_owned()).collect()),
        }
    })
    .collect()
}

fn value_type(schema: &Value) -> Type {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return Type::Named(name.strip_prefix(TYPES).unwrap_or(name).to_owned());
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => Type::List(Box::new(schema.get("items").map_or(Type::Any, value_type))),
        Some("string") => match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => Type::DateTime,
            Some("date") => Type::Date,
            Some("uri-reference" | "uri") => Type::Uri,
            _ => Type::String,
        },
        Some("integer") => Type::Integer,
        Some("number") => Type::Number,
        Some("boolean") => Type::Boolean,
        Some("object") => match schema.get("additionalProperties") {
            Some(value @ Value::Object(_)) => Type::Map(Box::new(value_type(value))),
            _ => Type::Map(Box::new(Type::Any)),
        },
        _ => Type::Any,
    }
}

fn object(name: &str, schema: &Value) -> Object {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let listed = schema.get("properties").and_then(Value::as_object);
    let properties = listed.into_iter().flatten().map(|(name, entry)| {
        let values = entry.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Property {
            name: name.clone(),
            value: value_type(entry),
            required: required.contains(&name.as_str()),
            read_only: flag(entry, "readOnly"),
            write_only: flag(entry, "x-looker-write-only"),
            deprecated: flag(entry, "deprecated"),
            values: values.map(str::to_owned).collect(),
        }
    });
    Object { name: name.to_owned(), properties: properties.collect() }
}

/// Writes a file that says what the table says.
pub fn write(table: &Table) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in table.operations() {
        let methods = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(operation.method.to_lowercase(), write_operation(&operation));
        }
    }
    let schemas: Map<String, Value> =
        table.types().map(|object| (object.name.clone(), write_object(&object))).collect();
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Looker API 4.0", "version": table.release() },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn write_operation(operation: &Operation) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "in": if parameter.place == Place::Path { "path" } else { "query" },
                "required": parameter.required,
                "deprecated": parameter.deprecated,
                "schema": write_type(&parameter.value),
            })
        })
        .collect();
    let responses: Map<String, Value> = operation.answers.iter().map(write_answer).collect();
    let mut entry = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "x-looker-status": operation.status.name(),
        "x-looker-activity-type": operation.activity.name(),
        "parameters": parameters,
        "responses": responses,
    });
    if let (Some(body), Some(entry)) = (&operation.body, entry.as_object_mut()) {
        let media = MEDIA.iter().find(|(_, media)| *media == body.media).map_or("application/json", |(name, _)| name);
        let content = Map::from_iter([(media.to_owned(), json!({ "schema": write_type(&body.value) }))]);
        entry.insert("requestBody".to_owned(), json!({ "content": content, "required": body.required }));
    }
    entry
}

fn write_answer(answer: &Answer) -> (String, Value) {
    match answer {
        Answer::Empty(status) => (status.to_string(), json!({})),
        Answer::Json(status, value) => {
            (status.to_string(), json!({ "content": { "application/json": { "schema": write_type(value) } } }))
        }
        Answer::Bytes(status, media) => {
            let content: Map<String, Value> =
                media.iter().map(|name| (name.clone(), json!({ "schema": { "type": "string" } }))).collect();
            (status.to_string(), json!({ "content": content }))
        }
    }
}

fn write_type(value: &Type) -> Value {
    match value {
        Type::String => json!({ "type": "string" }),
        Type::Integer => json!({ "type": "integer", "format": "int64" }),
        Type::Number => json!({ "type": "number", "format": "double" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Uri => json!({ "type": "string", "format": "uri-reference" }),
        Type::Any => json!({}),
        Type::List(element) => json!({ "type": "array", "items": write_type(element) }),
        Type::Map(value) => json!({ "type": "object", "additionalProperties": write_type(value) }),
        Type::Named(name) => json!({ "$ref": format!("{TYPES}{name}") }),
    }
}

fn write_object(object: &Object) -> Value {
    let property = |property: &Property| {
        let mut entry = write_type(&property.value);
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("nullable".to_owned(), json!(true));
            for (key, is_set) in [
                ("readOnly", property.read_only),
                ("x-looker-write-only", property.write_only),
                ("deprecated", property.deprecated),
            ] {
                if is_set {
                    entry.insert(key.to_owned(), json!(true));
                }
            }
            if !property.values.is_empty() {
                entry.insert("enum".to_owned(), json!(property.values));
            }
        }
        (property.name.clone(), entry)
    };
    let properties: Map<String, Value> = object.properties.iter().map(property).collect();
    let required: Vec<&str> =
        object.properties.iter().filter(|property| property.required).map(|property| property.name.as_str()).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_says_the_same_when_it_is_read() {
        let table = Table::builtin();
        let again = read(&write(table)).unwrap();
        assert_eq!(again.texts().0, table.texts().0);
        assert_eq!(again.release(), table.release());
        for (one, other) in again.types().zip(table.types()) {
            assert_eq!(one.name, other.name);
            assert!(one.properties.iter().all(|property| other.properties.contains(property)), "{}", one.name);
        }
    }

    #[test]
    fn names_that_a_line_cannot_hold_are_left_out_and_make_no_other_lines() {
        let good = json!({ "operationId": "good", "responses": { "200": {} } });
        let named = |id: &str| json!({ "operationId": id, "responses": { "200": {} } });
        let taking = |name: &str| {
            let parameters = json!([{ "name": name, "in": "query", "schema": { "type": "string" } }]);
            json!({ "operationId": "taking", "parameters": parameters, "responses": { "200": {} } })
        };
        let line = "x\nlook\tGET\t/elsewhere\tLook\tstable\tnone\tread\t\t\t204";
        for (path, entry) in [
            ("/a", named(line)),
            ("/a", named("a\tb")),
            (line, named("a")),
            ("/a\tb", named("a")),
            ("/a", taking("a b")),
            ("/a", taking("a\tb")),
            ("/a", taking(line)),
        ] {
            let types = json!({ "A\nB": { "properties": {} }, "C": { "properties": { "a\tb": {}, "d": {} } }, "D": { "properties": { "e": {} } } });
            let file = json!({ "paths": { "/good": { "get": good }, path: { "get": entry } }, "components": { "schemas": types } });
            let table = read(&file).unwrap();
            assert_eq!(table.ids().collect::<Vec<_>>(), ["good"], "{path:?} {entry}");
            assert_eq!(table.types().map(|object| object.name).collect::<Vec<_>>(), ["D"]);
        }
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let file = json!({
            "paths": { "/x/{id}": { "get": {
                "operationId": "x", "x-looker-status": "golden",
                "parameters": [
                    { "name": "trace", "in": "header", "schema": { "type": "string" } },
                    { "name": "when", "in": "query", "schema": { "type": "moment" } },
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                ],
                "responses": { "200": { "content": { "application/json": { "schema": { "oneOf": [] } } } }, "default": {} },
            }, "summary": "text" } },
        });
        let operation = read(&file).unwrap().find("x").unwrap();
        assert_eq!(
            operation.to_string(),
            "x\tGET\t/x/{id}\t\tbeta\tnon_query\tread\t/id:string ?when:any\t\t200 json any"
        );
        assert!(read(&json!({ "paths": {} })).is_none() && read(&json!([])).is_none());
    }
}
