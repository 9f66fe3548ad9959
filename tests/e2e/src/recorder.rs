//! A host's services that remember what they were told.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::services::{Level, Services, TOKEN};
use serde_json::Value;

/// One line of a plugin's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The part of the plugin that wrote it.
    pub target: String,
    /// What it says.
    pub message: String,
}

/// Services that keep every log line, and that lend a token when they have one. Clones share what they hear.
#[derive(Clone, Debug)]
pub struct Recorder {
    max_level: Level,
    token: Option<String>,
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    lines: Mutex<Vec<Line>>,
    more: Condvar,
}

impl Recorder {
    /// A host that wants to hear this much.
    pub fn new(max_level: Level) -> Self {
        Self { max_level, token: None, heard: Arc::default() }
    }

    /// A host that lends this token, too.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.heard.lines.lock().unwrap().clone()
    }

    /// Waits for a line that holds this text.
    #[track_caller]
    pub fn wait_for(&self, text: &str, limit: Duration) {
        let lines = self.heard.lines.lock().unwrap();
        let silent = |lines: &mut Vec<Line>| !lines.iter().any(|line| line.message.contains(text));
        let (lines, timeout) = self.heard.more.wait_timeout_while(lines, limit, silent).unwrap();
        assert!(!timeout.timed_out(), "no log line holds `{text}` within {limit:?}: {lines:?}");
    }
}

impl Services for Recorder {
    fn max_level(&self) -> Level {
        self.max_level
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        let line = Line { level, target: target.to_owned(), message: message.to_owned() };
        self.heard.lines.lock().unwrap().push(line);
        self.heard.more.notify_all();
    }

    fn ask(&self, service: &str, _: &Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        match &self.token {
            Some(token) if service == TOKEN => {
                answer(token.as_bytes());
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::Unsupported, format!("This host has no service `{service}`"))),
        }
    }
}
