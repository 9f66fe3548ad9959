//! `/__sandbox/`: what happens to an instance without a call of the client that waits for it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::read;
use crate::errors::Failure;
use crate::state::State;

/// Statements on the data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statements {
    sql: String,
}

/// Changes the data.
pub(super) fn sql(state: &State, body: &[u8]) -> Result<Value, Failure> {
    let Statements { sql } = read(body)?;
    let changed = state.database.change(&sql).map_err(Failure::bad_request)?;
    Ok(json!({ "changed": changed }))
}
