//! Killing a query that nobody waits for any more. Whether Looker stops one whose connection is closed is not published, so
//! it is found among the running ones and killed by its id. A task has its id from the start.

use std::time::{Duration, Instant};

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Caller;
use crate::handed::Watching;
use crate::link::Asked;
use crate::operations::{ALL_RUNNING_QUERIES, KILL_QUERY, ME};
use crate::paging::id_text;
use crate::query::call::Saved;
use crate::query::looker_query::LookerQuery;

/// How long the killing may take; the query ends by itself some day.
const PATIENCE: Duration = Duration::from_secs(5);

/// A query that may be running; dropping it before it has ended kills it.
pub(super) struct Running {
    caller: Caller,
    what: What,
    /// When it was sent. None before, and after its end: there is nothing to kill.
    since: Option<Instant>,
}

/// What tells a query from others.
#[derive(Clone, Debug)]
pub(super) enum What {
    Query {
        model: String,
        explore: String,
        fields: Vec<String>,
    },
    /// A query of SQL Runner, by its slug.
    Sql(String),
    /// A query of the Open SQL Interface, by its text.
    OpenSql(String),
    Task(String),
    /// A saved query or a Look, by its id.
    Saved(Saved),
}

impl What {
    pub(super) fn of(query: &LookerQuery) -> Self {
        let (model, explore) = (query.model().to_owned(), query.explore().to_owned());
        Self::Query { model, explore, fields: query.list("fields") }
    }

    /// Whether a running query is this one.
    fn is(&self, listed: &Listed) -> bool {
        match self {
            Self::Query { model, explore, fields } => listed.query.as_ref().is_some_and(|query| {
                query.model.as_ref() == Some(model)
                    && query.view.as_ref() == Some(explore)
                    && query.fields.as_ref() == Some(fields)
            }),
            Self::Sql(slug) => listed.sql_query.as_ref().is_some_and(|query| query.slug.as_ref() == Some(slug)),
            Self::OpenSql(sql) => listed.sql_interface_sql.as_ref() == Some(sql),
            Self::Task(id) => listed.query_task_id.as_ref() == Some(id),
            Self::Saved(Saved::Query(id)) => listed.query_id.as_ref().and_then(id_text).as_ref() == Some(id),
            Self::Saved(Saved::Look(id)) => {
                listed.look.as_ref().and_then(|look| id_text(&look.id)).as_ref() == Some(id)
            }
        }
    }
}

/// `RunningQueries` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    user: Option<WithId>,
    #[serde(default)]
    query: Option<ListedQuery>,
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    look: Option<WithId>,
    #[serde(default)]
    sql_query: Option<ListedSql>,
    #[serde(default)]
    sql_interface_sql: Option<String>,
    #[serde(default)]
    query_task_id: Option<String>,
    #[serde(default)]
    runtime: Option<f64>,
}

#[derive(Deserialize)]
struct WithId {
    id: Value,
}

#[derive(Deserialize)]
struct ListedQuery {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    view: Option<String>,
    #[serde(default)]
    fields: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ListedSql {
    #[serde(default)]
    slug: Option<String>,
}

impl Running {
    /// A query that was not sent yet.
    pub(super) fn new(caller: &Caller, what: What) -> Self {
        Self { caller: caller.clone(), what, since: None }
    }

    /// It is a task from now on, and runs.
    pub(super) fn is_task(&mut self, id: &str) {
        self.what = What::Task(id.to_owned());
        self.was_sent();
    }

    /// It may run from now on.
    pub(super) fn was_sent(&mut self) {
        self.since = Some(Instant::now());
    }

    /// There is nothing to kill any more.
    pub(super) fn has_ended(&mut self) {
        self.since = None;
    }

    /// Nothing, either, after most failures: it was Looker who ended it. A cancel, a deadline and a silence leave it
    /// running; a task that ran out of time stays, because it can be taken up again.
    pub(super) fn has_failed(&mut self, error: &Error) {
        let is_left = match error.kind {
            ErrorKind::Cancelled => true,
            ErrorKind::Timeout => !matches!(self.what, What::Task(_)),
            _ => false,
        };
        if !is_left {
            self.has_ended();
        }
    }
}

impl Watching for Running {
    fn has_ended(&mut self) {
        Self::has_ended(self);
    }

    fn has_failed(&mut self, error: &Error) {
        Self::has_failed(self, error);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(started) = self.since else { return };
        let (caller, what) = (self.caller.clone(), self.what.clone());
        self.caller.behind(async move {
            match tokio::time::timeout(PATIENCE, kill(&caller, &what, started)).await {
                Ok(Ok(killed)) => tracing::debug!(killed, "ended what nobody waits for"),
                Ok(Err(error)) => tracing::debug!("the query could not be killed: {}", error.kind),
                Err(_) => tracing::debug!("the query could not be killed in time"),
            }
        });
    }
}

/// Kills the one that is ours, if it runs; a query that had not begun when it was looked for is looked for once more.
async fn kill(caller: &Caller, what: &What, started: Instant) -> Result<bool> {
    if let What::Task(id) = what {
        return end(caller, id).await;
    }
    let me: WithId = caller.get(&Asked::new(&ME, &[], &[("fields", "id")])).await?;
    for pause in [Duration::ZERO, Duration::from_millis(500)] {
        tokio::time::sleep(pause).await;
        let listed: Vec<Listed> = caller.get(&Asked::new(&ALL_RUNNING_QUERIES, &[], &[])).await?;
        if let Some(id) = ours(&listed, &me, what, started.elapsed()) {
            return end(caller, id).await;
        }
    }
    Ok(false)
}

async fn end(caller: &Caller, id: &str) -> Result<bool> {
    match caller.send(&Asked::new(&KILL_QUERY, &[id], &[])).await {
        Ok(_) => Ok(true),
        // It has ended meanwhile.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The running query that is ours: of this user, what was asked for, and of those the one that runs for about as long.
fn ours<'a>(listed: &'a [Listed], me: &WithId, what: &What, elapsed: Duration) -> Option<&'a str> {
    let is_ours = |listed: &&Listed| {
        let user = listed.user.as_ref().and_then(|user| id_text(&user.id));
        user.is_some() && user == id_text(&me.id) && what.is(listed)
    };
    let distance = |listed: &Listed| listed.runtime.map_or(f64::MAX, |runtime| (runtime - elapsed.as_secs_f64()).abs());
    let nearest = listed.iter().filter(is_ours).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    nearest.query_task_id.as_deref()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_users_own_query_with_these_fields_is_killed_and_of_two_the_one_of_this_age() {
        let running = |id: &str, user: &str, field: &str, runtime: f64| {
            json!({ "query_task_id": id, "user": { "id": user }, "runtime": runtime,
                    "query": { "model": "m", "view": "e", "fields": [field] } })
        };
        let listed: Vec<Listed> = serde_json::from_value(json!([
            running("other user", "2", "a.b", 3.0),
            running("other fields", "1", "a.c", 3.0),
            running("older", "1", "a.b", 60.0),
            running("ours", "1", "a.b", 2.9),
            { "query_task_id": "sql", "user": { "id": "1" }, "query": null, "sql_query": { "slug": "s" } },
        ]))
        .unwrap();
        let what = What::Query { model: "m".into(), explore: "e".into(), fields: vec!["a.b".into()] };
        let me = WithId { id: json!(1) };
        assert_eq!(ours(&listed, &me, &what, Duration::from_secs(3)), Some("ours"));
        assert_eq!(ours(&listed[..2], &me, &what, Duration::from_secs(3)), None);
        assert_eq!(ours(&listed, &me, &What::Sql("s".into()), Duration::ZERO), Some("sql"));
    }
}
