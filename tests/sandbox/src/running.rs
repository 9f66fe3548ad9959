//! Queries that are running now, and the switch that stops each of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::users::User;

/// What a query asks, as far as a list of running queries tells.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// LookML model.
    pub(crate) model: &'static str,
    /// Explore.
    pub(crate) explore: &'static str,
    /// Field names, as the query had them.
    pub(crate) fields: Value,
}

/// A running query.
#[derive(Debug)]
pub(crate) struct Job {
    /// Number of the run.
    pub(crate) id: u64,
    /// Id by which it can be killed.
    pub(crate) query_task_id: String,
    /// Who runs it.
    pub(crate) user: Arc<User>,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    /// Id of the saved query, if it is one.
    pub(crate) query_id: Option<String>,
    /// What it asks.
    pub(crate) query: Asked,
    /// Generated SQL.
    pub(crate) sql: String,
    /// Begin.
    pub(crate) started: Instant,
    /// Begin, in seconds since 1970.
    pub(crate) created_at: i64,
    /// For how long it has run already, where it is made up; nothing else ends it then.
    made_up: Option<Duration>,
    stop: AtomicBool,
    done: AtomicBool,
}

impl Job {
    /// How long it has run.
    pub(crate) fn runtime(&self) -> Duration {
        self.started.elapsed() + self.made_up.unwrap_or_default()
    }

    /// Stops the query unless it is done.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it is to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether the database has nothing left to do.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

/// All running queries.
#[derive(Debug, Default)]
pub(crate) struct Running {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
    next: AtomicU64,
}

/// What is known of a query when it starts.
#[derive(Debug)]
pub(crate) struct Start {
    /// Id of the query task; made up when the query is not a task.
    pub(crate) query_task_id: Option<String>,
    /// Who runs it.
    pub(crate) user: Arc<User>,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    /// Id of the saved query, if it is one.
    pub(crate) query_id: Option<String>,
    /// What it asks.
    pub(crate) query: Asked,
    /// Generated SQL.
    pub(crate) sql: String,
}

impl Running {
    /// Enters a query.
    pub(crate) fn start(&self, start: Start) -> Arc<Job> {
        self.enter(start, None)
    }

    /// Enters a query that the database knows nothing of, and that has run for so long.
    pub(crate) fn make_up(&self, start: Start, runtime: Duration) -> Arc<Job> {
        self.enter(start, Some(runtime))
    }

    fn enter(&self, start: Start, made_up: Option<Duration>) -> Arc<Job> {
        let begun = made_up.map_or(0, |runtime| i64::try_from(runtime.as_secs()).unwrap_or(i64::MAX));
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let job = Arc::new(Job {
            id,
            query_task_id: start.query_task_id.unwrap_or_else(|| format!("{id:032x}")),
            user: start.user,
            connection: start.connection,
            query_id: start.query_id,
            query: start.query,
            sql: start.sql,
            started: Instant::now(),
            created_at: jiff::Timestamp::now().as_second().saturating_sub(begun),
            made_up,
            stop: AtomicBool::new(false),
            done: AtomicBool::new(false),
        });
        self.lock().insert(id, Arc::clone(&job));
        job
    }

    /// Takes a query out again.
    pub(crate) fn end(&self, job: &Job) {
        job.done.store(true, Ordering::Relaxed);
        self.lock().remove(&job.id);
    }

    /// Stops a query; one that is made up is over at once.
    pub(crate) fn kill(&self, job: &Job) {
        job.stop();
        if job.made_up.is_some() {
            self.end(job);
        }
    }

    /// Ends all that are made up; yields how many there were.
    pub(crate) fn end_made_up(&self) -> usize {
        let made_up = self.list().into_iter().filter(|job| job.made_up.is_some());
        made_up.map(|job| self.kill(&job)).count()
    }

    /// The queries that run now, oldest first.
    pub(crate) fn list(&self) -> Vec<Arc<Job>> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
