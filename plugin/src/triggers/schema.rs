//! What triggers say of themselves: JSON Schema of inputs and events, and the rest that a menu shows.

use looker_operations::schema::{Side, flat, members};
use looker_operations::{Table, Type};
use serde_json::{Map, Value, json};

use super::detect::whole;
use super::polling::MOST_ROWS;
use super::row::{Detects, List, Trigger, Watches};
use crate::choices;
use crate::query::QueryRequest;
use crate::steps::{Input, input_schema};

/// The inputs that say whose rows are watched, as rows of what must be there.
pub(super) const SOURCES: &[&[&str]] = &[&["look"], &["query"], &["model", "explore", "fields"]];

/// How deep an object is told.
const DEPTH: usize = 1;

/// The entry of a trigger: for a request of this trigger, `input` is checked by its schema.
pub(super) fn entry(trigger: &Trigger) -> Value {
    let properties = members([("trigger", json!({ "const": trigger.name })), ("input", input(trigger))]);
    members([
        ("title", trigger.name.into()),
        ("description", trigger.summary.into()),
        ("properties", properties),
        ("x-group", trigger.group.name().into()),
        ("x-needs", trigger.needs.sentence().into()),
        ("x-permissions", json!(trigger.needs.permissions)),
        ("x-interval", trigger.interval.into()),
        ("x-output", event(trigger)),
    ])
}

/// What a trigger takes.
pub(super) fn input(trigger: &Trigger) -> Value {
    let query = QueryRequest::schema();
    let mut schema = input_schema(&trigger.inputs(), |input| of_input(trigger, query, input));
    let Some(object) = schema.as_object_mut() else { return schema };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        for own in trigger.own() {
            let mut schema: Value = serde_json::from_str(own.schema).unwrap_or_default();
            if let (Some(schema), true) = (schema.as_object_mut(), choices::is_known(own.name)) {
                schema.insert("x-options".to_owned(), true.into());
            }
            properties.insert(own.name.to_owned(), schema);
        }
        if let Some(limit) = properties.get_mut("limit").and_then(Value::as_object_mut) {
            limit.insert("minimum".to_owned(), json!(1));
            limit.insert("maximum".to_owned(), json!(MOST_ROWS));
        }
    }
    let required: Vec<&str> = trigger.names().iter().filter(|(_, required)| *required).map(|(name, _)| *name).collect();
    object.insert("required".to_owned(), json!(required));
    if matches!(trigger.watches, Watches::Rows { .. }) {
        object.insert("anyOf".to_owned(), SOURCES.iter().map(|keys| json!({ "required": keys })).collect());
    }
    schema
}

fn of_input(trigger: &Trigger, query: &Value, input: &Input) -> Option<Value> {
    match &trigger.watches {
        Watches::Rows { .. } => query.pointer(&format!("/properties/{}", input.name)).cloned(),
        Watches::Activity { .. } => Some(json!({ "type": "string" })),
        Watches::List(list) => {
            let row = Table::builtin().find(list.operation)?;
            Some(flat(Table::builtin(), &row.parameter(input.name)?.value, Side::Given, DEPTH))
        }
    }
}

/// What an event says.
fn event(trigger: &Trigger) -> Value {
    let mut schema = json!({ "type": "object", "properties": {
        "key": { "type": "string", "description": "The same for the same event, also when it is told again" },
        "kind": { "type": "string", "enum": trigger.kinds(), "description": "What has happened" },
        "data": null,
        "looker_url": { "type": "string", "format": "uri", "description": "Its page in Looker, where it has one" },
        "made_up": { "type": "boolean", "description": "Of a sample, that there was nothing to show" },
    }, "required": ["key", "kind", "data"] });
    schema.pointer_mut("/properties/data").into_iter().for_each(|place| *place = data(trigger));
    schema
}

fn data(trigger: &Trigger) -> Value {
    let row = || json!({ "type": "object", "description": "The row, by field" });
    match (&trigger.watches, &trigger.detects) {
        (Watches::List(list), _) => object(list),
        (Watches::Activity { request, .. }, _) => {
            let request: Value = serde_json::from_str(request).unwrap_or_default();
            let fields = request.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
            let of = |field: &Value| Some((field.as_str()?.to_owned(), json!({})));
            json!({ "type": "object", "properties": fields.iter().filter_map(of).collect::<Map<_, _>>() })
        }
        (Watches::Rows { .. }, Detects::New(_) | Detects::Changes { .. }) => row(),
        (Watches::Rows { .. }, Detects::Matched) => json!({ "type": "object", "properties": {
            "row_count": { "type": "integer" },
            "rows": { "type": "array", "items": row(), "description": "The first hundred" },
        } }),
        (Watches::Rows { .. }, Detects::Threshold) => json!({ "type": "object", "properties": {
            "field": { "type": "string" }, "value": { "type": "number" }, "threshold": { "type": "number" },
            "previous": { "type": ["number", "null"], "description": "The value at the poll before" },
            "row": row(),
        } }),
        (Watches::Rows { .. }, Detects::Whole) => whole::schema(),
    }
}

/// The elements of a list, as far as they are asked for; of what is gone only the key is told.
fn object(list: &List) -> Value {
    let table = Table::builtin();
    let answer = table.find(list.operation).and_then(|row| row.answer().cloned());
    let Some(Type::List(element)) = answer.clone() else {
        return answer.map_or_else(|| json!({}), |answer| flat(table, &answer, Side::Answered, DEPTH));
    };
    let mut schema = flat(table, &element, Side::Answered, DEPTH);
    let asked: Value = serde_json::from_str(list.parameters).unwrap_or_default();
    let fields = asked.get("fields").and_then(Value::as_str);
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    if let (Some(fields), Some(properties)) = (fields, properties) {
        let names: Vec<&str> = fields.split(['(', ',', ')']).collect();
        properties.retain(|name, _| names.contains(&name.as_str()));
    }
    schema
}

/// An element without values.
pub(super) fn empty(list: &List) -> Value {
    let schema = object(list);
    let names = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    Value::Object(names.map(|name| (name.clone(), Value::Null)).collect())
}
