//! What actions say of themselves: JSON Schema of inputs and outputs, and the rest that a menu shows.

use looker_operations::schema::{Side, flat, members};
use looker_operations::{Operation, Table, Type};
use serde_json::{Value, json};

use super::row::{Action, Call, Does};
use crate::query::QueryRequest;
use crate::steps::{Input, input_schema};

/// How deep the objects are told that an action takes, and that it answers. The whole is told with its operation.
const GIVEN_DEPTH: usize = 2;
const ANSWERED_DEPTH: usize = 1;

/// The entry of an action: for a request of this action, `input` is checked by its schema.
pub(super) fn entry(action: &Action) -> Value {
    // Reading a row of the table takes time, and a host waits for the description whenever it loads the library.
    let row = row(action);
    let effect = row.as_ref().map_or_else(|| action.effect(), |row| row.effect);
    let input = input_by(action, row.as_ref());
    let properties = members([("action", json!({ "const": action.name })), ("input", input)]);
    members([
        ("title", action.name.into()),
        ("description", action.summary.into()),
        ("properties", properties),
        ("x-group", action.group.name().into()),
        ("x-effect", effect.name().into()),
        ("x-writes", effect.writes().into()),
        ("x-needs", action.needs.sentence().into()),
        ("x-permissions", json!(action.needs.permissions)),
        ("x-repeat", action.repeated(effect).into()),
        ("x-output", output(action, row.as_ref())),
    ])
}

/// The operation that an action calls.
fn row(action: &Action) -> Option<Operation> {
    let Does::Call(call) = &action.does else { return None };
    call.row()
}

/// What an action takes.
pub(super) fn input(action: &Action) -> Value {
    input_by(action, row(action).as_ref())
}

fn input_by(action: &Action, row: Option<&Operation>) -> Value {
    match &action.does {
        Does::Call(call) => row.map_or_else(|| json!({}), |row| of_call(call, row)),
        Does::Query { inputs, .. } => of_query(inputs),
        Does::Code { input, .. } => input(),
    }
}

fn output(action: &Action, row: Option<&Operation>) -> Value {
    let table = Table::builtin();
    match &action.does {
        Does::Call(_) => {
            let answer = row.and_then(Operation::answer);
            let mut schema = answer.map_or_else(
                || json!({ "type": "null" }),
                |answer| flat(table, answer, Side::Answered, ANSWERED_DEPTH),
            );
            if action.page.is_some() {
                let one = if schema.get("items").is_some() { "/items/properties" } else { "/properties" };
                if let Some(properties) = schema.pointer_mut(one).and_then(Value::as_object_mut) {
                    properties.insert("looker_url".to_owned(), json!({ "type": "string", "format": "uri" }));
                }
            }
            schema
        }
        Does::Query { .. } => json!({ "description": "Rows, whose columns are known with `schema_only`, or a file" }),
        Does::Code { output, .. } => output(),
    }
}

fn of_call(call: &Call, row: &Operation) -> Value {
    let table = Table::builtin();
    let object = match row.body.as_ref().map(|body| &body.value) {
        Some(Type::Named(name)) => table.find_type(name),
        _ => None,
    };
    let schema_of = |name: &str| -> Option<Value> {
        if let Some(parameter) = row.parameter(name) {
            return Some(flat(table, &parameter.value, Side::Given, GIVEN_DEPTH));
        }
        let body = &row.body.as_ref()?.value;
        if call.body == Some(name) {
            return Some(flat(table, body, Side::Given, GIVEN_DEPTH));
        }
        let property = object.as_ref()?.property(name)?;
        Some(flat(table, &property.value, Side::Given, GIVEN_DEPTH))
    };
    input_schema(&call.inputs.iter().collect::<Vec<_>>(), |input| schema_of(input.name))
}

/// Of a query request's keys.
pub(super) fn of_query(inputs: &[Input]) -> Value {
    let whole = QueryRequest::schema();
    input_schema(&inputs.iter().collect::<Vec<_>>(), |input| {
        whole.pointer(&format!("/properties/{}", input.name)).cloned()
    })
}
