//! Counters, readable at `/__sandbox/stats`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::quota::Class;

/// What has happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    /// Successful logins.
    pub(crate) logins: Counter,
    /// Successful logouts.
    pub(crate) logouts: Counter,
    /// Requests without a token that is alive.
    pub(crate) refused: Counter,
    /// Accepted TCP connections.
    pub(crate) connections: Counter,
    /// HTTP requests outside of `/__sandbox/`.
    pub(crate) requests: Counter,
    /// Queries whose SQL was interrupted: the client went away, or killed them.
    pub(crate) cancelled_queries: Counter,
    /// Queries that `kill_query` has stopped.
    pub(crate) killed_queries: Counter,
    by_operation: Counters,
    by_class: Counters,
    created: Counters,
    in_flight: AtomicU64,
    peak_in_flight: AtomicU64,
    bytes_sent: AtomicU64,
}

/// What is so now, not since the start.
#[derive(Debug)]
pub(crate) struct Now {
    /// Queries that run.
    pub(crate) running_queries: usize,
    /// Tokens that are alive.
    pub(crate) live_tokens: usize,
}

/// Numbers that only grow, each with a name.
#[derive(Debug, Default)]
struct Counters(Mutex<BTreeMap<&'static str, u64>>);

impl Counters {
    fn count(&self, name: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    fn get(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Stats {
    /// Counts a request of an operation.
    pub(crate) fn request(&self, operation: &'static str, class: Class) {
        self.requests.count();
        self.by_operation.count(operation);
        self.by_class.count(class.name());
    }

    /// Counts an object that an operation has made.
    pub(crate) fn create(&self, operation: &'static str) {
        self.created.count(operation);
    }

    /// A request begins to be answered.
    pub(crate) fn enter(&self) {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak_in_flight.fetch_max(now, Ordering::Relaxed);
    }

    /// A request has been answered, or given up.
    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts bytes of an answer's body.
    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// All counters as JSON.
    pub(crate) fn read(&self, now: &Now) -> Value {
        json!({
            "logins": self.logins.get(),
            "logouts": self.logouts.get(),
            "refused": self.refused.get(),
            "connections": self.connections.get(),
            "requests": self.requests.get(),
            "by_operation": self.by_operation.get(),
            "by_class": self.by_class.get(),
            "created": self.created.get(),
            "live_tokens": now.live_tokens,
            "running_queries": now.running_queries,
            "cancelled_queries": self.cancelled_queries.get(),
            "killed_queries": self.killed_queries.get(),
            "in_flight": self.in_flight.load(Ordering::Relaxed),
            "peak_in_flight": self.peak_in_flight.load(Ordering::Relaxed),
            "bytes_sent": self.bytes_sent.load(Ordering::Relaxed),
        })
    }
}
