//! What the README says that the demo prints is what it prints. `make docs` rewrites it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use connector_interface::load::Plugin;
use e2e::artifacts;
use serde_json::Value;

/// Compares the text between `<!-- NAME -->` and `<!-- /NAME -->` with what it should be.
fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&start).expect("the README has the mark");
    let (shown, after) = rest.split_once(&end).expect("the README has the end mark");
    if shown != expected && std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{start}{expected}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, expected, "`make docs` rewrites it");
}

#[test]
fn the_readme_shows_the_exit_codes_of_the_hosts_help() {
    let help = Command::new(artifacts::program("connector-host")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, codes) = help.split_once("Exit codes:\n").expect("the help has the exit codes");
    let rows = codes.lines().filter_map(|line| line.trim().split_once("  "));
    let head = ["| code | meaning |\n|---|---|\n".to_owned()].into_iter();
    let table: Vec<String> =
        head.chain(rows.map(|(code, meaning)| format!("| {code} | {} |\n", meaning.trim()))).collect();
    check("exit codes", &table.concat());
}

/// The steps of a kind as a table, by subject; `facts` are the columns behind the name.
fn steps(kind: &str, headings: [&str; 5], facts: impl Fn(&Value) -> [String; 4]) -> String {
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let spec = plugin.description().find_operation(kind).unwrap();
    let mut table = format!("| {} |\n|---|---|---|---|---|\n", headings.join(" | "));
    let mut group = String::new();
    for entry in spec.input["oneOf"].as_array().unwrap() {
        if fact(entry, "x-group") != group {
            group = fact(entry, "x-group");
            let _ = writeln!(table, "| **{group}** | | | | |");
        }
        let _ = writeln!(table, "| `{}` | {} |", fact(entry, "title"), facts(entry).join(" | "));
    }
    table
}

fn fact(entry: &Value, key: &str) -> String {
    entry[key].as_str().unwrap().to_owned()
}

#[test]
fn the_readme_shows_the_actions_that_the_library_describes() {
    let headings = ["action", "what it does", "effect", "done twice", "needs"];
    let table = steps("invoke", headings, |entry| {
        ["description", "x-effect", "x-repeat", "x-needs"].map(|key| fact(entry, key))
    });
    check("actions", &table);
}

#[test]
fn the_readme_shows_the_triggers_that_the_library_describes() {
    let headings = ["trigger", "what it tells", "events", "looks every", "needs"];
    let table = steps("poll", headings, |entry| {
        let kinds = entry["x-output"]["properties"]["kind"]["enum"].as_array().unwrap();
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str().unwrap()).collect();
        let every = format!("{} s", entry["x-interval"]);
        [fact(entry, "description"), kinds.join(", "), every, fact(entry, "x-needs")]
    });
    check("triggers", &table);
}

#[test]
fn the_readme_shows_the_workflow_that_the_tests_try() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host-example/workflow.sh");
    let script = fs::read_to_string(path).unwrap();
    let (_, steps) = script.split_once("# Find").expect("the script has its first step");
    check("workflow", &format!("```sh\n# Find{steps}```\n"));
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    // The places in the README are relative: the same ones below a directory of the test's own.
    let place = tempfile::tempdir().unwrap();
    let plugins = place.path().join("target/release/plugins");
    fs::create_dir_all(&plugins).unwrap();
    fs::copy(artifacts::library("looker-connector"), plugins.join("liblooker_connector.so")).unwrap();
    fs::copy(root.join("plugin/looker.toml"), plugins.join("looker.toml")).unwrap();

    let demo = Command::new(artifacts::program("looker-sandbox"))
        .args(["--", "sh", "-c", "exec sh \"$0\" \"$1\" target/release/plugins 2>&1"])
        .arg(root.join("host-example/demo.sh"))
        .arg(artifacts::program("connector-host"))
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stdout));
    let printed = String::from_utf8(demo.stdout).unwrap();

    check("demo", &format!("```text\n{}\n```\n", settled(printed.trim_end())));
}

/// Without what differs from build to build and from run to run: the library's size and the port.
fn settled(text: &str) -> String {
    let settle = |line: &str| {
        if line.starts_with("The library: ") {
            return "The library: 13.6 MB (target/release/plugins/liblooker_connector.so)".to_owned();
        }
        match line.split_once("127.0.0.1:") {
            Some((before, rest)) => {
                format!("{before}127.0.0.1:43210{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => line.to_owned(),
        }
    };
    text.lines().map(settle).collect::<Vec<_>>().join("\n")
}
