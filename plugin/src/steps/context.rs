//! What a step works with: the session as one user, the controls of its operation, and whether it is only shown.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value};

use crate::api::Caller;
use crate::call::{self, CallRequest, Known};
use crate::operation::Control;
use crate::query::{self, Explores, QueryRequest};
use crate::runtime::block_on;
use crate::steps::as_people_write;

/// The port of the API alone.
const API_PORT: &str = ":19999";

/// What a step works with.
pub(crate) struct Context {
    pub(crate) caller: Caller,
    pub(crate) control: Arc<Control>,
    pub(crate) explores: Arc<Explores>,
    pub(crate) operations: Arc<Known>,
    pub(crate) allow_sql_runner: bool,
    /// Nothing is changed: what would be sent is the answer.
    pub(crate) preview: bool,
}

impl Context {
    /// Waits for work, but no longer than until a cancel or the deadline.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        block_on(self.control.run(work))
    }

    /// Calls an operation.
    pub(crate) fn call(&self, request: CallRequest) -> Result<Outcome> {
        call::Job::new(self.caller.clone(), request, Arc::clone(&self.operations))?.run(&self.control)
    }

    /// Calls an operation that answers JSON.
    pub(crate) fn value(&self, request: CallRequest) -> Result<Value> {
        match self.call(request)? {
            Outcome::Value(value) => Ok(value),
            other => Err(Error::new(ErrorKind::Internal, format!("The operation answers no JSON but {other:?}"))),
        }
    }

    /// Runs a query request.
    pub(crate) fn query(&self, body: Map<String, Value>) -> Result<Outcome> {
        self.job(body)?.run()
    }

    /// Runs a query request; what is saved, by its id with one call.
    pub(crate) fn query_as_saved(&self, body: Map<String, Value>) -> Result<Outcome> {
        self.job(body)?.run_as_saved()
    }

    fn job(&self, body: Map<String, Value>) -> Result<query::Job> {
        let body = Value::Object(as_people_write(QueryRequest::schema(), body));
        let request: QueryRequest = serde_json::from_value(body.clone())
            .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("The input is not valid: {error}")))?;
        query::check_allowed(&request, self.allow_sql_runner)?;
        Ok(query::Job {
            caller: self.caller.clone(),
            control: Arc::clone(&self.control),
            request,
            body,
            explores: Arc::clone(&self.explores),
            allow_sql_runner: self.allow_sql_runner,
        })
    }

    /// The error, with the user's name.
    pub(crate) fn named(&self, error: Error) -> Error {
        self.wait(async { Ok(self.caller.naming_the_user(error.clone()).await) }).unwrap_or(error)
    }

    /// Where a page of Looker's is, below its web address.
    pub(crate) fn page(&self, path: &str) -> Option<String> {
        let api = self.caller.api();
        let base = match api.looker_url() {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            // Where nobody has said it, people reach Looker where the API is, or on its host without the API's own port.
            None => match api.root()? {
                root if root.host().ends_with(API_PORT) => format!("https://{}", root.host_name()),
                root => root.beside("").trim_end_matches('/').to_owned(),
            },
        };
        Some(format!("{base}{path}"))
    }
}
