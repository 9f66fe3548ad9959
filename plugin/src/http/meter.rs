//! What an operation of a host costs: its calls by activity class, its retries, and the budgets of both.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::operations::Activity;

/// A part of its budget at which a session warns, in percent.
const WARN_AT: u64 = 80;

/// How many calls a session may make of the classes that Looker's editions count by the month.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    pub(crate) query: Option<u64>,
    pub(crate) admin: Option<u64>,
}

/// One of something for each class.
#[derive(Debug, Default)]
struct ByClass<T> {
    query: T,
    admin: T,
    free: T,
}

impl<T> ByClass<T> {
    fn of(&self, activity: Activity) -> &T {
        match activity {
            Activity::Query => &self.query,
            Activity::Admin => &self.admin,
            Activity::Free => &self.free,
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    calls: ByClass<AtomicU64>,
    retries: AtomicU64,
}

impl Counts {
    fn calls(&self) -> Value {
        let ByClass { query, admin, free } = &self.calls;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({ "query": read(query), "admin": read(admin), "free": read(free) })
    }
}

/// What a session has used, all its operations together.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    counts: Counts,
    budget: Budget,
    /// How often each operation may try again.
    max_retries: u32,
    warned: ByClass<AtomicBool>,
}

impl Usage {
    pub(crate) fn new(budget: Budget, max_retries: u32) -> Arc<Self> {
        Arc::new(Self { budget, max_retries, ..Self::default() })
    }

    /// Calls so far, by class.
    pub(crate) fn calls(&self) -> Value {
        self.counts.calls()
    }

    fn limit(&self, activity: Activity) -> Option<u64> {
        match activity {
            Activity::Query => self.budget.query,
            Activity::Admin => self.budget.admin,
            Activity::Free => None,
        }
    }
}

/// What one operation has used and may use.
#[derive(Debug)]
pub(crate) struct Meter {
    session: Arc<Usage>,
    counts: Counts,
    retries_left: AtomicU32,
    deadline: Option<Instant>,
    notices: Mutex<Vec<String>>,
}

impl Meter {
    pub(crate) fn new(session: Arc<Usage>, deadline: Option<Instant>) -> Arc<Self> {
        let retries_left = AtomicU32::new(session.max_retries);
        Arc::new(Self { session, counts: Counts::default(), retries_left, deadline, notices: Mutex::default() })
    }

    /// Counts a call that is about to be made; refuses it when the session's budget for its class is spent.
    pub(crate) fn count(&self, activity: Activity) -> Result<()> {
        let count = self.session.counts.calls.of(activity);
        let before = count.fetch_add(1, Ordering::Relaxed);
        if let Some(limit) = self.session.limit(activity) {
            let (class, option) = match activity {
                Activity::Query => ("query", "max_query_calls"),
                Activity::Admin | Activity::Free => ("administrative", "max_admin_calls"),
            };
            if before >= limit {
                count.fetch_sub(1, Ordering::Relaxed);
                return Err(Error::new(
                    ErrorKind::RateLimited,
                    format!("The session's budget of {limit} {class} calls is spent; nothing was sent"),
                )
                .advise(format!("Raise the option `{option}`, or connect again when more calls are wanted")));
            }
            if (before + 1) * 100 >= limit * WARN_AT && !self.session.warned.of(activity).swap(true, Ordering::Relaxed)
            {
                let used = before + 1;
                self.notice(format!("{used} of the session's {limit} {class} calls are used (option `{option}`)"));
            }
        }
        self.counts.calls.of(activity).fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Takes one retry out of the budget, if there is one left.
    pub(crate) fn take_retry(&self) -> bool {
        let left = self.retries_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
            self.session.counts.retries.fetch_add(1, Ordering::Relaxed);
        }
        left.is_ok()
    }

    /// The end of the time that the operation has.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Keeps a sentence that whoever reads the result should know, and logs it.
    pub(crate) fn notice(&self, text: String) {
        tracing::warn!("{text}");
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// What a result says of its own making: `calls` by class, `retries`, `notices`.
    pub(crate) fn summary(&self) -> Map<String, Value> {
        let notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Map::from_iter([
            ("calls".to_owned(), self.counts.calls()),
            ("retries".to_owned(), json!(self.counts.retries.load(Ordering::Relaxed))),
            ("notices".to_owned(), json!(notices)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(query: u64, retries: u32) -> Arc<Meter> {
        Meter::new(Usage::new(Budget { query: Some(query), admin: None }, retries), None)
    }

    #[test]
    fn a_spent_budget_refuses_its_class_and_no_other() {
        let meter = meter(2, 0);
        meter.count(Activity::Query).unwrap();
        meter.count(Activity::Query).unwrap();
        let error = meter.count(Activity::Query).unwrap_err();
        assert_eq!(error.kind, ErrorKind::RateLimited);
        assert!(error.advice.contains("max_query_calls"), "{}", error.advice);
        meter.count(Activity::Admin).unwrap();
        assert_eq!(meter.summary()["calls"], json!({ "query": 2, "admin": 1, "free": 0 }));
    }

    #[test]
    fn a_budget_warns_once_before_it_is_spent() {
        let meter = meter(10, 0);
        for _ in 0..7 {
            meter.count(Activity::Query).unwrap();
        }
        assert_eq!(meter.summary()["notices"], json!([]));
        for _ in 7..10 {
            meter.count(Activity::Query).unwrap();
        }
        let notices = meter.summary()["notices"].as_array().unwrap().clone();
        assert!(notices.len() == 1 && notices[0].as_str().unwrap().starts_with("8 of"), "{notices:?}");
    }

    #[test]
    fn retries_end_with_their_budget_and_are_counted() {
        let meter = meter(9, 2);
        assert_eq!([meter.take_retry(), meter.take_retry(), meter.take_retry()], [true, true, false]);
        assert_eq!(meter.summary()["retries"], 2);
    }
}
