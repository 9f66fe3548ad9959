//! Killing a query that nobody waits for any more. Whether Looker stops one whose connection is closed is not published, so
//! it is found among the running ones and killed by its id.

use std::time::{Duration, Instant};

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Caller;
use crate::link::Asked;
use crate::operations::{ALL_RUNNING_QUERIES, KILL_QUERY, ME};
use crate::paging::id_text;
use crate::query::InlineQuery;

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
#[derive(Clone)]
struct What {
    model: String,
    explore: String,
    fields: Vec<String>,
}

/// `RunningQueries` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    user: Option<WithId>,
    #[serde(default)]
    query: Option<ListedQuery>,
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

impl Running {
    /// A query that was not sent yet.
    pub(super) fn new(caller: &Caller, query: &InlineQuery) -> Self {
        let what = What { model: query.model.clone(), explore: query.explore.clone(), fields: query.fields.clone() };
        Self { caller: caller.clone(), what, since: None }
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
    /// running.
    pub(super) fn has_failed(&mut self, error: &Error) {
        if !matches!(error.kind, ErrorKind::Cancelled | ErrorKind::Timeout) {
            self.has_ended();
        }
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
    let me: WithId = caller.get(&Asked::new(&ME, &[], &[("fields", "id")])).await?;
    for pause in [Duration::ZERO, Duration::from_millis(500)] {
        tokio::time::sleep(pause).await;
        let listed: Vec<Listed> = caller.get(&Asked::new(&ALL_RUNNING_QUERIES, &[], &[])).await?;
        if let Some(id) = ours(&listed, &me, what, started.elapsed()) {
            return match caller.send(&Asked::new(&KILL_QUERY, &[id], &[])).await {
                Ok(_) => Ok(true),
                // It has ended meanwhile.
                Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            };
        }
    }
    Ok(false)
}

/// The running query that is ours: of this user, with these fields, and of those the one that runs for about as long.
fn ours<'a>(listed: &'a [Listed], me: &WithId, what: &What, elapsed: Duration) -> Option<&'a str> {
    let is_ours = |listed: &&Listed| {
        let user = listed.user.as_ref().and_then(|user| id_text(&user.id));
        let query = listed.query.as_ref();
        user.is_some()
            && user == id_text(&me.id)
            && query.is_some_and(|query| {
                query.model.as_ref() == Some(&what.model)
                    && query.view.as_ref() == Some(&what.explore)
                    && query.fields.as_ref() == Some(&what.fields)
            })
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
            { "query_task_id": "sql", "user": { "id": "1" }, "query": null },
        ]))
        .unwrap();
        let what = What { model: "m".into(), explore: "e".into(), fields: vec!["a.b".into()] };
        let me = WithId { id: json!(1) };
        assert_eq!(ours(&listed, &me, &what, Duration::from_secs(3)), Some("ours"));
        assert_eq!(ours(&listed[..2], &me, &what, Duration::from_secs(3)), None);
    }
}
