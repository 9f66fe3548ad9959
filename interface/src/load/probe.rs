//! Loading a plugin in a child process first: a damaged library may end or block the process that loads it, and then it
//! is the child.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::describe::Description;
use crate::error::{Error, Result};
use crate::load::{Plugin, preflight, unusable};

/// How to run the child: a program that ends in [`answer`], usually the host itself with a hidden argument.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, to which the library's path is added.
    pub arguments: Vec<OsString>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What a child that lived to tell has found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of the contract that the plugin was built with.
    pub interface: String,
    /// What the connector says of itself.
    pub description: Description,
}

/// The line of the child's output that holds its answer; a library may print things of its own while it is loaded.
const MARK: &str = "connector-probe:";

/// More than any description; a child that prints without end is not believed.
const MAX_OUTPUT: u64 = 4 * 1024 * 1024;

/// In the child: loads the library and returns the line to print on stdout.
pub fn answer(path: &Path) -> String {
    let found = Plugin::load(path).map(|plugin| Report {
        interface: plugin.interface_version().to_owned(),
        description: plugin.description().clone(),
    });
    let json = serde_json::to_string(&found).unwrap_or_default();
    format!("{MARK}{json}")
}

impl Probe {
    /// Checks a library's file and loads it in a child.
    pub fn check(&self, path: &Path) -> Result<Report> {
        let path = preflight::check(path)?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| unusable(format!("The plugin could not be tried in a process of its own: {error}")))?;
        let output = child.stdout.take().map(|stdout| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stdout.take(MAX_OUTPUT).read_to_end(&mut text);
                String::from_utf8_lossy(&text).into_owned()
            })
        });
        let status = self.wait(&mut child)?;
        let output = output.and_then(|reader| reader.join().ok()).unwrap_or_default();
        let Some(json) = output.lines().find_map(|line| line.split_once(MARK).map(|(_, json)| json)) else {
            return Err(ended(status));
        };
        serde_json::from_str::<Result<Report>>(json)
            .map_err(|error| unusable("The probe's answer is not understood").with("detail", error.to_string()))?
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus> {
        let end = Instant::now() + self.timeout;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(unusable(format!("It did not load within {} s", self.timeout.as_secs_f64())));
                }
                Err(error) => return Err(unusable(format!("The probe could not be waited for: {error}"))),
            }
        }
    }
}

/// A child that said nothing.
fn ended(status: ExitStatus) -> Error {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return unusable(format!("Loading it crashes the process that loads it (signal {signal})"))
            .advise("The file is damaged: copy it again");
    }
    unusable(format!("Loading it ended the process that loads it ({status})"))
}
