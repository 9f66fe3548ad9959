//! Interrupting a query: it is cancelled on the server, nothing half is left, and the exit code says so.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test says no by a panic")]

use std::process::Command;

use e2e::looker::Looker;
use e2e::patience::{LATER, until};
use serde_json::json;

#[test]
fn an_interrupt_cancels_the_query_on_the_server_and_exits_130() {
    for signal in ["-INT", "-TERM"] {
        let looker = Looker::start(&["--rows", "200000"]);
        looker.next_query(&json!({ "fault": "slow", "ms": 20, "times": 0 }));
        let arguments = ["query", "--model", "thelook", "--explore", "order_items", "--fields", "order_items.id"];
        let child =
            looker.host.spawn(&[&arguments[..], &["--limit", "-1", "--format", "csv", "--output", "out.csv"]].concat());
        until(LATER, "the query runs", || looker.sandbox.stats()["running_queries"] == 1);
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let run = looker.host.finish(child);
        assert_eq!(run.status.code(), Some(130), "{signal}: {}", run.stderr);
        assert_eq!(run.text(), "");
        until(LATER, "the server knows", || looker.sandbox.stats()["cancelled_queries"] == 1);
        let stats = looker.sandbox.stats();
        assert_eq!((&stats["running_queries"], &stats["logouts"]), (&json!(0), &json!(1)), "{stats}");
        assert!(!looker.host.plugins().join("out.csv").exists());
        assert!(!looker.host.plugins().join("out.csv.part").exists());
    }
}
