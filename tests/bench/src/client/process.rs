//! The client as another process, so that each sample begins afresh.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;

use super::Target;
use crate::Result;

impl Target {
    /// The same as arguments.
    fn arguments(&self) -> Vec<String> {
        let mut arguments =
            vec!["--url".to_owned(), self.url.clone(), "--library".to_owned(), self.library.display().to_string()];
        arguments.extend(["--wire".to_owned(), self.wire.name().to_owned()]);
        if let Some(file) = &self.ca_file {
            arguments.extend(["--ca-file".to_owned(), file.display().to_string()]);
        }
        arguments
    }
}

/// Runs the program `bench-client`, and reads what it has measured.
pub fn run<T: DeserializeOwned>(program: &Path, task: &[&str], target: &Target) -> Result<T> {
    let run = Command::new(program).args(task).args(target.arguments()).stderr(Stdio::inherit()).output()?;
    if !run.status.success() {
        return Err(format!("bench-client {} has failed", task.join(" ")).into());
    }
    Ok(serde_json::from_slice(&run.stdout)?)
}
