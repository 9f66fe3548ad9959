//! Looker's own SDKs and what people use with them, in their own environments; skipped where these are not installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Result;
use crate::generate::Format;
use crate::server::Process;

/// A way to get a result without the connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The Python SDK, its JSON as a frame of pandas.
    SdkJsonPandas,
    /// The Python SDK, its CSV as a frame of pandas.
    SdkCsvPandas,
    /// CSV by requests, read by pyarrow while it comes.
    PyarrowCsv,
    /// JSON by requests, as a frame of polars.
    PolarsJson,
    /// The Node SDK, its JSON as objects.
    NodeSdkJson,
}

/// What came of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    /// From the call to the whole frame, in seconds.
    pub wall: f64,
    /// The most memory that the process has held, in bytes.
    pub peak_memory: u64,
    /// Rows of the frame.
    pub rows: usize,
}

impl Peer {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SdkJsonPandas => "looker-sdk + pandas (json)",
            Self::SdkCsvPandas => "looker-sdk + pandas (csv)",
            Self::PyarrowCsv => "requests + pyarrow (csv, streaming)",
            Self::PolarsJson => "requests + polars (json)",
            Self::NodeSdkJson => "@looker/sdk-node (json)",
        }
    }

    /// What it asks Looker to write.
    pub fn format(self) -> Format {
        match self {
            Self::SdkJsonPandas | Self::PolarsJson | Self::NodeSdkJson => Format::Json,
            Self::SdkCsvPandas | Self::PyarrowCsv => Format::Csv,
        }
    }

    /// The program that runs it, and the argument that it is called by there.
    fn program(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SdkJsonPandas => (PYTHON, "peer.py", "sdk-json-pandas"),
            Self::SdkCsvPandas => (PYTHON, "peer.py", "sdk-csv-pandas"),
            Self::PyarrowCsv => (PYTHON, "peer.py", "pyarrow-csv"),
            Self::PolarsJson => (PYTHON, "peer.py", "polars-json"),
            Self::NodeSdkJson => ("node", "peer.mjs", "sdk-json"),
        }
    }
}

/// The interpreter of the environment.
const PYTHON: &str = if cfg!(windows) { ".venv/Scripts/python.exe" } else { ".venv/bin/python" };

/// Where the peers are installed.
#[derive(Clone, Debug)]
pub struct Peers(PathBuf);

impl Peers {
    /// Those of a directory.
    pub fn of(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// Why a peer cannot be asked, if it cannot.
    pub fn missing(&self, peer: Peer) -> Option<String> {
        let wanted = match peer {
            Peer::NodeSdkJson => self.0.join("node_modules/@looker/sdk-node"),
            _ => self.0.join(PYTHON),
        };
        (!wanted.exists()).then(|| format!("{} is not installed: {}", peer.name(), wanted.display()))
    }

    /// Asks a server for so many rows.
    pub fn ask(&self, peer: Peer, server: &Process, rows: usize) -> Result<Answer> {
        let (program, script, case) = peer.program();
        let program = if program == PYTHON { self.0.join(PYTHON) } else { program.into() };
        let run = Command::new(program)
            .arg(self.0.join(script))
            .args([case, &server.ready.url, &rows.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        if !run.status.success() {
            return Err(format!("{} has failed with {rows} rows", peer.name()).into());
        }
        // The SDKs talk before.
        let said = String::from_utf8_lossy(&run.stdout);
        let answer: Answer = serde_json::from_str(said.lines().next_back().unwrap_or_default())?;
        if answer.rows != rows {
            return Err(format!("{} has {} rows instead of {rows}", peer.name(), answer.rows).into());
        }
        Ok(answer)
    }
}
