//! What Looker itself makes of a result goes through as it is, with its media type; a failure in it is an error.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::io::Read as _;
use std::time::Duration;

use connector_interface::connector::{Outcome, Progress, State};
use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::patience::{SOON, until};
use e2e::recorder::Recorder;
use e2e::runs::{Delivered, failure, run};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn started(arguments: &[&str]) -> (Sandbox, Session) {
    let sandbox = Sandbox::start(arguments);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    (sandbox, session)
}

fn query(more: &Value) -> Value {
    let mut body = json!({ "model": "thelook", "explore": "orders", "fields": ["orders.status", "orders.count"],
                           "sorts": ["orders.status"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn bytes(session: &Session, body: &Value) -> (String, Vec<u8>, Progress) {
    let (delivered, progress) = run(session, body);
    let Delivered::Bytes(media_type, bytes) = delivered.unwrap() else { unreachable!("{body}: no bytes") };
    (media_type, bytes, progress)
}

#[test]
fn every_format_that_looker_makes_comes_as_it_is_with_its_media_type() {
    let (_sandbox, session) = started(&[]);
    let formats: [(&str, &str, &[u8]); 8] = [
        ("txt", "text/tab-separated-values", b"Orders Status\tOrders Count\n"),
        ("md", "text/markdown", b"| Orders Status | Orders Count |\n"),
        ("html", "text/html", b"<"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
        ("sql", "application/sql", b"SELECT"),
        ("png", "image/png", b"\x89PNG"),
        ("jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("gsxml", "application/xml", b"<"),
    ];
    for (format, expected, begin) in formats {
        let (media_type, bytes, progress) = bytes(&session, &query(&json!({ "format": format })));
        assert_eq!(media_type, expected);
        assert!(bytes.starts_with(begin), "{format}: {}", String::from_utf8_lossy(&bytes));
        assert_eq!(progress.state, State::Done);
        assert_eq!((&progress.summary["byte_count"], progress.bytes), (&json!(bytes.len()), bytes.len() as u64));
        assert_eq!(progress.summary["wire"], format);
    }
}

#[test]
fn a_table_in_text_holds_what_the_rows_hold() {
    let (_sandbox, session) = started(&[]);
    let (_, text, _) = bytes(&session, &query(&json!({ "format": "txt" })));
    let lines = String::from_utf8(text).unwrap();
    let (rows, _) = e2e::runs::rows(&session, &query(&json!({})));
    assert_eq!(lines.lines().count(), rows.num_rows() + 1);
    let (_, formatted, _) = bytes(&session, &json!({ "look": "1", "format": "txt", "apply_formatting": true }));
    let (_, plain, _) = bytes(&session, &json!({ "look": "1", "format": "txt" }));
    assert_ne!(formatted, plain, "values as people see them");
}

#[test]
fn a_look_and_a_tile_and_a_task_are_made_into_files_too() {
    let (_sandbox, session) = started(&[]);
    let (_, look, _) = bytes(&session, &json!({ "look": "1", "format": "md" }));
    let (_, task, progress) = bytes(&session, &json!({ "look": "1", "format": "md", "run": "task" }));
    assert_eq!((&look, &progress.summary["run"]), (&task, &json!("task")));
    let (_, resumed, _) = bytes(&session, &json!({ "query_task": progress.summary["query_task_id"] }));
    assert_eq!(resumed, look, "the format is the task's");
    let (_, tile, _) = bytes(&session, &json!({ "dashboard": "1", "tile": "Sales by Month", "format": "md" }));
    assert!(String::from_utf8(tile).unwrap().contains("2024-12"));
}

#[test]
fn an_image_has_the_size_that_is_asked_for() {
    let (_sandbox, session) = started(&[]);
    let size = json!({ "format": "png", "image_width": 320, "image_height": 200 });
    let (_, png, _) = bytes(&session, &query(&size));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (320, 200), "as its header says");
}

#[test]
fn a_whole_dashboard_is_rendered_with_its_filters() {
    let (sandbox, session) = started(&[]);
    let pulse = |more: &Value| {
        let mut body = json!({ "dashboard": "1" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bytes(&session, &body)
    };
    let (media_type, pdf, _) = pulse(&json!({ "format": "pdf" }));
    assert_eq!((media_type.as_str(), &pdf[..5]), ("application/pdf", &b"%PDF-"[..]));
    let (_, other, _) = pulse(&json!({ "format": "pdf", "filters": { "Period": "2023" } }));
    assert_ne!(pdf, other, "the filters decide what is on the page");
    let (media_type, png, _) = pulse(&json!({ "format": "png", "image_width": 400, "image_height": 300 }));
    assert_eq!((media_type.as_str(), &png[1..4]), ("image/png", &b"PNG"[..]));
    assert_eq!(sandbox.calls_of("create_dashboard_render_task"), 3);
    let error = failure(&session, &query(&json!({ "format": "pdf" })));
    assert!(error.message.contains("dashboards alone"), "{}", error.report());
}

#[test]
fn a_failed_query_is_an_error_in_every_format_and_never_a_file() {
    let (sandbox, session) = started(&[]);
    let broken = |format: &str| json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.broken_sql"], "format": format });
    for format in ["txt", "md", "html", "png", "jpg", "xlsx", "gsxml"] {
        let error = failure(&session, &broken(format));
        assert_eq!(error.kind, ErrorKind::QueryFailed, "{format}: {}", error.report());
        assert!(error.message.contains("no such column"), "{format}: {}", error.report());
    }
    sandbox.choose(&json!({ "csv_error": "text" }));
    let error = failure(&session, &broken("txt"));
    assert!(error.kind == ErrorKind::QueryFailed && error.message.contains("no such column"), "{}", error.report());
    let mut csv = broken("rows");
    csv["wire"] = json!("csv");
    assert_eq!(failure(&session, &csv).kind, ErrorKind::QueryFailed);
}

#[test]
fn the_sql_is_not_shown_to_whoever_may_not_see_it() {
    let (sandbox, admin) = started(&[]);
    let viewer = connect_as(&sandbox, "viewer", &json!({}), Recorder::new(Level::Warn));
    let sql = query(&json!({ "format": "sql" }));
    let error = failure(&viewer, &sql);
    assert!(error.kind == ErrorKind::Forbidden && error.message.contains("may not see the SQL"), "{}", error.report());
    let error = failure(&admin, &query(&json!({ "format": "sql", "fields": ["orders.cuont"] })));
    assert_eq!(error.advice, "Did you mean `orders.count`?");
}

#[test]
fn a_page_in_the_place_of_a_file_is_an_error_and_so_is_a_file_that_breaks_off() {
    let (sandbox, session) = started(&["--rows", "20000"]);
    let all = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id", "products.name"],
                      "limit": -1, "format": "txt" });
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "maintenance", "status": 200 }));
    let error = failure(&session, &all);
    assert!(matches!(error.kind, ErrorKind::Protocol | ErrorKind::Unavailable), "{}", error.report());
    sandbox.heal();
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "cut", "after_rows": 15_000 }));
    let error = failure(&session, &all);
    assert_eq!(error.kind, ErrorKind::Incomplete, "{}", error.report());
}

#[test]
fn a_cancel_ends_a_file_and_its_query_in_looker() {
    let (sandbox, session) = started(&["--rows", "50000"]);
    // Some kilobytes in minutes.
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "slow", "ms": 2_000, "bytes": 8_000 }));
    let all = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id", "products.name"],
                      "limit": -1, "format": "txt" });
    let operation = session.start("query", &all, Some(Duration::from_mins(2))).unwrap();
    let Outcome::Bytes(mut bytes) = operation.result().unwrap() else { panic!("no bytes") };
    let mut beginning = [0; 1_000];
    bytes.reader.read_exact(&mut beginning).unwrap();
    assert_eq!(sandbox.stats()["running_queries"], 1);
    operation.cancel().unwrap();
    let ended = bytes.reader.read_to_end(&mut Vec::new()).map(drop);
    assert!(ended.is_err());
    assert_eq!(operation.progress().unwrap().state, State::Cancelled);
    drop(bytes);
    until(SOON, "the end of the query", || sandbox.stats()["running_queries"] == 0);
}
