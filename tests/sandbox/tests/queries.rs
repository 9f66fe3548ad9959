//! Results of queries: formats, limits, filters, pivots, totals, tasks.

mod common;

use common::{Server, query};
use serde_json::{Value, json};

#[test]
fn without_a_limit_there_are_500_rows_and_minus_one_means_all() {
    let server = Server::start(1200);
    let admin = server.admin();
    let count = |more: &Value| admin.rows("order_items", &["order_items.id"], more).len();
    assert_eq!(count(&json!({})), 500);
    assert_eq!(count(&json!({ "limit": "7" })), 7);
    assert_eq!(count(&json!({ "limit": "-1" })), 1200);
    let limited =
        admin.post("/api/4.0/queries/run/json?limit=3", &query("order_items", &["order_items.id"], &json!({})));
    assert_eq!(limited.json().as_array().unwrap().len(), 3);
    let calculation = json!({ "limit": "-1", "dynamic_fields": "[{\"table_calculation\":\"t\",\"expression\":\"${order_items.id} + 1\"}]" });
    let query = query("order_items", &["order_items.id", "t"], &calculation);
    admin.run("json", &query).assert_error(400);
}

#[test]
fn long_results_are_chunked_and_typed_by_format() {
    let server = Server::start(1200);
    let admin = server.admin();
    let query = query("order_items", &["order_items.id", "products.name"], &json!({ "limit": "-1" }));
    for (format, content_type) in [
        ("json", "application/json;charset=utf-8"),
        ("json_bi", "application/json;charset=utf-8"),
        ("json_detail", "application/json;charset=utf-8"),
        ("csv", "text/csv;charset=utf-8"),
        ("txt", "text/plain;charset=utf-8"),
    ] {
        let answer = admin.run(format, &query);
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        assert!(answer.complete);
    }
    assert!(admin.run("sql", &query).body.starts_with("SELECT"));
}

#[test]
fn csv_has_a_header_of_labels_and_one_line_per_row() {
    let server = Server::start(300);
    let admin = server.admin();
    let body = admin.run("csv", &query("order_items", &["order_items.count", "orders.count"], &json!({}))).body;
    assert_eq!(body.lines().next(), Some("Order Items Count,Orders Count"));
    let query =
        query("orders", &["orders.id", "orders.status"], &json!({ "filters": { "orders.id": "-1" }, "limit": "5" }));
    assert_eq!(admin.run("csv", &query).body, "Orders ID,Orders Status\n");
    assert_eq!(admin.run("txt", &query).body, "Orders ID\tOrders Status\n");
    assert_eq!(admin.run("json", &query).body, "[]");
}

#[test]
fn values_have_the_types_of_their_fields() {
    let server = Server::start(300);
    let admin = server.admin();
    let fields = [
        "order_items.id",
        "order_items.sale_price",
        "order_items.created_date",
        "order_items.created_time",
        "order_items.created_year",
        "order_items.is_returned",
        "order_items.tracking_number",
        "order_items.sale_price_tier",
        "users.zip",
    ];
    let rows = admin.rows("order_items", &fields, &json!({ "filters": { "order_items.id": "1" } }));
    let row = &rows[0];
    assert_eq!(row["order_items.id"], 1);
    assert!(row["order_items.sale_price"].is_f64());
    assert_eq!(row["order_items.created_date"], "2023-01-01");
    assert_eq!(row["order_items.created_time"].as_str().unwrap().len(), 19);
    assert_eq!(row["order_items.created_year"], 2023);
    assert!(["Yes", "No"].contains(&row["order_items.is_returned"].as_str().unwrap()));
    assert_eq!(row["order_items.tracking_number"].as_i64(), Some(9_007_199_254_740_995));
    assert!(row["users.zip"].is_string());
}

#[test]
fn the_query_timezone_moves_dates_and_filters_alike() {
    let server = Server::start(3000);
    let admin = server.admin();
    let per_day = |zone: &str| {
        let more = json!({ "query_timezone": zone, "filters": { "orders.created_date": "2024-02-29" } });
        admin.rows("orders", &["orders.created_date", "orders.count"], &more)
    };
    let (utc, tokyo) = (per_day("UTC"), per_day("Asia/Tokyo"));
    for rows in [&utc, &tokyo] {
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["orders.created_date"], "2024-02-29");
    }
}

#[test]
fn filters_agree_with_each_other() {
    let server = Server::start(3000);
    let admin = server.admin();
    let count = |field: &str, expression: &str| -> i64 {
        let more = json!({ "filters": { field: expression } });
        let rows = admin.rows("orders", &["orders.count"], &more);
        rows[0]["orders.count"].as_i64().unwrap()
    };
    let all = count("orders.id", "");
    for (field, one, rest) in [
        ("orders.status", "Complete", "-Complete"),
        ("orders.status", "NULL", "-NULL"),
        ("orders.status", "%e%,NULL", "-%e%,-NULL"),
        ("orders.num_items", "[2,3]", "NOT [2,3]"),
        ("orders.num_items", "1,2", "NOT 1, NOT 2"),
        ("orders.id", "1 to 100", ">100"),
        ("orders.created_date", "before 2024-07-01", "after 2024-07-01"),
        ("orders.created_date", "2024", "before 2024-01-01, after 2025-01-01"),
        ("orders.shipped_date", "NULL", "NOT NULL"),
        ("orders.is_complete", "Yes", "No"),
        ("users.age_tier", "\"20 to 29\"", "-\"20 to 29\""),
        ("users.city", "EMPTY", "-EMPTY"),
    ] {
        let (inside, outside) = (count(field, one), count(field, rest));
        assert!(inside > 0, "{field}: {one}");
        let unknown = if field == "orders.is_complete" { count("orders.status", "NULL") } else { 0 };
        assert_eq!(inside + outside + unknown, all, "{field}: {one} / {rest}");
    }
    assert!(count("orders.created_date", "last 3 months") > count("orders.created_date", "7 days"));
    admin
        .run("json", &query("orders", &["orders.count"], &json!({ "filters": { "orders.id": "many" } })))
        .assert_error(400);
    let expression = json!({ "filter_expression": "${orders.num_items} > 2 OR ${orders.status} = \"Complete\"" });
    assert!(admin.rows("orders", &["orders.count"], &expression)[0]["orders.count"].as_i64().unwrap() < all);
}

#[test]
fn a_fan_out_does_not_change_a_measure() {
    let server = Server::start(3000);
    let admin = server.admin();
    let one = |view: &str, fields: &[&str]| admin.rows(view, fields, &json!({})).remove(0);
    let alone = one("orders", &["orders.count", "orders.total_items", "orders.median_items"]);
    let fanned = one("orders", &["orders.count", "orders.total_items", "orders.median_items", "order_items.count"]);
    for field in ["orders.count", "orders.total_items", "orders.median_items"] {
        assert_eq!(alone[field], fanned[field], "{field}");
    }
    assert_eq!(fanned["order_items.count"], 3000);
    assert_eq!(alone["orders.total_items"], 3000);
    assert_eq!(one("order_items", &["order_items.total_order_value"])["order_items.total_order_value"], 3000);
}

#[test]
fn json_bi_pivots_have_a_null_key_and_totals_come_last() {
    let server = Server::start(3000);
    let admin = server.admin();
    let more = json!({ "pivots": ["users.gender"], "total": true, "sorts": ["users.gender desc", "orders.status"] });
    let body = admin.run("json_bi", &query("orders", &["users.gender", "orders.status", "orders.count"], &more)).json();
    let keys: Vec<_> = body["metadata"]["pivots"].as_array().unwrap().iter().map(|pivot| &pivot["key"]).collect();
    assert_eq!(keys, ["Male", "Female", "users.gender___null"]);
    assert_eq!(body["metadata"]["has_totals"], true);
    let rows = body["rows"].as_array().unwrap();
    assert_eq!(rows[0]["orders.status"]["value"], Value::Null);
    let (totals, data) = rows.split_last().unwrap();
    for key in ["Male", "Female", "users.gender___null"] {
        let sum: i64 = data.iter().filter_map(|row| row["orders.count"][key]["value"].as_i64()).sum();
        assert_eq!(totals["orders.count"][key]["value"], sum, "{key}");
    }
}

#[test]
fn too_many_pivot_columns_are_truncated_and_say_so() {
    let server = Server::start(3000);
    let admin = server.admin();
    let more = json!({ "pivots": ["orders.created_month", "users.gender"], "column_limit": "4", "row_total": "right" });
    let fields = ["orders.created_month", "users.gender", "orders.status", "orders.count"];
    let body = admin.run("json_bi", &query("orders", &fields, &more)).json();
    assert_eq!(body["metadata"]["columns_truncated"], true);
    let keys: Vec<_> =
        body["metadata"]["pivots"].as_array().unwrap().iter().map(|p| p["key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), 5);
    assert_eq!((keys[0], keys[4]), ("2023-01|FIELD|Female", "$$$_row_total_$$$"));
}

#[test]
fn the_default_sort_is_date_then_measure_then_dimension() {
    let server = Server::start(1000);
    let admin = server.admin();
    let column = |fields: &[&str], name: &str, sorts: Value| -> Vec<String> {
        let rows = admin.rows("orders", fields, &json!({ "sorts": sorts, "limit": "400" }));
        rows.iter().map(|row| row[name].to_string()).collect()
    };
    let dates = column(&["orders.status", "orders.created_date", "orders.count"], "orders.created_date", json!([]));
    assert!(dates.is_sorted_by(|a, b| a >= b));
    let ids = column(&["orders.id"], "orders.id", json!([]));
    assert_eq!((ids[0].as_str(), ids[1].as_str()), ("1", "2"));
    let ids = column(&["orders.id"], "orders.id", json!(["orders.id desc"]));
    assert!(ids[0].parse::<i64>().unwrap() > ids[1].parse().unwrap());
}

#[test]
fn parameters_and_filter_only_fields_change_the_sql_of_others() {
    let server = Server::start(1000);
    let admin = server.admin();
    let length = |value: &str| {
        let more = json!({ "filters": { "order_items.timeframe": value }, "limit": "1" });
        admin.rows("order_items", &["order_items.created_dynamic"], &more)[0]["order_items.created_dynamic"]
            .as_str()
            .unwrap()
            .len()
    };
    assert_eq!((length("day"), length("month")), (10, 7));
    let wrong = query(
        "order_items",
        &["order_items.created_dynamic"],
        &json!({ "filters": { "order_items.timeframe": "'; --" } }),
    );
    admin.run("json", &wrong).assert_error(400);
    let more = json!({ "filters": { "order_items.period": "2024" } });
    let fields = ["order_items.sales_in_period", "order_items.total_sale_price"];
    let row = &admin.rows("order_items", &fields, &more)[0];
    assert!(row[fields[0]].as_f64().unwrap() < row[fields[1]].as_f64().unwrap());
}

#[test]
fn a_database_error_is_200_with_looker_error_except_for_sql() {
    let server = Server::start(100);
    let admin = server.admin();
    let broken = query("order_items", &["order_items.broken_sql"], &json!({}));
    let message = "SQL Error: no such column: order_items.no_such_column";
    let answer = admin.run("json", &broken);
    assert_eq!((answer.status, answer.json()), (200, json!([{ "looker_error": message }])));
    assert_eq!(admin.run("json_bi", &broken).json()["rows"], json!([{ "looker_error": message }]));
    let detail = admin.run("json_detail", &broken).json();
    assert_eq!((&detail["data"], &detail["errors"][0]["message_details"]), (&json!([]), &json!(message)));
    assert_eq!(admin.run("csv", &broken).body, format!("looker_error\n{message}\n"));
}

#[test]
fn a_saved_query_is_content_addressed_and_runs() {
    let server = Server::start(100);
    let admin = server.admin();
    let body = query("orders", &["orders.count"], &json!({}));
    let first = admin.post("/api/4.0/queries", &body).json();
    assert_eq!(first["id"], admin.post("/api/4.0/queries", &body).json()["id"]);
    let id = first["id"].as_str().unwrap();
    assert_eq!(
        admin.get(&format!("/api/4.0/queries/{id}?fields=id,model")).json(),
        json!({ "id": id, "model": "thelook" })
    );
    let slug = first["slug"].as_str().unwrap();
    assert_eq!((slug.len(), &admin.get(&format!("/api/4.0/queries/slug/{slug}")).json()["id"]), (22, &json!(id)));
    assert_eq!(admin.get(&format!("/api/4.0/queries/{id}/run/json")).json().as_array().unwrap().len(), 1);
    let encoded =
        "/api/4.0/queries/models/thelook/views/orders/run/json?fields=orders.id,orders.status&f[orders.id]=3&limit=9";
    assert_eq!(admin.get(encoded).json()[0]["orders.id"], 3);
}

#[test]
fn system_activity_tells_of_the_queries_that_ran() {
    let server = Server::start(100);
    let admin = server.admin();
    admin.rows("orders", &["orders.count"], &json!({}));
    admin.run("csv", &query("order_items", &["order_items.broken_sql"], &json!({})));
    let history = json!({ "model": "system__activity", "view": "history", "sorts": ["history.id"],
        "fields": ["history.id", "history.explore", "history.status", "history.result_format", "user.name"] });
    let rows = admin.run("json", &history).json();
    assert_eq!(rows[0]["history.explore"], "orders");
    assert_eq!((&rows[1]["history.status"], &rows[1]["user.name"]), (&json!("error"), &json!("admin")));
}
