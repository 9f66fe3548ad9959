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

/// The key of a request that takes a query task up.
pub(super) const KEY: &str = "query_task";

/// The first pause between two looks at a task, and the longest. Each look is a query call by Looker's count.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often an answer may be empty before that is taken for the end.
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

/// Where a task stands, as far as it matters. The specification writes its words in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// There is an answer: a result, or why there is none.
    Answered,
    Expired,
    /// It waits or runs. Also what an unknown word stands for: the result is asked for again.
    Pending,
}

impl Status {
    fn of(word: Option<&str>) -> Self {
        match word.unwrap_or_default().to_lowercase().as_str() {
            "complete" | "error" | "killed" => Self::Answered,
            "expired" => Self::Expired,
            _ => Self::Pending,
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

    /// Begins the task where it has not begun, waits for it, and fetches its result. The result is asked for and not the
    /// status, because what is there is then there with one call.
    pub(super) async fn answer(
        &mut self,
        caller: &Caller,
        running: &mut Running,
        control: &Control,
    ) -> Result<Response> {
        let mut pause = FIRST_PAUSE;
        let mut grace = GRACE;
        loop {
            let id = if let Some(id) = &self.id {
                id.clone()
            } else {
                let shown = self.begin(caller).await?;
                let id = id_text(&shown.id).ok_or_else(without_id)?;
                running.is_task(&id);
                self.id = Some(id.clone());
                if Status::of(shown.status.as_deref()) == Status::Pending {
                    tokio::time::sleep(pause).await;
                }
                id
            };
            running.is_task(&id);
            control.update(|progress| drop(progress.summary.insert("query_task_id".to_owned(), json!(id))));
            match self.result(caller, &id).await {
                Ok(Answer::There(response)) => {
                    running.has_ended();
                    return Ok(*response);
                }
                Ok(Answer::Pending) => {}
                Ok(Answer::Empty) if grace > 0 => grace -= 1,
                Ok(Answer::Empty) => return Err(without_result(&id)),
                Err(error) if error.kind == ErrorKind::NotFound => {
                    running.has_ended();
                    let query = look(caller, &id).await.ok().and_then(|shown| id_text(&shown.query_id?));
                    if self.query.is_none() || self.was_begun_anew {
                        return Err(expired(&id, query.as_deref()));
                    }
                    tracing::warn!("the query task has expired; beginning it anew");
                    (self.id, self.was_begun_anew) = (None, true);
                    continue;
                }
                Err(error) => return Err(error),
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

    /// The result, or that it is not there yet, which releases say in three ways.
    async fn result(&self, caller: &Caller, id: &str) -> Result<Answer> {
        let mut response = caller.send(&Asked::new(&QUERY_TASK_RESULTS, &[id], &[])).await?;
        Ok(match response.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => Answer::Pending,
            _ if response.peek().await?.is_empty() => Answer::Empty,
            _ => Answer::There(Box::new(response)),
        })
    }
}

/// What is said to whoever asks for a result.
enum Answer {
    There(Box<Response>),
    Pending,
    /// A success without a body, which no format has.
    Empty,
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

pub(super) fn without_id() -> Error {
    Error::new(ErrorKind::Protocol, "Looker tells no id of what it has made")
        .advise("Please report this with the Looker release, which the connection test tells")
}

/// The error, saying how the task is taken up again, unless that is of no use. The key of a request by which it is taken up
/// names its kind.
pub(super) fn resumable(error: Error, key: &str, id: Option<&str>) -> Error {
    let Some(id) = id else { return error };
    let goes_on = matches!(
        error.kind,
        ErrorKind::Timeout
            | ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::RateLimited
            | ErrorKind::Incomplete
    );
    let error = error.with(&format!("{key}_id"), id);
    if !goes_on {
        return error;
    }
    let advice = format!("It goes on in Looker; take it up again with `{key}` = {id}");
    error.advise(advice)
}

fn gone(error: Error, id: &str) -> Error {
    if error.kind == ErrorKind::NotFound { expired(id, None).with("query_task_id", id) } else { error }
}

fn expired(id: &str, query: Option<&str>) -> Error {
    let error =
        Error::new(ErrorKind::NotFound, format!("The query task {id} has expired, or this user may not see it"));
    match query {
        Some(query) => error.advise(format!("Run its query again, which is `query` = {query}")),
        None => error.advise("Run its query again; Looker keeps results for a while only"),
    }
}

fn without_result(id: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("The query task {id} has no result, not even an empty one"))
        .advise("Run it again; when it stays, please report it with the Looker release")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_status_are_understood_however_they_are_written() {
        for (word, status) in [
            ("added", Status::Pending),
            ("running", Status::Pending),
            ("Complete", Status::Answered),
            ("ERROR", Status::Answered),
            ("Expired", Status::Expired),
            ("killed", Status::Answered),
            ("queued_for_something_new", Status::Pending),
        ] {
            assert_eq!(Status::of(Some(word)), status, "{word}");
        }
        assert_eq!(Status::of(None), Status::Pending);
    }

    #[test]
    fn an_error_says_how_to_take_the_task_up_again_only_while_it_goes_on() {
        let timeout = resumable(Error::new(ErrorKind::Timeout, "late"), KEY, Some("t1"));
        assert!(
            timeout.advice.ends_with("`query_task` = t1") && timeout.evidence["query_task_id"] == "t1",
            "{timeout}"
        );
        let failed = resumable(Error::new(ErrorKind::QueryFailed, "no table").advise("Correct it"), KEY, Some("t1"));
        assert_eq!(failed.advice, "Correct it");
        assert!(resumable(Error::new(ErrorKind::Timeout, "late"), KEY, None).evidence.is_empty());
    }
}
