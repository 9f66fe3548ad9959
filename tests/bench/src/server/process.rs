//! The server as another process.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};

use super::Served;
use crate::Result;

/// What a server says when it is ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    /// Where it speaks http.
    pub url: String,
    /// Where it speaks https.
    pub tls_url: String,
    /// The authority of its certificate.
    pub ca_file: PathBuf,
}

/// What the connector has asked a server since it started.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts {
    /// Connections that were made.
    pub connections: u64,
    /// Logins.
    pub logins: u64,
}

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it is.
    pub ready: Ready,
}

impl Process {
    /// Starts the program `bench-server` and waits until its bodies are made.
    pub fn start(program: &Path, served: &Served) -> Result<Self> {
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned()).unwrap_or_default()
        };
        let formats: Vec<_> = served.formats.iter().map(|format| format.name()).collect();
        let mut command = Command::new(program);
        command
            .args(["--shape", &name(served.shape.to_possible_value()), "--rows", &served.rows.to_string()])
            .args(["--formats", &formats.join(",")]);
        if served.gzip {
            command.arg("--gzip");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let ready = serde_json::from_str(&line).map_err(|error| format!("the server is not ready: {error}"))?;
        Ok(Self { child, ready })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends with its stdin, and takes its files with it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
