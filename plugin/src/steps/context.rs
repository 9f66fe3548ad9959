//! What a step works with: the session as one user, the controls of its operation, and whether it is only shown.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, Value};

use crate::api::Caller;
use crate::call::{self, CallRequest, Known};
use crate::operation::Control;
use crate::query::{self, Explores, QueryRequest};
use crate::runtime::block_on;

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
        let body = as_people_write(body);
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

/// A query request with its ids as text, also where they were written as numbers, and its lists as lists, also where they
/// were written with commas.
fn as_people_write(body: Map<String, Value>) -> Value {
    let schema = QueryRequest::schema();
    let kind = |key: &str| schema.pointer(&format!("/properties/{key}/type")).and_then(Value::as_str);
    let written = body.into_iter().map(|(key, value)| {
        let value = match (kind(&key), value) {
            (Some("string"), Value::Number(id)) => id.to_string().into(),
            (Some("array"), Value::String(list)) => list.split(',').map(|one| Value::from(one.trim())).collect(),
            (_, value) => value,
        };
        (key, value)
    });
    Value::Object(written.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_and_lists_are_taken_as_people_write_them() {
        let body =
            json!({ "look": 7, "fields": "a.b, a.c", "sorts": ["a.b"], "limit": 5, "filters": { "a.b": "x,y" } });
        let Value::Object(body) = body else { panic!() };
        assert_eq!(
            as_people_write(body),
            json!({ "look": "7", "fields": ["a.b", "a.c"], "sorts": ["a.b"], "limit": 5, "filters": { "a.b": "x,y" } })
        );
    }
}
