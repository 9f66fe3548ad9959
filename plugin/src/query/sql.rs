//! SQL that people write: for SQL Runner, which runs it on a connection as it is, and for the Open SQL Interface, which runs
//! it over explores.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Job;
use super::begin::{Wanted, Way};
use super::call::Request;
use super::formats::Made;
use super::kill::What;
use super::limits::RowLimit;
use super::mode::Run;
use super::request::{QueryRequest, Source};
use crate::api::Caller;
use crate::http::Body;
use crate::link::Asked;
use crate::operations::{CREATE_SQL_INTERFACE_QUERY, CREATE_SQL_QUERY, RUN_SQL_INTERFACE_QUERY, RUN_SQL_QUERY};
use crate::paging::id_text;
use looker_result::Wire;

/// A query of SQL Runner.
#[derive(Debug)]
pub(super) enum Sql {
    /// A body of `create_sql_query`.
    Written(Value),
    /// One that is there already, by its slug.
    Saved(String),
}

/// Refuses a request that names SQL for SQL Runner, unless it is allowed.
pub(crate) fn check_allowed(request: &QueryRequest, is_allowed: bool) -> Result<()> {
    match request.source()? {
        Source::Sql { .. } if !is_allowed => Err(not_allowed()),
        _ => Ok(()),
    }
}

/// The error for SQL Runner while it is off.
fn not_allowed() -> Error {
    Error::new(ErrorKind::Forbidden, "SQL Runner is off: it runs any SQL, past the models and what they permit")
        .advise("Set the option `allow_sql_runner` to true, or ask for the explore's fields")
}

impl Sql {
    pub(super) fn written(sql: &str, connection: Option<&str>, model: Option<&str>) -> Self {
        Self::Written(match (connection, model) {
            (Some(connection), _) => json!({ "sql": sql, "connection_name": connection }),
            (None, model) => json!({ "sql": sql, "model_name": model }),
        })
    }

    /// Its slug; a written one is made first.
    async fn slug(&self, caller: &Caller) -> Result<String> {
        #[derive(Deserialize)]
        struct Made {
            slug: String,
        }
        match self {
            Self::Saved(slug) => Ok(slug.clone()),
            Self::Written(body) => {
                let asked = Asked::new(&CREATE_SQL_QUERY, &[], &[]).with(Body::json(body));
                let made: Made = caller.get(&asked).await.map_err(closed)?;
                Ok(made.slug)
            }
        }
    }
}

/// Refuses what SQL cannot be asked for.
fn check_form(request: &QueryRequest, made: &Made, name: &str) -> Result<()> {
    let invalid = |message: String, advice: &str| Err(Error::new(ErrorKind::InvalidInput, message).advise(advice));
    if !matches!(request.run, Run::Auto | Run::Direct) {
        return invalid(format!("`run` does not go with `{name}`"), "Leave it out: SQL is run in one request");
    }
    if request.schema_only {
        return invalid(
            format!("The columns of `{name}` are not known without running it"),
            "Run it with a small LIMIT",
        );
    }
    if matches!(made.wire, Some(Wire::Json | Wire::Csv)) {
        return invalid(
            format!("The types of `{name}` are not told by the wire format {}", made.name),
            "Leave `wire` out; json_bi tells them",
        );
    }
    if made.is_image() || (name == "open_sql" && made.name != "json_bi") {
        return invalid(format!("Looker does not make the format {} of `{name}`", made.name), "Ask for rows");
    }
    Ok(())
}

/// Prepares a query of the Open SQL Interface, and returns the call that runs it.
async fn prepared(caller: &Caller, sql: &str) -> Result<Request> {
    #[derive(Deserialize)]
    struct Prepared {
        id: Value,
    }
    let body = json!({ "sql": sql, "jdbc_client": false });
    let asked = Asked::new(&CREATE_SQL_INTERFACE_QUERY, &[], &[]).with(Body::json(&body));
    let made: Prepared = caller.get(&asked).await.map_err(not_understood)?;
    let id = id_text(&made.id).unwrap_or_default();
    Ok(Request::new(&RUN_SQL_INTERFACE_QUERY, &[&id, "json_bi"]))
}

/// What a missing permission looks like.
fn closed(mut error: Error) -> Error {
    if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) {
        error.kind = ErrorKind::Forbidden;
        "This user may not use SQL Runner, or there is no such connection, model or query"
            .clone_into(&mut error.message);
        "Ask a Looker administrator for the permission use_sql_runner; models name their connection in the catalog"
            .clone_into(&mut error.advice);
    }
    error
}

fn not_understood(mut error: Error) -> Error {
    match error.kind {
        ErrorKind::InvalidInput | ErrorKind::QueryFailed => {
            error.kind = ErrorKind::QueryFailed;
            error.message =
                error.message.replacen("Looker found the input invalid", "Looker does not understand the SQL", 1);
            "Select `view.field` from `model`.`explore`, measures as AGGREGATE(`view.field`), without joins"
                .clone_into(&mut error.advice);
        }
        ErrorKind::NotFound => {
            "This Looker has no Open SQL Interface, or this user may not use it".clone_into(&mut error.message);
            "It wants a release that has it, and a model whose connection supports it; ask for the explore's fields instead"
                .clone_into(&mut error.advice);
        }
        _ => {}
    }
    error
}

impl Job {
    /// Runs SQL on a connection.
    pub(super) fn sql(&self, sql: &Sql, made: &'static Made) -> Result<Outcome> {
        if !self.allow_sql_runner {
            return Err(not_allowed());
        }
        check_form(&self.request, made, "sql")?;
        let slug = self.wait(sql.slug(&self.caller))?;
        let way = Way::Direct(Request::new(&RUN_SQL_QUERY, &[&slug, made.name]));
        let wanted = Wanted { facts: facts("sql"), ..self.untold(What::Sql(slug), made) };
        self.begin(way, wanted).map(|begun| self.delivered(begun)).map_err(closed)
    }

    /// Runs SQL over explores.
    pub(super) fn open_sql(&self, sql: &str, made: &'static Made) -> Result<Outcome> {
        check_form(&self.request, made, "open_sql")?;
        let way = Way::Direct(self.wait(prepared(&self.caller, sql))?);
        let wanted = Wanted { facts: facts("open_sql"), ..self.untold(What::OpenSql(sql.to_owned()), made) };
        self.begin(way, wanted).map(|begun| self.delivered(begun))
    }

    /// What is wanted of a result that tells itself what it is.
    pub(super) fn untold(&self, what: What, made: &'static Made) -> Wanted {
        Wanted { what, made, columns: self.all_columns(made), limit: RowLimit(None), facts: Map::new() }
    }
}

fn facts(run: &str) -> Map<String, Value> {
    Map::from_iter([("run".to_owned(), json!(run))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Value) -> QueryRequest {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn sql_runner_is_off_until_it_is_allowed_and_says_which_option_allows_it() {
        let sql = request(json!({ "sql": "SELECT 1", "connection": "c" }));
        let error = check_allowed(&sql, false).unwrap_err();
        assert!(error.kind == ErrorKind::Forbidden && error.advice.contains("`allow_sql_runner`"), "{error}");
        check_allowed(&sql, true).unwrap();
        check_allowed(&request(json!({ "open_sql": "SELECT 1" })), false).unwrap();
    }

    #[test]
    fn what_tells_no_types_is_not_asked_for() {
        let made = |name| Made::find(name).unwrap();
        let sql = request(json!({ "sql": "SELECT 1", "connection": "c" }));
        assert!(check_form(&sql, made("csv"), "sql").unwrap_err().message.contains("types"));
        assert!(check_form(&sql, made("png"), "sql").is_err());
        check_form(&sql, made("txt"), "sql").unwrap();
        assert!(check_form(&sql, made("txt"), "open_sql").is_err());
        let task = request(json!({ "open_sql": "SELECT 1", "run": "task" }));
        assert!(check_form(&task, made("json_bi"), "open_sql").unwrap_err().message.contains("`run`"));
    }
}
