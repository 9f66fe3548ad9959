//! What `system__activity` is made of: tables that the sandbox itself writes, whose clock is the real one.

use std::sync::PoisonError;

use rusqlite::{Connection, params};

use super::Database;
use crate::records::text;
use crate::typed::Row;
use crate::users::People;

const SCHEMA: &str = "
CREATE TABLE history (id INTEGER PRIMARY KEY, created_at INTEGER, user_id INTEGER, query_id TEXT, model TEXT,
  explore TEXT, source TEXT, result_format TEXT, status TEXT, runtime REAL, row_count INTEGER, message TEXT);
CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT, email TEXT, is_disabled INTEGER);
CREATE TABLE scheduled_plan (id INTEGER PRIMARY KEY, name TEXT, user_id INTEGER, look_id INTEGER, dashboard_id INTEGER,
  lookml_dashboard_id TEXT, query_id TEXT, cron_schedule TEXT, datagroup TEXT, enabled INTEGER, run_once INTEGER);
CREATE TABLE scheduled_job (id INTEGER PRIMARY KEY, scheduled_plan_id INTEGER, name TEXT, user_id INTEGER,
  created_at INTEGER, finalized_at INTEGER, status TEXT, status_detail TEXT);
CREATE TABLE pdt_event_log (id INTEGER PRIMARY KEY, created_at INTEGER, model_name TEXT, view_name TEXT,
  connection TEXT, action TEXT, action_data TEXT);
";

/// One line of `history`: a query that this sandbox has run.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    /// Start, in seconds since 1970.
    pub(crate) created_at: i64,
    /// Numeric id of the user.
    pub(crate) user_id: i64,
    /// Id of the saved query, or null for an inline one.
    pub(crate) query_id: Option<String>,
    /// LookML model.
    pub(crate) model: String,
    /// Explore.
    pub(crate) explore: String,
    /// What asked for the query, e.g. `api4`.
    pub(crate) source: String,
    /// Result format.
    pub(crate) result_format: String,
    /// `complete`, `error` or `killed`.
    pub(crate) status: &'static str,
    /// Seconds.
    pub(crate) runtime: f64,
    /// Rows that left the database.
    pub(crate) rows: u64,
    /// The error, if there was one.
    pub(crate) message: Option<String>,
}

/// One line of `pdt_event_log`: what happened to a persistent derived table.
#[derive(Debug)]
pub(crate) struct PdtEvent<'a> {
    /// When, in seconds since 1970.
    pub(crate) created_at: i64,
    /// LookML model.
    pub(crate) model: &'a str,
    /// View that the table belongs to.
    pub(crate) view: &'a str,
    /// Name of the database connection.
    pub(crate) connection: &'a str,
    /// What happened, e.g. `create error`.
    pub(crate) action: &'a str,
    /// What there is to say of it.
    pub(crate) detail: Option<&'a str>,
}

impl Database {
    /// Adds a line to `history`. A failure is no reason to fail the query it tells of.
    pub(crate) fn record(&self, activity: &Activity) {
        let _ = self.log(|connection| {
            connection.execute(
                "INSERT INTO history (created_at, user_id, query_id, model, explore, source, result_format, status,
                   runtime, row_count, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    activity.created_at,
                    activity.user_id,
                    activity.query_id,
                    activity.model,
                    activity.explore,
                    activity.source,
                    activity.result_format,
                    activity.status,
                    activity.runtime,
                    i64::try_from(activity.rows).unwrap_or(i64::MAX),
                    activity.message
                ],
            )
        });
    }

    /// Writes down a scheduled plan, as it is now.
    pub(crate) fn record_plan(&self, plan: &Row) -> rusqlite::Result<()> {
        let flag = |column: &str| plan.get(column).and_then(serde_json::Value::as_bool);
        self.log(|connection| {
            connection.execute(
                "INSERT OR REPLACE INTO scheduled_plan VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    text(plan, "id"),
                    text(plan, "name"),
                    text(plan, "user_id"),
                    text(plan, "look_id"),
                    text(plan, "dashboard_id"),
                    text(plan, "lookml_dashboard_id"),
                    text(plan, "query_id"),
                    text(plan, "crontab"),
                    text(plan, "datagroup"),
                    flag("enabled"),
                    flag("run_once")
                ],
            )
        })
        .map(|_| ())
    }

    /// Begins a delivery of a scheduled plan; yields the id of the job.
    pub(crate) fn begin_job(&self, plan: &Row, at: i64) -> rusqlite::Result<i64> {
        self.log(|connection| {
            connection.execute(
                "INSERT INTO scheduled_job (scheduled_plan_id, name, user_id, created_at, status)
                   VALUES (?1, ?2, ?3, ?4, 'running')",
                params![text(plan, "id"), text(plan, "name"), text(plan, "user_id"), at],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    /// Ends a delivery, which has failed where there is a reason.
    pub(crate) fn end_job(&self, id: i64, failed: Option<&str>, at: i64) -> rusqlite::Result<()> {
        let status = if failed.is_some() { "failure" } else { "success" };
        self.log(|connection| {
            connection.execute(
                "UPDATE scheduled_job SET status = ?2, status_detail = ?3, finalized_at = ?4 WHERE id = ?1",
                params![id, status, failed, at],
            )
        })
        .map(|_| ())
    }

    /// Adds a line to `pdt_event_log`.
    pub(crate) fn record_pdt_event(&self, event: &PdtEvent<'_>) -> rusqlite::Result<()> {
        self.log(|connection| {
            connection.execute(
                "INSERT INTO pdt_event_log (created_at, model_name, view_name, connection, action, action_data)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![event.created_at, event.model, event.view, event.connection, event.action, event.detail],
            )
        })
        .map(|_| ())
    }

    fn log<T>(&self, write: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        write(&self.activity.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes the tables, and enters the users.
pub(super) fn create(activity: &Connection, people: &People) -> rusqlite::Result<()> {
    activity.execute_batch(SCHEMA)?;
    activity.execute_batch("BEGIN")?;
    let mut insert = activity.prepare("INSERT INTO user VALUES (?1, ?2, ?3, ?4)")?;
    for user in people.all() {
        insert.execute(params![user.id, user.name, user.email, user.profile.is_disabled])?;
    }
    activity.execute_batch("COMMIT")
}
