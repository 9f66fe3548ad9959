//! The traits that a plugin author implements, and what goes in and out of them. All calls are blocking and may come
//! from any thread; a plugin that needs an async runtime owns one.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use secrecy::SecretSlice;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::abi::stream::ArrowStream;
use crate::describe::Description;
use crate::error::{Error, ErrorKind, Result, known_or_default};
use crate::services::Host;

/// The entry of a plugin: says what it is, and connects.
pub trait Connector: Send + Sync + 'static {
    /// What a connection is.
    type Session: Session;

    /// What the connector is, takes and serves. Called before any connection, as often as a host likes.
    fn describe() -> Description;

    /// Checks the settings and makes a session. It does not touch the network: the first operation does, under its
    /// own deadline and cancel.
    fn connect(settings: Settings, host: Host) -> Result<Self::Session>;
}

/// A connection to one service as one user.
pub trait Session: Send + Sync + 'static {
    /// What this session knows beyond the connector's [`Description`], as a JSON object. Does not touch the network.
    fn describe(&self) -> Result<Value> {
        Ok(Value::Object(Map::new()))
    }

    /// Checks a request and makes an operation of it. The work is done in [`Operation::result`] and in the result.
    fn start(&self, request: Request) -> Result<Box<dyn Operation>>;

    /// Ends the session: cancels what runs, gives back what the service holds, within the time given.
    fn shutdown(&self, timeout: Duration) -> Result<()>;
}

/// One request under way.
pub trait Operation: Send + Sync + 'static {
    /// Asks it to stop, from any thread, at any moment, without waiting. The cancel is latched: one that comes before
    /// [`Operation::result`], or between two batches, is not lost.
    fn cancel(&self) -> Result<()>;

    /// How far it is. After its end: the error with all its facts, or the summary.
    fn progress(&self) -> Result<Progress>;

    /// Waits until the result's head is there and returns it. Called once; a second call is an error.
    fn result(&self) -> Result<Outcome>;
}

/// What the user has set: plain settings, and secrets that were copied once from what the host lent.
#[derive(Default)]
pub struct Settings {
    /// The settings that are not secret, by option name.
    pub values: Map<String, Value>,
    secrets: Vec<(String, SecretSlice<u8>)>,
}

impl Settings {
    /// Settings without secrets.
    pub fn new(values: Map<String, Value>) -> Self {
        Self { values, secrets: Vec::new() }
    }

    /// Adds a secret.
    #[must_use]
    pub fn secret(mut self, name: &str, value: SecretSlice<u8>) -> Self {
        self.secrets.push((name.to_owned(), value));
        self
    }

    /// The plain settings as a type of the plugin's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(Value::Object(self.values.clone()))
            .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("The settings are not valid: {error}")))
    }

    /// Takes a secret out.
    pub fn take_secret(&mut self, name: &str) -> Option<SecretSlice<u8>> {
        let at = self.secrets.iter().position(|(known, _)| known == name)?;
        Some(self.secrets.swap_remove(at).1)
    }

    /// The names of the secrets.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(name, _)| name.as_str())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets: Vec<&str> = self.secret_names().collect();
        f.debug_struct("Settings").field("values", &self.values).field("secrets", &secrets).finish()
    }
}

/// What a host asks of a session.
#[derive(Clone, Debug)]
pub struct Request {
    /// One of the kinds that the connector's description lists.
    pub kind: String,
    /// The body, by the kind's JSON Schema. Unknown keys of a later version are for the plugin to refuse or ignore.
    pub body: Value,
    /// How long the whole operation may take, from its start to its last row.
    pub deadline: Option<Duration>,
}

impl Request {
    /// The body as a type of the plugin's.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.body.clone()).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, format!("The {} request is not valid: {error}", self.kind))
        })
    }
}

/// What an operation delivers.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Record batches, as they arrive.
    Rows(ArrowStream),
    /// One JSON value.
    Value(Value),
    /// A stream of bytes.
    Bytes(Bytes),
}

/// A result that is handed through as it is: a rendered image, a spreadsheet.
pub struct Bytes {
    /// What the bytes are, such as `image/png`.
    pub media_type: String,
    /// The bytes. A failure is an [`std::io::Error`] whose source is an [`Error`].
    pub reader: Box<dyn Read + Send>,
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bytes").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Started, and nothing has come back yet.
    #[default]
    Running,
    /// The result is being delivered.
    Streaming,
    /// All has been delivered.
    Done,
    /// It failed; [`Progress::error`] says why.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// How far an operation is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// Where it stands; a state of a later minor version is [`State::Running`].
    #[serde(default, deserialize_with = "known_or_default")]
    pub state: State,
    /// Rows delivered so far.
    #[serde(default)]
    pub rows: u64,
    /// Bytes received from the service so far, before any decompression by the decoder's count.
    #[serde(default)]
    pub bytes: u64,
    /// Why it failed, with all facts; a stream of rows can only carry a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// What is known of the result when it is done. Hosts know `row_count`, `truncated` (a limit cut it) and `notices`
    /// (sentences for a person); the rest is the connector's own, such as `limit`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub summary: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_summary_keeps_its_last_digit() {
        let text = r#"{"total":1912.6200000000001}"#;
        let summary: Map<String, Value> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&summary).unwrap(), text);
    }
}
