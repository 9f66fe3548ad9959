//! A result from its call to its first rows or bytes.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value, json};

use super::Job;
use super::bytes;
use super::call::Request;
use super::formats::Made;
use super::kill::{Running, What};
use super::limits::RowLimit;
use super::stream::{Batches, Source};
use super::task::{self, Task, resumable};
use crate::api::Caller;
use crate::http::{Failure, Pauses, Reached, Response};
use crate::operation::Control;
use crate::operations::{Operation, QUERY_TASK_RESULTS};
use looker_result::Columns;

/// How the answer is got that holds a result.
pub(super) enum Way {
    Direct(Request),
    Task(Task),
}

/// A result that has begun.
pub(super) enum Begun {
    Rows(Box<Batches>),
    Bytes(Outcome),
}

impl Begun {
    /// Its rows.
    pub(super) fn rows(self) -> Result<Box<dyn Source>> {
        match self {
            Self::Rows(rows) => Ok(rows),
            Self::Bytes(_) => Err(Error::new(ErrorKind::Internal, "Rows were asked for, and bytes have begun")),
        }
    }
}

impl Way {
    /// The operation that answers with the result.
    fn operation(&self) -> &'static Arc<Operation> {
        match self {
            Self::Direct(request) => request.operation,
            Self::Task(_) => &QUERY_TASK_RESULTS,
        }
    }

    fn task_id(&self) -> Option<&str> {
        match self {
            Self::Direct(_) => None,
            Self::Task(task) => task.id(),
        }
    }

    async fn answer(&mut self, caller: &Caller, running: &mut Running, control: &Control) -> Result<Response> {
        // Who gives up before has nothing to kill, and no reason to ask Looker for anything.
        caller.ready().await?;
        match self {
            Self::Direct(request) => {
                running.was_sent();
                request.send(caller).await
            }
            Self::Task(task) => task.answer(caller, running, control).await,
        }
    }
}

/// What is known of a result before it begins.
pub(super) struct Wanted {
    /// What it is found by among the running ones.
    pub(super) what: What,
    pub(super) made: &'static Made,
    pub(super) columns: Columns,
    pub(super) limit: RowLimit,
    /// What the summary says of it from the beginning.
    pub(super) facts: Map<String, Value>,
}

impl Job {
    /// Gets a result and reads its beginning. A connection that breaks before anything was delivered has delivered nothing,
    /// so that what only reads may be run again.
    pub(super) fn begin(&self, mut way: Way, mut wanted: Wanted) -> Result<Begun> {
        let operation = way.operation();
        let mut pauses = Pauses::new(operation.safety);
        wanted.facts.insert("wire".to_owned(), json!(wanted.made.name));
        loop {
            let mut running = Running::new(&self.caller, wanted.what.clone());
            let answer = self.wait(way.answer(&self.caller, &mut running, &self.control));
            let answer = answer.inspect_err(|error| running.has_failed(error));
            wanted.facts.extend(way.task_id().map(|id| ("query_task_id".to_owned(), json!(id))));
            let error = match answer.and_then(|response| self.first(response, &wanted, running)) {
                Err(error) if is_broken(&error) => error,
                begun => return begun.map_err(|error| resumable(error, task::KEY, way.task_id())),
            };
            let failure = Failure { error: Box::new(error), reached: Reached::Perhaps };
            let Some(pause) = pauses.next(&failure, self.control.meter()) else {
                return Err(resumable(pauses.told(*failure.error), task::KEY, way.task_id()));
            };
            tracing::warn!(operation = operation.id, "trying again after: {}", failure.error.kind.meaning());
            self.wait(async {
                tokio::time::sleep(pause).await;
                Ok(())
            })?;
        }
    }

    /// Reads the beginning of an answer.
    fn first(&self, response: Response, wanted: &Wanted, running: Running) -> Result<Begun> {
        let facts = wanted.facts.clone();
        if wanted.made.wire.is_none() {
            return bytes::begin(response, wanted.made, facts, &self.control, Some(running)).map(Begun::Bytes);
        }
        let (columns, control) = (wanted.columns.clone(), Arc::clone(&self.control));
        let mut rows = Batches::begin(response, columns, wanted.limit, control, running)?;
        rows.know(facts);
        Ok(Begun::Rows(Box::new(rows)))
    }
}

/// Whether the connection broke while the answer was on its way.
fn is_broken(error: &Error) -> bool {
    error.kind == ErrorKind::Incomplete && error.evidence.contains_key("cause")
}
