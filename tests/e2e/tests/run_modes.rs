//! Everything that can be run, through one kind of request: however it is named and run, the rows are the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::time::Duration;

use arrow_array::RecordBatch;
use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::patience::SOON;
use e2e::recorder::Recorder;
use e2e::runs::{Delivered, column, failure, objects, rows, run, run_within, value};
use e2e::sandbox::{Sandbox, login};
use serde_json::{Value, json};

fn session(sandbox: &Sandbox, user: &str) -> Session {
    connect_as(sandbox, user, &json!({}), Recorder::new(Level::Warn))
}

fn started() -> (Sandbox, Session) {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    (sandbox, session)
}

/// Looker's own answer to a call of its API.
fn looker(sandbox: &Sandbox, path: &str) -> Value {
    let ready = &sandbox.ready;
    let token = login(&ready.base_url, &ready.client_id, &ready.client_secret);
    let http: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let call = http.get(format!("{}/api/4.0{path}", ready.base_url)).header("Authorization", format!("Bearer {token}"));
    call.call().unwrap().body_mut().read_json().unwrap()
}

fn same(one: &RecordBatch, other: &RecordBatch, what: &str) {
    assert_eq!(one.schema().fields(), other.schema().fields(), "{what}");
    assert_eq!(one, other, "{what}");
}

/// The query of the Look "Sales by Category".
fn sales() -> Value {
    json!({
        "model": "thelook", "explore": "order_items",
        "fields": ["products.category", "order_items.count", "order_items.total_sale_price"],
        "filters": { "order_items.created_date": "2024" }, "sorts": ["order_items.total_sale_price desc"], "limit": 20,
    })
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn the_same_query_gives_the_same_rows_however_it_is_named_and_run() {
    let (sandbox, session) = started();
    let (expected, _) = rows(&session, &sales());
    assert_eq!(expected.num_rows(), 12);
    let look = looker(&sandbox, "/looks/1?fields=query_id,query");
    let slug = look["query"]["slug"].as_str().unwrap();
    let address = "https://acme.looker.com/explore/thelook/order_items?fields=products.category,order_items.count,\
                   order_items.total_sale_price&f[order_items.created_date]=2024&sorts=order_items.total_sale_price+desc\
                   &limit=20&toggle=dat";
    for (body, run) in [
        (with(sales(), &json!({ "run": "direct" })), "direct"),
        (with(sales(), &json!({ "run": "url" })), "url"),
        (with(sales(), &json!({ "run": "task" })), "task"),
        (json!({ "look": "1" }), "direct"),
        (json!({ "look": "1", "run": "url" }), "url"),
        (json!({ "look": "1", "run": "task" }), "task"),
        (json!({ "query": look["query_id"] }), "direct"),
        (json!({ "query": look["query_id"], "run": "task" }), "task"),
        (json!({ "query": slug }), "direct"),
        (json!({ "query": address }), "direct"),
        (json!({ "query": format!("https://acme.looker.com/explore/thelook/order_items?qid={slug}") }), "direct"),
        (json!({ "query": format!("{}/looks/1", sandbox.ready.base_url) }), "direct"),
    ] {
        let (batch, progress) = rows(&session, &body);
        same(&batch, &expected, &body.to_string());
        assert_eq!(progress.summary["run"], run, "{body}");
    }
}

#[test]
fn the_same_query_gives_the_same_rows_in_every_wire_format_and_mode() {
    let (_sandbox, session) = started();
    let query = json!({
        "model": "thelook", "explore": "order_items", "limit": -1, "sorts": ["order_items.id"],
        "fields": ["order_items.count", "order_items.id", "order_items.created_date", "order_items.created_time",
                   "order_items.is_returned", "orders.status", "order_items.total_sale_price"],
        "filters": { "order_items.created_date": "2024-03" },
    });
    let (expected, _) = rows(&session, &query);
    assert!(expected.num_rows() > 50);
    for wire in ["json", "json_detail", "json_detail_lite_stream", "csv"] {
        let (batch, progress) = rows(&session, &with(query.clone(), &json!({ "wire": wire })));
        assert_eq!(objects(&batch), objects(&expected), "{wire}");
        assert_eq!(progress.summary["wire"], wire);
    }
    for wire in ["json", "csv", "json_detail"] {
        let (batch, _) = rows(&session, &with(query.clone(), &json!({ "wire": wire, "run": "task" })));
        assert_eq!(objects(&batch), objects(&expected), "{wire}");
    }
}

#[test]
fn what_is_saved_is_run_by_its_id_when_nothing_is_changed_and_as_a_query_of_its_own_when_something_is() {
    let (sandbox, session) = started();
    rows(&session, &json!({ "look": "1" }));
    assert_eq!((sandbox.calls_of("run_look"), sandbox.calls_of("run_inline_query")), (1, 0));
    rows(&session, &json!({ "look": "1", "limit": 3 }));
    assert_eq!((sandbox.calls_of("run_look"), sandbox.calls_of("run_inline_query")), (1, 1));
}

#[test]
fn filters_are_put_over_a_looks_own_and_what_its_browser_has_kept_is_cleared() {
    let (_sandbox, session) = started();
    // It has a filter on the status, and a `filter_config` that would win over all filters.
    let (batch, _) = rows(&session, &json!({ "look": "2", "filters": { "users.gender": "Female" } }));
    let statuses = column(&batch, "orders.status");
    assert!(!statuses.is_empty() && !statuses.contains(&json!("Cancelled")), "its own filter stays: {statuses:?}");
    assert!(column(&batch, "users.gender").iter().all(|gender| *gender == "Female"), "{batch:?}");
    let (batch, _) = rows(&session, &json!({ "look": "2", "filters": { "orders.status": "Cancelled" } }));
    assert!(column(&batch, "orders.status").iter().all(|status| *status == "Cancelled"), "the new one wins");
}

#[test]
fn the_filter_expression_of_a_look_stays_beside_new_filters() {
    let (_sandbox, session) = started();
    let (batch, _) = rows(&session, &json!({ "look": "3", "filters": { "orders.status": "Shipped" }, "limit": 500 }));
    assert!(batch.num_rows() > 0);
    for row in objects(&batch) {
        assert_eq!(row["orders.status"], "Shipped");
        assert!(row["orders.num_items"].as_f64().unwrap() > 2.0, "its condition wants more than 2, or Complete: {row}");
    }
}

#[test]
fn a_pivot_has_the_shape_that_is_asked_for() {
    let (_sandbox, session) = started();
    let query = json!({ "model": "thelook", "explore": "orders", "fields": ["orders.status", "users.gender", "orders.count"],
                        "pivots": ["users.gender"], "sorts": ["orders.status"] });
    let names = |batch: &RecordBatch| -> Vec<String> {
        batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    let (long, _) = rows(&session, &query);
    assert_eq!(names(&long), ["orders.status", "users.gender", "orders.count"]);
    let (wide, _) = rows(&session, &with(query, &json!({ "pivot_shape": "wide" })));
    assert_eq!(names(&wide)[..2], ["orders.status", "orders.count|FIELD|Female"]);
    let sum = |values: Vec<Value>| values.iter().filter_map(Value::as_i64).sum::<i64>();
    let in_wide: i64 = names(&wide)[1..].iter().map(|name| sum(column(&wide, name))).sum();
    assert_eq!(sum(column(&long, "orders.count")), in_wide);
}

#[test]
fn totals_and_subtotals_stand_in_the_summary_and_not_among_the_rows() {
    let (_sandbox, session) = started();
    let query = json!({ "model": "thelook", "explore": "orders", "fields": ["orders.status", "users.gender", "orders.count"],
                        "sorts": ["orders.status", "users.gender"], "total": true, "subtotals": ["orders.status"] });
    let (batch, progress) = rows(&session, &query);
    let count: i64 = column(&batch, "orders.count").iter().filter_map(Value::as_i64).sum();
    assert_eq!(progress.summary["totals"]["orders.count"]["value"], count, "{:?}", progress.summary);
    assert_eq!(progress.summary["subtotal_rows"], 6, "one a status: {:?}", progress.summary);
}

#[test]
fn what_does_not_exist_is_named_with_where_to_look_for_it() {
    let (sandbox, admin) = started();
    let viewer = session(&sandbox, "viewer");
    for (session, body, message, advice) in [
        (&admin, json!({ "look": "99" }), "There is no Look 99, or admin Sandbox may not see it", "/looks/"),
        (&viewer, json!({ "look": "5" }), "There is no Look 5, or viewer Sandbox may not see it", "/looks/"),
        (&admin, json!({ "look": "4" }), "The Look 4 is in the trash", "Restore"),
        (&admin, json!({ "query": "424242" }), "There is no query 424242", "slug"),
        (&admin, json!({ "query": "abcdefghijklmnopqrstuv" }), "no query with the slug abcdef", "/x/"),
        (&admin, json!({ "dashboard": "77" }), "There is no dashboard 77", "model::name"),
        (&viewer, json!({ "dashboard": "3" }), "There is no dashboard 3, or viewer Sandbox", "/dashboards/"),
        (&admin, json!({ "dashboard": "2" }), "The dashboard 2 is in the trash", "Restore"),
        (&admin, json!({ "merge_query": "none" }), "There is no merged result none", "mid="),
    ] {
        let error = failure(session, &body);
        assert_eq!(error.kind, ErrorKind::NotFound, "{}", error.report());
        assert!(error.message.contains(message) && error.advice.contains(advice), "{}", error.report());
    }
}

#[test]
fn the_columns_are_told_without_running_anything_and_are_those_of_the_run() {
    let (sandbox, session) = started();
    let query = json!({ "model": "thelook", "explore": "order_items",
                        "fields": ["order_items.created_date", "order_items.count", "share"],
                        "dynamic_fields": [{ "table_calculation": "share", "label": "Share", "_type_hint": "number",
                                             "expression": "${order_items.count} / 2" }] });
    let told = value(&session, &with(query.clone(), &json!({ "schema_only": true })));
    let look = value(&session, &json!({ "look": "1", "schema_only": true }));
    assert_eq!(look["columns"][0]["name"], "products.category");
    let calls = sandbox.stats()["by_operation"].clone();
    assert!(!calls.as_object().unwrap().keys().any(|name| name.starts_with("run_")), "nothing was run: {calls}");
    assert_eq!(calls["lookml_model_explore"], 1, "an explore is asked about once: {calls}");
    let (batch, _) = rows(&session, &query);
    for (told, field) in told["columns"].as_array().unwrap().iter().zip(batch.schema().fields()) {
        assert_eq!(told["name"], *field.name());
        assert_eq!(told["type"], field.data_type().to_string(), "{told}");
    }
    assert_eq!(told["columns"][0]["lookml_type"], "date_date");
    let error = failure(
        &session,
        &json!({ "model": "thelook", "explore": "orders", "fields": ["orders.cuont"],
                                           "schema_only": true }),
    );
    assert_eq!((error.kind, error.advice.as_str()), (ErrorKind::NotFound, "Did you mean `orders.count`?"));
}

#[test]
fn a_wire_format_without_types_asks_once_for_those_of_the_explore() {
    let (sandbox, session) = started();
    for wire in ["json", "csv", "json"] {
        rows(&session, &with(sales(), &json!({ "wire": wire })));
    }
    assert_eq!(sandbox.calls_of("lookml_model_explore"), 1);
    rows(&session, &with(sales(), &json!({ "wire": "json_detail" })));
    assert_eq!(sandbox.calls_of("lookml_model_explore"), 1, "json_detail tells its own");
}

#[test]
fn a_cap_of_lookers_is_noticed_although_looker_says_nothing() {
    let sandbox = Sandbox::start(&["--rows", "6000"]);
    let session = session(&sandbox, "nodownload");
    let query = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id"], "limit": -1 });
    let (batch, progress) = rows(&session, &query);
    assert_eq!(batch.num_rows(), 5_000);
    assert_eq!((&progress.summary["truncated"], &progress.summary["capped_at"]), (&json!(true), &json!(5_000)));
    let notices = progress.summary["notices"].to_string();
    assert!(notices.contains("exactly 5000 rows") && notices.contains("download_without_limit"), "{notices}");
    let (_, progress) = rows(&session, &with(query, &json!({ "limit": 4_000 })));
    assert_eq!((&progress.summary["truncated"], progress.summary.get("capped_at")), (&json!(true), None));
}

#[test]
fn before_all_rows_are_asked_for_it_is_said_what_keeps_them_from_streaming() {
    let sandbox = Sandbox::start(&["--rows", "6000"]);
    let log = Recorder::new(Level::Warn);
    let session = connect_as(&sandbox, "admin", &json!({}), log.clone());
    let query = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id", "twice"], "limit": -1,
                        "dynamic_fields": [{ "table_calculation": "twice", "label": "Twice", "_type_hint": "number",
                                             "expression": "${order_items.id} * 2" }] });
    let error = failure(&session, &query);
    assert_eq!(error.kind, ErrorKind::QueryFailed, "{}", error.report());
    log.wait_for("because of its table calculations", SOON);
    sandbox.choose(&json!({ "unlimited": "capped" }));
    let (batch, progress) = rows(&session, &query);
    let notices = progress.summary["notices"].to_string();
    assert_eq!((batch.num_rows(), &progress.summary["capped_at"]), (5_000, &json!(5_000)));
    assert!(notices.contains("table calculations") && notices.contains("exactly 5000 rows"), "{notices}");
}

#[test]
fn a_long_deadline_makes_a_task_of_a_query_and_a_request_may_say_otherwise() {
    let (_sandbox, session) = started();
    let minutes = Duration::from_mins(10);
    let mode = |body: &Value| run_within(&session, body, minutes).1.summary["run"].clone();
    assert_eq!(mode(&sales()), "task");
    assert_eq!(mode(&with(sales(), &json!({ "run": "direct" }))), "direct");
    assert_eq!(rows(&session, &sales()).1.summary["run"], "direct");
}

#[test]
fn sql_runner_is_off_until_the_option_allows_it_and_wants_its_permission() {
    let (sandbox, admin) = started();
    let sql = json!({ "sql": "SELECT status, COUNT(*) AS n FROM orders GROUP BY 1 ORDER BY 1", "model": "thelook" });
    let error = failure(&admin, &sql);
    assert!(error.kind == ErrorKind::Forbidden && error.advice.contains("`allow_sql_runner`"), "{}", error.report());
    let stats = sandbox.stats();
    assert_eq!(stats["requests"], 0, "nothing was sent: {stats}");

    let allowed = json!({ "allow_sql_runner": true });
    let admin = connect_as(&sandbox, "admin", &allowed, Recorder::new(Level::Warn));
    let (batch, progress) = rows(&admin, &sql);
    let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!((names.join(","), &progress.summary["run"]), ("status,n".to_owned(), &json!("sql")));
    let (governed, _) = rows(
        &admin,
        &json!({ "model": "thelook", "explore": "orders", "sorts": ["orders.status"],
                                              "fields": ["orders.status", "orders.count"] }),
    );
    let counts = |batch: &RecordBatch, name: &str| {
        let mut counts: Vec<f64> = column(batch, name).iter().filter_map(Value::as_f64).collect();
        counts.sort_by(f64::total_cmp);
        counts
    };
    assert_eq!(counts(&batch, "n"), counts(&governed, "orders.count"));

    let error = failure(&admin, &with(sql.clone(), &json!({ "sql": "SELECT no_such_column FROM orders" })));
    assert!(error.kind == ErrorKind::QueryFailed && error.message.contains("no_such_column"), "{}", error.report());
    let limited = connect_as(&sandbox, "limited", &allowed, Recorder::new(Level::Warn));
    let error = failure(&limited, &sql);
    assert!(error.kind == ErrorKind::Forbidden && error.advice.contains("use_sql_runner"), "{}", error.report());
}

#[test]
fn open_sql_gives_what_the_same_query_gives() {
    let (_sandbox, session) = started();
    let sql = "SELECT `orders.status`, AGGREGATE(`orders.count`) FROM `thelook`.`orders` \
               WHERE `orders.created_date` >= DATE '2024-01-01' GROUP BY 1 ORDER BY 2 DESC LIMIT 3";
    let (batch, progress) = rows(&session, &json!({ "open_sql": sql }));
    let (same, _) = rows(
        &session,
        &json!({ "model": "thelook", "explore": "orders", "limit": 3,
        "fields": ["orders.status", "orders.count"], "sorts": ["orders.count desc"],
        "filters": { "orders.created_date": "after 2024-01-01" } }),
    );
    assert_eq!((objects(&batch), &progress.summary["run"]), (objects(&same), &json!("open_sql")));
    let error = failure(&session, &json!({ "open_sql": "SELECT * FROM orders JOIN users" }));
    assert!(error.kind == ErrorKind::QueryFailed && error.advice.contains("AGGREGATE"), "{}", error.report());
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_sent() {
    let (sandbox, session) = started();
    for (body, part) in [
        (json!({ "look": "1", "dashboard": "1" }), "both `look` and `dashboard`"),
        (json!({ "look": "1", "explore": "orders" }), "both"),
        (json!({ "query_task": "t", "filters": { "a.b": "1" } }), "`filters` does not go with `query_task`"),
        (json!({ "query": "no query at all" }), "names no query"),
        (with(sales(), &json!({ "pivots": ["users.city"] })), "not among the fields"),
    ] {
        let error = failure(&session, &body);
        assert!(error.kind == ErrorKind::InvalidInput && error.message.contains(part), "{}", error.report());
    }
    assert_eq!(sandbox.stats()["requests"], 0);
    let error = failure(&session, &with(sales(), &json!({ "run": "task", "format": "png" })));
    assert!(error.message.contains("does not make the format png"), "{}", error.report());
    assert!(matches!(run(&session, &sales()).0, Ok(Delivered::Rows(_))), "the session lives");
}
