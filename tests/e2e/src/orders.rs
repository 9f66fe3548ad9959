//! Orders that a test adds to those of the sandbox, and queries of them.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// Orders with numbers from here on are a test's own.
pub const OWN: u64 = 900_000;

/// The moment of the first of them: the year 2030 begins.
const BEGIN: i64 = 1_893_456_000;

/// Changes the sandbox's data.
pub fn sql(sandbox: &Sandbox, sql: &str) {
    sandbox.happen("sql", &json!({ "sql": sql }));
}

/// Adds an order of the test's own, so many seconds after the first moment.
pub fn add(sandbox: &Sandbox, number: u64, seconds: i64) {
    let (id, created) = (OWN + number, BEGIN + seconds);
    sql(
        sandbox,
        &format!(
            "INSERT INTO orders (id, user_id, status, num_items, created_at) VALUES ({id}, 1, 'Complete', 1, {created})"
        ),
    );
}

/// Removes the test's own orders.
pub fn clear(sandbox: &Sandbox) {
    sql(sandbox, &format!("DELETE FROM orders WHERE id >= {OWN}"));
}

/// A query of all orders, with further keys.
pub fn all(more: &Value) -> Value {
    let mut input = json!({
        "model": "thelook", "explore": "orders", "fields": ["orders.id", "orders.created_time", "orders.status"],
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// A query of the test's own orders, with further keys.
pub fn own(more: &Value) -> Value {
    let mut input = all(&json!({ "filters": { "orders.id": format!(">={OWN}") } }));
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}
