//! Every trigger end to end: what it tells when something happens, that it tells nothing otherwise and with one call, and
//! what it says without the right, with a missing object, with bad input, and when the connection breaks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeSet;

use connector_interface::error::ErrorKind;
use connector_interface::load::Plugin;
use e2e::artifacts;
use e2e::loaded::value;
use e2e::orders::{self, OWN};
use e2e::polls::Polls;
use e2e::shop::Shop;
use serde_json::{Value, json};

/// Lets something happen that a trigger tells of.
type Happens = fn(&Shop);

/// Calls an operation as the administrator.
fn call(shop: &Shop, operation: &str, parameters: &Value, body: &Value) -> Value {
    value(&shop.admin, "call", &json!({ "operation": operation, "parameters": parameters, "body": body }))
}

/// A trigger: its name and input, what happens, and the word and a member of the event.
type Case = (&'static str, Value, Happens, &'static str, &'static str, Value);

/// Every trigger.
fn cases(shop: &Shop) -> Vec<Case> {
    [of_rows(), of_content(shop), of_operations()].concat()
}

fn of_rows() -> Vec<Case> {
    let one_order: Happens = |shop| orders::add(&shop.sandbox, 1, 0);
    let id = || json!(OWN + 1);
    vec![
        (
            "new_rows",
            orders::all(&json!({ "marker": "orders.created_time", "key": "orders.id" })),
            one_order,
            "new",
            "orders.id",
            id(),
        ),
        (
            "changed_rows",
            orders::all(&json!({ "key": ["orders.id"] })),
            |shop| orders::sql(&shop.sandbox, "UPDATE orders SET status = 'Lost' WHERE id = 7"),
            "changed",
            "orders.status",
            json!("Lost"),
        ),
        (
            "removed_rows",
            orders::all(&json!({ "key": "orders.id" })),
            |shop| orders::sql(&shop.sandbox, "DELETE FROM orders WHERE id = 9"),
            "removed",
            "orders.id",
            json!("9"),
        ),
        ("rows_matched", orders::own(&json!({})), one_order, "matched", "row_count", json!(1)),
        (
            "value_threshold",
            orders::own(&json!({ "fields": ["orders.count"], "above": 0 })),
            one_order,
            "crossed",
            "value",
            json!(1),
        ),
        ("result_changed", orders::own(&json!({})), one_order, "changed", "added", json!(1)),
    ]
}

fn of_content(shop: &Shop) -> Vec<Case> {
    vec![
        (
            "look_changed",
            json!({ "title": "%" }),
            |shop| drop(call(shop, "update_look", &json!({ "look_id": "3" }), &json!({ "title": "Renamed" }))),
            "changed",
            "title",
            json!("Renamed"),
        ),
        (
            "dashboard_changed",
            json!({}),
            |shop| drop(call(shop, "create_dashboard", &json!({}), &json!({ "title": "Fresh", "folder_id": "1" }))),
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
            |shop| drop(call(shop, "update_user", &json!({ "user_id": "3" }), &json!({ "is_disabled": true }))),
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
            |shop| drop(call(shop, "deploy_to_production", &json!({ "project_id": "thelook" }), &Value::Null)),
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
            json!({ "seconds": "300" }),
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
        orders::clear(&shop.sandbox);
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
        orders::clear(&shop.sandbox);
    }
}

#[test]
fn without_the_right_or_the_object_it_says_so_and_names_the_user() {
    let shop = Shop::open();
    let limited = shop.as_user("limited");
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
fn who_may_not_see_something_is_told_nothing_of_it() {
    let shop = Shop::open();
    let nobody = shop.as_user("nomodels");
    for (trigger, input, happens, ..) in cases(&shop) {
        let mut polls = Polls::new(&nobody, trigger, input);
        let first = polls.try_poll("now");
        happens(&shop);
        // Rows, System Activity and projects are refused; of a list the others are left out.
        match trigger {
            // The folder of this one is everybody's.
            "dashboard_changed" => assert_eq!(polls.poll().len(), 1),
            "look_changed" | "alert_fired" | "user_changed" | "datagroup_triggered" | "query_stuck" => {
                assert_eq!(polls.poll(), Vec::<Value>::new(), "{trigger}");
            }
            _ => {
                let error = first.unwrap_err();
                assert_eq!(error.kind, ErrorKind::NotFound, "{trigger}: {}", error.report());
                assert!(error.message.contains("nomodels Sandbox"), "{trigger}: {}", error.report());
            }
        }
        orders::clear(&shop.sandbox);
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
        ("result_changed", json!({ "query": "https://acme.looker.com/dashboards/1" }), "Name a Look"),
        ("changed_rows", orders::all(&json!({})), "Give it"),
        ("changed_rows", orders::all(&json!({ "key": "orders.idd" })), "Did you mean `orders.id`?"),
        ("new_rows", orders::all(&json!({ "marker": "orders.status" })), "Take a number"),
        ("new_rows", json!({ "look": "1", "filters": { "orders.id": "1" } }), "Save it as it is wanted"),
        ("value_threshold", orders::all(&json!({})), "Give one of them"),
        ("value_threshold", orders::all(&json!({ "above": 1, "field": "orders.status" })), "Take a field of numbers"),
        ("result_changed", orders::all(&json!({ "limit": 0 })), "memory"),
        ("new_rows", orders::all(&json!({ "marker": "orders.id", "overlap": -1 })), "Give a number"),
        ("value_threshold", orders::all(&json!({ "above": "many" })), "Give a number"),
        ("query_stuck", json!({ "seconds": "long" }), "Give a number"),
        ("query_stuck", json!({ "second": 5 }), "Did you mean `seconds`?"),
    ] {
        let error = Polls::new(&shop.admin, trigger, input.clone()).try_poll("now").unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{trigger} {input}: {}", error.report());
        assert!(error.advice.contains(said), "{trigger} {input}: {}", error.report());
    }
    let mut polls = Polls::new(&shop.admin, "result_changed", orders::all(&json!({})));
    polls.cursor = Some("{}".to_owned());
    assert!(polls.try_poll("now").unwrap_err().message.contains("not one of the connector's"));
}
