//! The Open SQL interface.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Client, Server};
use serde_json::{Value, json};

fn create(client: &Client, sql: &str, jdbc: bool) -> Value {
    let answer = client.post("/api/4.0/sql_interface_queries", &json!({ "sql": sql, "jdbc_client": jdbc }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn run(client: &Client, sql: &str, jdbc: bool) -> Vec<Value> {
    let id = create(client, sql, jdbc)["id"].as_u64().unwrap();
    let answer = client.get(&format!("/api/4.0/sql_interface_queries/{id}/run/json_bi"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["rows"].as_array().unwrap().clone()
}

#[test]
fn a_statement_yields_what_the_same_query_does_in_its_own_order() {
    let server = Server::start(2000);
    let admin = server.admin();
    let sql = "SELECT AGGREGATE(`orders.count`) AS n, `orders.status` FROM `thelook`.`orders` \
               WHERE `orders`.`orders.created_date` >= DATE '2024-01-01' AND `orders.is_complete` = FALSE \
               GROUP BY 2 HAVING AGGREGATE(`orders.count`) > 5 ORDER BY 1 DESC LIMIT 3";
    let rows = run(&admin, sql, false);
    let more = json!({ "filters": { "orders.created_date": "after 2024-01-01", "orders.is_complete": "No",
                                    "orders.count": ">5" }, "limit": "3", "sorts": ["orders.count desc"] });
    let same = admin.rows("orders", &["orders.status", "orders.count"], &more);
    assert!(!same.is_empty());
    let expected: Vec<Value> = same
        .iter()
        .map(|row| json!({ "orders.n": { "value": row["orders.count"] }, "orders.status": { "value": row["orders.status"] } }))
        .collect();
    assert_eq!(rows, expected);
    assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["orders.n", "orders.status"]);
}

#[test]
fn conditions_are_those_of_sql() {
    let server = Server::start(1000);
    let admin = server.admin();
    let count = |condition: &str| {
        let sql = format!("SELECT AGGREGATE(`orders.count`) FROM `thelook`.`orders` WHERE {condition}");
        run(&admin, &sql, false)[0]["orders.count"]["value"].as_i64().unwrap()
    };
    let all = count("1 = 1");
    for (one, rest) in [
        ("`orders.status` IS NULL", "`orders.status` IS NOT NULL"),
        ("`orders.num_items` IN (1, 2)", "`orders.num_items` NOT IN (1, 2)"),
        ("`orders.num_items` BETWEEN 2 AND 3", "NOT (`orders.num_items` >= 2 AND `orders.num_items` <= 3)"),
        ("`orders.id` > 100 OR `orders.id` = 7", "`orders.id` <= 100 AND `orders.id` <> 7"),
    ] {
        assert!(count(one) > 0, "{one}");
        assert_eq!(count(one) + count(rest), all, "{one}");
    }
}

#[test]
fn a_client_of_jdbc_gets_days_milliseconds_and_truth_values_as_the_signature_says() {
    let server = Server::start(300);
    let admin = server.admin();
    let sql = "SELECT `orders.created_date`, `orders.created_time`, `orders.is_complete`, `orders.status`, `orders.id` \
               FROM `thelook`.`orders` WHERE `orders.id` = 1";
    let signature: Value = serde_json::from_str(create(&admin, sql, true)["signature"].as_str().unwrap()).unwrap();
    let columns = signature["columns"].as_array().unwrap();
    let ids: Vec<_> = columns.iter().map(|column| column["type"]["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [91, 93, 16, 12, 8]);
    let row = run(&admin, sql, true).remove(0);
    let (days, milliseconds) = (&row["orders.created_date"]["value"], &row["orders.created_time"]["value"]);
    assert_eq!(days.as_i64().unwrap(), milliseconds.as_i64().unwrap() / 86_400_000);
    assert!(row["orders.is_complete"]["value"].is_boolean());
    let plain = run(&admin, sql, false).remove(0);
    assert!(plain["orders.created_date"]["value"].is_string());
    assert_ne!(create(&admin, sql, true)["id"], create(&admin, sql, false)["id"]);
    assert_eq!(create(&admin, sql, true)["id"], create(&admin, sql, true)["id"]);
    let measured = create(&admin, "SELECT AGGREGATE(`orders.count`) FROM `thelook`.`orders`", true);
    assert!(measured["signature"].as_str().unwrap().contains("MEASURE<INTEGER>"));
}

#[test]
fn what_cannot_be_run_is_422_and_what_is_not_there_404() {
    let server = Server::start(100);
    let (admin, limited) = (server.admin(), server.login("limited"));
    let post = |client: &Client, sql: &str| client.post("/api/4.0/sql_interface_queries", &json!({ "sql": sql }));
    for sql in [
        "SELECT * FROM `thelook`.`orders`",
        "SELECT `orders.count` FROM `thelook`.`orders`",
        "SELECT AGGREGATE(`orders.id`) FROM `thelook`.`orders`",
        "SELECT `orders.nope` FROM `thelook`.`orders`",
        "SELECT `orders.id` FROM `thelook`.`orders` WHERE `orders.status` LIKE 'C%'",
        "SELECT `events.id` FROM `thelook`.`events`",
        "DROP TABLE orders",
    ] {
        post(&admin, sql).assert_error(422);
    }
    post(&admin, "SELECT `orders.id` FROM `thelook`.`nope`").assert_error(404);
    post(&limited, "SELECT `users.id` FROM `thelook`.`users`").assert_error(404);
    post(&limited, "SELECT `users.email` FROM `thelook`.`orders`").assert_error(422);
    let id = create(&admin, "SELECT `users.email` FROM `thelook`.`orders`", false)["id"].clone();
    limited.get(&format!("/api/4.0/sql_interface_queries/{id}/run/json_bi")).assert_error(400);
    admin.get(&format!("/api/4.0/sql_interface_queries/{id}/run/json")).assert_error(422);
    admin.get("/api/4.0/sql_interface_queries/99/run/json_bi").assert_error(404);
}
