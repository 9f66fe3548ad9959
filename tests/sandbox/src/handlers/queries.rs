//! Saved queries.

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::dispatch::{Call, Existing};
use crate::errors::Failure;
use crate::handlers::models::visible_explore;
use crate::query::body::{KEYS, Query};
use crate::state::SavedQuery;

/// `create_query`: the same body yields the same query.
pub(crate) fn create_query(call: &Call) -> Result<Response, Failure> {
    let query = Query::from_body(&call.content.object).map_err(Failure::Validation)?;
    visible_explore(call.session()?, &query.model, &query.view)?;
    let (saved, is_new) = call.state.save(query);
    let mut answer = call.answer(describe(&saved, &call.state.base_url))?;
    if !is_new {
        answer.extensions_mut().insert(Existing);
    }
    Ok(answer)
}

/// `query`.
pub(crate) fn query(call: &Call) -> Result<Response, Failure> {
    let id = call.path("query_id");
    let saved = call.state.saved(|query| query.id == id).ok_or(Failure::NotFound)?;
    call.answer(describe(&saved, &call.state.base_url))
}

/// `query_for_slug`.
pub(crate) fn query_for_slug(call: &Call) -> Result<Response, Failure> {
    let slug = call.path("slug");
    let saved = call.state.saved(|query| query.slug == slug).ok_or(Failure::NotFound)?;
    call.answer(describe(&saved, &call.state.base_url))
}

fn describe(saved: &SavedQuery, base_url: &str) -> Value {
    let query = &saved.query;
    let address = format!("{base_url}/x/{}", saved.slug);
    let mut body = Map::new();
    body.insert("can".into(), json!({ "run": true, "see_results": true, "explore": true }));
    body.insert("id".into(), saved.id.as_str().into());
    for (key, _) in KEYS {
        body.insert(key.into(), query.written.get(key).cloned().unwrap_or_default());
    }
    body.insert("slug".into(), saved.slug.as_str().into());
    body.insert("client_id".into(), saved.slug.as_str().into());
    body.insert("share_url".into(), address.as_str().into());
    body.insert("expanded_share_url".into(), format!("{base_url}/explore/{}/{}", query.model, query.view).into());
    body.insert("url".into(), format!("/explore/{}/{}", query.model, query.view).into());
    body.insert("has_table_calculations".into(), (!query.calculations.is_empty()).into());
    Value::Object(body)
}
