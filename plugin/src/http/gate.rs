//! How many calls go to one instance at a time and in a second, all sessions of the process together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The limits of an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Calls at a time, bodies that are still being read included.
    pub(crate) concurrency: usize,
    /// The shortest time between two calls.
    pub(crate) interval: Duration,
}

/// The gate of every instance that a session of this process talks to, by origin.
static GATES: Mutex<Option<HashMap<String, Weak<Gate>>>> = Mutex::new(None);

/// The one way to an instance.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    places: Arc<Semaphore>,
    /// When the next call may go: after the last one's interval, or after the pause that Looker asked for.
    next: Mutex<Instant>,
}

/// The right to one call; given back when it is dropped.
pub(crate) type Permit = OwnedSemaphorePermit;

impl Gate {
    /// The gate to an origin. The limits are those of the process's first session there.
    pub(crate) fn to(origin: &str, limits: Limits) -> Arc<Self> {
        let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
        let gates = gates.get_or_insert_default();
        gates.retain(|_, gate| gate.strong_count() > 0);
        if let Some(gate) = gates.get(origin).and_then(Weak::upgrade) {
            if gate.limits != limits {
                tracing::warn!(
                    origin,
                    "another session of this process has set other limits for this instance; they count"
                );
            }
            return gate;
        }
        let places = Arc::new(Semaphore::new(limits.concurrency));
        let gate = Arc::new(Self { limits, places, next: Mutex::new(Instant::now()) });
        gates.insert(origin.to_owned(), Arc::downgrade(&gate));
        gate
    }

    /// Waits until a call may go.
    pub(crate) async fn enter(&self) -> Option<Permit> {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            let wait_until = {
                let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                if *next <= now {
                    *next = now + self.limits.interval;
                    return permit;
                }
                *next
            };
            tokio::time::sleep_until(wait_until).await;
        }
    }

    /// Keeps all calls to the instance back for so long: Looker said that there were too many.
    pub(crate) fn pause(&self, pause: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(Instant::now() + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::block_on;

    const LIMITS: Limits = Limits { concurrency: 2, interval: Duration::ZERO };

    #[test]
    fn sessions_of_one_origin_share_a_gate_and_others_do_not() {
        let one = Gate::to("https://one.example", LIMITS);
        assert!(Arc::ptr_eq(&one, &Gate::to("https://one.example", LIMITS)));
        assert!(!Arc::ptr_eq(&one, &Gate::to("https://two.example", LIMITS)));
    }

    #[test]
    fn no_more_calls_than_places_go_at_a_time() {
        let gate = Gate::to("https://places.example", LIMITS);
        block_on(async {
            let (first, _second) = (gate.enter().await, gate.enter().await);
            let third = tokio::time::timeout(Duration::from_millis(20), gate.enter()).await;
            assert!(third.is_err());
            drop(first);
            assert!(tokio::time::timeout(Duration::from_secs(5), gate.enter()).await.is_ok());
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_pause_and_an_interval_hold_calls_back() {
        let limits = Limits { concurrency: 9, interval: Duration::from_millis(20) };
        let gate = Gate::to("https://slow.example", limits);
        block_on(async {
            let begin = Instant::now();
            gate.pause(Duration::from_millis(30));
            for _ in 0..3 {
                drop(gate.enter().await);
            }
            assert!(begin.elapsed() >= Duration::from_millis(70));
            Ok(())
        })
        .unwrap();
    }
}
