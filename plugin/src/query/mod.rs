//! What to run, and how.

mod inline;
mod stream;

pub(crate) use inline::InlineQuery;

use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{OperationSpec, Outcome, Result};

use crate::api::Api;
use crate::operation::Control;
use crate::runtime::block_on;

/// What the connector says of its queries.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(InlineQuery).to_value();
    OperationSpec::new(
        OperationSpec::QUERY,
        "Run a query on an explore and deliver its rows as they arrive",
        input,
        &[OutcomeKind::Rows],
    )
    .read_only()
}

/// Runs a query in one request; returns when its first rows have arrived, or its end.
pub(crate) fn run(api: &Api, query: &InlineQuery, control: &Arc<Control>) -> Result<Outcome> {
    let body = query.to_looker();
    let response =
        control.run(api.send("run_inline_query", reqwest::Method::POST, "/queries/run/json_bi", Some(&body)));
    let response = block_on(response)?;
    let rows = stream::Rows::begin(response, query, Arc::clone(control))?;
    Ok(Outcome::Rows(connector_interface::rows::export(rows)))
}
