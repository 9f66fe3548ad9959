//! Saved queries.

use axum::response::Response;

use crate::dispatch::{Call, Existing};
use crate::errors::Failure;
use crate::handlers::models::visible_explore;
use crate::query::body::Query;

/// `create_query`: the same body yields the same query.
pub(crate) fn create_query(call: &Call) -> Result<Response, Failure> {
    let query = Query::from_body(&call.content.object).map_err(Failure::Validation)?;
    visible_explore(call.session()?, &query.model, &query.view)?;
    let (saved, is_new) = call.state.queries.save(query);
    let mut answer = call.answer(saved.describe(&call.state.base_url))?;
    if !is_new {
        answer.extensions_mut().insert(Existing);
    }
    Ok(answer)
}

/// `query`.
pub(crate) fn query(call: &Call) -> Result<Response, Failure> {
    let id = call.path("query_id");
    let saved = call.state.queries.by_id(id).ok_or(Failure::NotFound)?;
    call.answer(saved.describe(&call.state.base_url))
}

/// `query_for_slug`.
pub(crate) fn query_for_slug(call: &Call) -> Result<Response, Failure> {
    let slug = call.path("slug");
    let saved = call.state.queries.find(|query| query.slug == slug).ok_or(Failure::NotFound)?;
    call.answer(saved.describe(&call.state.base_url))
}
