//! One operation under way: its deadline, its latched cancel, its progress. Knows no door and no Looker.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connector_interface::{Error, ErrorKind, Operation, Outcome, Progress, Result, State};
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::{Meter, Usage};
use crate::redact::Redactor;

/// The controls of one operation, shared by whoever waits for it and whoever cancels it.
#[derive(Debug)]
pub(crate) struct Control {
    cancelled: watch::Sender<bool>,
    deadline: Option<(Instant, Duration)>,
    progress: Mutex<Progress>,
    redactor: Arc<Redactor>,
    meter: Arc<Meter>,
}

impl Control {
    pub(crate) fn new(deadline: Option<Duration>, redactor: Arc<Redactor>, usage: Arc<Usage>) -> Arc<Self> {
        let deadline = deadline.and_then(|allowed| Some((Instant::now().checked_add(allowed)?, allowed)));
        Arc::new(Self {
            cancelled: watch::Sender::new(false),
            deadline,
            progress: Mutex::default(),
            redactor,
            meter: Meter::new(usage, deadline.map(|(at, _)| at)),
        })
    }

    /// What the operation has used and may use.
    pub(crate) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Latches the cancel: whatever waits now or later ends at once.
    pub(crate) fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    /// Waits for work, but no longer than until a cancel or the deadline; the work is dropped then.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut latch = self.cancelled.subscribe();
        let cancel = async {
            // The sender lives in `self`, so waiting cannot fail.
            let _ = latch.wait_for(|cancelled| *cancelled).await;
        };
        let deadline = async {
            match self.deadline {
                Some((at, allowed)) => {
                    tokio::time::sleep_until(at).await;
                    allowed
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = cancel => Err(cancelled()),
            allowed = deadline => Err(timed_out(allowed)),
            result = work => result,
        }
    }

    /// Fails when it was cancelled or its deadline has passed.
    pub(crate) fn check(&self) -> Result<()> {
        if *self.cancelled.borrow() {
            return Err(cancelled());
        }
        match self.deadline {
            Some((at, allowed)) if at <= Instant::now() => Err(timed_out(allowed)),
            _ => Ok(()),
        }
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.lock());
    }

    pub(crate) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// Notes that all was delivered, with what is known of the result: `found`, and what it took to make it.
    pub(crate) fn done(&self, found: Map<String, Value>) {
        let mut summary = self.meter.summary();
        for (key, value) in found {
            match (summary.get_mut(&key), value) {
                // Both sides have sentences for a person.
                (Some(Value::Array(own)), Value::Array(more)) => own.extend(more),
                (_, value) => drop(summary.insert(key, value)),
            }
        }
        self.update(|progress| {
            progress.state = State::Done;
            progress.summary = summary;
        });
    }

    /// Notes how it ended and hands the error on, without the session's secrets: every error leaves through here.
    pub(crate) fn failed(&self, error: Error) -> Error {
        let error = self.redactor.clean(error);
        let summary = self.meter.summary();
        self.update(|progress| {
            progress.summary = summary;
            progress.state = if error.kind == ErrorKind::Cancelled { State::Cancelled } else { State::Failed };
            progress.error = Some(error.clone());
        });
        error
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "The operation was cancelled")
}

fn timed_out(allowed: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("The deadline of {:.1} s passed", allowed.as_secs_f64()))
        .advise("Allow more time, or ask for less data")
        .retry_now()
}

/// Work that is done once, when its result is asked for.
pub(crate) struct Started<F> {
    control: Arc<Control>,
    work: Mutex<Option<F>>,
}

impl<F> Started<F>
where
    F: FnOnce(&Arc<Control>) -> Result<Outcome> + Send + 'static,
{
    pub(crate) fn boxed(control: Arc<Control>, work: F) -> Box<dyn Operation> {
        Box::new(Self { control, work: Mutex::new(Some(work)) })
    }
}

impl<F> Operation for Started<F>
where
    F: FnOnce(&Arc<Control>) -> Result<Outcome> + Send + 'static,
{
    fn cancel(&self) -> Result<()> {
        self.control.cancel();
        Ok(())
    }

    fn progress(&self) -> Result<Progress> {
        Ok(self.control.progress())
    }

    fn result(&self) -> Result<Outcome> {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let work = work.ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "The result of this operation was already taken")
                .advise("Start the operation again")
        })?;
        let outcome = work(&self.control).map_err(|error| self.control.failed(error))?;
        if matches!(outcome, Outcome::Value(_)) {
            self.control.done(Map::new());
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::block_on;

    #[test]
    fn a_cancel_that_comes_first_is_not_lost() {
        let control = Control::new(None, Arc::default(), Arc::default());
        control.cancel();
        let error = block_on(control.run(async { Ok(1) })).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Cancelled);
    }

    #[test]
    fn a_cancel_ends_what_waits() {
        let control = Control::new(None, Arc::default(), Arc::default());
        let other = Arc::clone(&control);
        let waiting = std::thread::spawn(move || block_on(other.run::<()>(std::future::pending())));
        control.cancel();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind, ErrorKind::Cancelled);
    }

    #[test]
    fn a_deadline_is_for_all_waits_together() {
        let control = Control::new(Some(Duration::from_millis(20)), Arc::default(), Arc::default());
        let error = block_on(control.run::<()>(std::future::pending())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        assert_eq!(block_on(control.run(async { Ok(1) })).unwrap_err().kind, ErrorKind::Timeout);
    }
}
