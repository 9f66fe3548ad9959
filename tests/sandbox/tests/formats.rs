//! The formats of results.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::io::{Cursor, Read as _};

use common::{Server, query};
use serde_json::{Value, json};

fn sales(more: &Value) -> Value {
    let mut more = more.clone();
    more["sorts"] = json!(["order_items.total_sale_price desc"]);
    query("order_items", &["products.category", "order_items.count", "order_items.total_sale_price"], &more)
}

#[test]
fn each_format_has_its_content_type_and_a_failed_query_is_told_in_its_shape() {
    let server = Server::start(500);
    let admin = server.admin();
    let broken = query("order_items", &["order_items.broken_sql"], &json!({}));
    for (format, content_type, error) in [
        ("md", "text/markdown;charset=utf-8", "| looker_error |\n| --- |\n| SQL Error: "),
        ("html", "text/html;charset=utf-8", "<table>\n<tr><th>looker_error</th></tr>\n<tr><td>SQL Error: "),
        (
            "gsxml",
            "text/xml;charset=utf-8",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<table>\n<tr><th>looker_error",
        ),
        ("json_label", "application/json;charset=utf-8", "[{\"looker_error\":\"SQL Error: "),
        ("json_detail_lite_stream", "application/json;charset=utf-8", "{\"status\":\"error\""),
        ("png", "image/png", "SQL Error: "),
        ("jpg", "image/jpeg", "SQL Error: "),
    ] {
        let answer = admin.run(format, &sales(&json!({})));
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert!(answer.complete && !answer.bytes.is_empty(), "{format}");
        let answer = admin.run(format, &broken);
        assert_eq!(answer.status, 200);
        assert!(answer.body.starts_with(error), "{format}: {}", answer.body);
    }
    admin.run("parquet", &sales(&json!({}))).assert_error(422);
    server.control().post("/__sandbox/uncertain", &json!({ "csv_error": "text" }));
    assert!(admin.run("csv", &broken).body.starts_with("SQL Error: "));
}

#[test]
fn pivoted_text_has_two_lines_of_header_and_formatted_cells_are_quoted() {
    let server = Server::start(3000);
    let admin = server.admin();
    let more =
        json!({ "pivots": ["users.gender"], "sorts": ["users.gender", "orders.created_year"], "row_total": "right" });
    let body = query("order_items", &["orders.created_year", "users.gender", "order_items.total_sale_price"], &more);
    let csv = admin.post("/api/4.0/queries/run/csv?apply_formatting=true", &body).body;
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], ",Female,Male,,Row Total");
    assert!(lines[1].starts_with("Orders Created Year,Order Items Total Sale Price,"));
    assert!(lines[2].starts_with("2023,\"$"), "{}", lines[2]);
    let txt = admin.run("txt", &body).body;
    assert_eq!(txt.lines().next(), Some("\tFemale\tMale\t\tRow Total"));
    let md = admin.run("md", &body).body;
    assert_eq!(md.lines().nth(1), Some("| --- | --- | --- | --- | --- |"));
    assert_eq!(md.lines().count(), 1 + csv.lines().count());
}

#[test]
fn a_workbook_holds_numbers_as_numbers_and_text_as_text() {
    let server = Server::start(500);
    let admin = server.admin();
    let sheet = |path: &str| {
        let answer = admin.post(path, &sales(&json!({ "limit": "3" })));
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        (read("xl/worksheets/sheet1.xml"), read("xl/sharedStrings.xml"), read("xl/styles.xml"))
    };
    let (cells, texts, styles) = sheet("/api/4.0/queries/run/xlsx");
    let rows = admin.run("json", &sales(&json!({ "limit": "3" }))).json();
    assert!(texts.contains("<t>Order Items Count</t>") && cells.matches("<row ").count() == 4);
    for row in rows.as_array().unwrap() {
        assert!(cells.contains(&format!("<v>{}</v>", row["order_items.count"])), "{cells}");
        assert!(texts.contains(&row["products.category"].as_str().unwrap().replace('&', "&amp;")));
    }
    assert!(!styles.contains("$#,##0.00"));
    assert!(sheet("/api/4.0/queries/run/xlsx?apply_formatting=true").2.contains("$#,##0.00"));
}

#[test]
fn a_picture_has_the_size_that_was_asked_for_and_shows_the_data() {
    let server = Server::start(500);
    let admin = server.admin();
    let picture = |format: &str, filter: &str| {
        let path = format!("/api/4.0/queries/run/{format}?image_width=120&image_height=80");
        let body = sales(&json!({ "filters": { "order_items.created_date": filter } }));
        image::load_from_memory(&admin.post(&path, &body).bytes).unwrap()
    };
    for format in ["png", "jpg"] {
        assert_eq!((picture(format, "2024").width(), picture(format, "2024").height()), (120, 80));
    }
    assert_eq!(picture("png", "2024"), picture("png", "2024"));
    assert_ne!(picture("png", "2024"), picture("png", "2025"));
}

#[test]
fn a_picture_shows_no_more_than_5000_rows() {
    let server = Server::start(6000);
    let admin = server.admin();
    let all = query("order_items", &["order_items.id"], &json!({ "limit": "-1" }));
    admin.run("png", &all);
    let history = json!({ "model": "system__activity", "view": "history", "fields": ["history.row_count"] });
    assert_eq!(admin.run("json", &history).json()[0]["history.row_count"], 5000);
}

#[test]
fn detail_cells_hold_what_differs_from_their_value() {
    let server = Server::start(3000);
    let admin = server.admin();
    let fields = ["products.brand", "users.age_tier", "order_items.created_week", "order_items.total_sale_price"];
    let body = query("order_items", &fields, &json!({ "limit": "200" }));
    let detail = admin.post("/api/4.0/queries/run/json_detail?generate_drill_links=true&path_prefix=/p", &body).json();
    let row = &detail["data"][0];
    let text = |key: &str| row[key]["value"].as_str().unwrap();
    assert_eq!(row["products.brand"]["html"], format!("<b>{}</b>", text("products.brand")));
    assert!(row["users.age_tier"]["sort_value"].is_u64());
    assert_eq!(
        row["order_items.created_week"]["filterable_value"],
        format!("{} for 7 days", text("order_items.created_week"))
    );
    let price = &row["order_items.total_sale_price"];
    assert!(price["rendered"].as_str().unwrap().starts_with('$'));
    let url = price["links"][0]["url"].as_str().unwrap();
    assert!(url.starts_with("/p/explore/thelook/order_items?fields=") && url.contains("for+7+days"), "{url}");
    let plain = admin.run("json_detail", &body).json();
    assert!(plain["data"][0]["order_items.total_sale_price"].get("links").is_none());
    let small =
        admin.run("json_detail", &query("orders", &["orders.count"], &json!({ "filters": { "orders.id": "1" } })));
    assert_eq!(small.json()["data"], json!([{ "orders.count": { "value": 1 } }]));
}

#[test]
fn a_warning_is_an_error_with_full_data() {
    let server = Server::start(100);
    let admin = server.admin();
    let body = query("orders", &["orders.count"], &json!({}));
    assert!(admin.run("json_detail", &body).json().get("errors").is_none());
    server.control().post("/__sandbox/uncertain", &json!({ "warnings": true }));
    let warned = admin.run("json_detail", &body).json();
    assert!(warned["errors"][0]["message"].as_str().unwrap().starts_with("Note: "));
    assert_eq!(warned["data"].as_array().unwrap().len(), 1);
}

#[test]
fn the_lite_stream_has_its_data_last_and_the_same_cells() {
    let server = Server::start(1000);
    let admin = server.admin();
    let body = sales(&json!({ "total": true, "subtotals": ["products.category"] }));
    let (lite, full) = (admin.run("json_detail_lite_stream", &body), admin.run("json_detail", &body).json());
    let keys: Vec<String> = lite.json().as_object().unwrap().keys().cloned().collect();
    let place = |key: &str| lite.body.find(&format!("\"{key}\":")).unwrap();
    assert!(place("fields") < place("totals_data") && place("totals_data") < place("data"));
    assert!(lite.body.ends_with("]}") && keys.len() > 20);
    let lite = lite.json();
    for key in ["data", "totals_data", "subtotals_data", "fields"] {
        assert_eq!(lite[key], full[key], "{key}");
    }
    assert_eq!((&lite["sql"], &lite["runtime"]), (&Value::Null, &json!("")));
}
