//! What the body of a query can ask for beyond fields and filters.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Client, Server, query};
use serde_json::{Value, json};

/// Runs a query as `json_bi`; yields its metadata and its rows.
fn bi(client: &Client, view: &str, fields: &[&str], more: &Value) -> (Value, Vec<Value>) {
    let mut body = client.run("json_bi", &query(view, fields, more)).json();
    (body["metadata"].take(), body["rows"].as_array().unwrap().clone())
}

#[test]
fn subtotals_stand_behind_the_rows_with_a_mark_and_add_up() {
    let server = Server::start(2000);
    let admin = server.admin();
    let fields = ["users.gender", "orders.status", "orders.count"];
    let more = json!({ "subtotals": ["users.gender"], "total": true, "sorts": ["users.gender", "orders.status"] });
    let (metadata, rows) = bi(&admin, "orders", &fields, &more);
    assert_eq!((&metadata["has_subtotals"], &metadata["has_totals"]), (&json!(true), &json!(true)));
    let (totals, rows) = rows.split_last().unwrap();
    let (marked, plain): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|row| row.get("$$$__grouping__$$$").is_some());
    assert_eq!(marked.len(), 3);
    assert_eq!(marked[0]["$$$__grouping__$$$"], json!(["users.gender"]));
    assert!(marked.iter().all(|row| row["orders.status"]["value"].is_null()));
    let count = |row: &Value| row["orders.count"]["value"].as_i64().unwrap();
    for subtotal in &marked {
        let of = plain.iter().filter(|row| row["users.gender"] == subtotal["users.gender"]);
        assert_eq!(of.map(|row| count(row)).sum::<i64>(), count(subtotal));
    }
    assert_eq!(marked.iter().map(|row| count(row)).sum::<i64>(), count(totals));
    let detail = admin.run("json_detail", &query("orders", &fields, &more)).json();
    let subtotals = detail["subtotals_data"]["1"].as_array().unwrap();
    assert_eq!((subtotals.len(), &subtotals[0]["$$$__grouping__$$$"]), (3, &json!(["users.gender"])));
    assert_eq!(detail["subtotal_sets"], json!([["users.gender"]]));
    assert_eq!(detail["totals_data"]["orders.count"]["value"], count(totals));
    assert!(detail["totals_data"].get("orders.status").is_none());
    let wrong = json!({ "subtotals": ["orders.count"] });
    admin.run("json", &query("orders", &fields, &wrong)).assert_error(400);
}

#[test]
fn subtotals_of_a_pivoted_query_have_a_cell_for_each_column() {
    let server = Server::start(2000);
    let admin = server.admin();
    let fields = ["orders.created_year", "orders.status", "users.gender", "orders.count"];
    let more = json!({ "pivots": ["users.gender"], "subtotals": ["orders.created_year"], "row_total": "left" });
    let (metadata, rows) = bi(&admin, "orders", &fields, &more);
    assert_eq!(metadata["pivots"][0]["is_total"], true);
    let (marked, plain): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|row| row.get("$$$__grouping__$$$").is_some());
    assert_eq!(marked.len(), 3);
    for subtotal in marked {
        for key in ["$$$_row_total_$$$", "Female", "users.gender___null"] {
            let of = plain.iter().filter(|row| row["orders.created_year"] == subtotal["orders.created_year"]);
            let sum: i64 = of.filter_map(|row| row["orders.count"][key]["value"].as_i64()).sum();
            assert_eq!(subtotal["orders.count"][key]["value"].as_i64().unwrap_or_default(), sum, "{key}");
        }
    }
}

#[test]
fn missing_dates_are_filled_in_where_the_order_wants_them() {
    let server = Server::start(300);
    let admin = server.admin();
    let dates = |sorts: Value, fill: Value| -> Vec<Value> {
        let more = json!({ "fill_fields": fill, "sorts": sorts, "limit": "5000",
                           "filters": { "orders.created_date": "2024" } });
        let rows = admin.rows("orders", &["orders.created_date", "orders.count"], &more);
        assert!(rows.iter().all(|row| row["orders.count"].is_null() || row["orders.count"].as_i64() > Some(0)));
        rows.iter().map(|row| row["orders.created_date"].clone()).collect()
    };
    let sparse = dates(json!(["orders.created_date"]), json!([]));
    let full = dates(json!(["orders.created_date"]), json!(["orders.created_date"]));
    assert!(full.len() > sparse.len());
    let days = |text: &Value| text.as_str().unwrap().parse::<jiff::civil::Date>().unwrap();
    assert!(full.windows(2).all(|pair| days(&pair[0]).tomorrow().unwrap() == days(&pair[1])));
    let downwards = dates(json!(["orders.created_date desc"]), json!(["orders.created_date"]));
    assert!(downwards.iter().rev().eq(&full));
    let by_count = dates(json!(["orders.count desc"]), json!(["orders.created_date"]));
    assert_eq!(by_count.len(), full.len());
    for (fields, fill) in [
        (vec!["orders.id", "orders.created_date"], "orders.created_date"),
        (vec!["orders.status", "orders.count"], "orders.status"),
        (vec!["orders.count"], "orders.created_date"),
    ] {
        admin.run("json", &query("orders", &fields, &json!({ "fill_fields": [fill] }))).assert_error(400);
    }
}

#[test]
fn missing_pivot_columns_are_filled_in() {
    let server = Server::start(100);
    let admin = server.admin();
    let keys = |fill: Value| -> Vec<String> {
        let more = json!({ "pivots": ["orders.created_date"], "fill_fields": fill, "row_total": "right",
                           "filters": { "orders.created_date": "2024-01-01 to 2024-03-01" } });
        let fields = ["orders.created_date", "orders.status", "orders.count"];
        let (metadata, rows) = bi(&admin, "orders", &fields, &more);
        let pivots = metadata["pivots"].as_array().unwrap();
        for row in &rows {
            let cells = row["orders.count"].as_object().unwrap();
            let sum: i64 = cells
                .iter()
                .filter(|(key, _)| !key.starts_with('$'))
                .filter_map(|(_, cell)| cell["value"].as_i64())
                .sum();
            assert_eq!((cells.len(), &cells["$$$_row_total_$$$"]["value"]), (pivots.len(), &json!(sum)));
        }
        pivots.iter().map(|pivot| pivot["key"].as_str().unwrap().to_owned()).collect()
    };
    let (sparse, full) = (keys(json!([])), keys(json!(["orders.created_date"])));
    assert!(sparse.len() < full.len() && sparse.iter().all(|key| full.contains(key)));
    assert!(full.is_sorted_by(|one, next| one < next || next.starts_with('$')));
}

#[test]
fn a_dimension_that_is_sorted_by_another_takes_its_order_and_its_pivot_key() {
    let server = Server::start(2000);
    let admin = server.admin();
    let more = json!({ "sorts": ["orders.month_label"], "filters": { "orders.created_date": "2024" } });
    let rows = admin.rows("orders", &["orders.month_label", "orders.count"], &more);
    let labels: Vec<_> = rows.iter().map(|row| row["orders.month_label"].as_str().unwrap()).collect();
    assert_eq!(labels[..4], ["Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024"]);
    assert_eq!(rows[0].as_object().unwrap().len(), 2);
    let more = json!({ "pivots": ["orders.month_label"], "total": true, "filters": { "orders.created_date": "2024" } });
    let (metadata, rows) = bi(&admin, "orders", &["orders.month_label", "orders.status", "orders.count"], &more);
    let pivot = &metadata["pivots"][1];
    assert_eq!(pivot["key"], "Feb 2024|FIELD|2024-02");
    assert_eq!(pivot["data"], json!({ "orders.month_label": "Feb 2024" }));
    assert_eq!(pivot["sort_values"], json!({ "orders.month_label": "2024-02" }));
    let (totals, data) = rows.split_last().unwrap();
    let cell = |row: &Value| row["orders.count"]["Feb 2024|FIELD|2024-02"]["value"].as_i64();
    assert_eq!(data.iter().filter_map(cell).sum::<i64>(), cell(totals).unwrap());
    let more = json!({ "sorts": ["orders.month_label desc"], "pivots": ["users.gender"] });
    let (_, rows) = bi(&admin, "orders", &["orders.month_label", "users.gender", "orders.count"], &more);
    assert_eq!(rows[0]["orders.month_label"]["value"], "Dec 2025");
}

#[test]
fn custom_dimensions_group_filter_and_pivot_like_any_other() {
    let server = Server::start(2000);
    let admin = server.admin();
    let dynamic = json!([
        { "dimension": "big", "expression": "${orders.num_items} > 2", "label": "Big?" },
        { "dimension": "size", "expression": "if(${big}, concat(\"more: \", upper(${orders.status})), \"few\")" },
        { "dimension": "half", "expression": "${orders.num_items} / 2", "value_format_name": "decimal_2" },
        { "measure": "buyers", "based_on": "users.id", "type": "count_distinct", "filter_expression": "${big}" },
        { "measure": "halves", "based_on": "half", "type": "sum", "filters": { "big": "Yes" } },
    ])
    .to_string();
    let more = |extra: Value| {
        let mut more = json!({ "dynamic_fields": dynamic });
        for (key, value) in extra.as_object().unwrap() {
            more[key] = value.clone();
        }
        more
    };
    let all = admin.rows("orders", &["orders.count"], &json!({}))[0]["orders.count"].as_i64().unwrap();
    let rows = admin.rows("orders", &["big", "orders.count", "halves"], &more(json!({ "sorts": ["big"] })));
    let of = |rows: &[Value], key: &str| -> Vec<Value> { rows.iter().map(|row| row[key].clone()).collect() };
    assert_eq!(of(&rows, "big"), ["No", "Yes"]);
    assert_eq!(rows.iter().map(|row| row["orders.count"].as_i64().unwrap()).sum::<i64>(), all);
    assert!(rows[1]["halves"].as_f64().unwrap() > 0.0 && rows[0]["halves"] == 0);
    let filtered = admin.rows("orders", &["orders.count"], &more(json!({ "filters": { "big": "Yes" } })));
    assert_eq!(filtered[0]["orders.count"], rows[1]["orders.count"]);
    let condition = more(json!({ "filter_expression": "NOT ${big}" }));
    assert_eq!(admin.rows("orders", &["orders.count"], &condition)[0]["orders.count"], rows[0]["orders.count"]);
    let halves = admin.rows("orders", &["half"], &more(json!({ "sorts": ["half"] })));
    assert_eq!(of(&halves, "half")[..3], [json!(0.5), json!(1.0), json!(1.5)]);
    let (metadata, _) = bi(&admin, "orders", &["size", "big", "buyers"], &more(json!({ "pivots": ["big"] })));
    assert_eq!(
        (&metadata["pivots"][1]["key"], &metadata["fields"]["pivots"][0]["type"]),
        (&json!("Yes"), &json!("yesno"))
    );
    let csv = admin.run("csv", &query("orders", &["big", "half", "buyers"], &more(json!({})))).body;
    assert!(csv.starts_with("Big?,half,buyers\n"), "{csv}");
}

#[test]
fn a_custom_field_needs_fields_that_exist_for_the_user() {
    let server = Server::start(100);
    let run = |name: &str, expression: &str| {
        let dynamic =
            json!([{ "dimension": "x", "expression": expression }, { "dimension": "y", "expression": "${x}" }]);
        let more = json!({ "dynamic_fields": dynamic.to_string() });
        server.login(name).run("json", &query("orders", &["y"], &more)).status
    };
    assert_eq!(run("admin", "upper(${users.email})"), 200);
    assert_eq!(run("limited", "upper(${users.email})"), 400);
    assert_eq!(run("admin", "${orders.nope}"), 400);
    assert_eq!(run("admin", "${y}"), 400);
    assert_eq!(run("admin", "running_total(${orders.id})"), 400);
    assert_eq!(run("admin", "lookup(1)"), 422);
}

#[test]
fn table_calculations_see_the_rows_above_whether_listed_or_not() {
    let server = Server::start(1000);
    let admin = server.admin();
    let dynamic = json!([
        { "table_calculation": "so_far", "expression": "running_total(${orders.count})" },
        { "table_calculation": "share", "calculation_type": "percent_of_column_sum", "based_on": "orders.count" },
    ]);
    let more = json!({ "dynamic_fields": dynamic.to_string(), "sorts": ["orders.created_year"] });
    let rows = admin.rows("orders", &["orders.created_year", "orders.count"], &more);
    let mut sum = 0.0;
    let all: f64 = rows.iter().map(|row| row["orders.count"].as_f64().unwrap()).sum();
    for row in &rows {
        let count = row["orders.count"].as_f64().unwrap();
        sum += count;
        assert_eq!((row["so_far"].as_f64(), row["share"].as_f64()), (Some(sum), Some(count / all)));
    }
    let (metadata, _) = bi(&admin, "orders", &["orders.created_year", "orders.count"], &more);
    assert_eq!(metadata["fields"]["table_calculations"][0]["expression"], "running_total(${orders.count})");
}

#[test]
fn a_filter_expression_with_measures_is_about_groups() {
    let server = Server::start(1000);
    let admin = server.admin();
    let fields = ["orders.status", "orders.count"];
    let all = admin.rows("orders", &fields, &json!({}));
    let more = json!({ "filter_expression": "${orders.count} > 50 OR is_null(${orders.status})" });
    let some = admin.rows("orders", &fields, &more);
    let expected = all.iter().filter(|row| row["orders.count"].as_i64() > Some(50) || row["orders.status"].is_null());
    assert_eq!(some.len(), expected.count());
    assert!(some.len() < all.len());
}

#[test]
fn unlimited_rows_of_what_cannot_stream_are_refused_or_capped_as_the_sandbox_is_told() {
    let server = Server::start(7000);
    let admin = server.admin();
    let calculation = r#"[{"table_calculation":"t","expression":"${order_items.id} + 1"}]"#;
    let body = |more: Value| query("order_items", &["order_items.id", "order_items.count"], &more);
    let calculated = body(json!({ "limit": "-1", "dynamic_fields": calculation }));
    let totalled = body(json!({ "limit": "-1", "total": true }));
    admin.run("json", &calculated).assert_error(400);
    assert_eq!(admin.run("json", &totalled).json().as_array().unwrap().len(), 7000);
    let told = json!({ "unlimited": "capped", "older_streaming": true });
    assert_eq!(server.control().post("/__sandbox/uncertain", &told).status, 204);
    assert_eq!(admin.run("json", &calculated).json().as_array().unwrap().len(), 5000);
    assert_eq!(admin.run("json", &totalled).json().as_array().unwrap().len(), 5000);
    assert_eq!(server.control().get("/__sandbox/uncertain").json()["unlimited"], "capped");
    assert_eq!(server.control().post("/__sandbox/uncertain", &json!({ "unlimited": "no" })).status, 400);
}
