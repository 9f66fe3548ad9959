//! The Looker-compatible server as a process of its own, and its administration.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::artifacts;
use crate::patience::{LATER, within};

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Sandbox {
    process: Child,
    /// What it said when it was ready.
    pub ready: Ready,
    http: ureq::Agent,
}

/// The line that the server prints when it is ready.
#[derive(Clone, Debug, Deserialize)]
pub struct Ready {
    /// Where it is, such as `http://127.0.0.1:49152`.
    pub base_url: String,
    /// An API key's id.
    pub client_id: String,
    /// The API key's secret.
    pub client_secret: String,
    /// Further users.
    #[serde(default)]
    pub users: Vec<User>,
    /// Everything that it said, by key: `admin_url`, `proxy_url`, `ca_file`, ...
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A user of the server.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Who it is.
    pub name: String,
    /// The id of the user's API key.
    pub client_id: String,
    /// The secret of the user's API key.
    pub client_secret: String,
}

impl Sandbox {
    /// Starts a server on a port of its own.
    pub fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(artifacts::program("looker-sandbox"))
            .args(["--port", "0", "--until-stdin-closes"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let line = within(LATER, "the sandbox's first line", move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map(|_| line)
        });
        let ready = serde_json::from_str(line.as_deref().unwrap_or_default());
        let ready = ready.unwrap_or_else(|error| panic!("the sandbox is not ready: {error} in {line:?}"));
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10)));
        Self { process, ready, http: config.proxy(None).build().into() }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.ready.base_url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
    }

    /// What it has counted.
    pub fn stats(&self) -> Value {
        self.http.get(self.admin("stats")).call().unwrap().body_mut().read_json().unwrap()
    }

    /// Adds a fault.
    pub fn inject(&self, fault: &Value) {
        self.http.post(self.admin("faults")).send_json(fault).unwrap();
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.http.delete(self.admin("faults")).call().unwrap();
    }

    /// The faults that are still to happen.
    pub fn faults(&self) -> Vec<Value> {
        self.http.get(self.admin("faults")).call().unwrap().body_mut().read_json().unwrap()
    }

    /// Sets how lists misbehave.
    pub fn set_lists(&self, mood: &Value) {
        self.http.post(self.admin("lists")).send_json(mood).unwrap();
    }

    /// Sets how the proxy behaves.
    pub fn set_proxy(&self, mood: &Value) {
        self.http.post(self.admin("proxy")).send_json(mood).unwrap();
    }

    /// Kills the access tokens of a user (`{"user": name}`), those that act as others (`{"sudo": true}`), or all.
    pub fn expire_tokens(&self, which: &Value) {
        self.http.post(self.admin("expire_tokens")).send_json(which).unwrap();
    }

    /// Sets how the server behaves where Looker's behaviour is not known for sure.
    pub fn choose(&self, choices: &Value) {
        self.http.post(self.admin("uncertain")).send_json(choices).unwrap();
    }

    /// Forgets the results of all query tasks.
    pub fn expire_tasks(&self) {
        self.http.post(self.admin("expire_tasks")).send_empty().unwrap();
    }

    /// Lets a delivery of a scheduled plan fail.
    pub fn fail_delivery(&self, failure: &Value) {
        self.http.post(self.admin("schedule_failures")).send_json(failure).unwrap();
    }

    /// The operations whose answers depend on what was written before.
    pub fn stateful(&self) -> Vec<String> {
        self.http.get(self.admin("stateful")).call().unwrap().body_mut().read_json().unwrap()
    }

    /// How often an operation has made something.
    pub fn made_by(&self, operation: &str) -> u64 {
        self.stats()["created"][operation].as_u64().unwrap_or_default()
    }

    /// How often an operation was called.
    pub fn calls_of(&self, operation: &str) -> u64 {
        self.stats()["by_operation"][operation].as_u64().unwrap_or_default()
    }

    fn admin(&self, path: &str) -> String {
        let url = self.ready.more.get("admin_url").and_then(Value::as_str).unwrap_or(&self.ready.base_url);
        format!("{}/__sandbox/{path}", url.trim_end_matches('/'))
    }
}

/// An access token for API credentials, as a host gets one that logs in by itself.
pub fn login(base_url: &str, client_id: &str, client_secret: &str) -> String {
    let http: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let form = [("client_id", client_id), ("client_secret", client_secret)];
    let answer: Value =
        http.post(format!("{base_url}/api/4.0/login")).send_form(form).unwrap().body_mut().read_json().unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
