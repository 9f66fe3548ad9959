//! Cancels, deadlines, early drops and shutdowns: each ends what it should, soon, and nothing else.

use std::thread;
use std::time::{Duration, Instant};

use connector_interface::connector::State;
use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::{Operation, Rows, Session};
use connector_interface::services::Level;

use super::{Ask, Subject, assert_lives, connect, connect_with};
use crate::patience::{SOON, within};
use crate::recorder::Recorder;

/// Far less than the queries take that it is to end, and enough for a first batch on a busy machine.
const DEADLINE: Duration = Duration::from_secs(2);

fn start(session: &Session, ask: &Ask, deadline: Option<Duration>) -> Operation {
    session.start(&ask.kind, &ask.body, deadline).unwrap_or_else(|error| panic!("{}", error.report()))
}

/// The rows of an operation after its first batch has come.
fn begun(operation: &Operation) -> Rows {
    let operation = operation.clone();
    within(SOON + DEADLINE, "the first batch", move || {
        let mut rows = operation.rows().unwrap_or_else(|error| panic!("{}", error.report()));
        let batch = rows.next().expect("a first batch").unwrap_or_else(|error| panic!("{}", error.report()));
        assert!(batch.num_rows() > 0);
        rows
    })
}

/// Reads on until there is no more, and returns the error at the end.
fn end_of(mut rows: Rows) -> Option<Error> {
    within(SOON + DEADLINE, "the end of the stream", move || {
        let error = rows.find_map(Result::err);
        assert!(rows.next().is_none(), "rows after the end");
        error
    })
}

#[track_caller]
fn assert_ended(operation: &Operation, error: Option<Error>, kind: ErrorKind, state: State) {
    let error = error.expect("an error, not a result that looks whole");
    assert_eq!(error.kind, kind, "{}", error.report());
    let progress = operation.progress().unwrap();
    assert_eq!((progress.state, progress.error.map(|error| error.kind)), (state, Some(kind)));
}

/// It is latched.
pub fn a_cancel_before_the_result_is_not_lost(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.waiting(), None);
    operation.cancel().unwrap();
    let waiting = operation.clone();
    let result = within(SOON, "a cancelled operation", move || waiting.result().map(drop));
    assert_ended(&operation, result.err(), ErrorKind::Cancelled, State::Cancelled);
    assert_lives(&session, subject);
}

/// From another thread, while the service is silent.
pub fn a_cancel_ends_the_wait_for_the_result(subject: &dyn Subject) {
    let log = Recorder::new(Level::Trace);
    let session = connect_with(subject, log.clone());
    let operation = start(&session, &subject.waiting(), None);
    let waiting = operation.clone();
    let thread = thread::spawn(move || waiting.result().map(drop));
    subject.until_waiting(&log);
    operation.cancel().unwrap();
    let result = within(SOON, "the end of the wait", move || thread.join().unwrap());
    assert_ended(&operation, result.err(), ErrorKind::Cancelled, State::Cancelled);
    assert_lives(&session, subject);
}

/// From another thread, while rows are awaited.
pub fn a_cancel_ends_a_stream(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.streaming(), None);
    let rows = begun(&operation);
    let reader = thread::spawn(move || end_of(rows));
    operation.cancel().unwrap();
    let error = within(SOON, "the end of the stream", move || reader.join().unwrap());
    assert_ended(&operation, error, ErrorKind::Cancelled, State::Cancelled);
    assert_lives(&session, subject);
}

/// While nobody is inside the stream, so that nothing is there to be woken.
pub fn a_cancel_between_two_batches_is_not_lost(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.streaming(), None);
    let rows = begun(&operation);
    operation.cancel().unwrap();
    assert_ended(&operation, end_of(rows), ErrorKind::Cancelled, State::Cancelled);
}

/// What is done stays done.
pub fn a_cancel_after_the_end_changes_nothing(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.quick(), None);
    assert_eq!(end_of(begun(&operation)), None);
    operation.cancel().unwrap();
    operation.cancel().unwrap();
    assert_eq!(operation.progress().unwrap().state, State::Done);
    assert_lives(&session, subject);
}

/// Not before its time, and soon after.
pub fn a_deadline_ends_the_wait_for_the_result(subject: &dyn Subject) {
    let session = connect(subject);
    let asked = Instant::now();
    let operation = start(&session, &subject.waiting(), Some(DEADLINE));
    let waiting = operation.clone();
    let result = within(DEADLINE + SOON, "the deadline", move || waiting.result().map(drop));
    assert!(asked.elapsed() >= DEADLINE, "after {:?}", asked.elapsed());
    assert_ended(&operation, result.err(), ErrorKind::Timeout, State::Failed);
    assert_lives(&session, subject);
}

/// The deadline is for the whole operation, to its last row.
pub fn a_deadline_ends_a_stream(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.streaming(), Some(DEADLINE));
    let error = end_of(begun(&operation));
    assert_ended(&operation, error, ErrorKind::Timeout, State::Failed);
    assert_lives(&session, subject);
}

/// "No time left" is not "no deadline".
pub fn a_deadline_without_time_left_has_passed(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.waiting(), Some(Duration::ZERO));
    let waiting = operation.clone();
    let result = within(SOON, "a deadline that has passed", move || waiting.result().map(drop));
    assert_ended(&operation, result.err(), ErrorKind::Timeout, State::Failed);
}

/// A reader that has seen enough leaves nothing running.
pub fn a_stream_dropped_early_lets_go(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.streaming(), None);
    let rows = begun(&operation);
    within(SOON, "dropping a stream", move || drop(rows));
    drop(operation);
    subject.until_released();
    assert_lives(&session, subject);
    within(SOON, "a shutdown", move || session.shutdown(SOON)).unwrap();
}

/// Nobody has to take a result.
pub fn an_operation_dropped_before_its_result_harms_nothing(subject: &dyn Subject) {
    let session = connect(subject);
    let operation = start(&session, &subject.waiting(), None);
    within(SOON, "dropping an operation", move || drop(operation));
    assert_lives(&session, subject);
    within(SOON, "a shutdown", move || session.shutdown(SOON)).unwrap();
}

/// Both what waits for its head and what streams.
pub fn a_shutdown_ends_what_runs(subject: &dyn Subject) {
    let log = Recorder::new(Level::Trace);
    let session = connect_with(subject, log.clone());
    let streaming = start(&session, &subject.streaming(), None);
    let rows = begun(&streaming);
    let waiting = start(&session, &subject.waiting(), None);
    let waiter = waiting.clone();
    let thread = thread::spawn(move || waiter.result().map(drop));
    subject.until_waiting(&log);
    let ending = session.clone();
    within(SOON + SOON, "a shutdown", move || ending.shutdown(SOON)).unwrap();
    let result = within(SOON, "what waits", move || thread.join().unwrap());
    assert_ended(&waiting, result.err(), ErrorKind::Cancelled, State::Cancelled);
    assert_ended(&streaming, end_of(rows), ErrorKind::Cancelled, State::Cancelled);
}

/// A session that has ended says so.
pub fn after_a_shutdown_nothing_starts_and_another_shutdown_is_fine(subject: &dyn Subject) {
    let session = connect(subject);
    assert_lives(&session, subject);
    session.shutdown(SOON).unwrap();
    let Ask { kind, body } = subject.quick();
    let error = session.start(&kind, &body, None).map(|_| "a start after the end").unwrap_err();
    assert_ne!(error.kind, ErrorKind::Internal, "{}", error.report());
    assert!(!error.message.is_empty());
    session.shutdown(SOON).unwrap();
}
