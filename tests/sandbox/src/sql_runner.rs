//! SQL Runner: SQL that users wrote, and how often it ran.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::saved::slug;
use crate::users::People;

/// Slugs of SQL Runner are made of numbers from here on, so that they differ from those of queries.
const FIRST: u64 = 1_000_001;

/// SQL that a user wrote.
#[derive(Debug)]
pub(crate) struct SqlQuery {
    /// By which it is found.
    pub(crate) slug: String,
    /// The SQL.
    pub(crate) sql: String,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    /// The model that was named in place of the connection.
    pub(crate) model: Option<&'static str>,
    /// Settings of its visualization.
    pub(crate) vis_config: Value,
    user_id: i64,
    runs: Mutex<Runs>,
}

#[derive(Debug, Default)]
struct Runs {
    count: u64,
    last: Option<(Timestamp, f64)>,
}

impl SqlQuery {
    /// Counts a run that is over.
    pub(crate) fn ran(&self, time: Duration) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.count += 1;
        runs.last = Some((Timestamp::now(), time.as_secs_f64()));
    }

    /// As the API shows it.
    pub(crate) fn describe(&self, people: &People) -> Value {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let creator = people.by_id(&self.user_id.to_string()).map(|user| {
            json!({ "id": user.id.to_string(), "first_name": user.name, "last_name": user.last_name(),
                    "display_name": user.full_name(), "url": format!("/users/{}", user.id) })
        });
        json!({
            "can": { "show": true, "run": true },
            "slug": self.slug,
            "last_runtime": runs.last.map(|(_, time)| time),
            "run_count": runs.count,
            "browser_limit": 5000,
            "sql": self.sql,
            "last_run_at": runs.last.map(|(at, _)| at.to_string()),
            "connection": { "name": self.connection, "dialect": { "name": "sqlite", "label": "SQLite" } },
            "model_name": self.model,
            "creator": creator,
            "explore_url": null,
            "plaintext": false,
            "vis_config": self.vis_config,
            "result_maker_id": null,
        })
    }
}

/// All that users wrote.
#[derive(Debug, Default)]
pub(crate) struct SqlQueries(Mutex<Vec<Arc<SqlQuery>>>);

impl SqlQueries {
    /// Keeps SQL.
    pub(crate) fn add(
        &self,
        sql: &str,
        connection: &'static str,
        model: Option<&'static str>,
        vis_config: Value,
        user_id: i64,
    ) -> Arc<SqlQuery> {
        let mut queries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slug = slug(FIRST + queries.len() as u64);
        let sql = sql.to_owned();
        let query = Arc::new(SqlQuery { slug, sql, connection, model, vis_config, user_id, runs: Mutex::default() });
        queries.push(Arc::clone(&query));
        query
    }

    /// The SQL with a slug.
    pub(crate) fn find(&self, slug: &str) -> Option<Arc<SqlQuery>> {
        let queries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queries.iter().find(|query| query.slug == slug).cloned()
    }
}
