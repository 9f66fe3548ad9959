//! Render tasks: they live on without whoever has begun them, and are taken up by their id.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::thread;
use std::time::Duration;

use connector_interface::connector::Progress;
use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{connect_as, value};
use e2e::patience::{SOON, until};
use e2e::recorder::Recorder;
use e2e::runs::{DEADLINE, Delivered, failure, read, run, run_within};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn session(sandbox: &Sandbox, user: &str) -> Session {
    connect_as(sandbox, user, &json!({}), Recorder::new(Level::Warn))
}

#[track_caller]
fn bytes(session: &Session, body: &Value) -> (String, Vec<u8>, Progress) {
    match run(session, body) {
        (Ok(Delivered::Bytes(media_type, bytes)), progress) => (media_type, bytes, progress),
        (Ok(other), _) => panic!("{body}: no bytes but {other:?}"),
        (Err(error), _) => panic!("{body}: {}", error.report()),
    }
}

/// Makes the next render task take so long.
fn slow(sandbox: &Sandbox, ms: u64) {
    sandbox.inject(&json!({ "operation": "create_dashboard_render_task", "fault": "delay", "ms": ms }));
}

fn created(sandbox: &Sandbox) -> u64 {
    sandbox.calls_of("create_dashboard_render_task")
}

#[test]
fn a_render_task_is_taken_up_by_its_id_after_the_session_that_began_it_is_gone() {
    for format in ["pdf", "png", "jpg"] {
        let sandbox = Sandbox::start(&[]);
        let first = session(&sandbox, "admin");
        let picture = json!({ "dashboard": "1", "format": format });
        let (media_type, expected, progress) = bytes(&first, &picture);
        assert!(progress.summary["render_task_id"].is_string(), "{:?}", progress.summary);
        slow(&sandbox, 4_000);
        let (result, _) = run_within(&first, &picture, Duration::from_secs(2));
        let error = result.map(drop).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{}", error.report());
        let id = error.evidence["render_task_id"].as_str().unwrap().to_owned();
        assert!(error.advice.ends_with(&format!("`render_task` = {id}")), "{}", error.report());
        first.shutdown(SOON).unwrap();

        let second = session(&sandbox, "admin");
        let (same_type, same, progress) = bytes(&second, &json!({ "render_task": id }));
        assert_eq!((same_type, same), (media_type, expected), "{format}");
        assert_eq!(progress.summary["render_task_id"], json!(id));
        assert_eq!(created(&sandbox), 2, "the one that was waited for, and the one that was taken up");
    }
}

#[test]
fn a_render_task_outlives_a_cancel() {
    let sandbox = Sandbox::start(&[]);
    let first = session(&sandbox, "admin");
    slow(&sandbox, 1_500);
    let operation = first.start("query", &json!({ "dashboard": "1", "format": "png" }), Some(DEADLINE)).unwrap();
    let reading = operation.clone();
    let reading = thread::spawn(move || read(&reading));
    until(SOON, "its id", || operation.progress().unwrap().summary.contains_key("render_task_id"));
    let id = operation.progress().unwrap().summary["render_task_id"].clone();
    operation.cancel().unwrap();
    assert_eq!(reading.join().unwrap().map(drop).unwrap_err().kind, ErrorKind::Cancelled);
    let second = session(&sandbox, "admin");
    let (_, once, _) = bytes(&second, &json!({ "render_task": id }));
    let (_, again, _) = bytes(&second, &json!({ "render_task": id }));
    assert!(once.starts_with(b"\x89PNG") && once == again);
    assert_eq!(created(&sandbox), 1);
}

#[test]
fn a_render_task_that_others_have_begun_is_taken_up_too_with_its_failure() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    let made = |operation: &str, key: &str, id: &Value| {
        let parameters = json!({ key: id, "result_format": "png", "width": 320, "height": 200 });
        let call = json!({ "operation": operation, "parameters": parameters });
        value(&session, "call", &call)["id"].as_str().unwrap().to_owned()
    };
    let look = made("create_look_render_task", "look_id", &json!("1"));
    assert_eq!(bytes(&session, &json!({ "render_task": look })).0, "image/png");
    let query = json!({ "model": "thelook", "view": "order_items", "fields": ["order_items.broken_sql"] });
    let query = value(&session, "call", &json!({ "operation": "create_query", "body": query }))["id"].clone();
    let broken = made("create_query_render_task", "query_id", &query);
    let error = failure(&session, &json!({ "render_task": broken }));
    assert_eq!(error.kind, ErrorKind::QueryFailed, "{}", error.report());
    assert!(error.message.contains("no such column"), "{}", error.report());
}

#[test]
fn a_render_task_that_is_not_there_or_anothers_is_not_found() {
    let sandbox = Sandbox::start(&[]);
    let (admin, viewer) = (session(&sandbox, "admin"), session(&sandbox, "viewer"));
    let (_, _, progress) = bytes(&admin, &json!({ "dashboard": "1", "format": "png" }));
    let id = progress.summary["render_task_id"].clone();
    let error = failure(&viewer, &json!({ "render_task": id }));
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("has expired"), "{}", error.report());
    assert!(error.message.contains("viewer Sandbox"), "{}", error.report());
    assert_eq!(failure(&admin, &json!({ "render_task": "none" })).kind, ErrorKind::NotFound);
}
