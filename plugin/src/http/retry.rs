//! Whether a call that failed is made again, and after which pause: one table by what the operation does and how far the
//! request came.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use connector_interface::{Error, ErrorKind, Retry};
use tokio::time::Instant;

use crate::http::meter::Meter;
use crate::operations::Safety;

/// The first pause, the longest one, and the longest that a server may ask for before the caller is told instead.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_ASKED: Duration = Duration::from_mins(1);

/// How far a request came before it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// There was no connection: Looker has not seen it.
    Not,
    /// The connection broke: Looker may have done what was asked.
    Perhaps,
    /// It was answered with this status.
    Answered(u16),
}

/// A call that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Box<Error>,
    pub(crate) reached: Reached,
}

/// How often a call of this kind may be repeated after such a failure.
fn most(safety: Safety, reached: Reached) -> u32 {
    const OFTEN: u32 = u32::MAX;
    match (reached, safety) {
        // Nobody there is what a probe wants to know.
        (Reached::Not, Safety::Probe) => 0,
        // Refused before anything was done.
        (Reached::Not | Reached::Answered(429), Safety::Login) => 2,
        (Reached::Not | Reached::Answered(429), Safety::End) => 1,
        (Reached::Not | Reached::Answered(429), _) => OFTEN,
        (Reached::Perhaps | Reached::Answered(502..=504), safety) => match safety {
            Safety::Read | Safety::Write => OFTEN,
            Safety::Probe | Safety::Login => 2,
            Safety::End => 1,
            Safety::Create => 0,
        },
        (Reached::Answered(_), _) => 0,
    }
}

/// The pauses between the tries of one call.
#[derive(Debug)]
pub(crate) struct Pauses {
    safety: Safety,
    tried: u32,
    backoff: ExponentialBackoff,
}

impl Pauses {
    pub(crate) fn new(safety: Safety) -> Self {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_jitter()
            .build();
        Self { safety, tried: 0, backoff }
    }

    /// How long to wait before the next try; none when there is none.
    pub(crate) fn next(&mut self, failure: &Failure, meter: &Meter) -> Option<Duration> {
        let error = &failure.error;
        // Whoever was silent for the whole time-out is not asked again: the caller decides whether to wait that long.
        let was_silent = error.kind == ErrorKind::Timeout && failure.reached == Reached::Perhaps;
        if error.retry == Retry::Never || was_silent || self.tried >= most(self.safety, failure.reached) {
            return None;
        }
        let own = self.backoff.next().unwrap_or(LONGEST_PAUSE);
        let pause = match error.retry {
            Retry::AfterMs(asked) => {
                let asked = Duration::from_millis(asked);
                // Not all that were sent away come back in the same moment.
                (asked <= LONGEST_ASKED).then_some(asked + own.min(FIRST_PAUSE))?
            }
            _ => own,
        };
        if meter.deadline().is_some_and(|deadline| Instant::now() + pause >= deadline) || !meter.take_retry() {
            return None;
        }
        self.tried += 1;
        Some(pause)
    }

    /// The error of the last try, with how many there were.
    pub(crate) fn told(&self, error: Error) -> Error {
        if self.tried == 0 {
            return error;
        }
        error.with("tries", self.tried + 1)
    }

    /// How often it was tried again.
    pub(crate) fn tried(&self) -> u32 {
        self.tried
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::meter::{Budget, Usage};

    fn failure(error: Error, reached: Reached) -> Failure {
        Failure { error: Box::new(error), reached }
    }

    fn retries(safety: Safety, error: &Error, reached: Reached) -> usize {
        let meter = Meter::new(Usage::new(Budget::default(), 5), None);
        let mut pauses = Pauses::new(safety);
        std::iter::from_fn(|| pauses.next(&failure(error.clone(), reached), &meter)).count()
    }

    #[test]
    fn reads_are_repeated_creates_are_not_and_logins_are_a_few_times() {
        let broken = Error::new(ErrorKind::Network, "broke").retry_now();
        for (reached, read, create, login, end) in [
            (Reached::Not, 5, 5, 2, 1),
            (Reached::Perhaps, 5, 0, 2, 1),
            (Reached::Answered(429), 5, 5, 2, 1),
            (Reached::Answered(503), 5, 0, 2, 1),
            (Reached::Answered(500), 0, 0, 0, 0),
        ] {
            let counts = [Safety::Read, Safety::Create, Safety::Login, Safety::End]
                .map(|safety| retries(safety, &broken, reached));
            assert_eq!(counts, [read, create, login, end], "{reached:?}");
        }
    }

    #[test]
    fn what_can_not_help_or_was_silent_is_not_repeated() {
        let never = Error::new(ErrorKind::Tls, "untrusted");
        assert_eq!(retries(Safety::Read, &never, Reached::Not), 0);
        let silent = Error::new(ErrorKind::Timeout, "silent").retry_now();
        assert_eq!(retries(Safety::Read, &silent, Reached::Perhaps), 0);
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_unless_it_is_too_long() {
        let asked = |seconds| {
            let error = Error::new(ErrorKind::RateLimited, "wait").retry_after(Duration::from_secs(seconds));
            let meter = Meter::new(Usage::new(Budget::default(), 5), None);
            Pauses::new(Safety::Read).next(&failure(error, Reached::Answered(429)), &meter)
        };
        let pause = asked(7).unwrap();
        assert!(pause >= Duration::from_secs(7) && pause < Duration::from_millis(7_500), "{pause:?}");
        assert_eq!(asked(61), None);
    }

    #[test]
    fn no_pause_is_begun_that_the_deadline_would_cut_off() {
        let deadline = Instant::now() + Duration::from_secs(1);
        let meter = Meter::new(Usage::new(Budget::default(), 5), Some(deadline));
        let error = Error::new(ErrorKind::RateLimited, "wait").retry_after(Duration::from_secs(2));
        assert_eq!(Pauses::new(Safety::Read).next(&failure(error, Reached::Answered(429)), &meter), None);
        assert_eq!(meter.summary()["retries"], 0);
    }
}
