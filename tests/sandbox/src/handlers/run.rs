//! Running queries: the answer is a stream of the result.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Map;

use crate::database::Reader;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, typed_response};
use crate::faults::Kind;
use crate::format::positional::Position;
use crate::format::{Facts, ResultFormat, Size, Wishes};
use crate::handlers::delivery::execute;
use crate::handlers::models::visible_explore;
use crate::model::describe;
use crate::query::body::Query;
use crate::query::compile::{Caller, Plan, compile};
use crate::query::raw;
use crate::query::run::{Receiver, RunError, run};
use crate::running::{Asked, Job, Start};
use crate::state::State;
use crate::stream::{Sink, channel, orphan};
use crate::uncertain;

/// `run_inline_query`.
pub(crate) fn run_inline_query(call: &Call) -> Result<Response, Failure> {
    let query = Query::from_body(&call.content.object).map_err(Failure::Validation)?;
    stream(call, &query, None)
}

/// `run_query`.
pub(crate) fn run_query(call: &Call) -> Result<Response, Failure> {
    let id = call.path("query_id");
    let saved = call.state.queries.by_id(id).ok_or(Failure::NotFound)?;
    stream(call, &saved.query, Some(saved.id.clone()))
}

/// `run_url_encoded_query`: the query stands in the query string, filters as `f[view.field]`.
pub(crate) fn run_url_encoded_query(call: &Call) -> Result<Response, Failure> {
    let mut body = Map::new();
    let mut filters = Map::new();
    for (name, value) in &call.query {
        let list = || value.split(',').map(|part| part.trim().into()).collect::<Vec<serde_json::Value>>();
        if let Some(field) = name.strip_prefix("f[").and_then(|name| name.strip_suffix(']')) {
            filters.insert(field.to_owned(), value.as_str().into());
            continue;
        }
        let value = match name.as_str() {
            "fields" | "sorts" | "pivots" | "fill_fields" | "subtotals" => list().into(),
            "vis_config" | "filter_config" => serde_json::from_str(value).unwrap_or_default(),
            "total" => (value == "true" || value == "on").into(),
            _ => value.as_str().into(),
        };
        body.insert(name.clone(), value);
    }
    body.insert("filters".into(), filters.into());
    body.insert("model".into(), call.path("model_name").into());
    body.insert("view".into(), call.path("view_name").into());
    let query = Query::from_body(&body).map_err(Failure::Validation)?;
    stream(call, &query, None)
}

/// What is to be run.
pub(crate) enum Work {
    /// A query of an explore.
    Query(Box<Plan>),
    /// SQL as it is.
    Sql(String),
}

impl Work {
    /// SQL for people.
    pub(crate) fn sql(&self) -> String {
        match self {
            Self::Query(plan) => plan.sql(),
            Self::Sql(sql) => sql.clone(),
        }
    }

    /// Runs it to its end.
    pub(super) fn run(&self, reader: &mut Reader<'_>, receiver: &mut dyn Receiver) -> Result<(), RunError> {
        match self {
            Self::Query(plan) => run(plan, reader, receiver),
            Self::Sql(sql) => {
                reader.only_data()?;
                raw::run(sql, reader, receiver)
            }
        }
    }
}

/// Work that is ready to run.
pub(crate) struct Prepared {
    /// The statements.
    pub(crate) work: Work,
    /// The result format.
    pub(crate) format: ResultFormat,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    /// What it asks.
    pub(super) asked: Asked,
    /// What the metadata says of it.
    pub(super) facts: Facts,
    /// What the format is to care about.
    pub(super) wishes: Wishes,
}

impl Prepared {
    /// With another size of the picture.
    pub(crate) fn sized(self, size: Size) -> Self {
        Self { wishes: Wishes { size, ..self.wishes }, ..self }
    }

    /// With its columns in an order of their own.
    pub(crate) fn in_order(self, columns: Vec<Position>) -> Self {
        Self { facts: Facts { columns, ..self.facts }, ..self }
    }

    /// SQL as it is, on a connection.
    pub(crate) fn sql(
        call: &Call,
        work: Work,
        format: ResultFormat,
        connection: &'static str,
    ) -> Result<Self, Failure> {
        let facts = Facts { sql: call.session()?.user.may("see_sql").then(|| work.sql()), ..Facts::default() };
        let asked = Asked { model: "", explore: "", fields: serde_json::Value::Null };
        Ok(Self { work, format, connection, asked, facts, wishes: wishes(call) })
    }
}

/// The format with a name.
pub(crate) fn format(name: &str) -> Result<ResultFormat, Failure> {
    ResultFormat::from_name(name)
        .ok_or_else(|| Failure::Validation(vec![Problem::invalid("result_format", "is not a format of this sandbox.")]))
}

fn wishes(call: &Call) -> Wishes {
    Wishes {
        formatted: call.flag("apply_formatting"),
        drill_links: call.flag("generate_drill_links"),
        size: Size::of(call.integer("image_width"), call.integer("image_height")),
        choices: call.state.uncertain.choices(),
    }
}

/// Checks and compiles a query for the user of a call.
pub(crate) fn prepare(call: &Call, query: &Query, format: &str) -> Result<Prepared, Failure> {
    let session = call.session()?;
    let format = self::format(format)?;
    let (model, explore) = visible_explore(session, &query.model, &query.view)?;
    let caller = Caller {
        limit: call.integer("limit"),
        may_download_all: session.user.may("download_without_limit") && !format.is_image(),
        denied_fields: session.user.profile.denied_fields,
        now: call.state.now,
        choices: call.state.uncertain.choices(),
    };
    let plan = compile(model, explore, query, caller)?;
    if format == ResultFormat::Sql && !session.user.may("see_sql") {
        return Err(uncertain::sql_not_visible());
    }
    let facts = Facts {
        id: String::new(),
        sql: session.user.may("see_sql").then(|| plan.sql()),
        model: model.name.to_owned(),
        explore: (explore.name.to_owned(), explore.label.to_owned()),
        filters: plan.filters.clone(),
        filter_expression: query.filter_expression.clone(),
        fill_fields: query.fill_fields.clone(),
        path_prefix: call.parameter("path_prefix").unwrap_or_default().to_owned(),
        timezone: plan.zone.clone(),
        ran_at: 0,
        columns: Vec::new(),
        fields: describe::result_fields(&plan, &session.user),
    };
    let fields = query.written.get("fields").cloned().unwrap_or_default();
    let asked = Asked { model: model.name, explore: explore.name, fields };
    let work = Work::Query(Box::new(plan));
    Ok(Prepared { work, format, connection: model.connection, asked, facts, wishes: wishes(call) })
}

/// Answers with the result of a query, as it comes.
pub(crate) fn stream(call: &Call, query: &Query, query_id: Option<String>) -> Result<Response, Failure> {
    stream_prepared(call, prepare(call, query, call.path("result_format"))?, query_id, drop)
}

/// Answers with the result of prepared work, as it comes; `done` is told how long it took.
pub(crate) fn stream_prepared(
    call: &Call,
    prepared: Prepared,
    query_id: Option<String>,
    done: impl FnOnce(Duration) + Send + 'static,
) -> Result<Response, Failure> {
    let content_type = prepared.format.content_type();
    if prepared.format == ResultFormat::Sql {
        return Ok(typed_response(StatusCode::OK, content_type, prepared.work.sql()));
    }
    let state = Arc::clone(&call.state);
    let job = start(&state, call, &prepared, query_id, None)?;
    let fault = call.fault.clone();
    let (sink, body): (Box<dyn Sink>, _) = if fault.as_ref().is_some_and(|fault| fault.kind == Kind::Orphan) {
        let (sink, body) = orphan();
        (Box::new(sink), body)
    } else {
        let (sink, body) = channel(Arc::clone(&job));
        (Box::new(sink), body)
    };
    tokio::task::spawn_blocking(move || {
        execute(&state, &job, prepared, fault, sink);
        done(job.started.elapsed());
    });
    Ok(typed_response(StatusCode::OK, content_type, body))
}

/// Enters a query among those that run.
pub(crate) fn start(
    state: &State,
    call: &Call,
    prepared: &Prepared,
    query_id: Option<String>,
    query_task_id: Option<String>,
) -> Result<Arc<Job>, Failure> {
    Ok(state.running.start(Start {
        query_task_id,
        user: Arc::clone(&call.session()?.user),
        connection: prepared.connection,
        query_id,
        query: prepared.asked.clone(),
        sql: prepared.work.sql(),
    }))
}
