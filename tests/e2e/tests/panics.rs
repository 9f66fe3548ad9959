//! A panic anywhere in a connector is an error value of that one call: the session lives, and so does the host.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::io::Read as _;
use std::path::PathBuf;

use connector_interface::connector::Outcome;
use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::{Operation, Plugin, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::recorder::Recorder;
use serde_json::{Map, json};

fn library() -> PathBuf {
    artifacts::library("connector-fixture-panics")
}

/// Connects to a connector whose connecting, or whose session, panics in this place.
fn connect_to(place: &str, payload: bool) -> Result<Session> {
    let settings = Map::from_iter([("panic_in".to_owned(), json!(place)), ("payload".to_owned(), json!(payload))]);
    Plugin::load(&library()).unwrap().connect(&settings, &[], Recorder::new(Level::Warn))
}

fn start(session: &Session, kind: &str, place: &str, payload: bool) -> Result<Operation> {
    session.start(kind, &json!({ "panic_in": place, "payload": payload }), None)
}

/// Runs a test with a panic that says something and with one whose payload panics when it is dropped.
fn with_each_payload(test: impl Fn(bool)) {
    test(false);
    test(true);
}

#[track_caller]
fn assert_defect(error: &Error, place: &str, payload: bool) {
    assert_eq!(error.kind, ErrorKind::Internal, "{}", error.report());
    let says = if payload { "a value that is not text".to_owned() } else { format!("a defect in {place}") };
    assert!(error.message.contains(&says), "{error}");
    let whence = error.evidence["panic"].as_str().unwrap();
    assert!(whence.contains("panics/src/lib.rs:"), "the place in the source is told: {whence}");
}

#[track_caller]
fn assert_lives(session: &Session) {
    let rows = start(session, "query", "", false).unwrap().rows().unwrap();
    assert_eq!(rows.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 3);
}

#[test]
fn a_panic_in_connect() {
    with_each_payload(|payload| assert_defect(&connect_to("connect", payload).unwrap_err(), "connect", payload));
}

#[test]
fn a_panic_in_a_sessions_description() {
    with_each_payload(|payload| {
        let session = connect_to("session.describe", payload).unwrap();
        assert_defect(&session.describe().unwrap_err(), "session.describe", payload);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_shutdown() {
    with_each_payload(|payload| {
        let session = connect_to("shutdown", payload).unwrap();
        assert_defect(&session.shutdown(std::time::Duration::ZERO).unwrap_err(), "shutdown", payload);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_a_sessions_drop() {
    with_each_payload(|payload| drop(connect_to("session.drop", payload).unwrap()));
    assert_lives(&connect_to("", false).unwrap());
}

#[test]
fn a_panic_in_start() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        assert_defect(&start(&session, "query", "start", payload).map(drop).unwrap_err(), "start", payload);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_cancel() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let operation = start(&session, "query", "cancel", payload).unwrap();
        assert_defect(&operation.cancel().unwrap_err(), "cancel", payload);
        assert_eq!(operation.rows().unwrap().count(), 3, "and the operation goes on");
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_progress() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let operation = start(&session, "query", "progress", payload).unwrap();
        assert_defect(&operation.progress().unwrap_err(), "progress", payload);
        assert_eq!(operation.rows().unwrap().count(), 3, "and the operation goes on");
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_result() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let operation = start(&session, "query", "result", payload).unwrap();
        assert_defect(&operation.result().map(drop).unwrap_err(), "result", payload);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_an_operations_drop() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        drop(start(&session, "query", "operation.drop", payload).unwrap());
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_the_schema_of_a_stream() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let operation = start(&session, "query", "stream.schema", payload).unwrap();
        assert_defect(&operation.rows().map(drop).unwrap_err(), "stream.schema", payload);
        assert_lives(&session);
    });
}

/// The rows before it are good, the panic is the stream's last word, and it is the connector's defect with all facts.
#[test]
fn a_panic_in_a_streams_next() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let mut rows = start(&session, "query", "stream.next", payload).unwrap().rows().unwrap();
        assert_eq!(rows.next().unwrap().unwrap().num_rows(), 1);
        let error = rows.next().unwrap().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        let says = if payload { "a value that is not text" } else { "a defect in stream.next" };
        assert_eq!(error.message, format!("The connector has a defect: it panicked ({says})"));
        assert!(rows.next().is_none() && rows.next().is_none());
        drop(rows);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_a_streams_drop() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let mut rows = start(&session, "query", "stream.drop", payload).unwrap().rows().unwrap();
        assert_eq!(rows.next().unwrap().unwrap().num_rows(), 1);
        drop(rows);
        let unread = start(&session, "query", "stream.drop", payload).unwrap();
        drop(unread.result().unwrap());
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_a_reader_of_bytes() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        let Ok(Outcome::Bytes(mut bytes)) = start(&session, "bytes", "bytes.read", payload).unwrap().result() else {
            panic!("no bytes");
        };
        let mut buffer = [0; 8];
        assert_eq!(bytes.reader.read(&mut buffer).unwrap(), 1);
        let error = bytes.reader.read(&mut buffer).unwrap_err();
        let error = error.into_inner().unwrap().downcast::<Error>().unwrap();
        assert_defect(&error, "bytes.read", payload);
        drop(bytes);
        assert_lives(&session);
    });
}

#[test]
fn a_panic_in_the_drop_of_a_reader_of_bytes() {
    with_each_payload(|payload| {
        let session = connect_to("", false).unwrap();
        drop(start(&session, "bytes", "stream.drop", payload).unwrap().result().unwrap());
        assert_lives(&session);
    });
}

#[test]
fn a_panic_on_a_thread_of_the_connectors_own() {
    let session = connect_to("", false).unwrap();
    let error = start(&session, "query", "thread", false).unwrap().result().map(drop).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Internal, "A thread of the connector panicked"));
    assert_lives(&session);
}

/// The panic that is reported is the one of this call, on this thread, and no other.
#[test]
fn panics_on_eight_threads_at_once_are_each_told_to_their_own_caller() {
    let session = connect_to("", false).unwrap();
    let threads: Vec<_> = ["start", "result", "stream.next", "progress"]
        .into_iter()
        .cycle()
        .take(8)
        .map(|place| {
            let session = session.clone();
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let error = start(&session, "query", place, false).and_then(|operation| {
                        operation.progress()?;
                        operation.rows()?.collect::<Result<Vec<_>>>()
                    });
                    let error = error.unwrap_err();
                    assert!(error.message.contains(&format!("a defect in {place}")), "{place}: {error}");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_lives(&session);
}

/// They are told by the error; the terminal belongs to the host. The child is this very test program.
#[test]
fn a_panic_prints_nothing_on_the_hosts_terminal() {
    const CHILD: &str = "E2E_PANICS_IN_A_CHILD";
    if std::env::var_os(CHILD).is_some() {
        for place in ["start", "result", "thread"] {
            let session = connect_to("", false).unwrap();
            let _ = start(&session, "query", place, false).and_then(|operation| operation.result());
        }
        drop(connect_to("session.drop", false));
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_panic_prints_nothing_on_the_hosts_terminal", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success() && said[0].contains("1 passed"), "{said:?}");
    assert!(!said.concat().contains("a defect in"), "{said:?}");
}
