//! From rows to a body: a format writes them, a sink takes them in chunks, with a fault where it is due.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::types::ValueRef;

use crate::database::activity::Activity;
use crate::database::reason;
use crate::faults::{Fault, Kind};
use crate::format::{Facts, Format, Shape};
use crate::handlers::run::{Prepared, Work};
use crate::query::run::{Receiver, RunError, Stopped};
use crate::running::Job;
use crate::state::State;
use crate::stream::{CHUNK, Sink};
use crate::uncertain;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All rows were delivered, or a fault was.
    Complete,
    /// The database, or a fault in its place, said this; the body holds it in the shape of the format.
    Error(String),
    /// Stopped from outside.
    Killed,
}

/// Runs a query to its end, on a thread that may block.
pub(crate) fn execute(
    state: &State,
    job: &Arc<Job>,
    prepared: Prepared,
    fault: Option<Fault>,
    sink: Box<dyn Sink + '_>,
) -> Outcome {
    let begin = Instant::now();
    let result_format = prepared.format;
    let facts = Facts { id: job.query_task_id.clone(), ran_at: job.created_at, ..prepared.facts };
    let mut delivery = prepared.format.writer(prepared.wishes, facts).map(|format| Delivery {
        format,
        sink,
        buffer: Vec::with_capacity(CHUNK + 4096),
        rows: 0,
        begun: false,
        faulted: false,
        fault,
        begin,
    });
    let outcome = delivery.as_mut().map_or(Outcome::Complete, |delivery| delivery.deliver(state, job, &prepared.work));
    if outcome == Outcome::Killed {
        state.stats.cancelled_queries.count();
    }
    state.running.end(job);
    state.database.record(&Activity {
        created_at: job.created_at,
        user_id: job.user.id,
        query_id: job.query_id.clone(),
        model: job.query.model.into(),
        explore: job.query.explore.into(),
        source: "api4".into(),
        result_format: result_format.name().into(),
        status: match outcome {
            Outcome::Complete => "complete",
            Outcome::Error(_) => "error",
            Outcome::Killed => "killed",
        },
        runtime: begin.elapsed().as_secs_f64(),
        rows: delivery.as_ref().map_or(0, |delivery| delivery.rows),
        message: if let Outcome::Error(message) = &outcome { Some(message.clone()) } else { None },
    });
    // The body ends here: whoever has read all of it finds the query in the counters and in the history.
    drop(delivery);
    outcome
}

/// Writes rows in a format, in chunks, with a fault where it is due.
struct Delivery<'a> {
    format: Box<dyn Format>,
    sink: Box<dyn Sink + 'a>,
    buffer: Vec<u8>,
    rows: u64,
    begun: bool,
    faulted: bool,
    fault: Option<Fault>,
    begin: Instant,
}

impl Delivery<'_> {
    fn deliver(&mut self, state: &State, job: &Arc<Job>, work: &Work) -> Outcome {
        if let Some(fault) = self.fault.take_if(|fault| fault.kind == Kind::ErrorRow) {
            return self.fail(fault.message());
        }
        if job.is_stopped() || state.is_stopping() {
            self.sink.cut();
            return Outcome::Killed;
        }
        let result = state.database.reader().map_err(RunError::Sql).and_then(|mut reader| {
            let switch = Arc::clone(job);
            reader.stop_when(move || switch.is_stopped())?;
            work.run(&mut reader, self)
        });
        match result {
            Ok(()) => Outcome::Complete,
            Err(RunError::Stopped) if self.faulted => Outcome::Complete,
            Err(RunError::Stopped) => Outcome::Killed,
            Err(RunError::Sql(_)) if job.is_stopped() => {
                self.sink.cut();
                Outcome::Killed
            }
            Err(RunError::Sql(error)) => self.fail(format!("SQL Error: {}", reason(&error))),
        }
    }

    fn fail(&mut self, message: String) -> Outcome {
        if self.begun {
            self.buffer.extend_from_slice(uncertain::midstream_error(&message).as_bytes());
        } else {
            self.format.failed(&mut self.buffer, &message);
        }
        self.flush();
        Outcome::Error(message)
    }

    fn flush(&mut self) -> bool {
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK + 4096));
        chunk.is_empty() || self.sink.send(chunk)
    }

    /// Lets the fault happen.
    fn happen(&mut self, fault: &Fault) -> Stopped {
        self.faulted = true;
        if fault.kind == Kind::ErrorText {
            self.buffer.extend_from_slice(uncertain::midstream_error(&fault.message()).as_bytes());
        }
        self.flush();
        if fault.kind == Kind::Cut {
            self.sink.cut();
        }
        Stopped
    }

    fn due(&mut self, at_end: bool) -> Option<Fault> {
        let rows = self.rows;
        self.fault.take_if(|fault| {
            matches!(fault.kind, Kind::Cut | Kind::End | Kind::ErrorText) && (at_end || rows >= fault.after_rows)
        })
    }
}

impl Receiver for Delivery<'_> {
    fn begin(&mut self, shape: Shape) -> Result<(), Stopped> {
        self.format.begin(&mut self.buffer, shape);
        self.begun = true;
        Ok(())
    }

    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped> {
        if self.fault.is_some()
            && let Some(fault) = self.due(false)
        {
            return Err(self.happen(&fault));
        }
        self.format.row(&mut self.buffer, cells);
        self.rows += 1;
        if self.buffer.len() >= CHUNK && !self.flush() {
            return Err(Stopped);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stopped> {
        if let Some(fault) = self.due(true) {
            return Err(self.happen(&fault));
        }
        self.format.end(&mut self.buffer, self.begin.elapsed().as_secs_f64());
        if self.flush() { Ok(()) } else { Err(Stopped) }
    }
}
