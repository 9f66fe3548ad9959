//! Every trigger end to end: what it tells when something happens, that it tells nothing otherwise and with one call, and
//! what it says without the right, with a missing object, with bad input, and when the connection breaks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeSet;

use connector_interface::error::ErrorKind;
use connector_interface::load::{Plugin, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::loaded::{connect_as, value};
use e2e::polls::Polls;
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

/// Orders with the numbers from here on are a test's own.
const OWN: u64 = 900_000;

struct Shop {
    sandbox: Sandbox,
    admin: Session,
    plan: String,
    alert: String,
}

/// Lets something happen that a trigger tells of.
type Happens = fn(&Shop);

impl Shop {
    fn open() -> Self {
        let sandbox = Sandbox::start(&[]);
        let admin = session(&sandbox, "admin");
        let made = |operation: &str, body: Value| {
            let made = value(&admin, "call", &json!({ "operation": operation, "body": body }));
            made["id"].as_str().unwrap().to_owned()
        };
        let destination = json!([{ "type": "email", "address": "ops@example.com", "format": "csv" }]);
        let plan = made(
            "create_scheduled_plan",
            json!({ "name": "Daily", "look_id": "1", "crontab": "0 7 * * *", "scheduled_plan_destination": destination }),
        );
        let alert = made(
            "create_alert",
            json!({
                "cron": "0 * * * *", "owner_id": "1", "threshold": 5, "comparison_type": "GREATER_THAN",
                "destinations": [{ "destination_type": "EMAIL", "email_address": "ops@example.com" }],
                "field": { "title": "Orders", "name": "orders.count" },
            }),
        );
        let shop = Self { sandbox, admin, plan, alert };
        shop.sql("DELETE FROM orders WHERE id > 300");
        shop
    }

    fn call(&self, operation: &str, parameters: &Value, body: &Value) -> Value {
        value(&self.admin, "call", &json!({ "operation": operation, "parameters": parameters, "body": body }))
    }

    fn sql(&self, sql: &str) {
        self.sandbox.happen("sql", &json!({ "sql": sql }));
    }

    /// An order of the test's own, so many seconds after the year 2030 begins.
    fn order(&self, number: u64, seconds: i64) {
        let (id, created) = (OWN + number, 1_893_456_000 + seconds);
        self.sql(&format!(
            "INSERT INTO orders (id, user_id, status, num_items, created_at) VALUES ({id}, 1, 'Complete', 1, {created})"
        ));
    }
}

fn session(sandbox: &Sandbox, user: &str) -> Session {
    connect_as(sandbox, user, &json!({}), Recorder::new(Level::Error))
}

fn orders(more: &Value) -> Value {
    let mut input = json!({
        "model": "thelook", "explore": "orders", "fields": ["orders.id", "orders.created_time", "orders.status"],
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn own_orders(more: &Value) -> Value {
    let mut input = orders(&json!({ "filters": { "orders.id": format!(">={OWN}") } }));
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// A trigger: its name and input, what happens, and the word and a member of the event.
type Case = (&'static str, Value, Happens, &'static str, &'static str, Value);

/// Every trigger.
fn cases(shop: &Shop) -> Vec<Case> {
    [of_rows(), of_content(shop), of_operations()].concat()
}

fn of_rows() -> Vec<Case> {
    let one_order: Happens = |shop| shop.order(1, 0);
    let id = || json!(OWN + 1);
    vec![
        (
            "new_rows",
            orders(&json!({ "marker": "orders.created_time", "key": "orders.id" })),
            one_order,
            "new",
            "orders.id",
            id(),
        ),
        (
            "changed_rows",
            orders(&json!({ "key": ["orders.id"] })),
            |shop| shop.sql("UPDATE orders SET status = 'Lost' WHERE id = 7"),
            "changed",
            "orders.status",
            json!("Lost"),
        ),
        (
            "removed_rows",
            orders(&json!({ "key": "orders.id" })),
            |shop| shop.sql("DELETE FROM orders WHERE id = 9"),
            "removed",
            "orders.id",
            json!("9"),
        ),
        ("rows_matched", own_orders(&json!({})), one_order, "matched", "row_count", json!(1)),
        (
            "value_threshold",
            own_orders(&json!({ "fields": ["orders.count"], "above": 0 })),
            one_order,
            "crossed",
            "value",
            json!(1),
        ),
        ("result_changed", own_orders(&json!({})), one_order, "changed", "added", json!(1)),
    ]
}

fn of_content(shop: &Shop) -> Vec<Case> {
    vec![
        (
            "look_changed",
            json!({ "title": "%" }),
            |shop| drop(shop.call("update_look", &json!({ "look_id": "3" }), &json!({ "title": "Renamed" }))),
            "changed",
            "title",
            json!("Renamed"),
        ),
        (
            "dashboard_changed",
            json!({}),
            |shop| drop(shop.call("create_dashboard", &json!({}), &json!({ "title": "Fresh", "folder_id": "1" }))),
            "created",
            "title",
            json!("Fresh"),
        ),
        (
            "alert_fired",
            json!({ "alert_id": shop.alert }),
            |shop| shop.sandbox.happen("alert_notifications", &json!({ "alert_id": shop.alert, "value": 9 })),
            "fired",
            "alert_condition_id",
            json!(shop.alert),
        ),
        (
            "schedule_failed",
            json!({ "scheduled_plan_id": shop.plan }),
            |shop| {
                let how = json!({ "scheduled_plan_id": shop.plan, "detail": "no such address" });
                shop.sandbox.happen("schedule_failures", &how);
            },
            "failed",
            "scheduled_job.status_detail",
            json!("no such address"),
        ),
        (
            "user_changed",
            json!({}),
            |shop| drop(shop.call("update_user", &json!({ "user_id": "3" }), &json!({ "is_disabled": true }))),
            "disabled",
            "id",
            json!("3"),
        ),
    ]
}

fn of_operations() -> Vec<Case> {
    vec![
        (
            "lookml_deployed",
            json!({ "project_id": "thelook" }),
            |shop| drop(shop.call("deploy_to_production", &json!({ "project_id": "thelook" }), &Value::Null)),
            "deployed",
            "is_production",
            json!(true),
        ),
        (
            "datagroup_triggered",
            json!({ "model": "thelook" }),
            |shop| shop.sandbox.happen("datagroups", &json!({ "id": "1" })),
            "triggered",
            "id",
            json!("1"),
        ),
        (
            "pdt_build_failed",
            json!({ "view_name": "order_facts" }),
            |shop| {
                let how = json!({
                    "model": "thelook", "view": "order_facts", "connection": "thelook", "action": "create error",
                    "detail": "no such column",
                });
                shop.sandbox.happen("pdt_events", &how);
            },
            "failed",
            "pdt_event_log.action_data",
            json!("no such column"),
        ),
        (
            "query_stuck",
            json!({ "seconds": 300 }),
            |shop| shop.sandbox.happen("running_queries", &json!({ "seconds": 600, "user": "viewer" })),
            "stuck",
            "connection_name",
            json!("thelook"),
        ),
    ]
}

#[test]
fn every_trigger_is_among_those_that_are_tried() {
    let shop = Shop::open();
    let tried: BTreeSet<&str> = cases(&shop).into_iter().map(|case| case.0).collect();
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let spec = plugin.description().find_operation("poll").unwrap();
    let known = spec.input["properties"]["trigger"]["enum"].as_array().unwrap();
    assert_eq!(tried, known.iter().map(|name| name.as_str().unwrap()).collect());
}

#[test]
fn each_trigger_tells_once_what_happens_and_nothing_else_and_asks_once_for_nothing() {
    let shop = Shop::open();
    for (trigger, input, happens, kind, member, expected) in cases(&shop) {
        let mut polls = Polls::new(&shop.admin, trigger, input);
        let sample = polls.sample();
        assert_eq!(sample["data"].as_object().map(serde_json::Map::is_empty), Some(false), "{trigger}: {sample}");
        assert_eq!(polls.poll(), Vec::<Value>::new(), "{trigger}: the first poll tells what was there");
        let before = shop.sandbox.stats()["requests"].as_u64().unwrap();
        assert_eq!(polls.poll(), Vec::<Value>::new(), "{trigger}");
        let calls = shop.sandbox.stats()["requests"].as_u64().unwrap() - before;
        assert_eq!(calls, 1, "{trigger}: calls of a quiet poll");

        let kept = polls.cursor.clone();
        happens(&shop);
        let events = polls.poll();
        let [event] = events.as_slice() else { panic!("{trigger}: {events:?}") };
        assert_eq!((&event["kind"], &event["data"][member]), (&json!(kind), &expected), "{trigger}: {event}");
        assert_eq!(polls.poll(), Vec::<Value>::new(), "{trigger}: it tells twice");

        polls.cursor = kept;
        let again = polls.poll();
        assert_eq!(again.iter().map(|event| &event["key"]).collect::<Vec<_>>(), [&event["key"]], "{trigger}");
        shop.sql(&format!("DELETE FROM orders WHERE id >= {OWN}"));
    }
}

#[test]
fn a_cut_connection_loses_nothing_and_doubles_nothing() {
    let shop = Shop::open();
    for (trigger, input, happens, kind, ..) in cases(&shop) {
        let mut polls = Polls::new(&shop.admin, trigger, input);
        polls.poll();
        happens(&shop);
        for fault in ["reset", "drop_after", "cut"] {
            shop.sandbox.inject(&json!({ "operation": "*", "fault": fault }));
            let kept = polls.cursor.clone();
            match polls.try_poll("now") {
                Ok((events, _)) => {
                    assert_eq!(events.len(), 1, "{trigger}, {fault}: {events:?}");
                    assert_eq!(events[0]["kind"], kind, "{trigger}, {fault}");
                }
                Err(error) => {
                    assert_ne!(
                        error.retry,
                        connector_interface::Retry::Never,
                        "{trigger}, {fault}: {}",
                        error.report()
                    );
                }
            }
            shop.sandbox.heal();
            polls.cursor = kept;
        }
        assert_eq!(polls.poll().len(), 1, "{trigger}");
        assert_eq!(polls.poll().len(), 0, "{trigger}");
        shop.sql(&format!("DELETE FROM orders WHERE id >= {OWN}"));
    }
}

#[test]
fn without_the_right_or_the_object_it_says_so_and_names_the_user() {
    let shop = Shop::open();
    let limited = session(&shop.sandbox, "limited");
    for (trigger, input) in [
        ("schedule_failed", json!({})),
        ("pdt_build_failed", json!({})),
        ("new_rows", json!({ "model": "thelook", "explore": "users", "fields": ["users.id"] })),
    ] {
        let error = Polls::new(&limited, trigger, input).try_poll("now").unwrap_err();
        assert!([ErrorKind::NotFound, ErrorKind::Forbidden].contains(&error.kind), "{trigger}: {}", error.report());
    }
    for (trigger, input) in
        [("new_rows", json!({ "look": "404404" })), ("changed_rows", json!({ "query": "404404", "key": "a.b" }))]
    {
        let error = Polls::new(&shop.admin, trigger, input).try_poll("now").unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{trigger}: {}", error.report());
    }
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let shop = Shop::open();
    for (trigger, input, said) in [
        ("new_row", json!({}), "Did you mean `new_rows`?"),
        ("new_rows", json!({ "lok": "1" }), "Did you mean `look`?"),
        ("new_rows", json!({}), "Give look, or query, or model, explore and fields"),
        ("new_rows", json!({ "look": "1", "query": "2" }), "Give look, or query"),
        ("changed_rows", orders(&json!({})), "Give it"),
        ("changed_rows", orders(&json!({ "key": "orders.idd" })), "Did you mean `orders.id`?"),
        ("new_rows", orders(&json!({ "marker": "orders.status" })), "Take a number"),
        ("new_rows", json!({ "look": "1", "filters": { "orders.id": "1" } }), "Save it as it is wanted"),
        ("value_threshold", orders(&json!({})), "Give one of them"),
        ("value_threshold", orders(&json!({ "above": 1, "field": "orders.status" })), "Take a field of numbers"),
        ("result_changed", orders(&json!({ "limit": 0 })), "memory"),
        ("query_stuck", json!({ "second": 5 }), "Did you mean `seconds`?"),
    ] {
        let error = Polls::new(&shop.admin, trigger, input.clone()).try_poll("now").unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{trigger} {input}: {}", error.report());
        assert!(error.advice.contains(said), "{trigger} {input}: {}", error.report());
    }
    let mut polls = Polls::new(&shop.admin, "result_changed", orders(&json!({})));
    polls.cursor = Some("{}".to_owned());
    assert!(polls.try_poll("now").unwrap_err().message.contains("not one of the connector's"));
}

#[test]
fn late_rows_are_told_within_the_overlap_and_rows_of_one_moment_all() {
    let shop = Shop::open();
    for (input, by) in [
        (orders(&json!({ "marker": "orders.created_time", "key": "orders.id", "overlap": 600 })), "an inline query"),
        (
            orders(
                &json!({ "marker": "orders.created_time", "overlap": 600, "filters": { "orders.created_time": "after 2029-01-01" } }),
            ),
            "a filter of its own",
        ),
    ] {
        let mut polls = Polls::new(&shop.admin, "new_rows", input);
        polls.poll();
        let told = |events: Vec<Value>| {
            events.iter().map(|event| event["data"]["orders.id"].as_u64().unwrap() - OWN).collect::<Vec<_>>()
        };
        shop.order(1, 1_000);
        shop.order(2, 1_000);
        assert_eq!(told(polls.poll()), [1, 2], "{by}");
        shop.order(3, 500);
        shop.order(4, 1_000);
        assert_eq!(told(polls.poll()), [3, 4], "{by}: within ten minutes");
        assert_eq!(told(polls.poll()), Vec::<u64>::new(), "{by}");
        shop.sql(&format!("DELETE FROM orders WHERE id >= {OWN}"));
    }
}

#[test]
fn more_rows_than_the_limit_are_told_page_by_page_or_refused() {
    let shop = Shop::open();
    let input = |more: Value| {
        let mut input = orders(&json!({ "marker": "orders.id", "key": "orders.id", "limit": 20, "overlap": 0 }));
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let mut polls = Polls::new(&shop.admin, "new_rows", input(json!({})));
    let all = polls.poll_from("all");
    let ids: BTreeSet<u64> = all.iter().map(|event| event["data"]["orders.id"].as_u64().unwrap()).collect();
    assert_eq!((all.len(), ids.len()), (300, 300));
    for number in 0..50 {
        shop.order(number, 0);
    }
    assert_eq!(polls.poll().len(), 50);

    // All of one moment: no page is further than the one before.
    let moment = input(json!({ "marker": "orders.created_time" }));
    let mut polls = Polls::new(&shop.admin, "new_rows", moment);
    assert!(polls.try_poll("now").unwrap_err().advice.contains("Raise the limit"));
    // A filter of one's own on the field keeps the connector from sorting, and the rows are in no order.
    let mut polls = Polls::new(&shop.admin, "new_rows", input(json!({ "filters": { "orders.id": ">0" } })));
    assert!(polls.try_poll("now").unwrap_err().message.contains("cut at 20 rows"));
}

#[test]
fn looks_and_saved_queries_are_watched_with_one_call_however_they_are_named() {
    let shop = Shop::open();
    let query = shop.call(
        "create_query",
        &json!({}),
        &own_orders(&json!({ "view": "orders", "explore": null }))
            .as_object()
            .map(|members| {
                let mut body = members.clone();
                body.remove("explore");
                Value::Object(body)
            })
            .unwrap(),
    );
    let id = query["id"].as_str().unwrap();
    let look =
        shop.call("create_look", &json!({}), &json!({ "title": "Own orders", "query_id": id, "folder_id": "1" }));
    let host = &shop.sandbox.ready.base_url;
    for (number, input) in [
        json!({ "look": look["id"] }),
        json!({ "query": id }),
        json!({ "query": query["slug"] }),
        json!({ "query": format!("{host}/x/{}", query["slug"].as_str().unwrap()) }),
        json!({ "query": format!("{host}/looks/{}", look["id"].as_str().unwrap()) }),
        json!({ "query": format!("{host}/explore/thelook/orders?fields=orders.id,orders.status&f[orders.id]=%3E%3D{OWN}") }),
    ]
    .into_iter()
    .enumerate()
    {
        let mut polls = Polls::new(&shop.admin, "new_rows", input.clone());
        polls.poll();
        let before = shop.sandbox.stats()["requests"].as_u64().unwrap();
        polls.poll();
        assert_eq!(shop.sandbox.stats()["requests"].as_u64().unwrap() - before, 1, "{input}");
        shop.order(number as u64, 0);
        let events = polls.poll();
        assert_eq!(events.len(), 1, "{input}: {events:?}");
        assert_eq!(events[0]["data"]["orders.id"], json!(OWN + number as u64), "{input}");
    }
}

#[test]
fn many_thousand_rows_fit_into_a_cursor_and_their_changes_are_told_exactly() {
    let shop = Shop::open();
    let shop = Shop { sandbox: Sandbox::start(&["--rows", "20000"]), ..shop };
    let admin = session(&shop.sandbox, "admin");
    let input = json!({
        "model": "thelook", "explore": "order_items", "limit": 100_000, "key": "order_items.id",
        "fields": ["order_items.id", "order_items.status"],
    });
    let (mut changed, mut removed) =
        (Polls::new(&admin, "changed_rows", input.clone()), Polls::new(&admin, "removed_rows", input));
    assert_eq!((changed.poll().len(), removed.poll().len()), (0, 0));
    shop.sql("UPDATE order_items SET status = 'Lost' WHERE id BETWEEN 5001 AND 5060; DELETE FROM order_items WHERE id BETWEEN 77 AND 96");
    let events = changed.poll();
    assert_eq!(events.len(), 60);
    assert!(events.iter().all(|event| event["kind"] == "changed" && event["data"]["order_items.status"] == "Lost"));
    let gone: BTreeSet<u64> =
        removed.poll().iter().map(|event| event["data"]["order_items.id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(gone, (77..=96).collect());

    shop.sql("UPDATE order_items SET status = 'Found'");
    assert!(changed.try_poll("now").unwrap_err().advice.contains("without the cursor"));
}

#[test]
fn rows_that_share_a_key_are_told_together_and_said_to() {
    let shop = Shop::open();
    let input = json!({
        "model": "thelook", "explore": "orders", "fields": ["orders.status", "orders.id"], "key": "orders.status",
        "filters": { "orders.id": format!(">={OWN}") },
    });
    shop.order(1, 0);
    shop.order(2, 0);
    let mut polls = Polls::new(&shop.admin, "changed_rows", input);
    polls.poll();
    assert!(polls.notes[0].contains("1 rows have the same key"), "{:?}", polls.notes);
    shop.order(3, 0);
    let events = polls.poll();
    assert_eq!(events.len(), 3);
    assert_eq!(events.iter().map(|event| event["key"].to_string()).collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn a_threshold_is_told_when_it_is_passed_and_again_only_after_a_return() {
    let shop = Shop::open();
    let mut polls =
        Polls::new(&shop.admin, "value_threshold", own_orders(&json!({ "fields": ["orders.count"], "above": 1 })));
    let mut told = Vec::new();
    let mut keys = BTreeSet::new();
    for orders in [0, 2, 3, 1, 2] {
        shop.sql(&format!("DELETE FROM orders WHERE id >= {OWN}"));
        (0..orders).for_each(|number| shop.order(number, 0));
        let events = polls.poll();
        told.push(events.len());
        keys.extend(events.iter().map(|event| event["key"].as_str().unwrap().to_owned()));
    }
    assert_eq!((told, keys.len()), (vec![0, 1, 0, 0, 1], 2));
}
