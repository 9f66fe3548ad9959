//! Queries through the host and the loaded library: what comes out is what the sandbox's database computed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp, reason = "a test says no by a panic")]

use e2e::looker::Looker;
use serde_json::{Value, json};

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap()
}

#[test]
fn rows_and_the_measures_over_them_agree() {
    let looker = Looker::start(&["--rows", "3000"]);
    let rows = looker.rows("order_items.id,order_items.sale_price", &["--limit", "-1"]);
    let measures = looker.rows("order_items.count,order_items.total_sale_price", &[]);
    assert_eq!(rows.len(), 3_000);
    assert_eq!(number(&measures[0], "order_items.count"), 3_000.0);
    let sum: f64 = rows.iter().filter_map(|row| row["order_items.sale_price"].as_f64()).sum();
    assert!((sum - number(&measures[0], "order_items.total_sale_price")).abs() < 0.01, "{sum} {measures:?}");
}

#[test]
fn filters_sorts_and_limit_do_what_they_say() {
    let looker = Looker::start(&[]);
    let rows = looker.rows(
        "order_items.id,order_items.created_date,orders.status",
        &[
            "--filters",
            "order_items.created_date=2024-02",
            "--filters",
            "orders.status=Complete,Shipped",
            "--sorts",
            "order_items.id desc",
            "--limit",
            "50",
        ],
    );
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row["order_items.created_date"].as_str().unwrap().starts_with("2024-02-")));
    assert!(rows.iter().all(|row| ["Complete", "Shipped"].contains(&row["orders.status"].as_str().unwrap())));
    assert!(rows.is_sorted_by(|a, b| number(a, "order_items.id") > number(b, "order_items.id")));
}

#[test]
fn a_result_that_the_limit_has_cut_says_so_and_one_that_fits_does_not() {
    let looker = Looker::start(&["--rows", "600"]);
    let cut = looker.query("order_items.id", &["--format", "csv"]).succeeded();
    assert_eq!(cut.text().lines().count(), 501, "Looker's own limit is 500");
    assert!(cut.stderr.contains("note: The result has as many rows as the limit of 500"), "{}", cut.stderr);
    let whole = looker.query("order_items.id", &["--format", "csv", "--limit", "-1"]).succeeded();
    assert_eq!((whole.text().lines().count(), whole.stderr.as_str()), (601, ""));
}

#[test]
fn a_pivot_is_delivered_as_one_row_a_value() {
    let looker = Looker::start(&[]);
    let pivoted = looker
        .rows("products.category,orders.status,order_items.count", &["--pivots", "orders.status", "--limit", "-1"]);
    let plain = looker.rows("products.category,orders.status,order_items.count", &["--limit", "-1"]);
    let sorted = |rows: &[Value]| {
        let mut lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&pivoted), sorted(&plain), "the same rows as without the pivot, null values included");
    assert!(plain.iter().any(|row| row["orders.status"].is_null()), "the data has a null to pivot on");
}

#[test]
fn the_time_zone_moves_times_and_not_facts() {
    let looker = Looker::start(&[]);
    let first = |zone: &str| {
        let rows = looker.rows(
            "order_items.id,order_items.created_time",
            &["--sorts", "order_items.id", "--limit", "1", "--query-timezone", zone],
        );
        rows[0].clone()
    };
    let (utc, tokyo) = (first("UTC"), first("Asia/Tokyo"));
    assert_eq!(utc["order_items.id"], tokyo["order_items.id"]);
    assert_ne!(utc["order_items.created_time"], tokyo["order_items.created_time"]);
}

#[test]
fn every_format_holds_the_same_rows_under_the_fields_names() {
    let looker = Looker::start(&[]);
    let fields = "order_items.id,users.city,order_items.created_date,order_items.created_time,order_items.sale_price,order_items.is_returned,order_items.count";
    let names: Vec<&str> = fields.split(',').collect();
    let arguments = ["--sorts", "order_items.id", "--limit", "100"];
    let json = looker.rows(fields, &arguments);
    assert_eq!(json[0].as_object().unwrap().keys().collect::<Vec<_>>(), names);

    let lines = looker.query(fields, &[&arguments[..], &["--format", "jsonl"]].concat()).succeeded();
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, json);

    let csv = looker.query(fields, &[&arguments[..], &["--format", "csv"]].concat()).succeeded();
    assert_eq!(csv.text().lines().next().unwrap(), fields);
    assert_eq!(csv.text().lines().count(), 101);
    assert!(csv.text().lines().nth(1).unwrap().starts_with(&format!("{},", json[0]["order_items.id"])));

    for format in ["arrow", "parquet"] {
        let file = looker.host.plugins().join(format!("out.{format}"));
        looker
            .query(fields, &[&arguments[..], &["--format", format, "--output", file.to_str().unwrap()]].concat())
            .succeeded();
        assert_eq!(e2e::files::rows(&file), json, "{format}");
    }

    let table = looker.query(fields, &arguments).succeeded();
    assert!(names.iter().all(|name| table.text().lines().next().unwrap().contains(name)), "{}", table.text());
    assert_eq!(table.text().lines().count(), 102);
}

#[test]
fn labels_and_lookml_types_travel_with_arrow_and_parquet_and_so_does_the_end_of_the_story() {
    let looker = Looker::start(&[]);
    let file = looker.host.plugins().join("out.parquet");
    looker
        .query("order_items.created_date,order_items.count", &["--limit", "5", "--output", file.to_str().unwrap()])
        .succeeded();
    let (schema, metadata) = e2e::files::schema(&file);
    assert_eq!(schema.field(0).metadata()["LOOKER:type"], "date_date");
    assert!(!schema.field(0).metadata()["LOOKER:label"].is_empty());
    assert_eq!(schema.metadata()["LOOKER:limit"], "5");
    let summary: Value = serde_json::from_str(&metadata["connector.summary"]).unwrap();
    assert_eq!((&summary["row_count"], &summary["limit"], &summary["truncated"]), (&json!(5), &json!(5), &json!(true)));
}

#[test]
fn a_fiscal_year_is_the_text_that_looker_writes() {
    let looker = Looker::start(&[]);
    let rows = looker.rows(
        "order_items.created_fiscal_year,order_items.created_fiscal_quarter",
        &["--filters", "order_items.created_date=2024-02-29"],
    );
    assert_eq!(rows[0]["order_items.created_fiscal_year"], "FY2023");
    assert_eq!(rows[0]["order_items.created_fiscal_quarter"], "FY2023-Q4");
}

#[test]
fn sums_in_the_summary_are_to_the_last_digit_those_that_looker_sent() {
    let looker = Looker::start(&[]);
    let file = looker.host.plugins().join("out.parquet");
    // An item has one product, so that each subtotal is the row that it sums up.
    let fields = "order_items.id,products.name,order_items.gross_margin_percent";
    let asked = ["--subtotals", "order_items.id", "--sorts", "order_items.id", "--limit", "1000"];
    looker.query(fields, &[&asked[..], &["--output", file.to_str().unwrap()]].concat()).succeeded();
    let (_, metadata) = e2e::files::schema(&file);
    let summary: Value = serde_json::from_str(&metadata["connector.summary"]).unwrap();
    let rows = e2e::files::rows(&file);
    assert_eq!(rows.len(), 1000);
    for (row, subtotal) in rows.iter().zip(summary["subtotals"].as_array().unwrap()) {
        for field in ["order_items.id", "order_items.gross_margin_percent"] {
            assert_eq!(number(&subtotal[field], "value"), number(row, field), "{subtotal}");
        }
    }
}

#[test]
fn one_login_and_one_connection_serve_a_whole_run() {
    let looker = Looker::start(&[]);
    looker.rows("order_items.id", &["--limit", "-1"]);
    let stats = looker.sandbox.stats();
    assert_eq!((&stats["logins"], &stats["logouts"]), (&json!(1), &json!(1)), "{stats}");
    assert_eq!(stats["by_operation"]["run_inline_query"], 1, "a query is one request: {stats}");
}

#[test]
fn a_user_sees_only_what_that_user_may_see() {
    let all = Looker::start(&[]);
    let limited = Looker::start(&[]).as_user("limited");
    let tree =
        |looker: &Looker| looker.host.run(&["catalog", "thelook", "--format", "json"]).succeeded().text().to_owned();
    assert!(tree(&all).len() > tree(&limited).len(), "the limited user's model is smaller");
    let disabled = Looker::start(&[]).as_user("disabled");
    assert_eq!(disabled.host.run(&["connect"]).status.code(), Some(3));
}

#[test]
fn the_catalog_is_the_same_as_tree_and_as_rows() {
    let looker = Looker::start(&[]);
    let tree: Value = serde_json::from_str(
        looker.host.run(&["catalog", "thelook/order_items", "--format", "json"]).succeeded().text(),
    )
    .unwrap();
    let rows = looker.host.run(&["catalog", "thelook/order_items", "--format", "jsonl"]).succeeded();
    let rows: Vec<Value> = rows.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let children = tree["children"].as_array().unwrap();
    assert_eq!(children.len(), rows.len());
    for (child, row) in children.iter().zip(&rows) {
        for key in ["name", "label", "type", "category"] {
            assert_eq!(child[key], row[key]);
        }
    }
    let id = rows.iter().find(|row| row["name"] == "order_items.id").unwrap();
    assert_eq!((&id["type"], &id["category"]), (&json!("number"), &json!("dimension")));
    let hidden = looker.host.run(&["catalog", "thelook/order_items", "--hidden", "--format", "jsonl"]).succeeded();
    assert!(hidden.text().lines().count() > rows.len(), "the explore has a hidden field");
}
