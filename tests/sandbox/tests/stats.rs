//! What `/__sandbox/stats` tells, so that a test sees what a client has done.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::io::Read as _;

use common::{Server, query};
use serde_json::{Value, json};

#[test]
fn live_tokens_are_those_that_have_neither_ended_nor_expired() {
    let server = Server::start(100);
    let (first, second) = (server.admin(), server.login("viewer"));
    assert_eq!(server.stats()["live_tokens"], 2);
    first.delete("/api/4.0/logout");
    assert_eq!(server.stats()["live_tokens"], 1);
    server.stranger().post("/__sandbox/expire_tokens", &Value::Null);
    second.get("/api/4.0/user").assert_error(401);
    assert_eq!(server.stats()["live_tokens"], 0);
}

#[test]
fn only_objects_that_were_made_are_counted_as_created() {
    let server = Server::start(100);
    let admin = server.admin();
    server.stranger().login("client_id=a&client_secret=b").assert_error(404);
    admin.post("/api/4.0/login/2", &json!({}));
    let body = query("orders", &["orders.count"], &json!({}));
    let id = admin.post("/api/4.0/queries", &body).json()["id"].clone();
    // The same query again is the one that is there.
    assert_eq!(admin.post("/api/4.0/queries", &body).json()["id"], id);
    admin.post("/api/4.0/queries", &query("orders", &["orders.nope"], &json!({ "limit": 1 }))).assert_error(422);
    let task = json!({ "query_id": id, "result_format": "json" });
    for _ in 0..2 {
        admin.post("/api/4.0/query_tasks", &task);
    }
    admin.run("json", &body);
    let expected = json!({ "login": 1, "login_user": 1, "create_query": 1, "create_query_task": 2 });
    assert_eq!(server.stats()["created"], expected);
}

#[test]
fn killed_queries_are_those_that_a_client_has_killed() {
    let server = Server::start(200_000);
    let admin = server.admin();
    let slow = json!({ "limit": "-1" });
    let slow = query("order_items", &["users.name", "products.name", "order_items.median_sale_price"], &slow);
    let stream = admin.open("POST", "/api/4.0/queries/run/json", "application/json", &slow.to_string()).unwrap();
    server.until("running_queries", &json!(1));
    let id = admin.get("/api/4.0/running_queries").json()[0]["query_task_id"].as_str().unwrap().to_owned();
    assert_eq!(admin.delete(&format!("/api/4.0/running_queries/{id}")).status, 204);
    server.until("running_queries", &json!(0));
    assert_eq!(server.stats()["killed_queries"], 1);
    admin.delete(&format!("/api/4.0/running_queries/{id}")).assert_error(404);
    assert_eq!(server.stats()["killed_queries"], 1);
    drop(stream);
}

#[test]
fn bytes_sent_are_those_of_the_bodies_and_a_known_length_is_still_told() {
    let server = Server::start(2000);
    let admin = server.admin();
    let before = server.stats()["bytes_sent"].as_u64().unwrap();
    let user = admin.get("/api/4.0/user");
    assert_eq!(user.header("content-length"), Some(user.body.len().to_string().as_str()));
    let rows = admin.run("csv", &query("order_items", &["order_items.id"], &json!({ "limit": "-1" })));
    let sent = server.stats()["bytes_sent"].as_u64().unwrap() - before;
    assert_eq!(sent, (user.body.len() + rows.body.len()) as u64);
}

#[test]
fn a_request_is_in_flight_until_its_body_has_ended() {
    let server = Server::start(1000);
    let admin = server.admin();
    assert_eq!(server.stats()["peak_in_flight"], 1);
    let all = query("order_items", &["order_items.id", "users.name", "users.email"], &json!({ "limit": "-1" }));
    server.fault(&json!({ "operation": "run_inline_query", "fault": "slow", "bytes": 64, "times": 3 }));
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = admin.open("POST", "/api/4.0/queries/run/json", "application/json", &all.to_string()).unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        streams.push(stream);
    }
    assert_eq!(server.stats()["peak_in_flight"], 3);
    drop(streams);
    server.until("running_queries", &json!(0));
    admin.get("/api/4.0/user");
    assert_eq!(server.stats()["peak_in_flight"], 3);
}
