//! Sessions of the loaded Looker connector, and the ends of their operations.

use std::time::Duration;

use arrow_array::RecordBatch;
use connector_interface::connector::{Outcome, Progress};
use connector_interface::error::{Error, Result};
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::Services;
use secrecy::SecretSlice;
use serde_json::{Value, json};

use crate::artifacts;
use crate::patience::{LATER, within};
use crate::sandbox::Sandbox;

/// No operation of a test takes longer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Connects with settings and secrets.
pub fn connect(settings: &Value, secrets: &[(&str, &str)], services: impl Services) -> Result<Session> {
    let plugin = Plugin::load(&artifacts::library("looker-connector"))?;
    let secret = |(name, value): &(&str, &str)| Secret {
        name: (*name).to_owned(),
        value: SecretSlice::from(value.as_bytes().to_vec()),
    };
    let secrets: Vec<Secret> = secrets.iter().map(secret).collect();
    plugin.connect(settings.as_object().unwrap(), &secrets, services)
}

/// Connects with a user's API credentials; `more` are further settings.
pub fn connect_as(sandbox: &Sandbox, user: &str, more: &Value, services: impl Services) -> Session {
    let user = sandbox.ready.users.iter().find(|known| known.name == user).unwrap();
    let mut settings = json!({ "base_url": sandbox.ready.base_url, "client_id": user.client_id });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    connect(&settings, &[("client_secret", &user.client_secret)], services).unwrap()
}

/// The value in which an operation ends, and how it ended.
pub fn ask(session: &Session, kind: &str, body: &Value) -> (Result<Value>, Progress) {
    let operation = session.start(kind, body, Some(DEADLINE));
    let operation = match operation {
        Ok(operation) => operation,
        Err(error) => return (Err(error), Progress::default()),
    };
    let waiting = operation.clone();
    let answer = within(LATER, kind, move || match waiting.result()? {
        Outcome::Value(value) => Ok(value),
        other => panic!("no value but {other:?}"),
    });
    (answer, operation.progress().unwrap())
}

/// The value of an operation that must succeed.
#[track_caller]
pub fn value(session: &Session, kind: &str, body: &Value) -> Value {
    ask(session, kind, body).0.unwrap_or_else(|error| panic!("{}", error.report()))
}

/// The error of an operation that must fail.
#[track_caller]
pub fn error(session: &Session, kind: &str, body: &Value) -> Error {
    match ask(session, kind, body).0 {
        Ok(value) => panic!("it did not fail: {value}"),
        Err(error) => error,
    }
}

/// What a query on `thelook` delivers, why it ended before its end, and how it ended. The failure of a stream is told
/// with all its facts.
pub fn query_parts(session: &Session, body: &Value) -> (Vec<RecordBatch>, Option<Error>, Progress) {
    let mut whole = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id"] });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let operation = match session.start("query", &whole, Some(DEADLINE)) {
        Ok(operation) => operation,
        Err(error) => return (Vec::new(), Some(error), Progress::default()),
    };
    let waiting = operation.clone();
    let (batches, failure) = within(LATER, "a query", move || {
        let reader = match waiting.result() {
            Ok(Outcome::Rows(rows)) => connector_interface::rows::import(rows).unwrap(),
            Ok(other) => panic!("no rows but {other:?}"),
            Err(error) => return (Vec::new(), Some(error)),
        };
        let mut batches = Vec::new();
        for batch in reader {
            match batch {
                Ok(batch) => batches.push(batch),
                Err(_) => return (batches, waiting.progress().unwrap().error),
            }
        }
        (batches, None)
    });
    (batches, failure, operation.progress().unwrap())
}

/// All batches of a query, and how it ended.
pub fn query(session: &Session, body: &Value) -> (Result<Vec<RecordBatch>>, Progress) {
    let (batches, failure, progress) = query_parts(session, body);
    (failure.map_or(Ok(batches), Err), progress)
}

/// How many rows a query delivers.
#[track_caller]
pub fn count(session: &Session, body: &Value) -> usize {
    let batches = query(session, body).0.unwrap_or_else(|error| panic!("{}", error.report()));
    batches.iter().map(RecordBatch::num_rows).sum()
}
