//! What to run, and how.
//!
//! | file | what it holds |
//! |---|---|
//! | `request` | the body of a request |
//! | `reference` | ids, slugs and addresses, told apart |
//! | `resolve` | from what a request names to what is run |
//! | `looker_query`, `dynamic_fields` | a query as Looker has it, and the fields that it defines itself |
//! | `dashboard`, `merge`, `sql` | dashboards, merged results, SQL |
//! | `mode`, `formats` | the tables of ways to run and of formats |
//! | `limits` | what stops streaming, and what was cut |
//! | `explore`, `schema` | what is known of fields, and columns told without running |
//! | `call`, `task`, `render` | one request, a query task, a render task |
//! | `saved` | what is saved, run by its id alone |
//! | `direct`, `begin` | a query of an explore, and any result from its call to its first rows |
//! | `stream`, `bytes` | rows and bytes on their way to a host |
//! | `kill` | ending what nobody waits for |

mod begin;
mod bytes;
mod call;
mod dashboard;
mod direct;
mod dynamic_fields;
mod explore;
mod formats;
mod kill;
mod limits;
mod looker_query;
mod merge;
mod mode;
mod reference;
mod render;
mod request;
mod resolve;
mod saved;
mod schema;
mod sql;
mod stream;
mod task;

pub(crate) use explore::Explores;
pub(crate) use request::QueryRequest;
pub(crate) use saved::slug_of;
pub(crate) use sql::check_allowed;

use std::collections::HashMap;
use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Result};
use serde_json::Value;

use crate::api::Caller;
use crate::catalog;
use crate::operation::Control;
use crate::runtime::block_on;
use begin::Begun;
use formats::Made;
use looker_query::LookerQuery;
use looker_result::{Columns, Fields, KEY_PREFIX, Wire};
use resolve::{Resolved, resolve};
use stream::{Rows, Source};

/// What the connector says of its queries.
pub(crate) fn spec() -> OperationSpec {
    OperationSpec::new(
        OperationSpec::QUERY,
        "Run a query, a Look, a tile of a dashboard, a merged result or SQL, and deliver the result as it arrives",
        QueryRequest::schema().clone(),
        &[OutcomeKind::Rows, OutcomeKind::Bytes, OutcomeKind::Value],
    )
    .read_only()
}

/// A query request on its way, with what it needs of its session.
pub(crate) struct Job {
    pub(crate) caller: Caller,
    pub(crate) control: Arc<Control>,
    pub(crate) request: QueryRequest,
    /// The request as it came.
    pub(crate) body: Value,
    pub(crate) explores: Arc<Explores>,
    pub(crate) allow_sql_runner: bool,
}

impl Job {
    /// Runs it; returns when the first rows or bytes have arrived, or the end.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let made = formats::wanted(self.request.format, self.request.wire)?;
        let resolved = self.wait(resolve(&self.caller, &self.request)).map_err(|error| self.named(error))?;
        match resolved {
            Resolved::Query(query, saved) => self.query(&query, saved.as_ref(), made),
            Resolved::Sql(sql) => self.sql(&sql, made).map_err(|error| self.named(error)),
            Resolved::OpenSql(sql) => self.open_sql(&sql, made).map_err(|error| self.named(error)),
            Resolved::Task(id) => self.task(&id).map_err(|error| self.named(error)),
            Resolved::RenderTask(id) => self.render_task(&id).map_err(|error| self.named(error)),
            Resolved::Dashboard(dashboard) => self.dashboard(&dashboard, made).map_err(|error| self.named(error)),
            Resolved::Merge(merge) => self.merge(&merge, made),
        }
    }

    /// Waits for work, but no longer than until a cancel or the deadline.
    fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        block_on(self.control.run(work))
    }

    /// Keeps a sentence for the summary, where it can be read while the query runs.
    fn notice(&self, text: String) {
        self.caller.meter().notice(text);
        let summary = self.caller.meter().summary();
        self.control.update(|progress| progress.summary.extend(summary));
    }

    /// The fields of a query's explore, and its own.
    fn fields(&self, query: &LookerQuery) -> Result<Fields> {
        let mut fields = self.wait(self.explores.fields(&self.caller, query.model(), query.explore()))?;
        dynamic_fields::add(&mut fields, query.dynamic_fields());
        Ok(fields)
    }

    /// The columns of a query's result, and what the schema's metadata says of the query. What the wire does not tell of
    /// its fields is looked up.
    fn columns(&self, query: &LookerQuery, made: &Made) -> Result<Columns> {
        let tells_nothing = matches!(made.wire, Some(Wire::Json | Wire::Csv));
        let facts = [
            ("model", Some(query.model().to_owned())),
            ("explore", Some(query.explore().to_owned())),
            ("limit", Some(query.limit().to_string())),
            ("query_timezone", query.timezone().map(str::to_owned)),
        ];
        let facts = facts.into_iter().filter_map(|(key, value)| Some((format!("{KEY_PREFIX}{key}"), value?)));
        Ok(Columns {
            fields: Some(query.list("fields")),
            pivots: query.list("pivots"),
            known: Some(if tells_nothing { self.fields(query)? } else { own_fields(query) }),
            metadata: facts.collect::<HashMap<_, _>>(),
            ..self.all_columns(made)
        })
    }

    /// The columns of a result that tells itself which it has.
    fn all_columns(&self, made: &Made) -> Columns {
        let request = &self.request;
        Columns {
            wire: made.wire.unwrap_or_default(),
            numbers: request.numbers,
            decimal_scale: request.decimal_scale,
            dictionaries: request.dictionaries,
            lists: request.lists,
            pivot_shape: request.pivot_shape,
            misfits: request.misfits,
            ..Columns::default()
        }
    }

    /// The columns of a query's result, without running it.
    fn planned(&self, query: &LookerQuery) -> Result<arrow_schema::SchemaRef> {
        // Of all wire formats this is the one that tells nothing itself.
        schema::planned(self.columns(query, Made::find("json")?)?)
    }

    /// A result as it goes to the host.
    fn delivered(&self, begun: Begun) -> Outcome {
        match begun {
            Begun::Rows(rows) => self.rows(*rows),
            Begun::Bytes(bytes) => bytes,
        }
    }

    fn rows(&self, rows: impl Source + 'static) -> Outcome {
        Outcome::Rows(connector_interface::rows::export(Rows::new(rows, &self.control)))
    }

    /// The error, with the name that is wrong if a name is. A cancel or a deadline while it is looked up changes nothing.
    fn explained(&self, query: &LookerQuery, made: &Made, error: Error) -> Error {
        let fields = query.all_fields();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let look = async {
            let before = error.message.clone();
            let mut error =
                catalog::explain(&self.caller, error.clone(), query.model(), query.explore(), &fields).await;
            if made.name == "sql" && error.kind == ErrorKind::NotFound && error.message == before {
                error.kind = ErrorKind::Forbidden;
                "This user may not see the SQL".clone_into(&mut error.message);
                "Ask a Looker administrator for the permission see_sql".clone_into(&mut error.advice);
            }
            Ok(self.caller.naming_the_user(error).await)
        };
        self.wait(look).unwrap_or(error)
    }

    /// The error, with the user's name.
    fn named(&self, error: Error) -> Error {
        self.wait(async { Ok(self.caller.naming_the_user(error.clone()).await) }).unwrap_or(error)
    }
}

/// The fields that a query defines itself.
fn own_fields(query: &LookerQuery) -> Fields {
    let mut fields = Fields::default();
    dynamic_fields::add(&mut fields, query.dynamic_fields());
    fields
}
