//! The Open SQL interface.

use axum::response::Response;
use serde_json::Value;

use crate::dispatch::{Call, Existing};
use crate::errors::{Failure, Problem};
use crate::handlers::models::visible_explore;
use crate::handlers::run;
use crate::model::field::Category;
use crate::model::{Explore, Model};
use crate::open_sql::Statement;
use crate::uncertain;

fn wrong(why: &str) -> Failure {
    Failure::Validation(vec![Problem { field: "sql".into(), code: "invalid", message: why.into() }])
}

/// `create_sql_interface_query`: checks the statement, and says which columns it will have.
pub(crate) fn create_sql_interface_query(call: &Call) -> Result<Response, Failure> {
    let session = call.session()?;
    if !session.user.may("explore") {
        return Err(uncertain::sql_interface_not_allowed());
    }
    let sql = call.content.object.get("sql").and_then(Value::as_str).unwrap_or_default();
    let jdbc_client = call.content.object.get("jdbc_client").and_then(Value::as_bool).unwrap_or_default();
    let statement = Statement::parse(sql).map_err(|why| wrong(&why))?;
    let (model, explore) = visible_explore(session, &statement.model, &statement.explore)?;
    check(model, explore, &statement)?;
    // What cannot be compiled is told now, not when it runs.
    run::prepare(call, &statement.query(), "json_bi").map_err(|failure| match failure {
        Failure::Status(_, why) => wrong(&why),
        other => other,
    })?;
    let kind = |name: &str| model.field(explore, name).map(|field| field.kind.clone()).unwrap_or_default();
    let (query, is_new) = call.state.sql_interface.save(sql, jdbc_client, &statement, kind);
    let mut answer = call.answer(query.describe())?;
    if !is_new {
        answer.extensions_mut().insert(Existing);
    }
    Ok(answer)
}

/// Measures stand inside `AGGREGATE`, dimensions do not, and required filters are there.
fn check(model: &Model, explore: &Explore, statement: &Statement) -> Result<(), Failure> {
    for column in &statement.columns {
        let field = model.field(explore, &column.field);
        match field.map(|field| field.category == Category::Measure) {
            Some(true) if !column.is_measure => {
                return Err(wrong(&format!("The measure `{0}` must be AGGREGATE(`{0}`).", column.field)));
            }
            Some(false) if column.is_measure => {
                return Err(wrong(&format!("`{}` is not a measure.", column.field)));
            }
            _ => {}
        }
    }
    let filtered = statement.filter.as_ref().map(|filter| filter.fields()).unwrap_or_default();
    match explore.always_filter.iter().find(|(field, _)| !filtered.contains(field)) {
        Some((field, _)) => Err(wrong(&format!("The explore needs a condition on `{field}`."))),
        None => Ok(()),
    }
}

/// `run_sql_interface_query`.
pub(crate) fn run_sql_interface_query(call: &Call) -> Result<Response, Failure> {
    if call.path("result_format") != "json_bi" {
        return Err(Failure::Validation(vec![Problem::invalid("result_format", "must be json_bi.")]));
    }
    let query = call.state.sql_interface.find(call.path("query_id")).ok_or(Failure::NotFound)?;
    let prepared = run::prepare(call, &query.query, "json_bi")?.in_order(query.columns.clone());
    run::stream_prepared(call, prepared, None, drop)
}
