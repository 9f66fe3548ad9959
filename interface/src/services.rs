//! What a host lends to a plugin for the life of a session.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Level {
    /// The operation failed, or something is lost.
    Error = 1,
    /// It works, but someone should look.
    Warn = 2,
    /// What a person wants to know once.
    Info = 3,
    /// What a developer wants to know.
    Debug = 4,
    /// Everything.
    Trace = 5,
}

impl Level {
    pub(crate) fn from_wire(level: u32) -> Self {
        match level {
            0 | 1 => Self::Error,
            2 => Self::Warn,
            3 => Self::Info,
            4 => Self::Debug,
            _ => Self::Trace,
        }
    }

    /// The name in capitals, such as `WARN`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// What a host does for a plugin. Every method may be called from any thread, at any time during the session.
pub trait Services: Send + Sync + 'static {
    /// The most detailed level that the host wants to see; the plugin sends nothing beyond it.
    fn max_level(&self) -> Level {
        Level::Warn
    }

    /// Takes one line of the plugin's log. It holds no secret.
    fn log(&self, level: Level, target: &str, message: &str);

    /// Answers a question of the plugin, such as the service [`TOKEN`].
    ///
    /// The answer is lent to `answer` for the length of its call, so that no allocation crosses and each side wipes
    /// its own copy. A service that the host does not know is [`ErrorKind::Unsupported`].
    fn ask(&self, service: &str, body: &Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        let _ = (body, answer);
        Err(Error::new(ErrorKind::Unsupported, format!("This host has no service `{service}`")))
    }
}

/// The service that lends an access token of the user on whose behalf the host acts.
///
/// The question is an object: `base_url` (where the token will be sent), `user` (on whose behalf, when a request names
/// one, else null) and `refused` (true when the service has refused the last one). The answer is the token as it is, or
/// a JSON object of `access_token` and, when it is known, `expires_in` (seconds). A token without a known end is used
/// until it is refused. The host keeps it: the plugin never ends it. A host that lends no tokens of other users answers a
/// question that names one with [`ErrorKind::Unsupported`].
pub const TOKEN: &str = "token";

/// The service that takes a secret setting whose value has changed, so that the next connection has the new one.
///
/// The question is an object of `name` (the setting) and `value`, lent as answers are; the answer is empty.
pub const SECRET_CHANGED: &str = "secret_changed";

/// A plugin's handle to its host's services.
#[derive(Clone)]
pub struct Host(Arc<dyn Services>);

impl Host {
    /// A handle to services, as a host or a test makes it.
    pub fn new(services: impl Services) -> Self {
        Self(Arc::new(services))
    }

    /// A host that drops every log line and knows no service.
    pub fn silent() -> Self {
        struct Silent;
        impl Services for Silent {
            fn log(&self, _: Level, _: &str, _: &str) {}
        }
        Self::new(Silent)
    }
}

impl std::ops::Deref for Host {
    type Target = dyn Services;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}
