//! A host that watches triggers is killed at random points, over and over, while the data changes: every change is told, none
//! is skipped, and what is told twice has the same key.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use e2e::looker::Looker;
use e2e::orders::{self, OWN};
use serde_json::{Value, json};

/// Polls of each trigger, and how often its host is killed.
const POLLS: u64 = 500;
const LIVES: u64 = 40;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What a watch has told, by a number of the event's row.
type Told = BTreeMap<String, BTreeSet<String>>;

/// Lets a host watch and kills it, until the trigger was polled often enough and the data changes no more.
fn watch(looker: &Looker, arguments: &[&str], operation: &str, seed: u64, changing: &AtomicBool) -> (Told, [u64; 3]) {
    let mut dice = Dice(seed);
    let (mut told, mut lives, mut count, mut torn) = (Told::new(), 0, 0, 0);
    let polls = |looker: &Looker| looker.sandbox.calls_of(operation);
    while changing.load(Ordering::SeqCst) || polls(looker) < POLLS || lives < LIVES {
        let mut child = looker.host.spawn(&[&["watch"], arguments, &["--interval", "0.01"]].concat());
        let mut stdout = child.stdout.take().unwrap();
        let reader = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        thread::sleep(Duration::from_millis(100 + dice.below(300)));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = reader.join().unwrap().unwrap();
        torn += u64::from(!text.is_empty() && !text.ends_with('\n'));
        count += take(&text, &mut told);
        lives += 1;
    }
    let run = looker.host.run(&[&["watch"], arguments, &["--once"]].concat()).succeeded();
    count += take(run.text(), &mut told);
    (told, [lives, count, torn])
}

/// Takes the whole lines: a line that was cut was not told, and the next life tells it again.
fn take(text: &str, told: &mut Told) -> u64 {
    let mut lines = 0;
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let event: Value = serde_json::from_str(line).unwrap();
        let data = &event["data"];
        let what = format!("{} {}", data["orders.id"], data["orders.status"]);
        told.entry(what).or_default().insert(event["key"].as_str().unwrap().to_owned());
        lines += 1;
    }
    lines
}

#[test]
fn a_host_that_is_killed_at_any_moment_misses_no_change_and_repeats_by_the_same_key() {
    let looker = Looker::start(&[]);
    let sql = |sql: &str| orders::sql(&looker.sandbox, sql);
    sql("DELETE FROM orders WHERE id > 40");
    // Two hosts with two ways to poll, so that the sandbox can count the polls of each.
    let look = {
        let query =
            json!({ "model": "thelook", "view": "orders", "fields": ["orders.id", "orders.status"], "limit": "5000" });
        let call = |operation: &str, body: &Value| {
            let body = body.to_string();
            let run = looker.host.run(&["api", "call", operation, "--body", &body, "--format", "json"]).succeeded();
            serde_json::from_slice::<Value>(&run.stdout).unwrap()["id"].as_str().unwrap().to_owned()
        };
        let query = call("create_query", &query);
        call("create_look", &json!({ "title": "Orders", "query_id": query, "folder_id": "1" }))
    };
    let look = format!("look={look}");
    let rows = [
        "new_rows",
        "--cursor-file",
        "new.cursor",
        "--input",
        "model=thelook",
        "--input",
        "explore=orders",
        "--input",
        r#"fields=["orders.id","orders.created_time","orders.status"]"#,
        "--input",
        "marker=orders.created_time",
        "--input",
        "key=orders.id",
        "--input",
        "overlap=600",
    ];
    let of_look = ["changed_rows", "--cursor-file", "changed.cursor", "--input", &look, "--input", "key=orders.id"];
    for arguments in [&rows[..], &of_look] {
        looker.host.run(&[&["watch"], arguments, &["--once"]].concat()).succeeded();
    }

    let changing = AtomicBool::new(true);
    let (mut inserted, mut updated) = (BTreeSet::new(), BTreeSet::new());
    let (new, changed) = thread::scope(|scope| {
        let new = scope.spawn(|| watch(&looker, &rows, "run_inline_query", 7, &changing));
        let changed = scope.spawn(|| watch(&looker, &of_look, "run_look", 8, &changing));
        let mut dice = Dice(9);
        let mut number = 0;
        while ["run_inline_query", "run_look"].iter().any(|operation| looker.sandbox.calls_of(operation) < POLLS) {
            // Each row comes once, some of them late, and changes once, so that no change hides behind another.
            for _ in 0..=dice.below(3) {
                let late = i64::try_from(dice.below(300)).unwrap();
                orders::add(&looker.sandbox, number, i64::try_from(number * 20).unwrap() - late);
                inserted.insert(OWN + number);
                number += 1;
            }
            thread::sleep(Duration::from_millis(20 + dice.below(150)));
            if number > 40 {
                let id = OWN + number - 40;
                sql(&format!("UPDATE orders SET status = 'Moved {id}' WHERE id = {id}"));
                updated.insert(id);
            }
        }
        changing.store(false, Ordering::SeqCst);
        (new.join().unwrap(), changed.join().unwrap())
    });

    for (name, (told, [lives, lines, torn])) in [("new_rows", &new), ("changed_rows", &changed)] {
        let twice = *lines - told.len() as u64;
        println!("{name}: {lives} lives, {lines} lines, {twice} of them told before, {torn} torn");
    }
    let ids: BTreeSet<u64> = new.0.keys().map(|what| what.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(ids, inserted, "each new row is told");
    let mut keys: BTreeMap<u64, BTreeSet<&String>> = BTreeMap::new();
    for (what, told) in &new.0 {
        keys.entry(what.split(' ').next().unwrap().parse().unwrap()).or_default().extend(told);
    }
    assert!(keys.values().all(|keys| keys.len() == 1), "a row that is told twice has one key: {keys:?}");

    let moved: BTreeSet<u64> =
        changed.0.keys().filter_map(|what| what.split("\"Moved ").nth(1)?.trim_end_matches('"').parse().ok()).collect();
    assert_eq!(moved, updated, "each change is told");
    let complete: BTreeSet<u64> = changed
        .0
        .keys()
        .filter(|what| what.contains("Complete"))
        .map(|what| what.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(complete.is_superset(&inserted.difference(&updated).copied().collect()), "each new row is told");
    assert!(changed.0.values().all(|keys| keys.len() == 1), "a change that is told twice has one key");
}
