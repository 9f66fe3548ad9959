//! Query tasks: they wait, they are taken up again, they expire, they are ended.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::thread;
use std::time::Duration;

use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::patience::{SOON, until};
use e2e::recorder::Recorder;
use e2e::runs::{Delivered, failure, objects, read, rows, run, run_within};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn session(sandbox: &Sandbox, user: &str) -> Session {
    connect_as(sandbox, user, &json!({}), Recorder::new(Level::Warn))
}

fn query(more: &Value) -> Value {
    let mut body = json!({ "model": "thelook", "explore": "orders", "fields": ["orders.status", "orders.count"],
                           "sorts": ["orders.status"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn task(more: &Value) -> Value {
    let mut body = query(&json!({ "run": "task" }));
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Makes the next task take so long.
fn slow(sandbox: &Sandbox, ms: u64) {
    sandbox.inject(&json!({ "operation": "create_query_task", "fault": "delay", "ms": ms }));
}

#[test]
fn a_task_is_taken_up_by_its_id_after_the_session_that_began_it_is_gone() {
    let sandbox = Sandbox::start(&[]);
    let first = session(&sandbox, "admin");
    let (expected, _) = rows(&first, &query(&json!({})));
    for wire in ["json_bi", "csv"] {
        let first = session(&sandbox, "admin");
        slow(&sandbox, 4_000);
        let (result, progress) = run_within(&first, &task(&json!({ "wire": wire })), Duration::from_secs(2));
        let error = result.map(drop).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{}", error.report());
        let id = error.evidence["query_task_id"].as_str().unwrap().to_owned();
        assert!(error.advice.contains(&id), "{}", error.report());
        assert_eq!(progress.error.unwrap().evidence["query_task_id"], id);
        first.shutdown(SOON).unwrap();

        let second = session(&sandbox, "admin");
        let (batch, progress) = rows(&second, &json!({ "query_task": id }));
        assert_eq!(objects(&batch), objects(&expected), "{wire}");
        assert_eq!((&progress.summary["query_task_id"], &progress.summary["wire"]), (&json!(id), &json!(wire)));
    }
    assert_eq!(sandbox.stats()["killed_queries"], 0, "who runs out of time leaves the task alive");
}

#[test]
fn a_result_that_is_not_there_yet_is_waited_for_whichever_way_it_is_said() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let (expected, _) = rows(&session, &query(&json!({})));
    for status in [202, 204] {
        sandbox.choose(&json!({ "pending": status }));
        let before = sandbox.calls_of("query_task_results");
        slow(&sandbox, 900);
        assert_eq!(rows(&session, &task(&json!({}))).0, expected, "{status}");
        assert!(sandbox.calls_of("query_task_results") >= before + 2, "it was not there at once");
    }
}

#[test]
fn a_quick_task_costs_three_calls() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let (_, progress) = rows(&session, &task(&json!({})));
    assert_eq!(progress.summary["calls"]["query"], 3, "save, begin, fetch: {:?}", progress.summary);
    assert_eq!(progress.summary["run"], "task");
}

#[test]
fn a_task_that_has_expired_says_so_and_names_its_query() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let (_, progress) = rows(&session, &task(&json!({})));
    let id = progress.summary["query_task_id"].clone();
    rows(&session, &json!({ "query_task": id }));
    sandbox.expire_tasks();
    let error = failure(&session, &json!({ "query_task": id }));
    assert_eq!(error.kind, ErrorKind::NotFound, "{}", error.report());
    assert!(error.message.contains("has expired") && error.advice.contains("`query` = "), "{}", error.report());
    let unknown = failure(&session, &json!({ "query_task": "no such task" }));
    assert_eq!(unknown.kind, ErrorKind::NotFound, "{}", unknown.report());
}

#[test]
fn a_task_that_expires_while_it_is_waited_for_is_begun_anew_once() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let (expected, _) = rows(&session, &query(&json!({})));
    // What Looker says of a result that it has forgotten.
    sandbox.inject(&json!({ "operation": "query_task_results", "fault": "status", "status": 404, "times": 1 }));
    assert_eq!(rows(&session, &task(&json!({}))).0, expected);
    assert_eq!(sandbox.calls_of("create_query_task"), 2);

    sandbox.inject(&json!({ "operation": "query_task_results", "fault": "status", "status": 404, "times": 2 }));
    let error = failure(&session, &task(&json!({})));
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("has expired"), "{}", error.report());
    assert_eq!(sandbox.calls_of("create_query_task"), 4, "once, and no more");
}

#[test]
fn a_cancel_ends_the_task_in_looker() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    slow(&sandbox, 60_000);
    let operation = session.start("query", &task(&json!({})), Some(Duration::from_mins(1))).unwrap();
    let waiting = operation.clone();
    let reading = thread::spawn(move || read(&waiting));
    until(SOON, "the task", || sandbox.stats()["running_queries"] == 1);
    until(SOON, "its id", || operation.progress().unwrap().summary.contains_key("query_task_id"));
    operation.cancel().unwrap();
    assert_eq!(reading.join().unwrap().map(drop).unwrap_err().kind, ErrorKind::Cancelled);
    until(SOON, "the end of the task", || {
        let stats = sandbox.stats();
        stats["killed_queries"] == 1 && stats["running_queries"] == 0
    });
    assert_eq!(sandbox.calls_of("all_running_queries"), 0, "it was known by its id");
}

#[test]
fn a_query_that_fails_in_the_database_fails_as_a_task_in_every_format() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    for more in [
        json!({ "wire": "json_bi" }),
        json!({ "wire": "json" }),
        json!({ "wire": "json_detail" }),
        json!({ "wire": "csv" }),
        json!({ "format": "txt" }),
        json!({ "format": "xlsx" }),
    ] {
        let mut body = task(&more);
        body["explore"] = json!("order_items");
        body["fields"] = json!(["order_items.broken_sql"]);
        body.as_object_mut().unwrap().remove("sorts");
        let error = failure(&session, &body);
        assert_eq!(error.kind, ErrorKind::QueryFailed, "{more}: {}", error.report());
        assert!(error.message.contains("no such column"), "{more}: {}", error.report());
    }
}

#[test]
fn the_task_of_another_user_is_not_given_away() {
    let sandbox = Sandbox::start(&[]);
    let (admin, viewer) = (session(&sandbox, "admin"), session(&sandbox, "viewer"));
    let id = rows(&admin, &task(&json!({}))).1.summary["query_task_id"].clone();
    let error = failure(&viewer, &json!({ "query_task": id }));
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("viewer Sandbox"), "{}", error.report());
}

#[test]
fn a_result_whose_connection_breaks_is_fetched_again_and_the_query_not_run_again() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let (expected, _) = rows(&session, &query(&json!({})));
    sandbox.inject(&json!({ "operation": "query_task_results", "fault": "reset", "times": 1 }));
    let (result, progress) = run(&session, &task(&json!({})));
    let Delivered::Rows(batch) = result.unwrap() else { unreachable!("rows were asked for") };
    assert_eq!((batch, &progress.summary["retries"]), (expected, &json!(1)));
    assert_eq!(sandbox.calls_of("create_query_task"), 1);
}
