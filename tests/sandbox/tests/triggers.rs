//! What happens to an instance without a call of the client that waits for it: tests make it happen at `/__sandbox/`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Answer, Server};
use serde_json::{Value, json};

/// Lets something happen.
fn happen(server: &Server, path: &str, body: &Value) -> Answer {
    server.control().post(&format!("/__sandbox/{path}"), body)
}

/// Must be refused with a sentence.
fn refused(server: &Server, path: &str, body: &Value, sentence: &str) {
    let answer = happen(server, path, body);
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.json()["message"].as_str().unwrap().contains(sentence), "{answer:?}");
}

#[test]
fn changed_data_is_seen_by_the_next_query_of_anybody() {
    let server = Server::start(1000);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let count = json!({ "filters": { "orders.status": "misplaced" } });
    let count =
        || [&admin, &viewer].map(|client| client.rows("orders", &["orders.count"], &count)[0]["orders.count"].clone());
    assert_eq!(count(), [json!(0), json!(0)]);
    let sql = "UPDATE orders SET status = 'misplaced' WHERE id <= 5; DELETE FROM orders WHERE id = 5";
    assert_eq!(happen(&server, "sql", &json!({ "sql": sql })).json(), json!({ "changed": 6 }));
    assert_eq!(count(), [json!(4), json!(4)]);
    refused(
        &server,
        "sql",
        &json!({ "sql": "UPDATE orders SET status = 'x'; UPDATE nowhere SET a = 1" }),
        "no such table: nowhere",
    );
    refused(&server, "sql", &json!({ "sql": "DROP TABLE orders" }), "not authorized");
    refused(&server, "sql", &json!({ "statement": "DELETE FROM orders" }), "statement");
    assert_eq!(count(), [json!(4), json!(4)]);
}
