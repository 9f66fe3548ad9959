//! Merged results, which Looker's API does not run, are what their source queries are when they are joined.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::HashMap;

use arrow_array::RecordBatch;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::recorder::Recorder;
use e2e::runs::{failure, objects, rows, value};
use e2e::sandbox::{Sandbox, login};
use serde_json::{Value, json};

struct Shop {
    sandbox: Sandbox,
    session: Session,
}

impl Shop {
    fn open() -> Self {
        let sandbox = Sandbox::start(&[]);
        let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
        Self { sandbox, session }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let ready = &self.sandbox.ready;
        let token = login(&ready.base_url, &ready.client_id, &ready.client_secret);
        let http: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let call = http.post(format!("{}/api/4.0{path}", ready.base_url));
        let mut answer = call.header("Authorization", format!("Bearer {token}")).send_json(body).unwrap();
        answer.body_mut().read_json().unwrap()
    }

    fn query(&self, explore: &str, fields: &[&str], more: &Value) -> String {
        let mut body = json!({ "model": "thelook", "view": explore, "fields": fields, "limit": "500" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/queries", &body)["id"].as_str().unwrap().to_owned()
    }

    /// A merged result of customers by city, and what they bought.
    fn merge(&self, more: &Value) -> String {
        let customers = self.query("users", &["users.city", "users.count"], &json!({}));
        let sales = self.query(
            "order_items",
            &["users.city", "order_items.count"],
            &json!({ "filters": { "users.age": ">50" } }),
        );
        let field = json!([{ "field_name": "users.city", "source_field_name": "users.city" }]);
        let mut body = json!({ "source_queries": [
            { "name": "Customers", "query_id": customers, "merge_fields": [] },
            { "name": "Sales", "query_id": sales, "merge_fields": field },
        ] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/merge_queries", &body)["id"].as_str().unwrap().to_owned()
    }

    fn inline(&self, explore: &str, fields: &[&str], filters: &Value) -> Vec<Value> {
        let body = json!({ "model": "thelook", "explore": explore, "fields": fields, "filters": filters });
        objects(&rows(&self.session, &body).0)
    }
}

fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
    rows.sort();
    rows
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[test]
fn a_merged_result_is_the_left_join_of_its_sources() {
    let shop = Shop::open();
    let (batch, progress) = rows(&shop.session, &json!({ "merge_query": shop.merge(&json!({})) }));
    let sales: HashMap<String, Value> = shop
        .inline("order_items", &["users.city", "order_items.count"], &json!({ "users.age": ">50" }))
        .into_iter()
        .filter(|row| !row["users.city"].is_null())
        .map(|row| (row["users.city"].as_str().unwrap().to_owned(), row["order_items.count"].clone()))
        .collect();
    let expected: Vec<Value> = shop
        .inline("users", &["users.city", "users.count"], &json!({}))
        .into_iter()
        .map(|mut row| {
            let bought = row["users.city"].as_str().and_then(|city| sales.get(city)).cloned();
            row["order_items.count"] = bought.unwrap_or_default();
            row
        })
        .collect();
    assert!(expected.len() > 5);
    assert_eq!(names(&batch), ["users.city", "users.count", "order_items.count"]);
    assert_eq!(sorted(&objects(&batch)), sorted(&expected));
    assert_eq!(progress.summary["row_count"], batch.num_rows());
    assert_eq!(batch.schema().field(2).metadata()["LOOKER:type"], "count", "the fields keep what is known of them");
}

#[test]
fn its_sorts_and_limit_are_kept_and_a_request_may_have_its_own() {
    let shop = Shop::open();
    let id = shop.merge(&json!({ "sorts": ["users.count desc", "users.city"], "limit": "3" }));
    let (batch, progress) = rows(&shop.session, &json!({ "merge_query": id }));
    let counts: Vec<i64> = objects(&batch).iter().map(|row| row["users.count"].as_i64().unwrap()).collect();
    assert!(counts.len() == 3 && counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    assert_eq!((&progress.summary["truncated"], &progress.summary["limit"]), (&json!(true), &json!(3)));
    let (other, _) = rows(&shop.session, &json!({ "merge_query": id, "sorts": ["users.count"], "limit": 2 }));
    let first = |batch: &RecordBatch| objects(batch)[0]["users.count"].as_i64().unwrap();
    assert!(other.num_rows() == 2 && first(&other) < first(&batch));
}

#[test]
fn fields_of_the_same_name_stay_apart_and_what_is_not_computed_is_said() {
    let shop = Shop::open();
    let all = shop.query("users", &["users.city", "users.count"], &json!({}));
    let old = shop.query("users", &["users.city", "users.count"], &json!({ "filters": { "users.age": ">50" } }));
    let field = json!([{ "field_name": "users.city", "source_field_name": "users.city" }]);
    let merge = shop.post("/merge_queries", &json!({ "total": true, "source_queries": [
        { "name": "All", "query_id": all, "merge_fields": [] }, { "name": "Old", "query_id": old, "merge_fields": field } ] }));
    let (batch, progress) = rows(&shop.session, &json!({ "merge_query": merge["id"] }));
    assert_eq!(names(&batch), ["users.city", "users.count", "q1_users.count"]);
    let notices = progress.summary["notices"].to_string();
    assert!(notices.contains("delivered without its totals"), "{notices}");
}

#[test]
fn a_merged_tile_hears_the_dashboards_filters_in_each_source() {
    let shop = Shop::open();
    let tile = |filters: &Value| {
        rows(&shop.session, &json!({ "dashboard": "1", "tile": "Customers and Sales by City", "filters": filters })).0
    };
    let sum = |batch: &RecordBatch| -> f64 {
        objects(batch).iter().filter_map(|row| row["order_items.total_sale_price"].as_f64()).sum()
    };
    let (year, month) = (tile(&json!({ "Period": "2024" })), tile(&json!({ "Period": "2024-06" })));
    assert!(sum(&year) > sum(&month) && sum(&month) > 0.0, "{} {}", sum(&year), sum(&month));
}

#[test]
fn its_columns_are_told_without_running_it_and_a_source_that_fails_is_the_error() {
    let shop = Shop::open();
    let id = shop.merge(&json!({}));
    let told = value(&shop.session, &json!({ "merge_query": id, "schema_only": true }));
    let told: Vec<&str> =
        told["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert_eq!(told, ["users.city", "users.count", "order_items.count"]);
    assert_eq!(shop.sandbox.calls_of("run_query"), 0);
    let error = failure(&shop.session, &json!({ "merge_query": id, "format": "xlsx" }));
    assert!(error.message.contains("xlsx of a merged result"), "{}", error.report());
    shop.sandbox.inject(&json!({ "operation": "run_query", "fault": "error_row", "message": "SQL Error: disk full" }));
    let error = failure(&shop.session, &json!({ "merge_query": id }));
    assert!(error.message.contains("disk full"), "{}", error.report());
}
