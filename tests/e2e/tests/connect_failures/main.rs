//! `connector-host connect` when something is wrong: each kind of failure has a cause and a next step of its own, and the
//! documented exit code.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

mod table;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use e2e::artifacts;
use e2e::host::{Host, Run};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};
use table::CASES;

/// What goes wrong, and how it must be told.
struct Case {
    name: &'static str,
    /// Arguments of the sandbox.
    server: &'static [&'static str],
    /// A fault for the operation that it names, for every request.
    fault: Option<fn() -> Value>,
    /// Arguments of `connect`; `{NAME}` stands for a key of the sandbox's line, `{port}` for its port, `{dir}` for the
    /// working directory.
    arguments: &'static [&'static str],
    /// Changes of the environment.
    environment: &'static [(&'static str, &'static str)],
    code: i32,
    cause: &'static str,
    advice: &'static str,
}

const URL: &str = "LOOKERSDK_BASE_URL";
const ID: &str = "LOOKERSDK_CLIENT_ID";
const SECRET: &str = "LOOKERSDK_CLIENT_SECRET";

/// A service that answers what is no HTTP, and one that never answers.
fn strangers() -> (String, String) {
    let garbage = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = (garbage.local_addr().unwrap().to_string(), silent.local_addr().unwrap().to_string());
    thread::spawn(move || {
        for mut connection in garbage.incoming().flatten() {
            let _ = connection.read(&mut [0; 1_024]);
            let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n");
        }
    });
    thread::spawn(move || {
        let held: Vec<_> = silent.incoming().collect();
        drop(held);
    });
    addresses
}

fn run(case: &Case, strangers: &(String, String)) -> Run {
    let sandbox = Sandbox::start(&[case.server, &["--people", "1"]].concat());
    if let Some(fault) = case.fault {
        let mut fault = fault();
        fault["times"] = json!(0);
        sandbox.inject(&fault);
    }
    let host = Host::with_plugins(&[artifacts::library("looker-connector")]);
    let directory = host.plugins().to_str().unwrap().to_owned();
    let file = host.plugins().join("looker.txt");
    fs::write(&file, "not what it should be").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let port = sandbox.ready.base_url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let filled =
        |text: &str| {
            let text = text.replace("{dir}", &directory).replace("{port}", &port);
            let text = text.replace("{garbage}", &strangers.0).replace("{silent}", &strangers.1);
            sandbox.ready.more.iter().fold(text, |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
            })
        };
    let mut environment = BTreeMap::from([
        (URL, sandbox.ready.base_url.clone()),
        (ID, sandbox.ready.client_id.clone()),
        (SECRET, sandbox.ready.client_secret.clone()),
    ]);
    environment.extend(case.environment.iter().map(|(name, value)| (*name, filled(value))));
    let host = environment.iter().fold(host, |host, (name, value)| host.env(name, value));
    let arguments: Vec<String> =
        ["connect", "--max-retries", "1"].iter().chain(case.arguments).map(|argument| filled(argument)).collect();
    host.run(&arguments)
}

#[test]
fn every_kind_of_failure_has_its_own_cause_and_next_step_and_the_documented_exit_code() {
    let strangers = strangers();
    let runs: Vec<(&Case, Run)> = thread::scope(|scope| {
        let waiting: Vec<_> = CASES.iter().map(|case| (case, scope.spawn(|| run(case, &strangers)))).collect();
        waiting.into_iter().map(|(case, run)| (case, run.join().unwrap())).collect()
    });
    let mut wrong = Vec::new();
    let mut told: BTreeMap<(String, String), &str> = BTreeMap::new();
    for (case, run) in &runs {
        let line =
            |prefix: &str| run.stderr.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default().to_owned();
        let (cause, advice) = (line("error: "), line("help: "));
        println!("{} ({})\n  {cause}\n  {advice}", case.name, run.status.code().unwrap_or(-1));
        if run.status.code() != Some(case.code) {
            wrong.push(format!(
                "{}: exit code {:?} and not {}: {}",
                case.name,
                run.status.code(),
                case.code,
                run.stderr
            ));
        }
        if !cause.contains(case.cause) {
            wrong.push(format!("{}: the cause lacks `{}`: {cause}", case.name, case.cause));
        }
        if !advice.contains(case.advice) {
            wrong.push(format!("{}: the advice lacks `{}`: {advice}", case.name, case.advice));
        }
        if !run.text().is_empty() {
            wrong.push(format!("{}: there is data: {}", case.name, run.text()));
        }
        if run.stderr.contains("hunter2") {
            wrong.push(format!("{}: a secret is repeated: {}", case.name, run.stderr));
        }
        let without_port: String = cause.chars().filter(|c| !c.is_ascii_digit()).collect();
        if let Some(other) = told.insert((without_port, advice), case.name) {
            // The same page at the wrong place is the same failure, however it came there.
            if ![other, case.name].contains(&"a path prefix that is missing") {
                wrong.push(format!("{} and {other} are told alike", case.name));
            }
        }
    }
    assert!(told.len() >= 25, "{} kinds of failure", told.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
