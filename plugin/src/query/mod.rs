//! What to run, and how.

mod inline;
mod kill;
mod stream;

pub(crate) use inline::InlineQuery;

use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Result};

use crate::api::Caller;
use crate::catalog;
use crate::http::{Body, Failure, Pauses, Reached};
use crate::link::Asked;
use crate::operation::Control;
use crate::operations::RUN_INLINE_QUERY;
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
pub(crate) fn run(caller: &Caller, query: &InlineQuery, control: &Arc<Control>) -> Result<Outcome> {
    match begin(caller, query, control) {
        Ok(rows) => Ok(Outcome::Rows(connector_interface::rows::export(rows))),
        Err(error) => Err(explained(caller, query, control, error)),
    }
}

/// Sends the query and reads its first rows. A connection that breaks before a row was delivered has delivered nothing, so
/// that the query may be run again.
fn begin(caller: &Caller, query: &InlineQuery, control: &Arc<Control>) -> Result<stream::Rows> {
    let mut pauses = Pauses::new(RUN_INLINE_QUERY.safety);
    loop {
        let mut running = kill::Running::new(caller, query);
        let body = Body::json(&query.to_looker());
        let asked = Asked::new(&RUN_INLINE_QUERY, &["json_bi"], &[]).with(body);
        let sent = async {
            // Who gives up before has nothing to kill, and no reason to ask Looker for anything.
            caller.ready().await?;
            running.was_sent();
            caller.send(&asked).await
        };
        let response = block_on(control.run(sent)).inspect_err(|error| running.has_failed(error));
        let begun = response.and_then(|response| stream::Rows::begin(response, query, Arc::clone(control), running));
        let error = match begun {
            Err(error) if is_broken(&error) => error,
            begun => return begun,
        };
        let failure = Failure { error: Box::new(error), reached: Reached::Perhaps };
        let Some(pause) = pauses.next(&failure, control.meter()) else { return Err(pauses.told(*failure.error)) };
        tracing::warn!(operation = RUN_INLINE_QUERY.id, "trying again after: {}", failure.error.kind.meaning());
        block_on(control.run(async {
            tokio::time::sleep(pause).await;
            Ok(())
        }))?;
    }
}

/// Whether the connection broke while the answer was on its way.
fn is_broken(error: &Error) -> bool {
    error.kind == ErrorKind::Incomplete && error.evidence.contains_key("cause")
}

/// The error, with the name that is wrong if a name is. A cancel or a deadline while it is looked up changes nothing.
fn explained(caller: &Caller, query: &InlineQuery, control: &Arc<Control>, error: Error) -> Error {
    let fields = query.all_fields();
    let look = async {
        let error = catalog::explain(caller, error.clone(), &query.model, &query.explore, &fields).await;
        Ok(caller.naming_the_user(error).await)
    };
    block_on(control.run(look)).unwrap_or(error)
}
