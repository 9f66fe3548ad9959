//! Deliveries that have failed, as System Activity knows them.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{optional_id, read};
use crate::steps::Context;

pub(super) const NAME: &str = "schedule_failures";
pub(super) const SUMMARY: &str = "List the deliveries of schedules that have failed, with the reason";

/// Where Looker keeps what it has delivered.
const MODEL: &str = "system__activity";
const EXPLORE: &str = "scheduled_plan";
const FIELDS: &[&str] = &[
    "scheduled_job.id",
    "scheduled_job.name",
    "scheduled_job.status",
    "scheduled_job.status_detail",
    "scheduled_job.created_time",
    "scheduled_job.finalized_time",
    "scheduled_plan.id",
    "scheduled_plan.title",
];

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScheduleFailures {
    /// Since when, as a filter of a date says it, such as 7 days or 2026-01-31
    #[serde(default = "a_week")]
    since: String,
    /// The id of the schedule; without it all
    #[serde(default, deserialize_with = "optional_id")]
    #[schemars(with = "String", extend("x-options" = true))]
    scheduled_plan_id: Option<String>,
    /// The most rows; -1 for all; without it 500
    #[serde(default)]
    #[schemars(with = "i64", range(min = -1))]
    limit: Option<i64>,
}

fn a_week() -> String {
    "7 days".to_owned()
}

pub(super) fn input() -> Value {
    schemars::schema_for!(ScheduleFailures).to_value()
}

pub(super) fn output() -> Value {
    json!({ "description": format!("Rows with the columns {}, the latest first", FIELDS.join(", ")) })
}

/// Answers with rows.
pub(super) fn run(context: &Context, input: Map<String, Value>) -> Result<Outcome> {
    let asked: ScheduleFailures = read(NAME, input)?;
    let filters = [
        ("scheduled_job.status", Some("failure".to_owned())),
        ("scheduled_job.created_date", Some(asked.since)),
        ("scheduled_plan.id", asked.scheduled_plan_id),
    ];
    let filters: Map<String, Value> =
        filters.into_iter().filter_map(|(field, filter)| Some((field.to_owned(), filter?.into()))).collect();
    let query = [
        ("model", json!(MODEL)),
        ("explore", json!(EXPLORE)),
        ("fields", json!(FIELDS)),
        ("filters", filters.into()),
        ("sorts", json!(["scheduled_job.created_time desc", "scheduled_job.id desc"])),
        ("limit", json!(asked.limit)),
        // Its numbers are ids.
        ("numbers", json!("exact")),
    ];
    context.query(query.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()).map_err(unseen)
}

/// Who may not see a model is told that it is not there.
fn unseen(mut error: Error) -> Error {
    if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) {
        return error;
    }
    error.kind = ErrorKind::Forbidden;
    "This user may not see System Activity".clone_into(&mut error.message);
    error.advise("Ask a Looker administrator for the permission see_system_activity")
}
