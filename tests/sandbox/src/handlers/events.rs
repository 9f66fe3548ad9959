//! `/__sandbox/`: what happens to an instance without a call of the client that waits for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::{read, user};
use super::rest::{alerts, plans};
use crate::database::activity::PdtEvent;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::operations;
use crate::records::{rows, subjects, write};
use crate::running::{Asked, Start};
use crate::state::State;

/// Statements on the data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statements {
    sql: String,
}

/// Changes the data.
pub(super) fn sql(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let Statements { sql } = read(body)?;
    let changed = state.database.change(&sql).map_err(Failure::bad_request)?;
    Ok(json!({ "changed": changed }))
}

/// An id: a string, as Looker's are, or a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl std::fmt::Display for Id {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(id) => formatter.write_str(id),
            Self::Number(id) => id.fmt(formatter),
        }
    }
}

/// What the instance does by itself: as an operation that administrators may ask for.
fn by_itself(state: &Arc<State>, operation: &str) -> Result<Call, Failure> {
    let operation = operations::named(operation).ok_or_else(Failure::internal)?;
    Ok(Call::by_itself(state, user(state, "admin")?, operation))
}

/// A delivery that fails.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleFailure {
    scheduled_plan_id: Id,
    detail: String,
    /// So long ago.
    #[serde(default)]
    seconds_ago: u32,
}

/// A delivery of a scheduled plan has failed.
pub(super) fn schedule_failure(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let failure: ScheduleFailure = read(body)?;
    let call = by_itself(state, "scheduled_plan")?;
    let plan = rows::found(&call, plans::plans()?, &failure.scheduled_plan_id.to_string())?;
    let at = Timestamp::now().as_second() - i64::from(failure.seconds_ago);
    plans::fail(state, &plan, &failure.detail, at)?;
    Ok(Value::Null)
}

/// What happened to a persistent derived table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEvent {
    model: String,
    view: String,
    connection: String,
    action: String,
    detail: Option<String>,
}

/// Something has happened to a persistent derived table.
pub(super) fn pdt_event(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let event: TableEvent = read(body)?;
    let event = PdtEvent {
        created_at: Timestamp::now().as_second(),
        model: &event.model,
        view: &event.view,
        connection: &event.connection,
        action: &event.action,
        detail: event.detail.as_deref(),
    };
    state.database.record_pdt_event(&event).map_err(|_| Failure::internal())?;
    Ok(Value::Null)
}

/// A check of an alert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertCheck {
    alert_id: Id,
    value: Option<f64>,
}

/// An alert was checked, and its condition was met.
pub(super) fn alert_notification(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let check: AlertCheck = read(body)?;
    let alert = alerts::found(&by_itself(state, "get_alert")?, &check.alert_id.to_string())?;
    alerts::check(state, &alert, check.value);
    Ok(Value::Null)
}

/// A check of a datagroup.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatagroupCheck {
    id: Id,
    trigger_value: Option<String>,
}

/// A datagroup was checked, and the value of its trigger has changed; it is triggered later than ever before.
pub(super) fn datagroup(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let check: DatagroupCheck = read(body)?;
    let call = by_itself(state, "datagroup")?;
    let datagroups = subjects::named("datagroups").ok_or_else(Failure::internal)?;
    let id = check.id.to_string();
    let known = rows::found(&call, datagroups, &id)?;
    let before = known.get("triggered_at").and_then(Value::as_i64).unwrap_or_default();
    let at = Timestamp::now().as_second().max(before + 1);
    let columns = json!({ "triggered_at": at, "trigger_check_at": at, "trigger_error": null,
                          "trigger_value": check.trigger_value.unwrap_or_else(|| at.to_string()) });
    let columns = columns.as_object().cloned().unwrap_or_default();
    write::change(&call, datagroups, &id, columns).map(Value::Object)
}

/// A query that seems to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunningQuery {
    /// For so long.
    #[serde(default)]
    seconds: u32,
    /// Name of the user who runs it.
    user: Option<String>,
}

/// A query seems to have been running for a while, until it is killed.
pub(super) fn running_query(state: &Arc<State>, body: &[u8]) -> Result<Value, Failure> {
    let query: RunningQuery = read(body)?;
    let job = state.running.make_up(
        Start {
            query_task_id: None,
            user: Arc::clone(user(state, query.user.as_deref().unwrap_or("admin"))?),
            connection: "thelook",
            query_id: None,
            query: Asked { model: "thelook", explore: "orders", fields: json!(["orders.count"]) },
            sql: "SELECT COUNT(*) AS \"orders.count\" FROM orders".to_owned(),
        },
        Duration::from_secs(query.seconds.into()),
    );
    Ok(json!({ "id": job.id.to_string(), "query_task_id": job.query_task_id }))
}
