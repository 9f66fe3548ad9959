//! What a host of the loaded Looker library sees of its rows and its logins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use connector_interface::State;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::connect_as;
use e2e::patience::{LATER, until};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn connect(sandbox: &Sandbox) -> Session {
    connect_as(sandbox, "admin", &json!({}), Recorder::new(Level::Warn))
}

fn query(limit: i64) -> Value {
    json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id", "users.city"], "limit": limit })
}

#[test]
fn rows_of_a_slow_server_are_seen_long_before_its_end() {
    let sandbox = Sandbox::start(&["--rows", "50000"]);
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "slow", "ms": 50, "bytes": 8_000 }));
    let operation = connect(&sandbox).start("query", &query(-1), None).unwrap();
    let mut rows = operation.rows().unwrap();
    assert_eq!(rows.schema().fields().len(), 2, "the columns are known before the first row");
    let first = rows.next().unwrap().unwrap();
    assert!((1..1_000).contains(&first.num_rows()), "{} rows came first", first.num_rows());
    let progress = operation.progress().unwrap();
    assert_eq!(progress.state, State::Streaming);
    assert!(progress.bytes < 1_000_000, "{} bytes of four million", progress.bytes);
}

#[test]
fn the_first_batch_of_a_large_result_is_small_however_fast_the_server_is() {
    let sandbox = Sandbox::start(&["--rows", "200000"]);
    let operation = connect(&sandbox).start("query", &query(-1), None).unwrap();
    let batches: Vec<usize> = operation.rows().unwrap().map(|batch| batch.unwrap().num_rows()).collect();
    assert!(batches[0] <= 8_192, "{} rows came first", batches[0]);
    // A batch is given out when it is full; the last bytes before that may bring some more.
    assert!(batches.iter().all(|rows| *rows < 16_384), "{batches:?}");
    assert_eq!(batches.iter().sum::<usize>(), 200_000);
}

#[test]
fn a_token_is_renewed_before_it_dies_and_not_after() {
    let sandbox = Sandbox::start(&["--token-lifetime", "5"]);
    let session = connect(&sandbox);
    let run =
        || session.start("query", &query(1), None).unwrap().rows().unwrap().for_each(|batch| drop(batch.unwrap()));
    until(LATER, "a second login", || {
        run();
        sandbox.stats()["logins"] == 2
    });
    let stats = sandbox.stats();
    // A request that was refused would have been sent again.
    let operations = stats["by_operation"].as_object().unwrap();
    assert_eq!(operations["login"], 2, "{stats}");
    assert_eq!(stats["refused"], 0, "{stats}");
}
