//! Dashboards: every tile is listed, run or named as what cannot be run, under the dashboard's filters.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::looker::Looker;
use e2e::recorder::Recorder;
use e2e::runs::{column, failure, rows, value};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn started() -> (Sandbox, Session) {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    (sandbox, session)
}

#[test]
fn a_dashboard_lists_its_tiles_each_with_its_request_or_the_reason_why_there_is_none() {
    let (sandbox, session) = started();
    let list = value(&session, &json!({ "dashboard": "1" }));
    assert_eq!(list["title"], "Shop Pulse");
    let told: Vec<String> = list["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            let reason = part["reason"].as_str().unwrap_or("runs");
            format!("{}: {}, {reason}", part["title"].as_str().unwrap(), part["kind"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "Sales by Month: query, runs",
            "Sales by Category: look, runs",
            "Orders by Gender: query, runs",
            "Customers and Sales by City: merge, runs",
            "About: text, it is text",
            "Orders in SQL: sql, SQL Runner is off (option `allow_sql_runner`)",
            "Broken: query, runs",
        ]
    );
    let calls = sandbox.stats()["by_operation"].clone();
    assert!(!calls.as_object().unwrap().keys().any(|name| name.starts_with("run_")), "nothing was run: {calls}");
}

#[test]
fn the_request_of_a_part_runs_it_under_the_dashboards_filters() {
    let (_sandbox, session) = started();
    let months = |filters: &Value| {
        let mut body = json!({ "dashboard": "1" });
        body.as_object_mut().unwrap().extend(filters.as_object().unwrap().clone());
        let list = value(&session, &body);
        column(&rows(&session, &list["parts"][0]["request"]).0, "order_items.created_month")
    };
    let default = months(&json!({}));
    assert!(default.len() == 12 && default.iter().all(|month| month.as_str().unwrap().starts_with("2024-")));
    assert_eq!(months(&json!({ "filters": { "Period": "2023-05" } })), ["2023-05"]);
    let (batch, _) = rows(
        &session,
        &json!({ "dashboard": "1", "tile": "orders by gender",
                                             "filters": { "Order Status": "Complete" } }),
    );
    assert!(column(&batch, "orders.status").iter().all(|status| *status == "Complete"));
}

#[test]
fn a_tile_is_changed_as_any_query_is() {
    let (_sandbox, session) = started();
    let tile = json!({ "dashboard": "1", "tile": "2", "limit": 2, "sorts": ["products.category"] });
    let (batch, progress) = rows(&session, &tile);
    assert_eq!(column(&batch, "products.category"), ["Accessories", "Active"]);
    assert_eq!(progress.summary["truncated"], true);
}

#[test]
fn a_dashboard_of_lookml_and_one_named_by_its_address_are_run_too() {
    let (_sandbox, session) = started();
    let tile = json!({ "dashboard": "thelook::shop", "tile": "Brands", "filters": { "Period": "2025" } });
    let (batch, _) = rows(&session, &tile);
    assert_eq!(batch.num_rows(), 10);
    let address = "https://acme.looker.com/dashboards/thelook::shop?Period=2025";
    let (same, _) = rows(&session, &json!({ "query": address, "tile": "Brands" }));
    assert_eq!(same, batch);
    assert_eq!(value(&session, &json!({ "query": address }))["filters"][0]["value"], "2025");
}

#[test]
fn what_a_dashboard_does_not_have_is_named() {
    let (_sandbox, session) = started();
    for (body, kind, part) in [
        (json!({ "dashboard": "1", "tile": "Sales by Mont" }), ErrorKind::NotFound, "Did you mean `Sales by Month`?"),
        (
            json!({ "dashboard": "1", "filters": { "Perod": "2024" } }),
            ErrorKind::InvalidInput,
            "Did you mean `Period`?",
        ),
        (json!({ "dashboard": "1", "tile": "About" }), ErrorKind::Unsupported, "Take another tile"),
        (json!({ "dashboard": "1", "tile": "Orders in SQL" }), ErrorKind::Forbidden, "`allow_sql_runner`"),
        (json!({ "look": "1", "tile": "x" }), ErrorKind::InvalidInput, "Leave one of them out"),
    ] {
        let error = failure(&session, &body);
        assert_eq!(error.kind, kind, "{}", error.report());
        assert!(error.advice.contains(part), "{}", error.report());
    }
}

#[test]
fn a_tile_of_sql_runs_when_sql_runner_is_allowed() {
    let (sandbox, _) = started();
    let allowed = connect_as(&sandbox, "admin", &json!({ "allow_sql_runner": true }), Recorder::new(Level::Warn));
    let list = value(&allowed, &json!({ "dashboard": "1" }));
    assert_eq!(list["parts"][5]["runnable"], true);
    let (batch, _) = rows(&allowed, &list["parts"][5]["request"]);
    assert!(column(&batch, "status").contains(&json!("Complete")));
}

#[test]
fn the_host_runs_every_tile_under_its_title_and_names_the_others() {
    let looker = Looker::start(&[]);
    let run = looker.host.run(&["query", "--dashboard", "1", "--filters", "Period=2024"]);
    assert_eq!(run.status.code(), Some(5), "one of its tiles fails: {}", run.stderr);
    let titles = ["Sales by Month", "Sales by Category", "Orders by Gender", "Customers and Sales by City"];
    let at: Vec<usize> = titles
        .iter()
        .map(|title| run.text().find(&format!("{title}\n")).unwrap_or_else(|| panic!("{title}: {}", run.text())))
        .collect();
    assert!(at.is_sorted(), "in the order of the dashboard");
    assert!(run.text().contains("2024-12") && run.text().contains("Jeans"), "{}", run.text());
    for said in [
        "`About` is not run: it is text",
        "`Orders in SQL` is not run: SQL Runner is off (option `allow_sql_runner`)",
        "`Broken` failed: Looker could not run the query: SQL Error: no such column",
        "error: One of the parts failed",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    let list = looker.host.run(&["query", "--dashboard", "1", "--list"]).succeeded();
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["parts"].as_array().unwrap().len(), 7);
}

#[test]
fn the_host_writes_each_tile_into_a_file_of_its_own() {
    let looker = Looker::start(&[]);
    let place = looker.host.plugins().join("pulse");
    let output = format!("{}/", place.display());
    let run = looker.host.run(&["query", "--dashboard", "thelook::shop", "--format", "parquet", "--output", &output]);
    let run = run.succeeded();
    let mut names: Vec<String> =
        std::fs::read_dir(&place).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["01-brands.parquet", "02-statuses.parquet"], "{}", run.stderr);
    assert_eq!(e2e::files::rows(&place.join("01-brands.parquet")).len(), 10);
    let run = looker.host.run(&["query", "--dashboard", "1", "--format", "json"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stderr.contains("--output DIR/"), "{}", run.stderr);
    let run = looker.host.run(&["query", "--look", "1", "--output", &output]);
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stderr.contains("--output FILE"), "{}", run.stderr);
}
