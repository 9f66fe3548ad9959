//! The example host meets a directory of good and bad plugins: it lists each, tells why, and uses what can be used.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::BTreeMap;
use std::fs;

use e2e::artifacts;
use e2e::damage::Workshop;
use e2e::host::Host;
use serde_json::Value;

/// The good fixture under the name `extra`, and everything else that may lie beside it.
fn host() -> Host {
    let extra = artifacts::library("connector-fixture-extra");
    let workshop = Workshop::new(&extra);
    workshop.copy("extra");
    workshop.file("text", b"Dear host, please load me.\n");
    workshop.cut("cut", 100_000);
    workshop.other_machine("foreign");
    workshop.without_code("gone");
    let host = Host::with_plugins(&[
        artifacts::library("connector-fixture-panics"),
        artifacts::library("connector-fixture-panics-at-load"),
        artifacts::library("connector-fixture-incompatible"),
        artifacts::library("connector-fixture-later"),
    ]);
    for file in fs::read_dir(workshop.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), host.plugins().join(file.file_name())).unwrap();
    }
    fs::write(host.plugins().join("broken.toml"), "[Driver\n").unwrap();
    host
}

#[test]
fn the_host_lists_every_plugin_with_what_it_is_or_why_it_cannot_be_used() {
    let listed: Vec<Value> = serde_json::from_str(host().run(&["plugins", "--json"]).succeeded().text()).unwrap();
    let text = |plugin: &Value, key: &str| plugin[key].as_str().map(str::to_owned);
    let found: BTreeMap<String, String> = listed
        .iter()
        .map(|plugin| {
            let found = text(plugin, "connector").map(|name| format!("{name} for {}", plugin["interface"]));
            (text(plugin, "name").unwrap(), found.or_else(|| text(plugin, "reason")).unwrap())
        })
        .collect();
    let expected = [
        ("broken", "The manifest is not valid: "),
        ("connector_fixture_incompatible", "It was built for connector interface 2.0.0 and this host has 1.0.0"),
        ("connector_fixture_later", "later for \"1.9.0\""),
        ("connector_fixture_panics", "panics for \"1.0.0\""),
        ("connector_fixture_panics_at_load", "The connector cannot describe itself"),
        ("cut", "The file was cut short: it ends before its contents do"),
        ("extra", "extra for \"1.0.0\""),
        ("foreign", "It is a library for another machine ("),
        ("gone", "Loading it crashes the process that loads it (signal "),
        ("text", "The file is not a shared library"),
    ];
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.map(|(name, _)| name).iter().collect::<Vec<_>>());
    for (name, reason) in expected {
        assert!(found[name].starts_with(reason) && !found[name].contains('\n'), "{name}: {}", found[name]);
    }
}

#[test]
fn the_host_uses_a_good_plugin_among_bad_ones() {
    let description = host().run(&["--connector", "extra", "describe"]).succeeded();
    assert!(description.text().contains("greet"), "an ability that it does not know is shown: {}", description.text());
    assert!(description.peak_memory.unwrap_or_default() > 1024 * 1024, "{:?}", description.peak_memory);
}

#[test]
fn a_plugin_that_panics_ends_with_an_error_and_not_with_a_signal() {
    let host = host();
    let connector = "connector_fixture_panics";
    let run = host.run(&["--connector", connector, "query", "--request-panic-in", "stream.next"]);
    let code = run.status.code().expect("it ended by itself");
    assert!((1..100).contains(&code), "{code}: {}", run.stderr);
    assert!(run.stderr.contains("a defect in stream.next"), "{}", run.stderr);
}
