//! The dashboards that are there from the start.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::content::dashboard::{Dashboard, Filter};
use crate::content::element::{Element, Tile};
use crate::content::folder::Folder;
use crate::content::made_at;
use crate::merges::MergeQueries;
use crate::query::body::Query;
use crate::saved::{SavedQueries, SavedQuery};
use crate::sql_runner::SqlQueries;

/// Where the parts of dashboards are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stores<'a> {
    /// Saved queries.
    pub(crate) queries: &'a SavedQueries,
    /// Merge queries.
    pub(crate) merges: &'a MergeQueries,
    /// SQL that users wrote.
    pub(crate) sql: &'a SqlQueries,
}

type Listens = &'static [(&'static str, &'static str)];

/// All of them; none only if a query of theirs cannot be read.
pub(crate) fn dashboards(stores: Stores<'_>) -> Option<Vec<Dashboard>> {
    Some(vec![pulse(stores)?, old(stores)?, board(stores)?, lookml(stores)?])
}

fn dashboard(id: &str, title: &'static str, description: &'static str, folder: &str) -> Option<Dashboard> {
    Some(Dashboard {
        id: id.to_owned(),
        title,
        description,
        folder: Folder::by_id(folder)?,
        user_id: Some(1).filter(|_| !id.contains(':')),
        deleted: false,
        elements: Vec::new(),
        filters: Vec::new(),
        created_at: made_at(id.parse().unwrap_or_default()),
    })
}

fn element(id: &str, title: &'static str, shows: Tile, listens: Listens) -> Element {
    Element { id: id.to_owned(), title: title.to_owned(), tile: shows, listens }
}

fn query(stores: Stores<'_>, view: &str, fields: &[&str], more: Value) -> Option<Arc<SavedQuery>> {
    let mut body = Map::from_iter([
        ("model".to_owned(), json!("thelook")),
        ("view".to_owned(), json!(view)),
        ("fields".to_owned(), json!(fields)),
    ]);
    if let Value::Object(more) = more {
        body.extend(more);
    }
    Some(stores.queries.seed(Query::from_body(&body).ok()?))
}

fn filters() -> Vec<Filter> {
    vec![
        Filter {
            name: "Period",
            default_value: "2024",
            field: ("order_items", "order_items.created_date"),
            required: true,
        },
        Filter { name: "Order Status", default_value: "", field: ("orders", "orders.status"), required: false },
    ]
}

/// A tile of every kind.
fn pulse(stores: Stores<'_>) -> Option<Dashboard> {
    let months = query(
        stores,
        "order_items",
        &["order_items.created_month", "order_items.total_sale_price"],
        json!({ "sorts": ["order_items.created_month"], "limit": "100" }),
    )?;
    let genders = query(
        stores,
        "orders",
        &["orders.status", "users.gender", "orders.count"],
        json!({ "pivots": ["users.gender"], "filters": { "users.age": ">17" }, "sorts": ["orders.status"] }),
    )?;
    let broken = query(stores, "order_items", &["order_items.broken_sql"], json!({}))?;
    let sql = "SELECT status, COUNT(*) AS orders FROM orders GROUP BY status ORDER BY 2 DESC";
    let sql = stores.sql.add(sql, "thelook", None, Value::Null, 1);
    let period: Listens = &[("Period", "order_items.created_date"), ("Order Status", "orders.status")];
    let status: Listens = &[("Order Status", "orders.status")];
    let elements = vec![
        element("1", "Sales by Month", Tile::Query(months), period),
        element("2", "Sales by Category", Tile::Look(1), period),
        element("3", "Orders by Gender", Tile::Query(genders), status),
        element("4", "Customers and Sales by City", merged(stores)?, period),
        element("5", "About", Tile::Text("The **shop** at a glance."), &[]),
        element("6", "Orders in SQL", Tile::Sql(sql), &[]),
        element("7", "Broken", Tile::Query(broken), period),
    ];
    Some(Dashboard { elements, filters: filters(), ..dashboard("1", "Shop Pulse", "A tile of every kind.", "2")? })
}

/// Customers by city, with what they bought.
fn merged(stores: Stores<'_>) -> Option<Tile> {
    let customers = query(stores, "users", &["users.city", "users.count"], json!({ "limit": "500" }))?;
    let sales =
        query(stores, "order_items", &["users.city", "order_items.total_sale_price"], json!({ "limit": "500" }))?;
    let fields = json!([{ "field_name": "users.city", "source_field_name": "users.city" }]);
    let body = json!({
        "source_queries": [
            { "name": "Customers", "query_id": customers.id, "merge_fields": [] },
            { "name": "Sales", "query_id": sales.id, "merge_fields": fields },
        ],
        "sorts": ["users.count desc"],
        "total": false,
    });
    let (merge, _) = stores.merges.save(body.as_object()?, stores.queries).ok()?;
    Some(Tile::Merge(merge))
}

fn old(stores: Stores<'_>) -> Option<Dashboard> {
    let orders = query(stores, "orders", &["orders.count"], json!({ "filters": { "orders.created_date": "2023" } }))?;
    let elements = vec![element("8", "Orders", Tile::Query(orders), &[])];
    Some(Dashboard { deleted: true, elements, ..dashboard("2", "Old Pulse", "Put away.", "2")? })
}

fn board(stores: Stores<'_>) -> Option<Dashboard> {
    let margin = query(stores, "order_items", &["order_items.total_gross_margin"], json!({}))?;
    let elements = vec![
        element("9", "Margin", Tile::Query(margin), &[]),
        element("10", "Margins for the Board", Tile::Look(5), &[]),
    ];
    Some(Dashboard { elements, ..dashboard("3", "Board", "Only administrators see its folder.", "3")? })
}

fn lookml(stores: Stores<'_>) -> Option<Dashboard> {
    let brands = query(
        stores,
        "order_items",
        &["products.brand", "order_items.count"],
        json!({ "sorts": ["order_items.count desc"], "limit": "10" }),
    )?;
    let statuses = query(stores, "orders", &["orders.status", "orders.count"], json!({}))?;
    let elements = vec![
        element("thelook::shop::brands", "Brands", Tile::Query(brands), &[("Period", "order_items.created_date")]),
        element("thelook::shop::statuses", "Statuses", Tile::Query(statuses), &[("Order Status", "orders.status")]),
    ];
    Some(Dashboard {
        elements,
        filters: filters(),
        ..dashboard("thelook::shop", "Shop", "Written in LookML.", "lookml")?
    })
}
