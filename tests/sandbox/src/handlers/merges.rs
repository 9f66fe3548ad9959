//! Merge queries.

use std::sync::Arc;

use axum::response::Response;

use crate::dispatch::{Call, Existing};
use crate::errors::Failure;
use crate::handlers::models::visible_explore;
use crate::merges::MergeQuery;

/// Whether every source query exists for the caller.
fn check(call: &Call, merge: &MergeQuery) -> Result<(), Failure> {
    for (_, id) in merge.sources() {
        let query = call.state.queries.by_id(id).ok_or(Failure::NotFound)?;
        visible_explore(call.session()?, &query.query.model, &query.query.view)?;
    }
    Ok(())
}

/// `create_merge_query`: the same body yields the same merge query.
pub(crate) fn create_merge_query(call: &Call) -> Result<Response, Failure> {
    let saved = call.state.merges.save(&call.content.object, &call.state.queries);
    let (merge, is_new) = saved.map_err(Failure::Validation)?;
    check(call, &merge)?;
    let mut answer = call.answer(merge.describe())?;
    if !is_new {
        answer.extensions_mut().insert(Existing);
    }
    Ok(answer)
}

/// `merge_query`.
pub(crate) fn merge_query(call: &Call) -> Result<Response, Failure> {
    let merge: Arc<MergeQuery> = call.state.merges.find(call.path("merge_query_id")).ok_or(Failure::NotFound)?;
    check(call, &merge)?;
    call.answer(merge.describe())
}
