//! Calling a loaded plugin, in plain Rust. All calls block; an async host runs them on threads of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Map, Value};

use crate::abi::error::from_raw;
use crate::abi::operation::RawOperationBox;
use crate::abi::secret::RawSecret;
use crate::abi::services::lend;
use crate::abi::session::RawSessionBox;
use crate::connector::{Outcome, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::load::Plugin;
use crate::services::Services;

/// A secret to lend, by the name of the option that it is the value of.
pub struct Secret {
    /// The option's name.
    pub name: String,
    /// Its value; the plugin copies what it keeps, and each side wipes its own.
    pub value: SecretSlice<u8>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Connects: checks the settings and makes a session, without touching the network.
    pub fn connect(
        &self,
        settings: &Map<String, Value>,
        secrets: &[Secret],
        services: impl Services,
    ) -> Result<Session> {
        let settings = serde_json::to_string(settings)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("The settings are not JSON: {error}")))?;
        let lent: Vec<RawSecret<'_>> = secrets
            .iter()
            .map(|secret| RawSecret { name: secret.name.as_str().into(), value: secret.value.expose_secret().into() })
            .collect();
        let raw = from_raw((self.module.connect())(settings.as_str().into(), lent.as_slice().into(), lend(services)))?;
        Ok(Session(Arc::new(raw)))
    }
}

/// A connection to one service as one user. Clones are the same connection.
#[derive(Clone)]
pub struct Session(Arc<RawSessionBox>);

impl Session {
    /// What this session knows beyond the connector's description.
    pub fn describe(&self) -> Result<Value> {
        let text = from_raw(self.0.describe())?;
        serde_json::from_str(&text).map_err(|error| not_json("session's description", &error))
    }

    /// Starts an operation; `deadline` is for all of it, to its last row.
    pub fn start(&self, kind: &str, body: &Value, deadline: Option<Duration>) -> Result<Operation> {
        // 0 stands for no deadline, so one that has no time left is the shortest there is.
        let deadline_ms = deadline.map_or(0, |deadline| u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX).max(1));
        let raw = from_raw(self.0.start(kind.into(), body.to_string().as_str().into(), deadline_ms))?;
        Ok(Operation(Arc::new(raw)))
    }

    /// Ends the session within the time given. Operations of it that still run are cancelled.
    pub fn shutdown(&self, timeout: Duration) -> Result<()> {
        from_raw(self.0.shutdown(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// One request under way. Clones are the same operation, so that one thread can cancel what another waits for.
#[derive(Clone)]
pub struct Operation(Arc<RawOperationBox>);

impl Operation {
    /// Asks it to stop, at any moment, from any thread.
    pub fn cancel(&self) -> Result<()> {
        from_raw(self.0.cancel())
    }

    /// How far it is, and after its end how it ended.
    pub fn progress(&self) -> Result<Progress> {
        let text = from_raw(self.0.progress())?;
        serde_json::from_str(&text).map_err(|error| not_json("progress", &error))
    }

    /// Waits for the head of the result. Once.
    pub fn result(&self) -> Result<Outcome> {
        from_raw(self.0.result()).and_then(Outcome::try_from)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").finish_non_exhaustive()
    }
}

fn not_json(what: &str, error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("The plugin's {what} is not understood: {error}"))
}
