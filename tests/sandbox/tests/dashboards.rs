//! Dashboards and merged results.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Server, query};
use serde_json::{Value, json};

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|dashboard| dashboard["title"].as_str().unwrap()).collect()
}

#[test]
fn dashboards_are_listed_for_those_who_see_them() {
    let server = Server::start(100);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    assert_eq!(titles(&admin.get("/api/4.0/dashboards").json()), ["Shop Pulse", "Board", "Shop"]);
    assert_eq!(titles(&viewer.get("/api/4.0/dashboards").json()), ["Shop Pulse", "Shop"]);
    assert_eq!(titles(&server.login("nodownload").get("/api/4.0/dashboards").json()), ["Shop Pulse"]);
    assert_eq!(titles(&admin.get("/api/4.0/dashboards/search?title=%25pulse").json()), ["Shop Pulse"]);
    assert_eq!(titles(&admin.get("/api/4.0/dashboards/search?deleted=true").json()), ["Old Pulse"]);
    viewer.get("/api/4.0/dashboards/3").assert_error(404);
    assert_eq!(admin.get("/api/4.0/dashboards/2").json()["deleted"], true);
    let pulse = admin.get("/api/4.0/dashboards/1").json();
    let by_slug = format!("/api/4.0/dashboards/{}?fields=id", pulse["slug"].as_str().unwrap());
    assert_eq!(admin.get(&by_slug).json(), json!({ "id": "1" }));
}

#[test]
fn a_dashboard_has_a_tile_of_every_kind() {
    let server = Server::start(500);
    let admin = server.admin();
    let dashboard = admin.get("/api/4.0/dashboards/1").json();
    let elements = dashboard["dashboard_elements"].as_array().unwrap();
    let tile = |title: &str| {
        let named = |element: &&Value| element["title"] == title || element["title_text"] == title;
        elements.iter().find(named).unwrap()
    };
    let months = tile("Sales by Month");
    assert_eq!(months["query"]["id"], months["result_maker"]["query_id"]);
    let look = tile("Sales by Category");
    assert_eq!((&look["look_id"], &look["query"]), (&json!("1"), &Value::Null));
    assert_eq!(look["look"]["query"]["id"], look["result_maker"]["query"]["id"]);
    let merged = tile("Customers and Sales by City");
    let merge = admin.get(&format!("/api/4.0/merge_queries/{}", merged["merge_result_id"].as_str().unwrap())).json();
    assert_eq!(merge["result_maker_id"], merged["result_maker_id"]);
    for source in merge["source_queries"].as_array().unwrap() {
        let id = source["query_id"].as_str().unwrap();
        assert!(!admin.get(&format!("/api/4.0/queries/{id}/run/json")).json().as_array().unwrap().is_empty());
    }
    let about = tile("About");
    assert_eq!((&about["type"], &about["result_maker"]), (&json!("text"), &Value::Null));
    assert!(about["body_text"].as_str().unwrap().contains("shop"));
    let sql = tile("Orders in SQL")["result_maker"]["sql_query_id"].as_str().unwrap();
    let rows = admin.post(&format!("/api/4.0/sql_queries/{sql}/run/json"), &Value::Null).json();
    assert!(rows[0]["orders"].is_u64());
    assert_eq!(admin.get("/api/4.0/dashboards/1/dashboard_elements").json(), dashboard["dashboard_elements"]);
    let id = months["id"].as_str().unwrap();
    assert_eq!(&admin.get(&format!("/api/4.0/dashboard_elements/{id}")).json(), months);
    admin.get("/api/4.0/dashboard_elements/99").assert_error(404);
}

#[test]
fn tiles_say_which_of_their_fields_listen_to_which_filter() {
    let server = Server::start(100);
    let admin = server.admin();
    let dashboard = admin.get("/api/4.0/dashboards/1").json();
    let filters = dashboard["dashboard_filters"].as_array().unwrap();
    let names: Vec<_> = filters.iter().map(|filter| (&filter["name"], &filter["default_value"])).collect();
    assert_eq!(names, [(&json!("Period"), &json!("2024")), (&json!("Order Status"), &json!(""))]);
    assert_eq!(admin.get("/api/4.0/dashboards/1/dashboard_filters").json(), dashboard["dashboard_filters"]);
    let filterables = |at: usize| &dashboard["dashboard_elements"][at]["result_maker"]["filterables"];
    let period = json!({ "dashboard_filter_name": "Period", "field": "order_items.created_date" });
    let status = json!({ "dashboard_filter_name": "Order Status", "field": "orders.status" });
    assert_eq!(filterables(0)[0]["listen"], json!([period, status]));
    assert_eq!(filterables(2)[0]["listen"], json!([status]));
    // Merged results listen source by source.
    assert_eq!((&filterables(3)[0]["name"], &filterables(3)[1]["name"]), (&json!("Customers"), &json!("Sales")));
    assert_eq!(filterables(3)[1]["listen"], json!([period, status]));
    for at in [0, 1, 2] {
        let query = &dashboard["dashboard_elements"][at]["result_maker"]["query"];
        let mut query = query.clone();
        query["filter_config"] = Value::Null;
        for listen in filterables(at)[0]["listen"].as_array().unwrap() {
            query["filters"][listen["field"].as_str().unwrap()] = json!("2024");
        }
        assert_eq!(admin.run("json", &query).status, 200);
    }
}

#[test]
fn a_lookml_dashboard_has_a_model_and_a_name_for_an_id() {
    let server = Server::start(100);
    let admin = server.admin();
    for id in ["thelook::shop", "thelook%3A%3Ashop"] {
        let dashboard = admin.get(&format!("/api/4.0/dashboards/{id}")).json();
        assert_eq!((&dashboard["readonly"], &dashboard["model"]["id"]), (&json!(true), &json!("thelook")));
        assert_eq!(dashboard["dashboard_elements"][0]["id"], "thelook::shop::brands");
    }
    assert_eq!(admin.get("/api/4.0/dashboard_elements/thelook::shop::brands").json()["lookml_link_id"], "brands");
    server.login("nomodels").get("/api/4.0/dashboards/thelook::shop").assert_error(404);
}

#[test]
fn a_merge_query_is_content_addressed_and_has_no_run() {
    let server = Server::start(100);
    let (admin, limited) = (server.admin(), server.login("limited"));
    let save = |view: &str, fields: &[&str]| admin.post("/api/4.0/queries", &query(view, fields, &json!({}))).json();
    let (one, two) = (save("users", &["users.city", "users.count"]), save("orders", &["users.city", "orders.count"]));
    let fields = json!([{ "field_name": "users.city", "source_field_name": "users.city" }]);
    let body = json!({ "source_queries": [
        { "query_id": one["id"], "name": "a" }, { "query_slug": two["slug"], "name": "b", "merge_fields": fields } ] });
    let merge = admin.post("/api/4.0/merge_queries", &body).json();
    assert_eq!(merge["source_queries"][1]["query_id"], two["id"]);
    assert_eq!(admin.post("/api/4.0/merge_queries", &body).json()["id"], merge["id"]);
    assert_eq!(server.stats()["created"]["create_merge_query"], 1);
    let path = format!("/api/4.0/merge_queries/{}", merge["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).json(), merge);
    // One of its sources is an explore that this user does not have.
    limited.get(&path).assert_error(404);
    admin.get(&format!("{path}/run/json")).assert_error(404);
    for bad in [json!({}), json!({ "source_queries": [{ "query_id": "99" }] }), json!({ "source_queries": [1] })] {
        admin.post("/api/4.0/merge_queries", &bad).assert_error(422);
    }
}
