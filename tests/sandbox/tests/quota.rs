//! Monthly quotas, per class of activity.

mod common;

use common::{Server, query};
use looker_sandbox::{Class, Options, Quota};
use serde_json::json;

#[test]
fn a_quota_that_is_used_up_refuses_its_class_and_no_other() {
    let quotas = vec![Quota { class: Class::DbQuery, calls: 2 }];
    let server = Server::with(Options { rows: 100, quotas, ..Options::default() });
    let admin = server.admin();
    let orders = query("orders", &["orders.count"], &json!({}));
    assert_eq!(admin.run("json", &orders).status, 200);
    // What is refused for another reason has been a call; what has no token has not.
    admin.run("json", &query("orders", &["orders.nope"], &json!({}))).assert_error(400);
    server.stranger().run("json", &orders).assert_error(401);
    let spent = admin.run("json", &orders);
    spent.assert_error(429);
    assert!(spent.json()["message"].as_str().unwrap().contains("monthly quota"), "{spent:?}");
    assert_eq!(spent.header("retry-after"), None);
    admin.post("/api/4.0/queries", &orders).assert_error(429);
    // Another login is no way around it.
    server.admin().get("/api/4.0/running_queries").assert_error(429);
    assert_eq!(admin.get("/api/4.0/user").status, 200);
    assert_eq!(server.stats()["by_class"], json!({ "db_query": 6, "non_query": 1, "none": 2 }));
}

#[test]
fn a_quota_of_none_at_all_leaves_logging_in_and_out() {
    let quotas = vec!["non_query=0".parse().unwrap(), "db_query=0".parse().unwrap()];
    let server = Server::with(Options { rows: 100, quotas, ..Options::default() });
    let admin = server.admin();
    admin.get("/api/4.0/user").assert_error(429);
    admin.get("/api/4.0/lookml_models").assert_error(429);
    assert_eq!(admin.get("/api/4.0/versions").status, 200);
    assert_eq!(admin.delete("/api/4.0/logout").status, 204);
}
