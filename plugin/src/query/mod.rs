//! What to run, and how.

mod inline;
mod stream;

pub(crate) use inline::InlineQuery;

use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, OperationSpec, Outcome, Result};

use crate::api::Api;
use crate::catalog;
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
    match begin(api, query, control) {
        Ok(rows) => Ok(Outcome::Rows(connector_interface::rows::export(rows))),
        Err(error) => Err(explained(api, query, control, error)),
    }
}

fn begin(api: &Api, query: &InlineQuery, control: &Arc<Control>) -> Result<stream::Rows> {
    let body = query.to_looker();
    let call = api.send("run_inline_query", reqwest::Method::POST, "/queries/run/json_bi", Some(&body));
    let response = block_on(control.run(call))?;
    stream::Rows::begin(response, query, Arc::clone(control))
}

/// The error, with the name that is wrong if a name is. A cancel or a deadline while it is looked up changes nothing.
fn explained(api: &Api, query: &InlineQuery, control: &Arc<Control>, error: Error) -> Error {
    let fields = query.all_fields();
    let look = async { Ok(catalog::explain(api, error.clone(), &query.model, &query.explore, &fields).await) };
    block_on(control.run(look)).unwrap_or(error)
}
