//! Render tasks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::time::{Duration, Instant};

use common::{Answer, Client, Server, query};
use serde_json::{Value, json};

fn create(client: &Client, path: &str, body: &Value) -> String {
    let answer = client.post(&format!("/api/4.0/render_tasks/{path}?width=200&height=120"), body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Waits for the end of a task.
fn finish(client: &Client, id: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let task = client.get(&format!("/api/4.0/render_tasks/{id}")).json();
        if ["success", "failure"].contains(&task["status"].as_str().unwrap()) {
            return task;
        }
        assert!(Instant::now() < deadline, "{task}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn rendered(client: &Client, path: &str, body: &Value) -> Answer {
    let id = create(client, path, body);
    assert_eq!(finish(client, &id)["status"], "success");
    client.get(&format!("/api/4.0/render_tasks/{id}/results"))
}

#[test]
fn a_render_task_is_202_with_a_time_to_retry_after_until_its_picture_is_there() {
    let server = Server::start(300);
    let admin = server.admin();
    server.fault(&json!({ "operation": "create_look_render_task", "fault": "delay", "ms": 300 }));
    let id = create(&admin, "looks/1/png", &Value::Null);
    let path = format!("/api/4.0/render_tasks/{id}");
    let pending = admin.get(&format!("{path}/results"));
    assert_eq!((pending.status, pending.body.as_str(), pending.header("retry-after")), (202, "", Some("1")));
    assert_eq!(admin.get(&path).json()["finalized_at"], Value::Null);
    let task = finish(&admin, &id);
    assert_eq!((&task["look_id"], &task["result_format"], &task["width"]), (&json!("1"), &json!("png"), &json!(200)));
    let done = admin.get(&format!("{path}/results"));
    assert_eq!(done.header("content-type"), Some("image/png"));
    let picture = image::load_from_memory(&done.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 120));
    server.login("viewer").get(&path).assert_error(404);
    admin.post("/__sandbox/expire_tasks", &Value::Null);
    admin.get(&format!("{path}/results")).assert_error(404);
}

#[test]
fn queries_tiles_and_dashboards_are_rendered_and_filters_change_the_picture() {
    let server = Server::start(1000);
    let admin = server.admin();
    let saved = admin.post("/api/4.0/queries", &query("orders", &["orders.status", "orders.count"], &json!({}))).json();
    let path = format!("queries/{}/jpg", saved["id"].as_str().unwrap());
    assert!(rendered(&admin, &path, &Value::Null).bytes.starts_with(&[0xff, 0xd8, 0xff]));
    assert!(rendered(&admin, "dashboard_elements/1/png", &Value::Null).bytes.starts_with(b"\x89PNG"));
    assert!(rendered(&admin, "dashboard_elements/6/png", &Value::Null).bytes.starts_with(b"\x89PNG"));
    let dashboard = |filters: Value| rendered(&admin, "dashboards/1/png", &filters).bytes;
    let usual = dashboard(json!({}));
    assert_eq!(usual, dashboard(json!({ "dashboard_filters": "Period=2024" })));
    assert_ne!(usual, dashboard(json!({ "dashboard_filters": "?Period=2023&Order+Status=Complete" })));
    assert!(!rendered(&admin, "dashboards/thelook::shop/jpg", &json!({})).bytes.is_empty());
}

#[test]
fn a_dashboard_as_pdf_holds_its_titles_and_data_and_says_which_tile_failed() {
    let server = Server::start(1000);
    let admin = server.admin();
    let answer = rendered(&admin, "dashboards/1/pdf", &json!({}));
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    let text = String::from_utf8_lossy(&answer.bytes);
    assert!(text.starts_with("%PDF-"));
    for part in [
        "(Shop Pulse)",
        "(Sales by Month)",
        "(2024-01   ",
        "(The **shop** at a glance.)",
        "(SQL Error: ",
        "(status   orders)",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn what_cannot_be_rendered_is_refused_or_fails_with_a_reason() {
    let server = Server::start(100);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let post = |client: &Client, path: &str| client.post(&format!("/api/4.0/render_tasks/{path}"), &json!({}));
    post(&admin, "looks/1/png").assert_error(422);
    post(&admin, "looks/1/pdf?width=9&height=9").assert_error(422);
    post(&admin, "looks/99/png?width=9&height=9").assert_error(404);
    post(&viewer, "dashboards/3/pdf?width=9&height=9").assert_error(404);
    let id = create(&admin, "looks/6/png", &Value::Null);
    let task = finish(&admin, &id);
    assert_eq!(task["status"], "failure");
    assert!(task["status_detail"].as_str().unwrap().starts_with("SQL Error: "));
    admin.get(&format!("/api/4.0/render_tasks/{id}/results")).assert_error(400);
}
