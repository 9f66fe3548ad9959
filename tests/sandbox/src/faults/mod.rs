//! Faults on demand: what `/__sandbox/faults` takes, and which request gets which.

pub(crate) mod answer;
pub(crate) mod body;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::operations::operations;

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
    /// The answer is late. Of what makes a task, the task is.
    Delay,
    /// The connection is reset without an answer.
    Reset,
    /// The token of the request is dead.
    ExpiredToken,
    /// A redirect to `location`.
    Redirect,
    /// 200 with JSON that is not Looker's.
    NotLooker,
    /// Looker's HTML page of a maintenance.
    Maintenance,
    /// The query goes on in the database although its client has left.
    Orphan,
    /// The request is processed, then the connection is reset instead of an answer.
    DropAfter,
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
    /// HTTP status (`status`, `html`, `maintenance`, `redirect`); by default 503, for a redirect 302.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// `Retry-After` header (the kinds with a status).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    /// The same header as an HTTP date, so many seconds from the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_date_in: Option<i64>,
    /// `Location` header (`redirect`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
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
    /// Matching requests that are let through first.
    #[serde(default)]
    after: u64,
    /// How many requests get it; 0 for all.
    #[serde(default = "default_times")]
    pub(crate) times: u64,
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

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        let default = if self.kind == Kind::Redirect { StatusCode::FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
        self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(default)
    }

    /// The value of `Retry-After` in an answer that leaves `now`.
    pub(crate) fn retry_after(&self, now: SystemTime) -> Option<String> {
        match self.retry_after_date_in {
            Some(seconds) => Some(httpdate::fmt_http_date(later(now, seconds))),
            None => self.retry_after.clone(),
        }
    }

    /// Whether values make sense; the error is a sentence.
    fn check(&self) -> Result<(), String> {
        let known = operations().find(|operation| operation.id == self.operation);
        if self.operation != "*" && known.is_none() {
            return Err(format!("The sandbox has no operation \"{}\".", self.operation));
        }
        if self.kind == Kind::Orphan && known.is_none_or(|operation| !operation.streams()) {
            return Err("Only a query that is answered with its result can be an orphan.".into());
        }
        if let Some(status) = self.status.filter(|status| !(200..=599).contains(status)) {
            return Err(format!("{status} is not a status that can be answered."));
        }
        for (name, value) in [("retry_after", &self.retry_after), ("location", &self.location)] {
            if value.as_deref().is_some_and(|value| value.parse::<HeaderValue>().is_err()) {
                return Err(format!("{name} is not a header value."));
            }
        }
        if self.kind == Kind::Redirect && self.location.is_none() {
            return Err("A redirect needs a location.".into());
        }
        if self.retry_after_date_in.is_some_and(|seconds| seconds.unsigned_abs() > FARTHEST) {
            return Err(format!("retry_after_date_in must be within {FARTHEST} seconds."));
        }
        if self.bytes == 0 {
            return Err("bytes must be at least 1.".into());
        }
        Ok(())
    }
}

/// The farthest date that a fault may name, in seconds: a hundred years.
const FARTHEST: u64 = 100 * 365 * 24 * 60 * 60;

/// A time some seconds later, or earlier.
pub(crate) fn later(time: SystemTime, seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time - distance } else { time + distance }
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

    /// The fault for a request of an operation: the oldest that fits and has let as many through as it should.
    pub(crate) fn take(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.lock();
        let mut fitting = faults.iter_mut().enumerate();
        let index = loop {
            let (index, fault) = fitting.find(|(_, fault)| fault.operation == "*" || fault.operation == operation)?;
            if fault.after == 0 {
                break index;
            }
            fault.after -= 1;
        };
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
    fn a_fault_lets_as_many_requests_through_as_it_says() {
        let faults = Faults::default();
        faults.add(br#"{"operation":"login","fault":"reset","after":2}"#).unwrap();
        let taken: Vec<_> = ["login", "me", "login", "login", "login"].map(|id| faults.take(id).is_some()).into();
        assert_eq!(taken, [false, false, false, true, false]);
    }

    #[test]
    fn a_date_to_retry_at_is_counted_from_the_answer() {
        let fault = |seconds: &str| -> Fault {
            let text = format!(r#"{{"operation":"me","fault":"status","retry_after_date_in":{seconds}}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let value = |seconds: &str| fault(seconds).retry_after(SystemTime::UNIX_EPOCH + Duration::from_hours(1));
        assert_eq!(value("90").as_deref(), Some("Thu, 01 Jan 1970 01:01:30 GMT"));
        assert_eq!(value("-60").as_deref(), Some("Thu, 01 Jan 1970 00:59:00 GMT"));
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
            r#"{"operation":"login","fault":"redirect"}"#,
            r#"{"operation":"login","fault":"redirect","location":"a\nb"}"#,
            r#"{"operation":"create_query_task","fault":"orphan"}"#,
            r#"{"operation":"*","fault":"orphan"}"#,
            r#"{"operation":"*","fault":"status","retry_after_date_in":9223372036854775807}"#,
        ] {
            assert!(faults.add(bad.as_bytes()).unwrap_err().ends_with('.'), "{bad}");
        }
    }
}
