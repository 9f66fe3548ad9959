//! Query requests of the loaded connector, whatever they deliver.

use std::io::Read as _;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use connector_interface::connector::{Outcome, Progress};
use connector_interface::error::{Error, Result};
use connector_interface::load::{Operation, Session};
use serde_json::Value;

use crate::patience::{LATER, within};

/// No request of a test takes longer, unless it says so.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What a request delivers.
#[derive(Clone, Debug)]
pub enum Delivered {
    /// All its rows in one batch.
    Rows(RecordBatch),
    /// A value.
    Value(Value),
    /// Bytes, and what they are.
    Bytes(String, Vec<u8>),
}

/// Runs a request to its end, and says how it ended.
pub fn run(session: &Session, body: &Value) -> (Result<Delivered>, Progress) {
    run_within(session, body, DEADLINE)
}

/// The same with another deadline.
pub fn run_within(session: &Session, body: &Value, deadline: Duration) -> (Result<Delivered>, Progress) {
    deliver(session, "query", body, deadline)
}

/// Starts a request of any kind, and reads all that it delivers.
pub fn deliver(session: &Session, kind: &str, body: &Value, deadline: Duration) -> (Result<Delivered>, Progress) {
    match session.start(kind, body, Some(deadline)) {
        Ok(operation) => {
            let reading = operation.clone();
            let delivered = within(LATER, kind, move || read(&reading));
            (delivered, operation.progress().unwrap())
        }
        Err(error) => (Err(error), Progress::default()),
    }
}

/// Reads all that an operation delivers. The failure of a stream is told with all its facts.
pub fn read(operation: &Operation) -> Result<Delivered> {
    let facts = |told: Error| operation.progress().ok().and_then(|progress| progress.error).unwrap_or(told);
    match operation.result()? {
        Outcome::Value(value) => Ok(Delivered::Value(value)),
        Outcome::Bytes(mut bytes) => {
            let mut all = Vec::new();
            match bytes.reader.read_to_end(&mut all) {
                Ok(_) => Ok(Delivered::Bytes(bytes.media_type, all)),
                Err(error) => Err(facts(*error.into_inner().unwrap().downcast::<Error>().unwrap())),
            }
        }
        Outcome::Rows(stream) => {
            let rows = operation.rows_of(stream)?;
            let schema = rows.schema();
            let batches = rows.collect::<Result<Vec<RecordBatch>>>()?;
            Ok(Delivered::Rows(concat_batches(&schema, &batches).unwrap()))
        }
        other => panic!("nothing that is known: {other:?}"),
    }
}

/// The rows of a request that must succeed, and how it ended.
#[track_caller]
pub fn rows(session: &Session, body: &Value) -> (RecordBatch, Progress) {
    match run(session, body) {
        (Ok(Delivered::Rows(batch)), progress) => (batch, progress),
        (Ok(other), _) => panic!("{body}: no rows but {other:?}"),
        (Err(error), _) => panic!("{body}: {}", error.report()),
    }
}

/// The value of a request that must succeed.
#[track_caller]
pub fn value(session: &Session, body: &Value) -> Value {
    match run(session, body).0 {
        Ok(Delivered::Value(value)) => value,
        other => panic!("{body}: no value but {other:?}"),
    }
}

/// The error of a request that must fail.
#[track_caller]
pub fn failure(session: &Session, body: &Value) -> Error {
    match run(session, body).0 {
        Ok(delivered) => panic!("{body} did not fail: {delivered:?}"),
        Err(error) => error,
    }
}

/// Rows as JSON objects.
pub fn objects(batch: &RecordBatch) -> Vec<Value> {
    let mut writer = arrow_json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow_json::writer::JsonArray>(Vec::new());
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let text = writer.into_inner();
    if text.is_empty() { Vec::new() } else { serde_json::from_slice(&text).unwrap() }
}

/// One column's values as JSON.
pub fn column(batch: &RecordBatch, name: &str) -> Vec<Value> {
    objects(batch).into_iter().map(|mut row| row[name].take()).collect()
}
