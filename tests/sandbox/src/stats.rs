//! Counters, readable at `/__sandbox/stats`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

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
    by_operation: Mutex<BTreeMap<&'static str, u64>>,
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
    pub(crate) fn request(&self, operation: &'static str) {
        self.requests.count();
        *self.by_operation.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    /// All counters as JSON.
    pub(crate) fn read(&self, running_queries: usize) -> Value {
        let by_operation = self.by_operation.lock().unwrap_or_else(PoisonError::into_inner).clone();
        json!({
            "logins": self.logins.get(),
            "logouts": self.logouts.get(),
            "refused": self.refused.get(),
            "connections": self.connections.get(),
            "requests": self.requests.get(),
            "by_operation": by_operation,
            "running_queries": running_queries,
            "cancelled_queries": self.cancelled_queries.get(),
        })
    }
}
