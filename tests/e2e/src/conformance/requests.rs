//! What a session answers.

use std::sync::{Arc, Barrier};
use std::thread;

use arrow_array::RecordBatchReader as _;
use connector_interface::connector::{Outcome, State};
use connector_interface::describe::OperationSpec;
use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::Session;
use serde_json::{Value, json};

use super::{Ask, Subject, assert_lives, connect, drain, load, read};
use crate::patience::{LATER, within};

/// The answer to a request, whether it is refused at its start or by its result.
fn answer(session: &Session, ask: &Ask) -> Result<Outcome> {
    let (session, ask) = (session.clone(), ask.clone());
    within(LATER, "an answer", move || session.start(&ask.kind, &ask.body, None)?.result())
}

/// A value with a sentence for a person and facts for a program.
pub fn a_check_says_in_one_sentence_that_it_works(subject: &dyn Subject) {
    let session = connect(subject);
    match answer(&session, &Ask::new(OperationSpec::CHECK, json!({}))) {
        Ok(Outcome::Value(value)) => {
            let summary = value.get("summary").and_then(Value::as_str).unwrap_or_default();
            assert!(!summary.is_empty() && !summary.contains('\n'), "not one sentence: {value}");
            assert!(value.get("facts").is_some_and(Value::is_object), "no facts: {value}");
        }
        other => panic!("{other:?}"),
    }
}

/// The columns before the first row; and in the end the operation says that it is done, and of how many rows.
pub fn a_query_gives_its_columns_and_its_rows(subject: &dyn Subject) {
    let session = connect(subject);
    let Ask { kind, body } = subject.quick();
    within(LATER, "a query", move || {
        let operation = session.start(&kind, &body, None).unwrap();
        assert_eq!(operation.progress().unwrap().state, State::Running);
        let rows = operation.rows().unwrap();
        let schema = rows.schema();
        assert!(!schema.fields().is_empty());
        let mut count = 0;
        for batch in rows {
            let batch = batch.unwrap();
            assert_eq!(batch.schema().fields(), schema.fields());
            count += batch.num_rows() as u64;
        }
        assert!(count > 0, "no rows");
        let progress = operation.progress().unwrap();
        assert_eq!((progress.state, progress.rows, progress.error), (State::Done, count, None));
        assert!(progress.summary.get("row_count").is_none_or(|rows| *rows == count), "{:?}", progress.summary);
    });
}

/// In both forms of which the contract speaks.
pub fn the_catalog_lists_its_top_as_rows_and_as_a_tree(subject: &dyn Subject) {
    let session = connect(subject);
    match answer(&session, &Ask::new(OperationSpec::CATALOG, json!({ "path": "", "form": "rows" }))) {
        Ok(Outcome::Rows(rows)) => {
            let mut reader = connector_interface::rows::import(rows).unwrap();
            assert!(!reader.schema().fields().is_empty());
            assert!(reader.next().is_some_and(|batch| batch.unwrap().num_rows() > 0), "nothing is listed");
        }
        other => panic!("{other:?}"),
    }
    match answer(&session, &Ask::new(OperationSpec::CATALOG, json!({ "path": "", "form": "tree" }))) {
        Ok(Outcome::Value(value)) => assert!(value.to_string().contains("\"name\""), "no nodes: {value}"),
        other => panic!("{other:?}"),
    }
}

/// A host may offer what an older connector does not do.
pub fn a_request_of_an_unknown_kind_is_refused_and_the_session_lives(subject: &dyn Subject) {
    let session = connect(subject);
    let error = answer(&session, &Ask::new("no_such_kind", json!({}))).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unsupported | ErrorKind::InvalidInput), "{}", error.report());
    assert!(error.message.contains("no_such_kind"), "{error}");
    assert_lives(&session, subject);
}

/// Each kind's schema is taken at its word: no text in place of an object, no unknown key where it allows none, no
/// required key missing.
pub fn a_body_that_its_schema_forbids_is_invalid_input(subject: &dyn Subject) {
    let session = connect(subject);
    let plugin = load(subject);
    let refused = |kind: &str, body: Value, name: &str| {
        let error = match answer(&session, &Ask::new(kind, body.clone())) {
            Err(error) => error,
            Ok(outcome) => panic!("{kind} {body} is answered by {outcome:?}"),
        };
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{kind} {body}: {}", error.report());
        let text = format!("{} {}", error.message, error.advice);
        assert!(text.contains(name), "{kind} {body}: `{name}` is not named: {text}");
    };
    let mut closed = 0;
    for operation in &plugin.description().operations {
        refused(&operation.kind, json!("not an object"), "");
        if let Some(required) = operation.input.get("required").and_then(Value::as_array).and_then(|keys| keys.first())
        {
            refused(&operation.kind, json!({}), required.as_str().unwrap());
        } else if operation.input.get("additionalProperties") == Some(&json!(false)) {
            closed += 1;
            refused(&operation.kind, json!({ "no_such_key": 1 }), "no_such_key");
        }
    }
    let Ask { kind, mut body } = subject.quick();
    if plugin.description().find_operation(&kind).unwrap().input.get("additionalProperties") == Some(&json!(false)) {
        closed += 1;
        body["no_such_key"] = json!(1);
        refused(&kind, body, "no_such_key");
    }
    assert!(closed > 0, "no schema forbids unknown keys: a misspelt key would do nothing, silently");
    assert_lives(&session, subject);
}

/// With a kind that is none of the connector's own defects, and one line of what happened.
pub fn a_request_that_fails_says_so_and_the_session_lives(subject: &dyn Subject) {
    let session = connect(subject);
    let failing = subject.failing();
    assert!(!failing.is_empty(), "nothing fails: this sentence proves nothing");
    for ask in failing {
        let (session, Ask { kind, body }) = (session.clone(), ask.clone());
        let error: Error = within(LATER, "a failure", move || {
            let operation = session.start(&kind, &body, None)?;
            let outcome = match operation.result() {
                Ok(Outcome::Rows(rows)) => connector_interface::rows::import(rows)?.find_map(std::result::Result::err),
                Ok(_) => None,
                Err(error) => return Err(error),
            };
            assert!(outcome.is_some(), "{kind} {body} does not fail");
            let progress = operation.progress()?;
            assert_eq!(progress.state, State::Failed);
            Err::<(), _>(progress.error.expect("a failed operation knows why"))
        })
        .unwrap_err();
        assert!(!matches!(error.kind, ErrorKind::Internal | ErrorKind::Cancelled), "{ask:?}: {}", error.report());
        assert!(!error.message.is_empty() && !error.message.contains('\n'), "{ask:?}: {error}");
        assert!(!error.message.ends_with('.'), "the message is one sentence without a full stop: {error}");
    }
    assert_lives(&session, subject);
}

/// A second taker is told so.
pub fn a_result_is_given_once(subject: &dyn Subject) {
    let session = connect(subject);
    let Ask { kind, body } = subject.quick();
    within(LATER, "a result", move || {
        let operation = session.start(&kind, &body, None).unwrap();
        let rows = operation.result().unwrap();
        let error = operation.result().map(|_| "a second result").unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{}", error.report());
        drop(rows);
    });
}

/// All calls may come from any thread at the same time.
pub fn eight_threads_on_one_session_get_the_same_rows(subject: &dyn Subject) {
    let session = connect(subject);
    let expected = read(&session, &subject.quick(), None).unwrap();
    let together = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (session, ask, together) = (session.clone(), subject.quick(), Arc::clone(&together));
            thread::spawn(move || {
                together.wait();
                read(&session, &ask, None)
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap().unwrap(), expected);
    }
    drain(&session, &subject.quick()).unwrap();
}
