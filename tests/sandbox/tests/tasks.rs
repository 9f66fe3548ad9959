//! Query tasks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::time::{Duration, Instant};

use common::{Answer, Client, Server, query};
use serde_json::{Value, json};

fn make(client: &Client, fields: &[&str], format: &str) -> String {
    let id = client.post("/api/4.0/queries", &query("order_items", fields, &json!({}))).json()["id"].clone();
    let body = json!({ "query_id": id, "result_format": format, "source": "test", "look_id": "7" });
    let task = client.post("/api/4.0/query_tasks", &body).json();
    assert_eq!(
        (&task["source"], &task["look_id"], &task["result_format"]),
        (&json!("test"), &json!("7"), &json!(format))
    );
    task["id"].as_str().unwrap().to_owned()
}

fn results(client: &Client, id: &str) -> Answer {
    client.get(&format!("/api/4.0/query_tasks/{id}/results"))
}

fn status(client: &Client, id: &str) -> Value {
    client.get(&format!("/api/4.0/query_tasks/{id}")).json()["status"].clone()
}

/// Waits for the end of a task; yields its result.
fn finish(client: &Client, id: &str) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = results(client, id);
        if ![202, 204].contains(&answer.status) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{answer:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn late(server: &Server, ms: u64) {
    server.fault(&json!({ "operation": "create_query_task", "fault": "delay", "ms": ms }));
}

#[test]
fn a_task_is_202_until_its_result_is_there() {
    let server = Server::start(100);
    let admin = server.admin();
    late(&server, 300);
    let id = make(&admin, &["order_items.count"], "json");
    assert_eq!(results(&admin, &id).status, 202);
    assert_eq!(admin.get("/api/4.0/running_queries").json()[0]["query_task_id"], id);
    assert_eq!(finish(&admin, &id).json()[0]["order_items.count"], 100);
    assert_eq!(status(&admin, &id), "complete");
    server.control().post("/__sandbox/uncertain", &json!({ "pending": 204 }));
    late(&server, 300);
    let id = make(&admin, &["order_items.count"], "json");
    assert_eq!((results(&admin, &id).status, results(&admin, &id).body.len()), (204, 0));
    assert_eq!(finish(&admin, &id).json()[0]["order_items.count"], 100);
}

#[test]
fn a_failed_task_is_400_except_in_the_format_that_can_tell() {
    let server = Server::start(100);
    let admin = server.admin();
    let id = make(&admin, &["order_items.broken_sql"], "json");
    finish(&admin, &id).assert_error(400);
    assert_eq!(status(&admin, &id), "error");
    let detail = finish(&admin, &make(&admin, &["order_items.broken_sql"], "json_detail"));
    assert_eq!((detail.status, &detail.json()["data"]), (200, &json!([])));
}

#[test]
fn a_killed_task_says_so_and_cannot_be_killed_twice() {
    let server = Server::start(100);
    let admin = server.admin();
    late(&server, 5000);
    let id = make(&admin, &["order_items.count"], "csv");
    assert_eq!(admin.delete(&format!("/api/4.0/running_queries/{id}")).status, 204);
    finish(&admin, &id).assert_error(400);
    assert_eq!(status(&admin, &id), "killed");
    admin.delete(&format!("/api/4.0/running_queries/{id}")).assert_error(404);
}

#[test]
fn an_expired_task_is_known_and_its_result_is_not() {
    let server = Server::start(100);
    let admin = server.admin();
    let id = make(&admin, &["order_items.count"], "json");
    finish(&admin, &id);
    assert_eq!(server.control().post("/__sandbox/expire_tasks", &Value::Null).json()["expired"], 1);
    results(&admin, &id).assert_error(404);
    assert_eq!(status(&admin, &id), "expired");
    let all = admin.get(&format!("/api/4.0/query_tasks/multi_results?query_task_ids={id}")).json();
    assert_eq!(all[&id], json!({ "status": "expired" }));
}

#[test]
fn every_format_of_a_task_is_as_when_it_runs_at_once_and_multi_results_hold_all() {
    let server = Server::start(300);
    let admin = server.admin();
    let fields = ["products.category", "order_items.count"];
    let body = query("order_items", &fields, &json!({}));
    let mut ids = Vec::new();
    for format in ["json", "inline_json", "json_bi", "csv", "txt", "md", "html", "gsxml", "xlsx", "sql"] {
        let id = make(&admin, &fields, format);
        let (task, at_once) = (finish(&admin, &id), admin.run(format, &body));
        assert_eq!(task.bytes, at_once.bytes, "{format}");
        assert_eq!(task.header("content-type"), at_once.header("content-type"), "{format}");
        ids.push(id);
    }
    let list = format!("{}%2Cnope", ids.join(","));
    let all = admin.get(&format!("/api/4.0/query_tasks/multi_results?query_task_ids={list}")).json();
    assert_eq!(all[&ids[0]]["data"], admin.run("json", &body).json());
    assert_eq!(all[&ids[3]]["data"], admin.run("csv", &body).body);
    assert!(all[&ids[8]]["data"].is_string());
    assert_eq!(all["nope"], json!({ "status": "missing" }));
    let other = server.login("viewer").get(&format!("/api/4.0/query_tasks/multi_results?query_task_ids={}", ids[0]));
    assert_eq!(other.json()[&ids[0]]["status"], "missing");
    let picture = json!({ "query_id": "1", "result_format": "png" });
    admin.post("/api/4.0/query_tasks", &picture).assert_error(422);
}
