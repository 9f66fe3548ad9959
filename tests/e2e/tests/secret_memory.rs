//! Where a client secret is in the memory of a process that has loaded the Looker library. One test, and so one process:
//! what another test has in memory would be found, too.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by a panic")]
#![allow(clippy::print_stdout, reason = "how much was searched is worth reading")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use connector_interface::error::ErrorKind;
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::loaded;
use e2e::memory::{Found, Masked, search};
use e2e::patience::{LATER, SOON, within};
use e2e::recorder::Recorder;
use secrecy::SecretSlice;
use serde_json::{Map, Value, json};

/// The secret of the sandbox's user `admin`, which this process must not read from the sandbox.
const RIGHT: [u8; 24] = Masked::array(*b"sandboxAdminSecret000001");

/// One that is refused, and that stands in a form otherwise than by itself.
const WRONG: [u8; 48] = Masked::array(*b"one that/is+refused=and%that-a/form+escapes=0%1!");

/// A sandbox whose line about its users' secrets nobody in this process sees.
struct Sandbox {
    process: Child,
    base_url: String,
    http: ureq::Agent,
}

impl Sandbox {
    fn start() -> Self {
        let mut process = Command::new(artifacts::program("looker-sandbox"))
            // With a command the sandbox says nothing itself. This one tells the address, and lives as long as the test.
            .args(["--", "sh", "-c", "echo \"$LOOKER_SANDBOX_URL\" && cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let line = within(LATER, "the sandbox's address", move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).unwrap();
            line
        });
        let config = ureq::Agent::config_builder().timeout_global(Some(SOON)).proxy(None);
        Self { process, base_url: line.trim().to_owned(), http: config.build().into() }
    }

    fn post(&self, path: &str, body: &Value) {
        self.http.post(format!("{}/__sandbox/{path}", self.base_url)).send_json(body).unwrap();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What an allocator may write over in memory that was given back to it. A copy that was not wiped is known by the rest.
const OVERWRITTEN: usize = 16;

/// A secret, and the forms in which copies of it may stand somewhere.
struct Hunt {
    secret: Masked,
    needles: Vec<Masked>,
}

impl Hunt {
    fn new(masked: &[u8]) -> Self {
        let secret = Masked::new(masked);
        let rest = secret.after(OVERWRITTEN);
        let mut needles = vec![rest.clone()];
        needles.extend((0..3).map(|before| rest.base64(before)));
        // Where nothing is to be escaped, the form is the secret itself.
        needles.extend(Some(rest.escaped()).filter(|escaped| escaped.len() > rest.len()));
        Self { secret, needles }
    }

    /// Fails unless the secret is found so often as it is, and in no other form. What the library's own threads are
    /// about to drop may take a moment.
    #[track_caller]
    fn assert_found(&self, times: usize, when: &str) {
        let is_fine = |found: &Found| found.counts()[0] == times && found.counts()[1..].iter().all(|count| *count == 0);
        let end = Instant::now() + SOON;
        loop {
            let found = search(&self.needles);
            assert!(found.bytes > 1_000_000, "only {} bytes were searched", found.bytes);
            if is_fine(&found) {
                println!("{when}: {times} in {} bytes", found.bytes);
                return;
            }
            assert!(Instant::now() < end, "{when} not {times} in {} bytes but {:?}", found.bytes, found.places);
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Connects with the secret, which nobody else has afterwards.
    fn connect(&self, base_url: &str) -> Session {
        let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
        let settings = json!({ "base_url": base_url, "client_id": "sandboxAdminId000001" });
        let settings: Map<String, Value> = settings.as_object().unwrap().clone();
        self.assert_found(0, "before the secret is lent");
        let value = SecretSlice::from(self.secret.reveal());
        let secret = Secret { name: "client_secret".to_owned(), value };
        self.assert_found(1, "while the host has it");
        plugin.connect(&settings, &[secret], Recorder::new(Level::Trace)).unwrap()
    }
}

#[test]
fn a_client_secret_has_one_home_while_the_session_lives_and_none_when_it_has_ended() {
    let sandbox = Sandbox::start();

    let hunt = Hunt::new(&RIGHT);
    let session = hunt.connect(&sandbox.base_url);
    hunt.assert_found(1, "after connecting");
    for _ in 0..3 {
        assert_eq!(loaded::count(&session, &json!({ "limit": 5 })), 5);
        // The next query logs in again.
        sandbox.post("expire_tokens", &json!({}));
    }
    hunt.assert_found(1, "after queries");
    for fault in [json!({ "fault": "html", "status": 500 }), json!({ "fault": "reset" }), json!({ "fault": "cut" })] {
        sandbox.post("faults", &json!({ "operation": "login", "times": 0, "fault": fault["fault"], "status": 500 }));
        loaded::query(&session, &json!({})).0.unwrap_err();
        sandbox.http.delete(format!("{}/__sandbox/faults", sandbox.base_url)).call().unwrap();
    }
    loaded::error(&session, "catalog", &json!({ "path": "no_such_model" }));
    assert_eq!(loaded::query(&session, &json!({ "explore": "none" })).0.unwrap_err().kind, ErrorKind::NotFound);
    hunt.assert_found(1, "after failures");
    session.shutdown(SOON).unwrap();
    drop(session);
    hunt.assert_found(0, "after the end");

    let hunt = Hunt::new(&WRONG);
    let session = hunt.connect(&sandbox.base_url);
    hunt.assert_found(1, "after connecting with a wrong one");
    for _ in 0..3 {
        assert_eq!(loaded::error(&session, "check", &json!({})).kind, ErrorKind::Credentials);
    }
    hunt.assert_found(1, "after it was refused");
    session.shutdown(SOON).unwrap();
    drop(session);
    hunt.assert_found(0, "after the end of the session that it did not open");
}
