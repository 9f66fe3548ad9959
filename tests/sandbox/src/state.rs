//! Everything that requests share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::auth::Tokens;
use crate::database::Database;
use crate::faults::Faults;
use crate::handlers::tasks::Task;
use crate::lists::Lists;
use crate::oauth::OAuth;
use crate::options::Options;
use crate::place::Place;
use crate::proxy::Proxy;
use crate::query::body::Query;
use crate::quota::Quotas;
use crate::running::Running;
use crate::stats::Stats;
use crate::users::People;
use crate::web::sessions::Sessions;

/// A query that has been saved with `create_query`.
#[derive(Debug)]
pub(crate) struct SavedQuery {
    /// Id.
    pub(crate) id: String,
    /// The slug of share addresses.
    pub(crate) slug: String,
    /// The query.
    pub(crate) query: Query,
}

/// The state of a sandbox.
#[derive(Debug)]
pub(crate) struct State {
    /// `http://127.0.0.1:port`, with `https` and a path where the options say so.
    pub(crate) base_url: String,
    /// Origins whose scripts may read answers.
    pub(crate) cors_origins: Vec<String>,
    /// Where the pages for browsers are: the root of the same host, unless they have a port of their own.
    pub(crate) web_url: String,
    /// Whether the pages for browsers have a port of their own.
    pub(crate) split_web: bool,
    /// Who has signed in with a browser.
    pub(crate) web_sessions: Sessions,
    /// Applications, and what they were granted.
    pub(crate) oauth: OAuth,
    /// The instant that relative dates count from.
    pub(crate) now: Timestamp,
    /// The data.
    pub(crate) database: Database,
    /// Whether acting as others follows the rules of Looker (Google Cloud core).
    pub(crate) google_cloud_core: bool,
    /// Users.
    pub(crate) people: Arc<People>,
    /// How lists behave.
    pub(crate) lists: Lists,
    /// Access tokens.
    pub(crate) tokens: Tokens,
    /// Counters.
    pub(crate) stats: Stats,
    /// Faults that are set.
    pub(crate) faults: Faults,
    /// The forward proxy in front, if there is one.
    pub(crate) proxy: Option<Arc<Proxy>>,
    /// Where the instance is.
    pub(crate) place: Place,
    /// Whether answers are compressed for clients that offer gzip.
    pub(crate) gzip: bool,
    /// Calls that are left.
    pub(crate) quotas: Quotas,
    /// Queries that are running.
    pub(crate) running: Running,
    queries: Mutex<Vec<Arc<SavedQuery>>>,
    tasks: Mutex<HashMap<String, Arc<Task>>>,
    stopping: AtomicBool,
}

impl State {
    /// A fresh state over a database.
    pub(crate) fn new(
        base_url: String,
        web_url: String,
        options: &Options,
        oauth: OAuth,
        people: Arc<People>,
        database: Database,
    ) -> Self {
        Self {
            base_url,
            cors_origins: options.cors_origins.clone(),
            web_url,
            split_web: options.split_web,
            web_sessions: Sessions::default(),
            oauth,
            now: options.now,
            database,
            google_cloud_core: options.google_cloud_core,
            people,
            lists: Lists::default(),
            tokens: Tokens::new(options.token_lifetime),
            stats: Stats::default(),
            faults: Faults::default(),
            proxy: options.proxy.as_ref().map(|options| Arc::new(Proxy::new(options))),
            place: Place::new(&options.place),
            gzip: options.gzip,
            quotas: Quotas::new(&options.quotas),
            running: Running::default(),
            queries: Mutex::default(),
            tasks: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// Saves a query, and whether it is new: the same body yields the query that is there already.
    pub(crate) fn save(&self, query: Query) -> (Arc<SavedQuery>, bool) {
        let mut queries = lock(&self.queries);
        if let Some(known) = queries.iter().find(|known| known.query.written == query.written) {
            return (Arc::clone(known), false);
        }
        let number = queries.len() as u64 + 1;
        let saved = Arc::new(SavedQuery { id: number.to_string(), slug: slug(number), query });
        queries.push(Arc::clone(&saved));
        (saved, true)
    }

    /// The saved query that `matches`.
    pub(crate) fn saved(&self, matches: impl Fn(&SavedQuery) -> bool) -> Option<Arc<SavedQuery>> {
        lock(&self.queries).iter().find(|query| matches(query)).cloned()
    }

    /// The query tasks by id.
    pub(crate) fn tasks(&self) -> MutexGuard<'_, HashMap<String, Arc<Task>>> {
        lock(&self.tasks)
    }

    /// Stops all queries; no more are begun.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        for job in self.running.list() {
            job.stop();
        }
    }

    /// Whether the sandbox is going down.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 22 letters and digits that depend on a number only.
fn slug(number: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut state = number;
    (0..22)
        .map(|_| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            let digit = usize::try_from((state >> 33) % 62).unwrap_or(0);
            char::from(DIGITS.get(digit).copied().unwrap_or(b'0'))
        })
        .collect()
}
