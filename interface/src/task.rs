//! A ready-made [`Operation`] for work that runs on the caller's thread: with a latched cancel, a deadline and progress.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::connector::{Operation, Outcome, Progress, State};
use crate::error::{Error, ErrorKind, Result};

/// What the work sees of its operation, and shares with the stream that it returns.
#[derive(Clone)]
pub struct Context(Arc<Shared>);

struct Shared {
    deadline: Option<Instant>,
    inner: Mutex<Inner>,
    woken: Condvar,
}

#[derive(Default)]
struct Inner {
    cancelled: bool,
    progress: Progress,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    /// A context whose deadline starts now.
    pub fn new(deadline: Option<Duration>) -> Self {
        Self(Arc::new(Shared {
            deadline: deadline.and_then(|deadline| Instant::now().checked_add(deadline)),
            inner: Mutex::default(),
            woken: Condvar::new(),
        }))
    }

    /// Fails when the operation was cancelled or its deadline has passed. To be called between steps of the work.
    pub fn check(&self) -> Result<()> {
        self.wait(Duration::ZERO)
    }

    /// Sleeps, but no longer than until a cancel or the deadline, which are errors.
    pub fn wait(&self, pause: Duration) -> Result<()> {
        let end = Instant::now().checked_add(pause);
        let mut inner = lock(&self.0.inner);
        loop {
            let now = Instant::now();
            if inner.cancelled {
                return Err(Error::new(ErrorKind::Cancelled, "The operation was cancelled"));
            }
            if self.0.deadline.is_some_and(|deadline| deadline <= now) {
                return Err(Error::new(ErrorKind::Timeout, "The deadline passed").advise("Allow more time"));
            }
            // A pause that no clock can count to ends with the deadline, or with a cancel.
            let until = [end, self.0.deadline].into_iter().flatten().min();
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(now));
            if left.is_zero() {
                return Ok(());
            }
            inner = self.0.woken.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Changes what [`Operation::progress`] tells.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut lock(&self.0.inner).progress);
    }

    /// Latches the cancel and wakes the work.
    pub fn cancel(&self) {
        lock(&self.0.inner).cancelled = true;
        self.0.woken.notify_all();
    }

    /// What is told of the operation now.
    pub fn progress(&self) -> Progress {
        lock(&self.0.inner).progress.clone()
    }

    /// Notes how the work or its stream ended, and hands the error on.
    pub fn failed(&self, error: Error) -> Error {
        self.update(|progress| {
            progress.state = if error.kind == ErrorKind::Cancelled { State::Cancelled } else { State::Failed };
            progress.error = Some(error.clone());
        });
        error
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

/// An operation that runs a closure once, when its result is asked for.
pub struct Task<F> {
    context: Context,
    work: Mutex<Option<F>>,
}

impl<F> Task<F>
where
    F: FnOnce(&Context) -> Result<Outcome> + Send + 'static,
{
    /// An operation of this work; the deadline is that of the [`Request`](crate::Request).
    pub fn boxed(deadline: Option<Duration>, work: F) -> Box<dyn Operation> {
        Self::with_context(Context::new(deadline), work)
    }

    /// The same in a context of which the session keeps a clone, so that its shutdown can cancel what runs.
    pub fn with_context(context: Context, work: F) -> Box<dyn Operation> {
        Box::new(Self { context, work: Mutex::new(Some(work)) })
    }
}

impl<F> fmt::Debug for Task<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("context", &self.context).finish_non_exhaustive()
    }
}

impl<F> Operation for Task<F>
where
    F: FnOnce(&Context) -> Result<Outcome> + Send + 'static,
{
    fn cancel(&self) -> Result<()> {
        self.context.cancel();
        Ok(())
    }

    fn progress(&self) -> Result<Progress> {
        Ok(self.context.progress())
    }

    fn result(&self) -> Result<Outcome> {
        let work = lock(&self.work)
            .take()
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "The result of this operation was already taken"))?;
        let outcome =
            self.context.check().and_then(|()| work(&self.context)).map_err(|error| self.context.failed(error))?;
        self.context.update(|progress| {
            progress.state = if matches!(outcome, Outcome::Value(_)) { State::Done } else { State::Streaming };
        });
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_before_the_work_is_not_lost() {
        let task = Task::boxed(None, |_| Ok(Outcome::Value(1.into())));
        task.cancel().unwrap();
        assert_eq!(task.result().unwrap_err().kind, ErrorKind::Cancelled);
        assert_eq!(task.progress().unwrap().state, State::Cancelled);
    }

    #[test]
    fn a_cancel_from_another_thread_ends_a_wait() {
        let task: Arc<dyn Operation> =
            Task::boxed(None, |context| context.wait(Duration::from_mins(1)).map(|()| Outcome::Value(1.into()))).into();
        let other = Arc::clone(&task);
        let waiting = std::thread::spawn(move || other.result());
        task.cancel().unwrap();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind, ErrorKind::Cancelled);
    }

    #[test]
    fn a_deadline_ends_a_wait() {
        let task = Task::boxed(Some(Duration::from_millis(5)), |context| {
            context.wait(Duration::from_mins(1)).map(|()| Outcome::Value(1.into()))
        });
        assert_eq!(task.result().unwrap_err().kind, ErrorKind::Timeout);
    }

    #[test]
    fn a_wait_without_end_is_ended_by_the_deadline() {
        let context = Context::new(Some(Duration::from_millis(5)));
        assert_eq!(context.wait(Duration::MAX).unwrap_err().kind, ErrorKind::Timeout);
    }

    #[test]
    fn a_result_is_given_once() {
        let task = Task::boxed(None, |_| Ok(Outcome::Value(1.into())));
        task.result().unwrap();
        assert_eq!(task.result().unwrap_err().kind, ErrorKind::InvalidInput);
        assert_eq!(task.progress().unwrap().state, State::Done);
    }
}
