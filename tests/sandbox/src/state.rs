//! Everything that requests share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::auth::Tokens;
use crate::content::Content;
use crate::data::dashboards::Stores;
use crate::database::Database;
use crate::faults::Faults;
use crate::handlers::rest::projects::Deployments;
use crate::handlers::tasks::Task;
use crate::lists::Lists;
use crate::merges::MergeQueries;
use crate::notifications::Notifications;
use crate::oauth::OAuth;
use crate::open_sql::SqlInterfaceQueries;
use crate::options::Options;
use crate::place::Place;
use crate::proxy::Proxy;
use crate::quota::Quotas;
use crate::records::Records;
use crate::records::relations::{Counts, Relations};
use crate::render::RenderTask;
use crate::running::Running;
use crate::saved::SavedQueries;
use crate::sql_runner::SqlQueries;
use crate::stats::Stats;
use crate::uncertain::choices::Uncertain;
use crate::users::People;
use crate::web::sessions::Sessions;

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
    /// Choices where Looker's behaviour is not known.
    pub(crate) uncertain: Uncertain,
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
    /// Saved queries.
    pub(crate) queries: SavedQueries,
    /// What users wrote in SQL Runner.
    pub(crate) sql_queries: SqlQueries,
    /// Statements of the Open SQL interface.
    pub(crate) sql_interface: SqlInterfaceQueries,
    /// Merge queries.
    pub(crate) merges: MergeQueries,
    /// Looks and dashboards.
    pub(crate) content: Content,
    /// What clients made, changed and deleted.
    pub(crate) records: Records,
    /// What stands between it.
    pub(crate) relations: Relations,
    /// How often each scheduled plan was delivered.
    pub(crate) deliveries: Counts,
    /// How often each alert was checked.
    pub(crate) alerts: Counts,
    /// What deliveries to webhooks identify themselves with.
    pub(crate) webhook_token: String,
    /// What users were told by alerts.
    pub(crate) notifications: Notifications,
    /// What is in production of each project.
    pub(crate) deployments: Deployments,
    /// What was done to derived tables and to LookML.
    pub(crate) builds: Counts,
    tasks: Mutex<HashMap<String, Arc<Task>>>,
    renders: Mutex<HashMap<String, Arc<RenderTask>>>,
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
        let (queries, merges, sql_queries) = <(SavedQueries, MergeQueries, SqlQueries)>::default();
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
            uncertain: Uncertain::default(),
            tokens: Tokens::new(options.token_lifetime),
            stats: Stats::default(),
            faults: Faults::default(),
            proxy: options.proxy.as_ref().map(|options| Arc::new(Proxy::new(options))),
            place: Place::new(&options.place),
            gzip: options.gzip,
            quotas: Quotas::new(&options.quotas),
            running: Running::default(),
            content: Content::new(Stores { queries: &queries, merges: &merges, sql: &sql_queries }),
            records: Records::default(),
            relations: Relations::default(),
            deliveries: Counts::default(),
            alerts: Counts::default(),
            webhook_token: options.webhook_token.clone(),
            notifications: Notifications::default(),
            deployments: Deployments::default(),
            builds: Counts::default(),
            sql_queries,
            sql_interface: SqlInterfaceQueries::default(),
            merges,
            queries,
            tasks: Mutex::default(),
            renders: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// The query tasks by id.
    pub(crate) fn tasks(&self) -> MutexGuard<'_, HashMap<String, Arc<Task>>> {
        lock(&self.tasks)
    }

    /// The render tasks by id.
    pub(crate) fn renders(&self) -> MutexGuard<'_, HashMap<String, Arc<RenderTask>>> {
        lock(&self.renders)
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
