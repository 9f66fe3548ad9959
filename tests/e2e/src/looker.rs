//! A sandbox, and the example host with the Looker connector as its only plugin, set up to talk to it.

use std::fs;

use serde_json::{Value, json};

use crate::artifacts;
use crate::host::{Host, Run};
use crate::sandbox::Sandbox;

/// The two processes.
#[derive(Debug)]
pub struct Looker {
    /// The server.
    pub sandbox: Sandbox,
    /// The host; its environment holds the address and the credentials of the default user.
    pub host: Host,
}

impl Looker {
    /// A fresh server, with arguments of its own.
    pub fn start(arguments: &[&str]) -> Self {
        let sandbox = Sandbox::start(arguments);
        let host = Host::with_plugins(&[artifacts::library("looker-connector")])
            .env("LOOKERSDK_BASE_URL", &sandbox.ready.base_url)
            .env("LOOKERSDK_CLIENT_ID", &sandbox.ready.client_id)
            .env("LOOKERSDK_CLIENT_SECRET", &sandbox.ready.client_secret);
        Self { sandbox, host }
    }

    /// The same host as another of the server's users.
    #[must_use]
    pub fn as_user(mut self, name: &str) -> Self {
        let user = self.sandbox.ready.users.iter().find(|user| user.name == name).cloned().unwrap();
        self.host =
            self.host.env("LOOKERSDK_CLIENT_ID", &user.client_id).env("LOOKERSDK_CLIENT_SECRET", &user.client_secret);
        self
    }

    /// Runs a query of these fields of `thelook/order_items`, with further arguments.
    pub fn query(&self, fields: &str, arguments: &[&str]) -> Run {
        let start = ["query", "--model", "thelook", "--explore", "order_items", "--fields", fields];
        self.host.run(&[&start, arguments].concat())
    }

    /// The rows of such a query as JSON objects.
    pub fn rows(&self, fields: &str, arguments: &[&str]) -> Vec<Value> {
        let run = self.query(fields, &[arguments, &["--format", "json"]].concat()).succeeded();
        serde_json::from_slice(&run.stdout).unwrap()
    }

    /// Makes the next run of a query go wrong; the fault's own keys are in `fault`.
    pub fn next_query(&self, fault: &Value) {
        let mut body = json!({ "operation": "run_inline_query", "times": 1 });
        body.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        self.sandbox.inject(&body);
    }

    /// Writes a file into the host's working directory.
    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.host.plugins().join(name), text).unwrap();
    }
}
