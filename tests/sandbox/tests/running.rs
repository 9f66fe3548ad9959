//! Running queries: what is listed of them, for whom, and who may kill them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::time::SystemTime;

use common::{Server, query};
use serde_json::{Value, json};

const FIELDS: [&str; 3] = ["users.name", "products.name", "order_items.median_sale_price"];

#[test]
fn a_running_query_is_listed_with_its_user_and_what_it_asks() {
    let server = Server::start(200_000);
    let viewer = server.login("viewer");
    let slow = query("order_items", &FIELDS, &json!({ "limit": "-1" }));
    let stream = viewer.open("POST", "/api/4.0/queries/run/json", "application/json", &slow.to_string()).unwrap();
    server.until("running_queries", &json!(1));
    let list = viewer.get("/api/4.0/running_queries").json();
    let listed = &list[0];
    assert_eq!(listed["user"]["id"], "2");
    assert_eq!(listed["user"]["display_name"], viewer.get("/api/4.0/user").json()["display_name"]);
    assert_eq!(listed["query"], json!({ "model": "thelook", "view": "order_items", "fields": FIELDS }));
    assert_eq!(
        (&listed["status"], &listed["source"], &listed["query_id"]),
        (&json!("running"), &json!("api4"), &Value::Null)
    );
    let created: jiff::Timestamp = listed["created_at"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::try_from(SystemTime::now()).unwrap().duration_since(created).as_secs() < 60);
    // The viewer may not see SQL.
    assert_eq!(listed["sql"], Value::Null);
    let id = listed["query_task_id"].as_str().unwrap();
    assert_eq!(viewer.delete(&format!("/api/4.0/running_queries/{id}")).status, 204);
    server.until("running_queries", &json!(0));
    assert_eq!(viewer.get("/api/4.0/running_queries").json(), json!([]));
    drop(stream);
}

#[test]
fn a_user_sees_and_kills_only_queries_of_their_own_and_an_administrator_all() {
    let server = Server::start(200_000);
    let (viewer, limited, admin) = (server.login("viewer"), server.login("limited"), server.admin());
    let id =
        viewer.post("/api/4.0/queries", &query("order_items", &FIELDS, &json!({ "limit": "-1" }))).json()["id"].clone();
    let path = format!("/api/4.0/queries/{}/run/csv", id.as_str().unwrap());
    let stream = viewer.open("GET", &path, "", "").unwrap();
    server.until("running_queries", &json!(1));
    assert_eq!(limited.get("/api/4.0/running_queries").json(), json!([]));
    let list = admin.get("/api/4.0/running_queries").json();
    assert_eq!((&list[0]["query_id"], &list[0]["query"]["view"]), (&id, &json!("order_items")));
    let path = format!("/api/4.0/running_queries/{}", list[0]["query_task_id"].as_str().unwrap());
    limited.delete(&path).assert_error(404);
    assert_eq!(admin.delete(&path).status, 204);
    server.until("running_queries", &json!(0));
    drop(stream);
}

#[test]
fn a_made_up_query_runs_as_long_as_it_was_told_until_it_is_killed_or_ended() {
    let server = Server::start(50);
    let (viewer, limited) = (server.login("viewer"), server.login("limited"));
    let make_up = || {
        let made = server.control().post("/__sandbox/running_queries", &json!({ "seconds": 600, "user": "viewer" }));
        made.json()
    };
    let made = make_up();
    let list = viewer.get("/api/4.0/running_queries").json();
    let listed = &list[0];
    assert_eq!((&listed["id"], &listed["query_task_id"]), (&made["id"], &made["query_task_id"]));
    let runtime = listed["runtime"].as_f64().unwrap();
    let created: jiff::Timestamp = listed["created_at"].as_str().unwrap().parse().unwrap();
    let age = jiff::Timestamp::now().duration_since(created).as_secs();
    assert!((600.0..660.0).contains(&runtime) && (600..660).contains(&age), "{listed}");
    assert_eq!(
        (&listed["status"], &listed["user"]["id"], &listed["query"]["view"]),
        (&json!("running"), &json!("2"), &json!("orders"))
    );
    let path = format!("/api/4.0/running_queries/{}", made["query_task_id"].as_str().unwrap());
    limited.delete(&path).assert_error(404);
    assert_eq!(viewer.delete(&path).status, 204);
    assert_eq!(viewer.get("/api/4.0/running_queries").json(), json!([]));
    assert_eq!(server.stats()["killed_queries"], 1);
    make_up();
    make_up();
    assert_eq!(server.control().delete("/__sandbox/running_queries").json(), json!({ "ended": 2 }));
    assert_eq!(viewer.get("/api/4.0/running_queries").json(), json!([]));
    assert_eq!(server.control().post("/__sandbox/running_queries", &json!({ "user": "nobody" })).status, 400);
}
