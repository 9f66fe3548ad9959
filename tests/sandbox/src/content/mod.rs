//! Saved content: what is there from the start, and what clients make of it.

pub(crate) mod dashboard;
pub(crate) mod element;
pub(crate) mod folder;
pub(crate) mod look;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::auth::Session;
use crate::data::dashboards::{Stores, dashboards};
use crate::data::looks::{LookSeed, looks};
use crate::handlers::models::visible_model;
use crate::query::body::Query;
use crate::saved::SavedQueries;
use dashboard::Dashboard;
use folder::Folder;
use look::Look;

/// All saved content.
#[derive(Debug)]
pub(crate) struct Content {
    looks: Mutex<Vec<Arc<Look>>>,
    dashboards: Vec<Arc<Dashboard>>,
}

impl Content {
    /// What is there from the start; its queries are saved beside those of clients.
    pub(crate) fn new(stores: Stores<'_>) -> Self {
        let looks = looks().into_iter().zip(1..).filter_map(|(seed, id)| seeded(id, &seed, stores.queries));
        let looks = Mutex::new(looks.map(Arc::new).collect());
        let dashboards = dashboards(stores).unwrap_or_default().into_iter().map(Arc::new).collect();
        Self { looks, dashboards }
    }

    /// The dashboards that a user may see, deleted ones too.
    pub(crate) fn dashboards(&self, session: &Session) -> Vec<Arc<Dashboard>> {
        let user = &session.user;
        let sees = |dashboard: &&Arc<Dashboard>| match dashboard.lookml_model() {
            Some(model) => user.may("see_lookml_dashboards") && visible_model(session, model).is_ok(),
            None => user.may("see_user_dashboards") && dashboard.folder.is_seen_by(user),
        };
        self.dashboards.iter().filter(sees).cloned().collect()
    }

    /// A dashboard that the user may see, by its id or its slug.
    pub(crate) fn dashboard(&self, session: &Session, id: &str) -> Option<Arc<Dashboard>> {
        let mut dashboards = self.dashboards(session).into_iter();
        dashboards.find(|dashboard| dashboard.id == id || dashboard.slug().as_deref() == Some(id))
    }

    /// A tile that the user may see: its dashboard, and its place there.
    pub(crate) fn element(&self, session: &Session, id: &str) -> Option<(Arc<Dashboard>, usize)> {
        self.dashboards(session).into_iter().find_map(|dashboard| {
            let at = dashboard.elements.iter().position(|element| element.id == id)?;
            Some((dashboard, at))
        })
    }

    /// The Looks that a user may see, deleted ones too.
    pub(crate) fn looks(&self, session: &Session) -> Vec<Arc<Look>> {
        let looks = lock(&self.looks);
        looks
            .iter()
            .filter(|look| sees_content(session, "see_looks", &look.folder_id, &look.query.query))
            .cloned()
            .collect()
    }

    /// A Look that the user may see, deleted or not.
    pub(crate) fn look(&self, session: &Session, id: &str) -> Option<Arc<Look>> {
        let id: i64 = id.parse().ok()?;
        self.looks(session).into_iter().find(|look| look.id == id)
    }

    /// Adds a Look, whose id is set.
    pub(crate) fn add_look(&self, mut look: Look) -> Arc<Look> {
        let mut looks = lock(&self.looks);
        look.id = looks.iter().map(|look| look.id).max().unwrap_or_default() + 1;
        let look = Arc::new(look);
        looks.push(Arc::clone(&look));
        look
    }

    /// Puts a Look in the place of the one with its id.
    pub(crate) fn replace_look(&self, look: Look) -> Arc<Look> {
        let look = Arc::new(look);
        for known in lock(&self.looks).iter_mut().filter(|known| known.id == look.id) {
            *known = Arc::clone(&look);
        }
        look
    }

    /// Removes a Look for good.
    pub(crate) fn remove_look(&self, id: i64) {
        lock(&self.looks).retain(|look| look.id != id);
    }
}

/// Whether content in a folder that shows a query exists for a user.
fn sees_content(session: &Session, permission: &str, folder_id: &str, query: &Query) -> bool {
    let user = &session.user;
    let in_seen = Folder::by_id(folder_id).is_none_or(|folder| folder.is_seen_by(user));
    user.may(permission) && in_seen && visible_model(session, &query.model).is_ok()
}

fn seeded(id: i64, seed: &LookSeed, queries: &SavedQueries) -> Option<Look> {
    let created_at = made_at(id);
    Some(Look {
        id,
        title: seed.title.into(),
        description: seed.description.map(str::to_owned),
        folder_id: seed.folder.to_owned(),
        query: queries.seed(Query::from_body(seed.query.as_object()?).ok()?),
        user_id: seed.owner,
        deleted: seed.deleted.then_some((created_at, seed.owner)),
        created_at,
        updated_at: created_at,
    })
}

/// 2025-06-02 09:00:00 UTC, when the first content was made, in seconds since 1970.
const FIRST_MADE_AT: i64 = 1_748_854_800;

/// When the content with an id was made: one a day.
pub(crate) fn made_at(id: i64) -> Timestamp {
    Timestamp::from_second(FIRST_MADE_AT + id * 86_400).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A time as metadata has it, to the millisecond.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

/// Now, but later than another moment by what a time shows: two changes are never at the same time.
pub(crate) fn now_after(before: Timestamp) -> Timestamp {
    Timestamp::now().max(before.saturating_add(SignedDuration::from_millis(1)).unwrap_or(before))
}

/// `LookModel` of the specification.
fn model(name: &str) -> Value {
    let label = crate::model::model("production", name).map(|model| model.label);
    json!({ "id": name, "label": label })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_to_be_later_than_the_one_before() {
        let future = Timestamp::now() + SignedDuration::from_hours(1);
        for before in [Timestamp::UNIX_EPOCH, Timestamp::now(), future] {
            assert!(time(now_after(before)) > time(before), "{before}");
        }
    }

    #[test]
    fn everything_that_is_written_down_is_there() {
        let (queries, merges, sql) = Default::default();
        let content = Content::new(Stores { queries: &queries, merges: &merges, sql: &sql });
        assert_eq!(lock(&content.looks).len(), looks().len());
        assert_eq!(content.dashboards.len(), 4);
    }
}
