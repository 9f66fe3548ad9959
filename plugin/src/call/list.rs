//! What operations there are, and what one takes and answers. Sends nothing, unless the instance's own are asked for.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use connector_interface::describe::OutcomeKind;
use connector_interface::{OperationSpec, Outcome, Result};
use looker_operations::schema::{self, Side};
use looker_operations::{Answer, Operation, Table};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::known::Known;
use crate::api::Caller;
use crate::listed;
use crate::operation::Control;
use crate::runtime::block_on;

/// The body of a request for operations. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListRequest {
    /// One operation, to be described with the JSON Schemas of what it takes and answers
    #[serde(default)]
    #[schemars(with = "String")]
    operation: Option<String>,
    /// Words that id, path or tag must have, each somewhere
    #[serde(default)]
    search: String,
    /// Ask the instance which operations it has, instead of listing those that the connector knows by itself
    #[serde(default)]
    instance: bool,
}

/// What the connector says of it.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(ListRequest).to_value();
    OperationSpec::new(
        OperationSpec::OPERATIONS,
        "List the operations of Looker's API 4.0, or describe one",
        input,
        &[OutcomeKind::Rows, OutcomeKind::Value],
    )
    .read_only()
}

impl ListRequest {
    /// Answers it.
    pub(crate) fn run(&self, caller: &Caller, known: &Known, control: &Arc<Control>) -> Result<Outcome> {
        if let Some(id) = &self.operation {
            let (table, operation) = block_on(control.run(known.find(caller, id)))?;
            return Ok(Outcome::Value(describe(table, &operation)));
        }
        let table = if self.instance { block_on(control.run(known.instance(caller)))? } else { Table::builtin() };
        let search = self.search.to_lowercase();
        let words: Vec<&str> = search.split_whitespace().collect();
        let is_meant = |operation: &Operation| {
            let text =
                format!("{} {} {} {}", operation.id, operation.method, operation.path, operation.tag).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let found: Vec<Operation> = table.operations().filter(is_meant).collect();
        listed::rows(batch(&found), control)
    }
}

fn batch(operations: &[Operation]) -> std::result::Result<RecordBatch, ArrowError> {
    let column = |of: fn(&Operation) -> &str| {
        let mut builder = StringBuilder::new();
        for operation in operations {
            builder.append_value(of(operation));
        }
        Arc::new(builder.finish()) as ArrayRef
    };
    RecordBatch::try_from_iter_with_nullable([
        ("operation", column(|operation| &operation.id), false),
        ("method", column(|operation| &operation.method), false),
        ("path", column(|operation| &operation.path), false),
        ("tag", column(|operation| &operation.tag), false),
        ("status", column(|operation| operation.status.name()), false),
        ("effect", column(|operation| operation.effect.name()), false),
    ])
}

/// An operation with all that a form needs.
fn describe(table: &Table, operation: &Operation) -> Value {
    let body = operation.body.as_ref();
    let answer = operation.answer().map(|value| schema::of(table, value, Side::Answered));
    let media: Vec<&str> = operation
        .answers
        .iter()
        .filter_map(|answer| match answer {
            Answer::Bytes(_, media) => Some(media.iter().map(String::as_str)),
            _ => None,
        })
        .flatten()
        .collect();
    json!({
        "operation": operation.id,
        "method": operation.method,
        "path": operation.path,
        "tag": operation.tag,
        "status": operation.status.name(),
        "effect": operation.effect.name(),
        "writes": operation.effect.writes(),
        "counts_as": operation.activity.name(),
        "parameters": schema::parameters(operation),
        "body": body.map(|body| schema::of(table, &body.value, Side::Given)),
        "body_required": body.is_some_and(|body| body.required),
        "answer": answer,
        "media_types": media,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_what_a_form_and_a_mapping_need() {
        let table = Table::builtin();
        let look = describe(table, &table.find("update_look").unwrap());
        assert_eq!((look["method"].as_str(), look["effect"].as_str()), (Some("PATCH"), Some("write")));
        assert_eq!(look["parameters"]["required"], json!(["look_id"]));
        assert!(look["body"]["$defs"]["LookWithQuery"]["properties"]["title"].is_object());
        assert!(look["answer"]["$defs"]["LookWithQuery"]["properties"]["id"].is_object());
        let run = describe(table, &table.find("run_look").unwrap());
        assert!(run["media_types"].as_array().unwrap().contains(&json!("image/png")) && run["answer"].is_null());
    }
}
