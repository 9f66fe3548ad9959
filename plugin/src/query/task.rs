//! Query tasks: Looker runs a query by itself, and the result is fetched when it is there. A task lives on without whoever has
//! begun it, so that another request, of another session, can take it up by its id.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Job;
use super::begin::Way;
use super::formats::Made;
use super::kill::{Running, What};
use super::limits::RowLimit;
use super::looker_query::LookerQuery;
use super::resolve::fetch;
use crate::api::Caller;
use crate::http::{Body, Response};
use crate::link::Asked;
use crate::operation::Control;
use crate::operations::{CREATE_QUERY, CREATE_QUERY_TASK, QUERY_TASK, QUERY_TASK_RESULTS};
use crate::paging::id_text;

/// The first pause between two looks at a task, and the longest. Each look is a query call by Looker's count.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the result of a task that is complete may not be there yet.
const GRACE: u32 = 5;

/// The parts of a task that are read.
const TASK_KEYS: &str = "id,query_id,status,result_format";

/// A query as a task.
pub(super) struct Task {
    /// The saved query that it runs; known when there is one to begin.
    query: Option<String>,
    parameters: Vec<(String, String)>,
    made: &'static Made,
    /// None before it has begun.
    id: Option<String>,
    /// Whether it was begun anew.
    was_begun_anew: bool,
}

/// `QueryTask` of the specification, as far as it is read.
#[derive(Debug, Deserialize)]
struct Shown {
    id: Value,
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    result_format: Option<String>,
}

/// Where a task stands. The specification writes its words in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Also what an unknown word stands for: it is looked at again.
    Running,
    /// There is an answer: a result, or why there is none.
    Answered,
    Expired,
    Killed,
}

impl Status {
    fn of(word: Option<&str>) -> Self {
        match word.unwrap_or_default().to_lowercase().as_str() {
            "complete" | "error" => Self::Answered,
            "expired" => Self::Expired,
            "killed" => Self::Killed,
            _ => Self::Running,
        }
    }
}

impl Task {
    /// A task that runs a saved query and is not begun yet.
    pub(super) fn of(query: String, parameters: Vec<(String, String)>, made: &'static Made) -> Self {
        Self { query: Some(query), parameters, made, id: None, was_begun_anew: false }
    }

    /// A task that somebody has begun, and the query that it runs.
    async fn resume(caller: &Caller, id: &str) -> Result<(Self, Option<String>)> {
        let shown = look(caller, id).await.map_err(|error| gone(error, id))?;
        let made = Made::find(shown.result_format.as_deref().unwrap_or("json_bi"))?;
        if Status::of(shown.status.as_deref()) == Status::Expired {
            return Err(expired(id, shown.query_id.as_ref().and_then(id_text).as_deref()));
        }
        let task = Self { query: None, parameters: Vec::new(), made, id: Some(id.to_owned()), was_begun_anew: false };
        Ok((task, shown.query_id.as_ref().and_then(id_text)))
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Begins the task where it has not begun, waits for it, and fetches its result.
    pub(super) async fn answer(
        &mut self,
        caller: &Caller,
        running: &mut Running,
        control: &Control,
    ) -> Result<Response> {
        let mut pause = FIRST_PAUSE;
        let mut grace = GRACE;
        let mut status = Status::Running;
        loop {
            let id = if let Some(id) = &self.id {
                id.clone()
            } else {
                let shown = self.begin(caller).await?;
                status = Status::of(shown.status.as_deref());
                let id = id_text(&shown.id).ok_or_else(without_id)?;
                self.id.insert(id).clone()
            };
            control.update(|progress| drop(progress.summary.insert("query_task_id".to_owned(), json!(id))));
            if status == Status::Running {
                running.is_task(&id);
                status = match look(caller, &id).await {
                    Ok(shown) => Status::of(shown.status.as_deref()),
                    Err(error) if error.kind == ErrorKind::NotFound => Status::Expired,
                    Err(error) => return Err(error),
                };
            }
            match status {
                Status::Running => {}
                Status::Answered => {
                    running.has_ended();
                    match self.result(caller, &id).await {
                        Ok(Some(response)) => return Ok(response),
                        Ok(None) if grace == 0 => return Err(without_result(&id)),
                        // It says that it is complete, and has no result yet.
                        Ok(None) => (grace, status) = (grace - 1, Status::Running),
                        Err(error) if error.kind == ErrorKind::NotFound => {
                            status = Status::Expired;
                            continue;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Status::Killed => return Err(killed(&id)),
                Status::Expired if self.query.is_some() && !self.was_begun_anew => {
                    tracing::warn!("the query task has expired; beginning it anew");
                    (self.id, self.was_begun_anew, status) = (None, true, Status::Running);
                    continue;
                }
                Status::Expired => {
                    running.has_ended();
                    return Err(expired(&id, self.query.as_deref()));
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn begin(&self, caller: &Caller) -> Result<Shown> {
        let mut parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        parameters.push(("fields", TASK_KEYS));
        let body = json!({ "query_id": self.query, "result_format": self.made.name });
        caller.get(&Asked::new(&CREATE_QUERY_TASK, &[], &parameters).with(Body::json(&body))).await
    }

    /// The result; none when it is not there yet, which releases say in three ways.
    async fn result(&self, caller: &Caller, id: &str) -> Result<Option<Response>> {
        let mut response = caller.send(&Asked::new(&QUERY_TASK_RESULTS, &[id], &[])).await?;
        let is_late = matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT);
        if is_late || response.peek().await?.is_empty() { Ok(None) } else { Ok(Some(response)) }
    }
}

impl Job {
    /// Takes a task up again. Its query is looked up for the order of its columns and for its limit.
    pub(super) fn task(&self, id: &str) -> Result<Outcome> {
        let resumed = async {
            let (task, query) = Task::resume(&self.caller, id).await?;
            let shown = match query {
                Some(query) => fetch(&self.caller, &query).await.ok(),
                None => None,
            };
            Ok((task, shown.and_then(|shown| LookerQuery::shown(shown).ok())))
        };
        let (task, query) = self.wait(resumed)?;
        let mut wanted = self.untold(What::Task(id.to_owned()), task.made);
        wanted.facts.insert("run".to_owned(), json!("task"));
        if let Some(query) = query {
            wanted.columns = self.columns(&query, task.made)?;
            wanted.limit = RowLimit(Some(query.limit()));
        }
        self.begin(Way::Task(task), wanted).map(|begun| self.delivered(begun))
    }
}

async fn look(caller: &Caller, id: &str) -> Result<Shown> {
    caller.get(&Asked::new(&QUERY_TASK, &[id], &[("fields", TASK_KEYS)])).await
}

/// Saves a query, and returns its id.
pub(super) async fn save(caller: &Caller, body: &Value) -> Result<String> {
    #[derive(Deserialize)]
    struct Saved {
        id: Value,
    }
    let asked = Asked::new(&CREATE_QUERY, &[], &[("fields", "id")]).with(Body::json(body));
    let saved: Saved = caller.get(&asked).await?;
    id_text(&saved.id).ok_or_else(without_id)
}

fn without_id() -> Error {
    Error::new(ErrorKind::Protocol, "Looker tells no id of what it has made")
        .advise("Please report this with the Looker release, which the connection test tells")
}

/// The error, saying how the task is taken up again, unless that is of no use.
pub(super) fn resumable(error: Error, id: Option<&str>) -> Error {
    let Some(id) = id else { return error };
    let goes_on = matches!(
        error.kind,
        ErrorKind::Timeout
            | ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::RateLimited
            | ErrorKind::Incomplete
    );
    let error = error.with("query_task_id", id);
    if !goes_on {
        return error;
    }
    let advice = format!("The query goes on in Looker; take it up again with `query_task` = {id}");
    error.advise(advice)
}

fn gone(error: Error, id: &str) -> Error {
    if error.kind == ErrorKind::NotFound { expired(id, None).with("query_task_id", id) } else { error }
}

fn expired(id: &str, query: Option<&str>) -> Error {
    let error = Error::new(
        ErrorKind::NotFound,
        format!("The query task {id} has expired, or it is another user's than this user's"),
    );
    match query {
        Some(query) => error.advise(format!("Run its query again, which is `query` = {query}")),
        None => error.advise("Run its query again; Looker keeps results for a while only"),
    }
}

fn killed(id: &str) -> Error {
    Error::new(ErrorKind::QueryFailed, format!("Somebody has ended the query task {id} in Looker"))
        .advise("Run it again, or ask a Looker administrator why it was ended")
}

fn without_result(id: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("The query task {id} is complete and has no result"))
        .advise("Run it again; when it stays, please report it with the Looker release")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_status_are_understood_however_they_are_written() {
        for (word, status) in [
            ("added", Status::Running),
            ("running", Status::Running),
            ("Complete", Status::Answered),
            ("ERROR", Status::Answered),
            ("expired", Status::Expired),
            ("Killed", Status::Killed),
            ("queued_for_something_new", Status::Running),
        ] {
            assert_eq!(Status::of(Some(word)), status, "{word}");
        }
        assert_eq!(Status::of(None), Status::Running);
    }

    #[test]
    fn an_error_says_how_to_take_the_task_up_again_only_while_it_goes_on() {
        let timeout = resumable(Error::new(ErrorKind::Timeout, "late"), Some("t1"));
        assert!(
            timeout.advice.ends_with("`query_task` = t1") && timeout.evidence["query_task_id"] == "t1",
            "{timeout}"
        );
        let failed = resumable(Error::new(ErrorKind::QueryFailed, "no table").advise("Correct it"), Some("t1"));
        assert_eq!(failed.advice, "Correct it");
        assert!(resumable(Error::new(ErrorKind::Timeout, "late"), None).evidence.is_empty());
    }
}
