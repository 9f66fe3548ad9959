//! What the README says that the demo prints is what it prints. `UPDATE_DOCS=1` rewrites it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says no by a panic")]

use std::fs;
use std::path::Path;
use std::process::Command;

use e2e::artifacts;

const START: &str = "<!-- demo -->\n";
const END: &str = "<!-- /demo -->";

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

    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (before, rest) = readme.split_once(START).expect("the README has the mark");
    let (shown, after) = rest.split_once(END).expect("the README has the end mark");
    let printed = format!("```text\n{}\n```\n", settled(printed.trim_end()));
    if shown != printed && std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root.join("README.md"), format!("{before}{START}{printed}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, printed, "UPDATE_DOCS=1 make test rewrites it");
}

/// Without what differs from build to build and from run to run: the library's size and the port.
fn settled(text: &str) -> String {
    let settle = |line: &str| {
        if line.starts_with("The library: ") {
            return "The library: 5.1 MB (target/release/plugins/liblooker_connector.so)".to_owned();
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
