//! Merge queries: which queries are to be merged, and by which fields. Merging is left to those who read them.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::errors::Problem;
use crate::saved::{SavedQueries, slug};

/// Slugs of merge queries are made of numbers from here on, so that they differ from others.
const FIRST: u64 = 2_000_001;

/// A merge query.
#[derive(Debug)]
pub(crate) struct MergeQuery {
    /// Id.
    pub(crate) id: String,
    /// What was written, with the ids and slugs of the source queries filled in.
    written: Map<String, Value>,
}

/// Every key that a client may write.
const KEYS: [&str; 8] =
    ["column_limit", "dynamic_fields", "pivots", "sorts", "source_queries", "total", "limit", "vis_config"];

impl MergeQuery {
    /// As the API shows it.
    pub(crate) fn describe(&self) -> Value {
        let mut body = Map::new();
        body.insert("can".into(), json!({ "show": true }));
        body.insert("id".into(), self.id.as_str().into());
        body.insert("result_maker_id".into(), self.result_maker_id().into());
        for key in KEYS {
            body.insert(key.into(), self.written.get(key).cloned().unwrap_or_default());
        }
        Value::Object(body)
    }

    /// Id of what would make the results.
    pub(crate) fn result_maker_id(&self) -> String {
        format!("merge-{}", self.id)
    }

    /// A key as it was written.
    pub(crate) fn get(&self, key: &str) -> Value {
        self.written.get(key).cloned().unwrap_or_default()
    }

    /// The source queries: name and id.
    pub(crate) fn sources(&self) -> Vec<(Option<&str>, &str)> {
        let sources = self.written.get("source_queries").and_then(Value::as_array).into_iter().flatten();
        sources
            .filter_map(|source| {
                Some((source.get("name").and_then(Value::as_str), source.get("query_id").and_then(Value::as_str)?))
            })
            .collect()
    }
}

/// All merge queries.
#[derive(Debug, Default)]
pub(crate) struct MergeQueries(Mutex<Vec<Arc<MergeQuery>>>);

impl MergeQueries {
    /// Saves a merge query, and whether it is new: the same body yields the one that is there already.
    pub(crate) fn save(
        &self,
        body: &Map<String, Value>,
        queries: &SavedQueries,
    ) -> Result<(Arc<MergeQuery>, bool), Vec<Problem>> {
        let mut written: Map<String, Value> = body.clone();
        written.retain(|key, value| KEYS.contains(&key.as_str()) && !value.is_null());
        let Some(Value::Array(sources)) = written.get_mut("source_queries") else {
            return Err(vec![Problem::missing("source_queries")]);
        };
        let problems: Vec<Problem> = sources.iter_mut().filter_map(|source| resolve(source, queries).err()).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut merges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = merges.iter().find(|known| known.written == written) {
            return Ok((Arc::clone(known), false));
        }
        let merge = Arc::new(MergeQuery { id: slug(FIRST + merges.len() as u64), written });
        merges.push(Arc::clone(&merge));
        Ok((merge, true))
    }

    /// The merge query with an id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<MergeQuery>> {
        let merges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        merges.iter().find(|merge| merge.id == id).cloned()
    }
}

/// Fills in id and slug of a source query, either of which names it.
fn resolve(source: &mut Value, queries: &SavedQueries) -> Result<(), Problem> {
    let invalid = || Problem::invalid("source_queries", "must hold objects that name a saved query.");
    let source = source.as_object_mut().ok_or_else(invalid)?;
    let text = |key: &str| source.get(key).and_then(Value::as_str);
    let found = text("query_id").and_then(|id| queries.by_id(id));
    let found = found.or_else(|| queries.find(|query| Some(query.slug.as_str()) == text("query_slug")));
    let found = found.ok_or_else(invalid)?;
    let fields = source.get("merge_fields").cloned().unwrap_or_else(|| json!([]));
    let is_pair = |pair: &Value| ["field_name", "source_field_name"].iter().all(|key| pair[*key].is_string());
    if !fields.as_array().is_some_and(|pairs| pairs.iter().all(is_pair)) {
        return Err(Problem::invalid("merge_fields", "must be pairs of field_name and source_field_name."));
    }
    let name = source.get("name").cloned().unwrap_or_default();
    *source = Map::from_iter([
        ("merge_fields".to_owned(), fields),
        ("name".to_owned(), name),
        ("query_id".to_owned(), found.id.as_str().into()),
        ("query_slug".to_owned(), found.slug.as_str().into()),
    ]);
    Ok(())
}
