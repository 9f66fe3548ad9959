//! Calls that must succeed, or must fail in Looker's shape, and what their answers hold.

use serde_json::{Value, json};

use super::Client;

/// Reads.
pub(crate) fn get(client: &Client, path: &str) -> Value {
    let answer = client.get(&format!("/api/4.0/{path}"));
    assert_eq!(answer.status, 200, "{path} {answer:?}");
    answer.json()
}

/// Makes.
pub(crate) fn post(client: &Client, path: &str, body: &Value) -> Value {
    let answer = client.post(&format!("/api/4.0/{path}"), body);
    assert_eq!(answer.status, 200, "{path} {answer:?}");
    answer.json()
}

/// Sends a body by any method.
pub(crate) fn send(client: &Client, method: &str, path: &str, body: &Value) -> Value {
    let answer = client.send(method, &format!("/api/4.0/{path}"), "application/json", &body.to_string()).unwrap();
    assert_eq!(answer.status, 200, "{path} {answer:?}");
    answer.json()
}

/// Must be refused.
pub(crate) fn refused(client: &Client, method: &str, path: &str, body: &Value, status: u16) {
    let answer = client.send(method, &format!("/api/4.0/{path}"), "application/json", &body.to_string()).unwrap();
    answer.assert_error(status);
}

/// The texts in a column of a list.
pub(crate) fn column<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap_or_default()).collect()
}

/// A new alert.
pub(crate) fn alert() -> Value {
    json!({ "comparison_type": "EQUAL_TO", "cron": "0 6 * * *", "destinations": [], "owner_id": "1",
                        "field": { "title": "Orders", "name": "orders.count" }, "threshold": 1.5,
                        "dashboard_element_id": "1", "custom_title": "New" })
}

/// Rows of System Activity, in the order of their first field.
pub(crate) fn activity(client: &Client, view: &str, fields: &[&str], filters: &Value) -> Vec<Value> {
    let more = json!({ "model": "system__activity", "filters": filters, "sorts": [fields[0]] });
    client.rows(view, fields, &more)
}
