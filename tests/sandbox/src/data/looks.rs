//! The Looks that are there from the start; their ids are their places, beginning with 1.

use serde_json::{Value, json};

/// A Look before it has an id.
#[derive(Debug)]
pub(crate) struct LookSeed {
    /// Title.
    pub(crate) title: &'static str,
    /// Description.
    pub(crate) description: Option<&'static str>,
    /// Id of the folder.
    pub(crate) folder: &'static str,
    /// Id of the user who made it.
    pub(crate) owner: i64,
    /// Whether it was put away.
    pub(crate) deleted: bool,
    /// Body of its query.
    pub(crate) query: Value,
}

fn look(title: &'static str, description: &'static str, query: Value) -> LookSeed {
    LookSeed { title, description: Some(description), folder: "2", owner: 1, deleted: false, query }
}

/// All of them.
pub(crate) fn looks() -> Vec<LookSeed> {
    vec![
        look("Sales by Category", "What was sold in 2024.", sales_by_category()),
        look("Orders by Gender", "Pivoted, with both kinds of totals.", orders_by_gender()),
        look("Big or Complete Orders", "A condition with OR, which filters alone cannot say.", big_or_complete()),
        LookSeed { deleted: true, ..look("Old Orders", "Put away.", orders()) },
        LookSeed { folder: "3", ..look("Margins for the Board", "Only administrators see its folder.", margins()) },
        look("Broken", "Its SQL fails in the database.", broken()),
        LookSeed { owner: 3, description: None, ..look("Orders per Day", "", orders_per_day()) },
    ]
}

fn query(view: &str, fields: &[&str], more: Value) -> Value {
    let mut query = json!({ "model": "thelook", "view": view, "fields": fields });
    if let (Some(query), Value::Object(more)) = (query.as_object_mut(), more) {
        query.extend(more);
    }
    query
}

fn sales_by_category() -> Value {
    query(
        "order_items",
        &["products.category", "order_items.count", "order_items.total_sale_price"],
        json!({ "filters": { "order_items.created_date": "2024" }, "sorts": ["order_items.total_sale_price desc"],
                "limit": "20", "vis_config": { "type": "looker_column" } }),
    )
}

/// Saved in the browser, so it has a `filter_config` that says the same as its filters.
fn orders_by_gender() -> Value {
    query(
        "orders",
        &["orders.status", "users.gender", "orders.count"],
        json!({ "pivots": ["users.gender"], "filters": { "orders.status": "-Cancelled" },
                "filter_config": { "orders.status": [
                    { "type": "!=", "values": [{ "constant": "Cancelled" }, {}], "id": 0, "error": false } ] },
                "sorts": ["users.gender", "orders.status"], "total": true, "row_total": "right", "limit": "100" }),
    )
}

fn big_or_complete() -> Value {
    query(
        "orders",
        &["orders.id", "orders.status", "orders.num_items"],
        json!({ "filter_expression": "${orders.num_items} > 2 OR ${orders.status} = \"Complete\"",
                "sorts": ["orders.id"], "limit": "50" }),
    )
}

fn orders() -> Value {
    query("orders", &["orders.count"], json!({ "filters": { "orders.created_date": "2023" } }))
}

fn margins() -> Value {
    query("order_items", &["products.department", "order_items.total_gross_margin"], json!({}))
}

fn broken() -> Value {
    query("order_items", &["order_items.broken_sql", "order_items.count"], json!({}))
}

fn orders_per_day() -> Value {
    query(
        "orders",
        &["orders.created_date", "orders.count"],
        json!({ "filters": { "orders.created_date": "30 days" }, "sorts": ["orders.created_date"], "limit": "500" }),
    )
}
