//! SQL Runner.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;

use crate::dispatch::Call;
use crate::errors::{Failure, Problem};
use crate::format::ResultFormat;
use crate::handlers::models::visible_model;
use crate::handlers::run::{self, Prepared, Work};
use crate::model::models;
use crate::sql_runner::SqlQuery;
use crate::uncertain;

/// Only users with `use_sql_runner` find anything.
fn admit(call: &Call) -> Result<(), Failure> {
    if call.session()?.user.may("use_sql_runner") { Ok(()) } else { Err(uncertain::sql_runner_not_allowed()) }
}

fn find(call: &Call) -> Result<Arc<SqlQuery>, Failure> {
    admit(call)?;
    call.state.sql_queries.find(call.path("slug")).ok_or(Failure::NotFound)
}

/// `create_sql_query`: on a connection, or on that of a model.
pub(crate) fn create_sql_query(call: &Call) -> Result<Response, Failure> {
    admit(call)?;
    let invalid = |key: &str, why: &str| Failure::Validation(vec![Problem::invalid(key, why)]);
    let text = |key: &str| call.content.object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let sql = text("sql").ok_or_else(|| Failure::Validation(vec![Problem::missing("sql")]))?;
    let session = call.session()?;
    let (connection, model) = match (text("connection_name").or_else(|| text("connection_id")), text("model_name")) {
        (Some(name), _) => {
            let mut known = models().iter().filter(|model| !model.internal).map(|model| model.connection);
            (known.find(|known| *known == name).ok_or_else(|| invalid("connection_name", "does not exist."))?, None)
        }
        (None, Some(name)) => {
            let model = visible_model(session, name).map_err(|_| invalid("model_name", "does not exist."))?;
            (model.connection, Some(model.name))
        }
        (None, None) => return Err(invalid("connection_name", "or 'model_name' is required.")),
    };
    let vis_config = call.content.object.get("vis_config").cloned().unwrap_or_default();
    let query = call.state.sql_queries.add(sql, connection, model, vis_config, session.user.id);
    call.answer(query.describe(&call.state.people))
}

/// `sql_query`.
pub(crate) fn sql_query(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe(&call.state.people))
}

/// `run_sql_query`.
pub(crate) fn run_sql_query(call: &Call) -> Result<Response, Failure> {
    let query = find(call)?;
    let format = run::format(call.path("result_format"))?;
    let prepared = prepare(call, &query, format)?;
    let mut answer = run::stream_prepared(call, prepared, None, move |time| query.ran(time))?;
    if call.parameter("download") == Some("true") {
        let name = format!("attachment; filename=\"sql_query.{}\"", format.name());
        if let Ok(value) = HeaderValue::from_str(&name) {
            answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
    }
    Ok(answer)
}

/// SQL that is ready to run.
fn prepare(call: &Call, query: &SqlQuery, format: ResultFormat) -> Result<Prepared, Failure> {
    Prepared::sql(call, Work::Sql(query.sql.clone()), format, query.connection)
}
