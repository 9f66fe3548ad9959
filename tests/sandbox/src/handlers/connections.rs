//! Database connections, as far as clients look at them.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::model::models;

fn describe(name: &str) -> Value {
    json!({
        "name": name,
        "dialect_name": "sqlite",
        "dialect": {
            "name": "sqlite",
            "label": "SQLite",
            "supports_streaming": true,
            "supports_inducer": false,
            "automatically_run_sql_runner_snippets": true,
        },
        "host": null,
        "port": null,
        "database": name,
        "schema": null,
        "db_timezone": "UTC",
        "query_timezone": "UTC",
        "pdts_enabled": false,
        "uses_oauth": false,
        "user_db_credentials": false,
        "example": false,
        "managed": false,
        "can": { "show": true },
    })
}

/// All that are there from the start.
pub(crate) fn all() -> Vec<Value> {
    models().iter().filter(|model| !model.internal).map(|model| describe(model.connection)).collect()
}

/// `all_connections`.
pub(crate) fn all_connections(call: &Call) -> Result<Response, Failure> {
    call.answer(all().into())
}

/// `connection`.
pub(crate) fn connection(call: &Call) -> Result<Response, Failure> {
    let name = call.path("connection_name");
    let model = models().iter().find(|model| model.connection == name).ok_or(Failure::NotFound)?;
    call.answer(describe(model.connection))
}
