//! One error for everything that crosses the contract, with five facts: what kind it is, what happened, what to do
//! next, whether to try again, and the evidence.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The result of every call of the contract.
pub type Result<T> = std::result::Result<T, Error>;

/// Declares [`ErrorKind`] from one table of facts: code on the wire, name, meaning.
macro_rules! error_kinds {
    ($($variant:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// What kind of failure it is. A host decides by the kind, never by the text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", from = "String")]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The number that stands for the kind across the ABI.
            pub const fn code(self) -> u32 {
                match self { $(Self::$variant => $code,)* }
            }

            /// The name in JSON and in messages, such as `not_found`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line that says what the kind means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// The kind of a number from the other side; a number of a later minor version is [`ErrorKind::Internal`].
            pub const fn from_code(code: u32) -> Self {
                match code { $($code => Self::$variant,)* _ => Self::Internal }
            }
        }

        /// The kind of a name from the other side; a name of a later minor version is [`ErrorKind::Internal`].
        impl From<String> for ErrorKind {
            fn from(name: String) -> Self {
                match name.as_str() { $($name => Self::$variant,)* _ => Self::Internal }
            }
        }
    };
}

error_kinds! {
    InvalidInput = 1, "invalid_input", "The request or a setting is not valid; nothing was sent.";
    Credentials = 2, "credentials", "The service refused the credentials, or there are none.";
    Forbidden = 3, "forbidden", "The user is known but may not do this.";
    NotFound = 4, "not_found", "The thing does not exist, or this user may not see it.";
    QueryFailed = 5, "query_failed", "The service ran the query and it failed there.";
    RateLimited = 6, "rate_limited", "Too many calls for now, or a quota is spent.";
    Network = 7, "network", "The service could not be reached, or the connection broke before an answer.";
    Tls = 8, "tls", "A secure connection could not be established.";
    Timeout = 9, "timeout", "A deadline passed, or the service was silent for too long.";
    Incomplete = 10, "incomplete", "The result ended before its end; rows already delivered are valid, but not all.";
    Cancelled = 11, "cancelled", "The operation was cancelled by its caller.";
    Unsupported = 12, "unsupported", "The connector does not do this.";
    Unavailable = 13, "unavailable", "The service answered that it is out of order for now.";
    Protocol = 14, "protocol", "The answer is not what the service is known to send.";
    PluginUnusable = 15, "plugin_unusable", "The plugin's file cannot be loaded or does not fit this host.";
    Internal = 16, "internal", "A defect inside the plugin; the session lives on.";
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether trying the same thing again can help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same request will fail the same way.
    #[default]
    Never,
    /// It may succeed at once, or whenever the caller likes.
    Now,
    /// It may succeed after this many milliseconds.
    AfterMs(u64),
}

impl Retry {
    /// As one number for the ABI: -1 never, otherwise milliseconds to wait.
    pub(crate) fn to_wire(self) -> i64 {
        match self {
            Self::Never => -1,
            Self::Now => 0,
            Self::AfterMs(ms) => i64::try_from(ms).unwrap_or(i64::MAX),
        }
    }

    pub(crate) fn from_wire(ms: i64) -> Self {
        match u64::try_from(ms) {
            Err(_) => Self::Never,
            Ok(0) => Self::Now,
            Ok(ms) => Self::AfterMs(ms),
        }
    }
}

/// What went wrong, as five facts.
///
/// `Display` prints what happened in one line; [`Error::report`] prints all five. No fact ever holds a secret: whoever
/// makes an error from a request leaves credentials, tokens and their headers out.
///
/// ```
/// use connector_interface::{Error, ErrorKind, Retry};
///
/// let error = Error::new(ErrorKind::NotFound, "The explore `ordrs` was not found in the model `thelook`")
///     .advise("Did you mean `orders`? List them with the catalog")
///     .status(404);
/// assert_eq!(error.retry, Retry::Never);
/// assert_eq!(error.evidence["http_status"], 404);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// What to do next, in one sentence without a full stop; empty when there is nothing to advise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
    /// Whether the same request can succeed later.
    #[serde(default, deserialize_with = "known_or_default")]
    pub retry: Retry,
    /// What proves it: `http_status`, `request` (method and URL), `body` (the service's own words), and others.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub evidence: Box<Map<String, Value>>,
}

/// Reads a value that a later minor version may have invented since: what this one does not know is the default.
pub(crate) fn known_or_default<'de, D, T>(deserializer: D) -> std::result::Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Value::deserialize(deserializer).map(|value| serde_json::from_value(value).unwrap_or_default())
}

impl Error {
    /// An error of a kind, with one sentence that says what happened.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), advice: String::new(), retry: Retry::Never, evidence: Box::default() }
    }

    /// Adds one sentence that says what to do next.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// Says that trying again may help at once.
    #[must_use]
    pub fn retry_now(mut self) -> Self {
        self.retry = Retry::Now;
        self
    }

    /// Says that trying again may help after a pause.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry = Retry::AfterMs(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Adds the HTTP status to the evidence.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.with("http_status", status)
    }

    /// Adds the request line to the evidence: method and URL, without secrets.
    #[must_use]
    pub fn request(self, method_and_url: impl Into<String>) -> Self {
        self.with("request", method_and_url.into())
    }

    /// Adds the service's own words to the evidence.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        self.with("body", body.into())
    }

    /// Adds any further fact to the evidence.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(key.to_owned(), value.into());
        self
    }

    /// All facts as lines of text: what happened, what to do, whether to retry, and the evidence.
    pub fn report(&self) -> String {
        let mut lines = vec![format!("{} ({})", self.message, self.kind)];
        if !self.advice.is_empty() {
            lines.push(self.advice.clone());
        }
        match self.retry {
            Retry::Never => {}
            Retry::Now => lines.push("Trying again may help".to_owned()),
            Retry::AfterMs(ms) => {
                lines.push(format!("Trying again may help after {:.1} s", Duration::from_millis(ms).as_secs_f64()));
            }
        }
        for (key, value) in self.evidence.iter() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            lines.push(format!("{key}: {text}"));
        }
        lines.join("\n")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_way_over_its_code_and_its_name() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_code(kind.code()), *kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(serde_json::from_value::<ErrorKind>(kind.name().into()).unwrap(), *kind);
        }
    }

    #[test]
    fn a_kind_of_a_later_version_is_an_internal_error() {
        assert_eq!(ErrorKind::from_code(9_999), ErrorKind::Internal);
        let text = r#"{"kind":"embargoed","message":"Not before noon","retry":{"at":"12:00"}}"#;
        let expected = Error::new(ErrorKind::Internal, "Not before noon");
        assert_eq!(serde_json::from_str::<Error>(text).unwrap(), expected);
    }

    #[test]
    fn retry_survives_the_way_over_one_number() {
        for retry in [Retry::Never, Retry::Now, Retry::AfterMs(1_500)] {
            assert_eq!(Retry::from_wire(retry.to_wire()), retry);
        }
    }

    #[test]
    fn a_report_holds_all_five_facts() {
        let report = Error::new(ErrorKind::RateLimited, "Too many calls")
            .advise("Wait a little")
            .retry_after(Duration::from_secs(2))
            .status(429)
            .report();
        assert_eq!(
            report,
            "Too many calls (rate_limited)\nWait a little\nTrying again may help after 2.0 s\nhttp_status: 429"
        );
    }
}
