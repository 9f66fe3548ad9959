//! SQL Runner.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Answer, Client, Server};
use serde_json::{Value, json};

fn run(client: &Client, sql: &str, format: &str) -> Answer {
    let made = client.post("/api/4.0/sql_queries", &json!({ "connection_name": "thelook", "sql": sql })).json();
    client.post(&format!("/api/4.0/sql_queries/{}/run/{format}", made["slug"].as_str().unwrap()), &Value::Null)
}

#[test]
fn sql_runs_as_it_is_and_its_columns_are_typed_by_their_values() {
    let server = Server::start(300);
    let admin = server.admin();
    let sql = "SELECT status AS \"State\", COUNT(*) AS n, NULL AS missing FROM orders WHERE status IS NOT NULL GROUP BY 1 ORDER BY 1;";
    let rows = run(&admin, sql, "json").json();
    assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["State", "n", "missing"]);
    let sum: i64 = rows.as_array().unwrap().iter().map(|row| row["n"].as_i64().unwrap()).sum();
    assert_eq!(json!([{ "n": sum }]), run(&admin, "SELECT COUNT(status) AS n FROM orders", "json").json());
    let bi = run(&admin, sql, "json_bi").json();
    let fields = bi["metadata"]["fields"]["dimensions"].as_array().unwrap();
    let types: Vec<_> =
        fields.iter().map(|field| (field["name"].as_str().unwrap(), field["type"].as_str().unwrap())).collect();
    assert_eq!(types, [("State", "string"), ("n", "number"), ("missing", "string")]);
    assert_eq!((&bi["metadata"]["sql"], &bi["rows"][0]["State"]), (&json!(sql), &json!({ "value": rows[0]["State"] })));
    assert!(run(&admin, sql, "csv").body.starts_with("State,n,missing\n"));
    assert_eq!(run(&admin, sql, "sql").body, sql);
    let many = run(&admin, "SELECT id FROM order_items", "json").json();
    assert_eq!(many.as_array().unwrap().len(), 300);
}

#[test]
fn sql_that_fails_or_does_more_than_reading_the_data_is_an_error_in_the_result() {
    let server = Server::start(100);
    let admin = server.admin();
    for sql in [
        "SELECT nope FROM orders",
        "DELETE FROM orders",
        "CREATE TABLE x (a)",
        "ATTACH DATABASE '/tmp/looker-sandbox-test.db' AS x",
        "PRAGMA query_only = OFF",
        "SELECT * FROM activity.user",
        "SELECT 1; SELECT 2",
    ] {
        let answer = run(&admin, sql, "json");
        assert_eq!(answer.status, 200);
        assert!(answer.json()[0]["looker_error"].as_str().unwrap().starts_with("SQL Error: "), "{sql}: {answer:?}");
    }
    // What one statement may not do does not keep the next from its work.
    assert_eq!(admin.rows("orders", &["orders.count"], &json!({})).len(), 1);
    let history = json!({ "model": "system__activity", "view": "history", "fields": ["history.count"] });
    assert!(admin.run("json", &history).json()[0]["history.count"].is_u64());
}

#[test]
fn sql_runner_needs_its_permission_and_a_connection_or_a_model() {
    let server = Server::start(100);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let make = |client: &Client, body: Value| client.post("/api/4.0/sql_queries", &body);
    make(&admin, json!({ "sql": "SELECT 1" })).assert_error(422);
    make(&admin, json!({ "sql": "SELECT 1", "connection_name": "nope" })).assert_error(422);
    make(&admin, json!({ "connection_name": "thelook" })).assert_error(422);
    make(&viewer, json!({ "sql": "SELECT 1", "model_name": "thelook" })).assert_error(404);
    let query = make(&admin, json!({ "sql": "SELECT 1 AS one", "model_name": "thelook" })).json();
    assert_eq!((&query["model_name"], &query["run_count"]), (&json!("thelook"), &json!(0)));
    let path = format!("/api/4.0/sql_queries/{}", query["slug"].as_str().unwrap());
    viewer.get(&path).assert_error(404);
    let answer = admin.post(&format!("{path}/run/csv?download=true"), &Value::Null);
    assert_eq!(answer.body, "one\n1\n");
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"sql_query.csv\""));
    server.until("running_queries", &json!(0));
    admin.get("/api/4.0/sql_queries/nope").assert_error(404);
}

#[test]
fn a_run_is_counted_and_endless_sql_can_be_killed() {
    let server = Server::start(100);
    let admin = server.admin();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";
    let made = admin.post("/api/4.0/sql_queries", &json!({ "connection_name": "thelook", "sql": endless })).json();
    let path = format!("/api/4.0/sql_queries/{}", made["slug"].as_str().unwrap());
    let stream = admin.open("POST", &format!("{path}/run/json"), "application/json", "").unwrap();
    server.until("running_queries", &json!(1));
    let running = admin.get("/api/4.0/running_queries").json();
    assert_eq!(running[0]["sql"], endless);
    let id = running[0]["query_task_id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/api/4.0/running_queries/{id}")).status, 204);
    server.until("running_queries", &json!(0));
    drop(stream);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while admin.get(&path).json()["run_count"] != 1 {
        assert!(std::time::Instant::now() < deadline);
        std::thread::yield_now();
    }
}
