//! Saved queries: immutable, and the same body is the same query.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::query::body::{KEYS, Query};

/// A query that has been saved with `create_query`, or that saved content brings.
#[derive(Debug)]
pub(crate) struct SavedQuery {
    /// Id.
    pub(crate) id: String,
    /// The slug of share addresses.
    pub(crate) slug: String,
    /// The query.
    pub(crate) query: Query,
}

impl SavedQuery {
    /// As the API shows it.
    pub(crate) fn describe(&self, base_url: &str) -> Value {
        let query = &self.query;
        let address = format!("{base_url}/x/{}", self.slug);
        let mut body = Map::new();
        body.insert("can".into(), json!({ "run": true, "see_results": true, "explore": true }));
        body.insert("id".into(), self.id.as_str().into());
        for (key, _) in KEYS {
            body.insert(key.into(), query.written.get(key).cloned().unwrap_or_default());
        }
        body.insert("slug".into(), self.slug.as_str().into());
        body.insert("client_id".into(), self.slug.as_str().into());
        body.insert("share_url".into(), address.as_str().into());
        body.insert("expanded_share_url".into(), format!("{base_url}/explore/{}/{}", query.model, query.view).into());
        body.insert("url".into(), format!("/explore/{}/{}", query.model, query.view).into());
        body.insert("has_table_calculations".into(), (!query.dynamic.calculations.is_empty()).into());
        Value::Object(body)
    }
}

/// Ids of the queries that saved content brings begin here; those that clients save begin with 1.
const FIRST_SEEDED: u64 = 100_001;

/// All saved queries.
#[derive(Debug, Default)]
pub(crate) struct SavedQueries(Mutex<Vec<Arc<SavedQuery>>>);

impl SavedQueries {
    /// Saves a query, and whether it is new: the same body yields the query that is there already.
    pub(crate) fn save(&self, query: Query) -> (Arc<SavedQuery>, bool) {
        self.enter(query, 1)
    }

    /// Saves the query of content that is there from the start.
    pub(crate) fn seed(&self, query: Query) -> Arc<SavedQuery> {
        self.enter(query, FIRST_SEEDED).0
    }

    fn enter(&self, query: Query, first: u64) -> (Arc<SavedQuery>, bool) {
        let mut queries = self.lock();
        let identity = identity(&query);
        if let Some(known) = queries.iter().find(|known| self::identity(&known.query) == identity) {
            return (Arc::clone(known), false);
        }
        let seeded = |query: &SavedQuery| query.id.parse().is_ok_and(|id: u64| id >= FIRST_SEEDED);
        let count = queries.iter().filter(|query| seeded(query) == (first == FIRST_SEEDED)).count();
        let number = first + count as u64;
        let own = query.written.get("client_id").and_then(Value::as_str);
        let own = own.filter(|slug| !queries.iter().any(|known| known.slug == *slug));
        let slug = own.map_or_else(|| slug(number), str::to_owned);
        let saved = Arc::new(SavedQuery { id: number.to_string(), slug, query });
        queries.push(Arc::clone(&saved));
        (saved, true)
    }

    /// The query that `matches`.
    pub(crate) fn find(&self, matches: impl Fn(&SavedQuery) -> bool) -> Option<Arc<SavedQuery>> {
        self.lock().iter().find(|query| matches(query)).cloned()
    }

    /// The query with an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<Arc<SavedQuery>> {
        self.find(|query| query.id == id)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<SavedQuery>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What makes a query the same: all of it but the names that it is shared by.
fn identity(query: &Query) -> Map<String, Value> {
    let mut written = query.written.clone();
    written.retain(|key, _| key != "slug" && key != "client_id");
    written
}

/// 22 letters and digits that depend on a number only.
pub(crate) fn slug(number: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn query(more: &Value) -> Query {
        let mut body = json!({ "model": "m", "view": "v", "fields": ["v.a"] });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        Query::from_body(body.as_object().unwrap()).unwrap()
    }

    #[test]
    fn the_same_body_is_the_same_query_whatever_it_is_shared_as() {
        let queries = SavedQueries::default();
        let seeded = queries.seed(query(&json!({ "limit": "9" })));
        let (first, is_new) = queries.save(query(&json!({})));
        assert_eq!((first.id.as_str(), is_new), ("1", true));
        let again = queries.save(query(&json!({ "client_id": "a".repeat(22), "slug": "x" })));
        assert_eq!((again.0.id.as_str(), again.1), ("1", false));
        assert_eq!(queries.save(query(&json!({ "limit": "9" }))).0.id, seeded.id);
        assert_eq!(queries.save(query(&json!({ "limit": "8", "client_id": "b".repeat(22) }))).0.slug, "b".repeat(22));
    }
}
