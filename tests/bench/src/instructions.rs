//! Instructions a row, counted by valgrind: the same also on a busy machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::decode::Who;
use crate::generate::{Body, Format, Shape, Table};

/// How much more than what was agreed on is accepted, in percent.
pub const TOLERANCE: u64 = 2;

/// What the connector was agreed to need: instructions a row, by the machine and the format.
pub type Agreed = BTreeMap<String, BTreeMap<String, u64>>;

/// Rows of the body.
const ROWS: u32 = 100_000;

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
    pub fn count(&self, who: Who, format: Format) -> Result<u64> {
        let body = self.directory.path().join(format.name());
        if !body.exists() {
            fs::write(&body, Body::new(&Table::new(Shape::Plain), format, usize::try_from(ROWS)?).bytes)?;
        }
        let once = self.run(who, format, &body, 1)?;
        let never = self.run(who, format, &body, 0)?;
        Ok(once.saturating_sub(never) / u64::from(ROWS))
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
