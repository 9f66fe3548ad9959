//! The example host as a process of its own, with a directory of plugins.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::artifacts;

/// How to run the host.
#[derive(Debug)]
pub struct Host {
    directory: TempDir,
    environment: Vec<(String, String)>,
    limit: Duration,
}

/// How a run of the host ended.
#[derive(Debug)]
pub struct Run {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed as data.
    pub stdout: Vec<u8>,
    /// What it said to the user.
    pub stderr: String,
    /// The most memory it held, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

impl Host {
    /// A host with these libraries in its plugin directory.
    pub fn with_plugins(libraries: &[PathBuf]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for library in libraries {
            let place = directory.path().join(library.file_name().unwrap());
            #[cfg(unix)]
            std::os::unix::fs::symlink(library, place).unwrap();
            #[cfg(not(unix))]
            std::fs::copy(library, place).unwrap();
        }
        Self { directory, environment: Vec::new(), limit: Duration::from_mins(1) }
    }

    /// Its plugin directory.
    pub fn plugins(&self) -> &Path {
        self.directory.path()
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How long a run may take.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Run {
        self.run_with_input(arguments, b"")
    }

    /// Runs it to its end, with bytes on its stdin.
    pub fn run_with_input(&self, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Run {
        let mut child = self.spawn(arguments);
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // A host that does not read its stdin closes it.
        thread::spawn(move || stdin.write_all(&input));
        self.finish(child)
    }

    /// Starts it, for a test that talks to it while it runs.
    pub fn spawn(&self, arguments: &[impl AsRef<OsStr>]) -> Child {
        let mut command = Command::new(artifacts::program("connector-host"));
        command.arg("--plugin-dir").arg(self.plugins()).args(arguments);
        self.start(command)
    }

    /// Runs a shell script to its end, which finds the host with its plugin directory in `CONNECTOR_HOST`.
    pub fn script(&self, path: &Path) -> Run {
        let program = artifacts::program("connector-host");
        let host = format!("{} --plugin-dir {}", program.display(), self.plugins().display());
        let mut command = Command::new("sh");
        command.arg(path).env("CONNECTOR_HOST", host);
        self.finish(self.start(command))
    }

    fn start(&self, mut command: Command) -> Child {
        // What the developer who runs the tests has set is not part of them; and no home, no files of theirs.
        let kept = ["PATH", "SystemRoot", "TMPDIR"];
        let own: Vec<_> =
            command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        command
            .env_clear()
            .env("HOME", self.plugins())
            .envs(std::env::vars().filter(|(name, _)| kept.contains(&name.as_str())))
            .envs(own)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.plugins())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits for its end.
    pub fn finish(&self, mut child: Child) -> Run {
        let stdout = read(child.stdout.take().unwrap());
        let stderr = read(child.stderr.take().unwrap());
        let end = Instant::now() + self.limit;
        let mut peak_memory = None;
        let status = loop {
            peak_memory = peak_of(child.id()).max(peak_memory);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                let _ = child.kill();
                let _ = child.wait();
                let said = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
                panic!("the host did not end within {:?}: {said}", self.limit);
            }
            thread::sleep(Duration::from_millis(2));
        };
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
        Run { status, stdout: stdout.join().unwrap(), stderr, peak_memory }
    }
}

impl Run {
    /// The data as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Fails unless it ended well.
    #[track_caller]
    #[allow(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "that it ended well may be all there is to know"
    )]
    pub fn succeeded(self) -> Self {
        assert!(self.status.success(), "{}: {}", self.status, self.stderr);
        self
    }
}

fn read(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// The most memory that a process has held so far, in bytes; none when it has ended.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches("kB");
    kilobytes.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
