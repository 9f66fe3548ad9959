//! Triggers of rows: rows that come late or many at a time, that share a key, and what is watched by whatever name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::BTreeSet;

use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{connect_as, value};
use e2e::orders::{self, OWN};
use e2e::polls::Polls;
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

/// A sandbox, and the administrator's session.
struct Shop {
    sandbox: Sandbox,
    admin: Session,
}

impl Shop {
    fn open(arguments: &[&str]) -> Self {
        let sandbox = Sandbox::start(arguments);
        let admin = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Error));
        Self { sandbox, admin }
    }

    /// With no more orders than these.
    fn of_orders(count: u64) -> Self {
        let shop = Self::open(&[]);
        orders::sql(&shop.sandbox, &format!("DELETE FROM orders WHERE id > {count}"));
        shop
    }

    fn made(&self, operation: &str, body: &Value) -> Value {
        value(&self.admin, "call", &json!({ "operation": operation, "body": body }))
    }
}

#[test]
fn late_rows_are_told_within_the_overlap_and_rows_of_one_moment_all() {
    let shop = Shop::of_orders(300);
    for (input, by) in [
        (
            orders::all(&json!({ "marker": "orders.created_time", "key": "orders.id", "overlap": 600 })),
            "an inline query",
        ),
        (
            orders::all(
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
        orders::add(&shop.sandbox, 1, 1_000);
        orders::add(&shop.sandbox, 2, 1_000);
        assert_eq!(told(polls.poll()), [1, 2], "{by}");
        orders::add(&shop.sandbox, 3, 500);
        orders::add(&shop.sandbox, 4, 1_000);
        assert_eq!(told(polls.poll()), [3, 4], "{by}: within ten minutes");
        assert_eq!(told(polls.poll()), Vec::<u64>::new(), "{by}");
        orders::clear(&shop.sandbox);
    }
}

#[test]
fn a_row_whose_marker_grows_is_another_event_each_time() {
    let shop = Shop::of_orders(300);
    let input = orders::all(&json!({ "marker": "orders.created_time", "key": "orders.id" }));
    let mut polls = Polls::new(&shop.admin, "new_rows", input);
    orders::add(&shop.sandbox, 1, 0);
    polls.poll();
    let mut keys = BTreeSet::new();
    for _ in 0..2 {
        orders::sql(&shop.sandbox, &format!("UPDATE orders SET created_at = created_at + 60 WHERE id = {}", OWN + 1));
        let events = polls.poll();
        assert_eq!(events.len(), 1, "{events:?}");
        keys.insert(events[0]["key"].to_string());
    }
    assert_eq!(keys.len(), 2);
}

#[test]
fn more_rows_than_the_limit_are_told_page_by_page_or_refused() {
    let shop = Shop::of_orders(300);
    let input = |more: Value| {
        let mut input = orders::all(&json!({ "marker": "orders.id", "key": "orders.id", "limit": 20, "overlap": 0 }));
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let mut polls = Polls::new(&shop.admin, "new_rows", input(json!({})));
    let all = polls.poll_from("all");
    let ids: BTreeSet<u64> = all.iter().map(|event| event["data"]["orders.id"].as_u64().unwrap()).collect();
    assert_eq!((all.len(), ids.len()), (300, 300));
    for number in 0..50 {
        orders::add(&shop.sandbox, number, 0);
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
    let shop = Shop::of_orders(300);
    let filters = json!({ "orders.id": format!(">={OWN}") });
    let body =
        json!({ "model": "thelook", "view": "orders", "fields": ["orders.id", "orders.status"], "filters": filters });
    let query = shop.made("create_query", &body);
    let id = query["id"].as_str().unwrap();
    let look = shop.made("create_look", &json!({ "title": "Own orders", "query_id": id, "folder_id": "1" }));
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
        orders::add(&shop.sandbox, number as u64, 0);
        let events = polls.poll();
        assert_eq!(events.len(), 1, "{input}: {events:?}");
        assert_eq!(events[0]["data"]["orders.id"], json!(OWN + number as u64), "{input}");
    }
}

#[test]
fn many_thousand_rows_fit_into_a_cursor_and_their_changes_are_told_exactly() {
    let shop = Shop::open(&["--rows", "20000"]);
    let input = json!({
        "model": "thelook", "explore": "order_items", "limit": 100_000, "key": "order_items.id",
        "fields": ["order_items.id", "order_items.status"],
    });
    let (mut changed, mut removed) =
        (Polls::new(&shop.admin, "changed_rows", input.clone()), Polls::new(&shop.admin, "removed_rows", input));
    assert_eq!((changed.poll().len(), removed.poll().len()), (0, 0));
    orders::sql(
        &shop.sandbox,
        "UPDATE order_items SET status = 'Lost' WHERE id BETWEEN 5001 AND 5060; DELETE FROM order_items WHERE id BETWEEN 77 AND 96",
    );
    let events = changed.poll();
    assert_eq!(events.len(), 60);
    assert!(events.iter().all(|event| event["kind"] == "changed" && event["data"]["order_items.status"] == "Lost"));
    let gone: BTreeSet<u64> =
        removed.poll().iter().map(|event| event["data"]["order_items.id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(gone, (77..=96).collect());

    orders::sql(&shop.sandbox, "UPDATE order_items SET status = 'Found'");
    assert!(changed.try_poll("now").unwrap_err().advice.contains("without the cursor"));
}

#[test]
fn rows_that_share_a_key_are_told_together_and_said_to() {
    let shop = Shop::of_orders(300);
    let input = json!({
        "model": "thelook", "explore": "orders", "fields": ["orders.status", "orders.id"], "key": "orders.status",
        "filters": { "orders.id": format!(">={OWN}") },
    });
    orders::add(&shop.sandbox, 1, 0);
    orders::add(&shop.sandbox, 2, 0);
    let mut polls = Polls::new(&shop.admin, "changed_rows", input);
    polls.poll();
    assert!(polls.notes[0].contains("1 rows have the same key"), "{:?}", polls.notes);
    orders::add(&shop.sandbox, 3, 0);
    let events = polls.poll();
    assert_eq!(events.len(), 3);
    assert_eq!(events.iter().map(|event| event["key"].to_string()).collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn a_threshold_is_told_when_it_is_passed_and_again_only_after_a_return() {
    let shop = Shop::of_orders(300);
    let mut polls =
        Polls::new(&shop.admin, "value_threshold", orders::own(&json!({ "fields": ["orders.count"], "above": 1 })));
    let mut told = Vec::new();
    let mut keys = BTreeSet::new();
    for orders in [0, 2, 3, 1, 2] {
        orders::clear(&shop.sandbox);
        (0..orders).for_each(|number| orders::add(&shop.sandbox, number, 0));
        let events = polls.poll();
        told.push(events.len());
        keys.extend(events.iter().map(|event| event["key"].as_str().unwrap().to_owned()));
    }
    assert_eq!((told, keys.len()), (vec![0, 1, 0, 0, 1], 2));
}
