//! Faults on demand: what `/__sandbox/faults` takes, and which request gets which.

pub(crate) mod body;

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// An error status with Looker's JSON body, and `Retry-After` if given.
    Status,
    /// An error status with an HTML page, as a proxy sends it.
    Html,
    /// The connection closes in the middle of a chunked body.
    Cut,
    /// The body ends well for HTTP, but its text lacks the end.
    End,
    /// 200, and the result is an error in the shape of the format.
    ErrorRow,
    /// 200, and after some rows the result goes on as plain error text.
    ErrorText,
    /// The body trickles.
    Slow,
    /// The answer is late. For `create_query_task`, the task is.
    Delay,
    /// The connection is reset without an answer.
    Reset,
    /// The token of the request is dead.
    ExpiredToken,
}

/// A fault, as it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Operation id, or `*` for every operation.
    pub(crate) operation: String,
    /// What happens.
    #[serde(rename = "fault")]
    pub(crate) kind: Kind,
    /// HTTP status (`status`, `html`).
    #[serde(default = "default_status")]
    pub(crate) status: u16,
    /// `Retry-After` header (`status`, `html`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<String>,
    /// Rows before the fault (`cut`, `end`, `error_text`).
    #[serde(default)]
    pub(crate) after_rows: u64,
    /// Milliseconds: of a `delay`, or between two pieces of a `slow` body.
    #[serde(default = "default_ms")]
    pub(crate) ms: u64,
    /// Bytes of a piece of a `slow` body.
    #[serde(default = "default_bytes")]
    pub(crate) bytes: usize,
    /// Message of an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// How many requests get it; 0 for all.
    #[serde(default = "default_times")]
    pub(crate) times: u64,
}

fn default_status() -> u16 {
    503
}

fn default_ms() -> u64 {
    50
}

fn default_bytes() -> usize {
    1024
}

fn default_times() -> u64 {
    1
}

impl Fault {
    /// The message of an error, or a likely one.
    pub(crate) fn message(&self) -> String {
        self.message.clone().unwrap_or_else(|| "SQL Error: the sandbox was told to fail".into())
    }

    /// Whether values make sense; the error is a sentence.
    fn check(&self) -> Result<(), String> {
        let known = crate::operations::OPERATIONS.iter().any(|operation| operation.id == self.operation);
        if self.operation != "*" && !known {
            return Err(format!("The sandbox has no operation \"{}\".", self.operation));
        }
        if matches!(self.kind, Kind::Status | Kind::Html) && !(200..=599).contains(&self.status) {
            return Err(format!("{} is not a status that can be answered.", self.status));
        }
        if self.retry_after.as_deref().is_some_and(|value| value.parse::<axum::http::HeaderValue>().is_err()) {
            return Err("retry_after is not a header value.".into());
        }
        if self.bytes == 0 {
            return Err("bytes must be at least 1.".into());
        }
        Ok(())
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds a fault from JSON; the error is a sentence.
    pub(crate) fn add(&self, body: &[u8]) -> Result<(), String> {
        let fault: Fault = serde_json::from_slice(body).map_err(|error| format!("This is not a fault: {error}."))?;
        fault.check()?;
        self.lock().push(fault);
        Ok(())
    }

    /// The faults that are set.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Removes all.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for a request of an operation: the oldest that fits.
    pub(crate) fn take(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.lock();
        let index = faults.iter().position(|fault| fault.operation == "*" || fault.operation == operation)?;
        let fault = faults.get_mut(index)?;
        let taken = fault.clone();
        match fault.times {
            0 => {}
            1 => {
                faults.remove(index);
            }
            _ => fault.times -= 1,
        }
        Some(taken)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_taken_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(br#"{"operation":"login","fault":"status","status":429,"times":2}"#).unwrap();
        faults.add(br#"{"operation":"*","fault":"delay","times":0}"#).unwrap();
        let kinds: Vec<_> = (0..4).map(|_| faults.take("login").unwrap().kind).collect();
        assert_eq!(kinds, [Kind::Status, Kind::Status, Kind::Delay, Kind::Delay]);
        assert_eq!(faults.list().len(), 1);
    }

    #[test]
    fn what_is_no_fault_is_refused_with_a_sentence() {
        let faults = Faults::default();
        for bad in [
            "{}",
            r#"{"operation":"login","fault":"explode"}"#,
            r#"{"operation":"no_such","fault":"cut"}"#,
            r#"{"operation":"login","fault":"status","status":9}"#,
            r#"{"operation":"login","fault":"cut","row":1}"#,
        ] {
            assert!(faults.add(bad.as_bytes()).unwrap_err().ends_with('.'), "{bad}");
        }
    }
}
