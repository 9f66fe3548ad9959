//! `triggers` and `watch`: what a person sees, and what is in the cursor file.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use e2e::looker::Looker;
use e2e::patience::{LATER, until};
use serde_json::{Value, json};

const USERS: &[&str] = &["watch", "user_changed", "--cursor-file", "users.cursor"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn disable(looker: &Looker, user: &str) {
    let user = format!("user_id={user}");
    looker.host.run(&["api", "call", "update_user", "--param", &user, "--body", r#"{"is_disabled":true}"#]).succeeded();
}

#[test]
fn a_watch_goes_on_from_its_cursor_file() {
    let looker = Looker::start(&[]);
    let once = || looker.host.run(&[USERS, &["--once"]].concat()).succeeded();
    assert_eq!(once().text(), "");
    disable(&looker, "3");
    let run = once();
    let told = lines(run.text());
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["kind"], &told[0]["data"]["id"]), (&json!("disabled"), &json!("3")));
    assert!(told[0]["looker_url"].as_str().unwrap().ends_with("/admin/users/3/edit"));
    assert_eq!(once().text(), "");
    let file = looker.host.plugins().join("users.cursor");
    let cursor = fs::read_to_string(&file).unwrap();
    assert!(cursor.len() < 8_000);

    fs::write(&file, cursor.replace("user_changed", "look_changed")).unwrap();
    let run = looker.host.run(&[USERS, &["--once"]].concat());
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stderr.contains("is of the trigger `look_changed`"), "{}", run.stderr);
}

#[test]
fn a_watch_says_what_it_does_survives_an_outage_and_ends_in_order_when_it_is_interrupted() {
    let looker = Looker::start(&[]);
    let child = looker.host.spawn(&[USERS, &["--interval", "0.05", "--max-retries", "0"]].concat());
    until(LATER, "two polls", || looker.sandbox.calls_of("search_users") >= 2);
    looker.sandbox.inject(&json!({ "operation": "search_users", "fault": "status", "status": 503, "times": 3 }));
    until(LATER, "the outage is over", || looker.sandbox.faults().is_empty());
    let before = looker.sandbox.calls_of("search_users");
    until(LATER, "further polls", || looker.sandbox.calls_of("search_users") > before + 2);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = looker.host.finish(child);
    assert_eq!(run.status.code(), Some(130), "{}", run.stderr);
    assert!(run.stderr.contains("Watching from now on, every 0 s; Ctrl-C ends it"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error: ").count(), 4, "three of the outage, one of the end: {}", run.stderr);
    until(Duration::from_secs(5), "no token is left", || looker.sandbox.stats()["live_tokens"] == 0);
}

#[test]
fn a_sample_is_printed_at_once_and_moves_nothing() {
    let looker = Looker::start(&[]);
    let run = looker.host.run(&[USERS, &["--sample"]].concat()).succeeded();
    let told = lines(run.text());
    assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("created")));
    assert!(!looker.host.plugins().join("users.cursor").exists());
}

#[test]
fn a_single_poll_that_could_never_tell_anything_says_so() {
    let looker = Looker::start(&[]);
    let run = looker.host.run(&["watch", "user_changed", "--once"]).succeeded();
    assert!(run.text().is_empty() && run.stderr.contains("without --cursor-file"), "{}", run.stderr);
}

#[test]
fn triggers_are_listed_and_described() {
    let looker = Looker::start(&[]);
    let list = looker.host.run(&["triggers"]).succeeded();
    assert!(list.text().lines().any(|line| line.contains("new_rows") && line.contains("Queries")), "{}", list.text());
    let page = looker.host.run(&["describe", "value_threshold"]).succeeded();
    for part in ["Looks every 300 s", "Tell when the value gets above this", "Event"] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    let options = looker.host.run(&["options", "changed_rows", "model", "--format", "json"]).succeeded();
    assert!(options.text().contains("thelook"), "{}", options.text());
}

#[test]
fn where_nothing_can_be_kept_is_said_before_anything_is_told() {
    let looker = Looker::start(&[]);
    let run =
        looker.host.run(&["watch", "user_changed", "--once", "--first", "all", "--cursor-file", "/no/such/place/x"]);
    assert_eq!((run.status.code(), run.text()), (Some(2), ""));
    assert!(run.stderr.contains("--cursor-file"), "{}", run.stderr);
}
