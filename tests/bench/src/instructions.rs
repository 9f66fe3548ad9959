//! Instructions a row, counted by valgrind: the same also on a busy machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::decode::Who;
use crate::generate::{Body, Format, Shape, Table};

/// How much more than what was agreed on is accepted.
pub const TOLERANCE: f64 = 0.02;

/// What the connector was agreed to need: instructions a row, by the machine and the format.
pub type Agreed = BTreeMap<String, BTreeMap<String, f64>>;

/// Rows of the body.
const ROWS: usize = 100_000;

/// The formats that are counted.
pub const FORMATS: &[Format] = &[Format::Json, Format::JsonBi, Format::Csv];

/// Counts with the program `bench-decode`.
#[derive(Debug)]
pub struct Counter<'p> {
    program: &'p Path,
    directory: tempfile::TempDir,
}

impl<'p> Counter<'p> {
    /// A counter, or why there is none.
    pub fn new(program: &'p Path) -> Result<std::result::Result<Self, &'static str>> {
        let valgrind = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !valgrind.is_ok_and(|status| status.success()) {
            return Ok(Err("valgrind is not installed"));
        }
        Ok(Ok(Self { program, directory: tempfile::tempdir()? }))
    }

    /// Instructions that it takes someone to decode a row of eight columns. What is not decoding is counted and taken off.
    pub fn count(&self, who: Who, format: Format) -> Result<f64> {
        let body = self.directory.path().join(format.name());
        if !body.exists() {
            fs::write(&body, Body::new(&Table::new(Shape::Plain), format, ROWS).bytes)?;
        }
        let once = self.run(who, format, &body, 1)?;
        let never = self.run(who, format, &body, 0)?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        Ok(once.saturating_sub(never) as f64 / ROWS as f64)
    }

    fn run(&self, who: Who, format: Format, body: &Path, times: u32) -> Result<u64> {
        let out = self.directory.path().join("callgrind.out");
        let run = Command::new("valgrind")
            .args(["--tool=callgrind", "--error-exitcode=9"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(self.program)
            .arg(body)
            .args(["--format", format.name(), "--times", &times.to_string()])
            .args(["--who", who.name()])
            .output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.filter(|_| run.status.success()).ok_or_else(|| format!("valgrind says: {said}").into())
    }
}

/// Reads what was agreed on.
pub fn agreed(file: &Path) -> Result<Agreed> {
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}
