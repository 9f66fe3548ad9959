//! Looks: who sees which, what stands in them, how they run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Client, Server, query};
use serde_json::{Value, json};

fn titles(answer: &Value) -> Vec<&str> {
    answer.as_array().unwrap().iter().map(|look| look["title"].as_str().unwrap()).collect()
}

fn id_of(client: &Client, title: &str) -> String {
    let looks = client.get("/api/4.0/looks").json();
    let look = looks.as_array().unwrap().iter().find(|look| look["title"] == title).unwrap();
    look["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_list_of_looks_leaves_out_deleted_ones_and_folders_that_are_not_seen() {
    let server = Server::start(100);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let all = admin.get("/api/4.0/looks").json();
    assert!(titles(&all).contains(&"Margins for the Board") && !titles(&all).contains(&"Old Orders"));
    assert!(all[0].get("query").is_none());
    assert!(!titles(&viewer.get("/api/4.0/looks").json()).contains(&"Margins for the Board"));
    viewer.get(&format!("/api/4.0/looks/{}", id_of(&admin, "Margins for the Board"))).assert_error(404);
    assert_eq!(server.login("nomodels").get("/api/4.0/looks").json(), json!([]));
    let deleted = admin.get("/api/4.0/looks/search?deleted=true").json();
    assert_eq!(titles(&deleted), ["Old Orders"]);
    let found =
        admin.get("/api/4.0/looks/search?title=%25orders%25&sorts=title desc&fields=title".replace(' ', "+").as_str());
    assert_eq!(titles(&found.json()), ["Orders per Day", "Orders by Gender", "Big or Complete Orders"]);
}

#[test]
fn a_look_holds_its_query_and_both_run_alike() {
    let server = Server::start(1000);
    let admin = server.admin();
    let look = admin.get(&format!("/api/4.0/looks/{}", id_of(&admin, "Sales by Category"))).json();
    assert_eq!(look["query"]["id"], look["query_id"]);
    assert_eq!(look["query"]["filters"], json!({ "order_items.created_date": "2024" }));
    assert_eq!((&look["folder"]["name"], &look["model"]["id"]), (&json!("Sales"), &json!("thelook")));
    let id = look["id"].as_str().unwrap();
    let rows = admin.get(&format!("/api/4.0/looks/{id}/run/json")).json();
    assert!(!rows.as_array().unwrap().is_empty());
    let query_id = look["query_id"].as_str().unwrap();
    assert_eq!(rows, admin.get(&format!("/api/4.0/queries/{query_id}/run/json")).json());
    let two = admin.get(&format!("/api/4.0/looks/{id}/run/json?limit=2")).json();
    assert_eq!(two.as_array().unwrap().len(), 2);
    // Its query is one like any other: saved again it is the same.
    let mut body = look["query"].clone();
    body["filter_config"] = Value::Null;
    assert_eq!(admin.post("/api/4.0/queries", &body).json()["id"], look["query_id"]);
}

#[test]
fn a_look_runs_with_the_rights_of_the_caller() {
    let server = Server::start(300);
    let admin = server.admin();
    let limited = server.login("limited");
    let path =
        |client: &Client, title: &str, format: &str| format!("/api/4.0/looks/{}/run/{format}", id_of(client, title));
    let margins = path(&admin, "Margins for the Board", "json");
    assert!(admin.get(&margins).json()[0]["order_items.total_gross_margin"].is_f64());
    limited.get(&margins).assert_error(404);
    assert!(admin.get(&path(&admin, "Broken", "json")).json()[0]["looker_error"].is_string());
    let deleted = admin.get("/api/4.0/looks/search?deleted=true&fields=id").json()[0]["id"].clone();
    let deleted = format!("/api/4.0/looks/{}", deleted.as_str().unwrap());
    assert_eq!(admin.get(&deleted).json()["deleted"], true);
    admin.get(&format!("{deleted}/run/json")).assert_error(404);
    let pivoted = admin.get(&path(&admin, "Orders by Gender", "json_bi")).json();
    assert_eq!(pivoted["metadata"]["has_totals"], true);
    let rows = pivoted["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["orders.status"]["value"] != "Cancelled"));
}

#[test]
fn a_filter_config_takes_the_place_of_the_filters() {
    let server = Server::start(1000);
    let admin = server.admin();
    let id = id_of(&admin, "Orders by Gender");
    let mut body = admin.get(&format!("/api/4.0/looks/{id}")).json()["query"].clone();
    body["pivots"] = json!([]);
    body["row_total"] = Value::Null;
    body["filters"] = json!({ "orders.status": "Cancelled" });
    let statuses = |body: &Value| -> Vec<Value> {
        let rows = admin.run("json", body).json();
        rows.as_array().unwrap().iter().map(|row| row["orders.status"].clone()).collect()
    };
    assert!(!statuses(&body).contains(&json!("Cancelled")));
    body["filter_config"] = Value::Null;
    assert!(statuses(&body).iter().all(|status| status == "Cancelled"));
}

#[test]
fn a_look_can_be_made_changed_put_away_and_destroyed() {
    let server = Server::start(100);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let query = admin.post("/api/4.0/queries", &query("orders", &["orders.count"], &json!({}))).json();
    let body = json!({ "title": "Mine", "folder_id": "2", "query_id": query["id"] });
    viewer.post("/api/4.0/looks", &body).assert_error(404);
    admin.post("/api/4.0/looks", &json!({ "title": "Mine" })).assert_error(422);
    admin.post("/api/4.0/looks", &json!({ "title": "Mine", "folder_id": "99", "query_id": "1" })).assert_error(422);
    let made = admin.post("/api/4.0/looks", &body).json();
    let path = format!("/api/4.0/looks/{}", made["id"].as_str().unwrap());
    assert_eq!(viewer.get(&path).json()["query"]["id"], query["id"]);
    let changed = admin.patch(&path, &json!({ "description": "New", "deleted": true })).json();
    assert_eq!((&changed["title"], &changed["description"]), (&json!("Mine"), &json!("New")));
    assert!(!titles(&admin.get("/api/4.0/looks").json()).contains(&"Mine"));
    assert_eq!(admin.delete(&path).status, 204);
    admin.get(&path).assert_error(404);
    assert_eq!(server.stats()["created"]["create_look"], 1);
}
