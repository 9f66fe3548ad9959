//! Running queries: the answer is a stream of the result.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use axum::response::Response;
use rusqlite::types::{Value, ValueRef};
use serde_json::Map;

use crate::database::Activity;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, typed_response};
use crate::faults::{Fault, Kind};
use crate::format::{Facts, Format, ResultFormat, Shape, Wishes};
use crate::handlers::models::visible_explore;
use crate::model::describe;
use crate::query::body::Query;
use crate::query::compile::{Caller, Plan, compile};
use crate::query::run::{Receiver, RunError, Stopped, run};
use crate::running::{Asked, Job, Start};
use crate::state::State;
use crate::stream::{CHUNK, Sink, channel, orphan};
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

/// A query that is ready to run.
pub(crate) struct Prepared {
    /// The statements.
    pub(crate) plan: Plan,
    /// The result format.
    pub(crate) format: ResultFormat,
    /// Name of the database connection.
    pub(crate) connection: &'static str,
    asked: Asked,
    facts: Facts,
    wishes: Wishes,
}

/// Checks and compiles a query for the user of a call.
pub(crate) fn prepare(call: &Call, query: &Query, format: &str) -> Result<Prepared, Failure> {
    let session = call.session()?;
    let format = ResultFormat::from_name(format).ok_or_else(|| {
        Failure::Validation(vec![Problem::invalid(
            "result_format",
            "must be one of json, json_bi, json_detail, csv, txt, sql in this sandbox.",
        )])
    })?;
    let (model, explore) = visible_explore(session, &query.model, &query.view)?;
    let caller = Caller {
        limit: call.integer("limit"),
        may_download_all: session.user.may("download_without_limit"),
        denied_fields: session.user.profile.denied_fields,
        now: call.state.now,
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
        timezone: plan.zone.clone(),
        ran_at: 0,
        fields: describe::result_fields(&plan, &session.user),
    };
    let wishes = Wishes { formatted: call.flag("apply_formatting"), drill_links: call.flag("generate_drill_links") };
    let fields = query.written.get("fields").cloned().unwrap_or_default();
    let asked = Asked { model: model.name, explore: explore.name, fields };
    Ok(Prepared { plan, format, connection: model.connection, asked, facts, wishes })
}

/// Answers with the result of a query, as it comes.
pub(crate) fn stream(call: &Call, query: &Query, query_id: Option<String>) -> Result<Response, Failure> {
    let prepared = prepare(call, query, call.path("result_format"))?;
    let content_type = prepared.format.content_type();
    if prepared.format == ResultFormat::Sql {
        return Ok(typed_response(StatusCode::OK, content_type, prepared.plan.sql()));
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
        sql: prepared.plan.sql(),
    }))
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All rows were delivered, or a fault was.
    Complete,
    /// The database, or a fault in its place, said this; the body holds it in the shape of the format.
    Error(String),
    /// Stopped from outside.
    Killed,
}

/// Runs a query to its end, on a thread that may block.
pub(crate) fn execute(
    state: &State,
    job: &Arc<Job>,
    prepared: Prepared,
    fault: Option<Fault>,
    sink: Box<dyn Sink + '_>,
) -> Outcome {
    let begin = Instant::now();
    let result_format = prepared.format;
    let facts = Facts { id: job.query_task_id.clone(), ran_at: job.created_at, ..prepared.facts };
    let mut delivery = prepared.format.writer(prepared.wishes, facts).map(|format| Delivery {
        format,
        sink,
        buffer: Vec::with_capacity(CHUNK + 4096),
        rows: 0,
        begun: false,
        faulted: false,
        fault,
        begin,
    });
    let outcome = delivery.as_mut().map_or(Outcome::Complete, |delivery| delivery.deliver(state, job, &prepared.plan));
    if outcome == Outcome::Killed {
        state.stats.cancelled_queries.count();
    }
    state.running.end(job);
    state.database.record(&Activity {
        created_at: job.created_at,
        user_id: job.user.id,
        query_id: job.query_id.clone(),
        model: job.query.model.into(),
        explore: job.query.explore.into(),
        source: "api4".into(),
        result_format: result_format.name().into(),
        status: match outcome {
            Outcome::Complete => "complete",
            Outcome::Error(_) => "error",
            Outcome::Killed => "killed",
        },
        runtime: begin.elapsed().as_secs_f64(),
        rows: delivery.as_ref().map_or(0, |delivery| delivery.rows),
        message: if let Outcome::Error(message) = &outcome { Some(message.clone()) } else { None },
    });
    // The body ends here: whoever has read all of it finds the query in the counters and in the history.
    drop(delivery);
    outcome
}

/// Writes rows in a format, in chunks, with a fault where it is due.
struct Delivery<'a> {
    format: Box<dyn Format>,
    sink: Box<dyn Sink + 'a>,
    buffer: Vec<u8>,
    rows: u64,
    begun: bool,
    faulted: bool,
    fault: Option<Fault>,
    begin: Instant,
}

impl Delivery<'_> {
    fn deliver(&mut self, state: &State, job: &Arc<Job>, plan: &Plan) -> Outcome {
        if let Some(fault) = self.fault.take_if(|fault| fault.kind == Kind::ErrorRow) {
            return self.fail(fault.message());
        }
        if job.is_stopped() || state.is_stopping() {
            self.sink.cut();
            return Outcome::Killed;
        }
        let result = state.database.reader().map_err(RunError::Sql).and_then(|mut reader| {
            let switch = Arc::clone(job);
            reader.stop_when(move || switch.is_stopped())?;
            run(plan, &reader, self)
        });
        match result {
            Ok(()) => Outcome::Complete,
            Err(RunError::Stopped) if self.faulted => Outcome::Complete,
            Err(RunError::Stopped) => Outcome::Killed,
            Err(RunError::Sql(_)) if job.is_stopped() => {
                self.sink.cut();
                Outcome::Killed
            }
            Err(RunError::Sql(error)) => self.fail(format!("SQL Error: {}", reason(&error))),
        }
    }

    fn fail(&mut self, message: String) -> Outcome {
        if self.begun {
            self.buffer.extend_from_slice(uncertain::midstream_error(&message).as_bytes());
        } else {
            self.format.failed(&mut self.buffer, &message);
        }
        self.flush();
        Outcome::Error(message)
    }

    fn flush(&mut self) -> bool {
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK + 4096));
        chunk.is_empty() || self.sink.send(chunk)
    }

    /// Lets the fault happen.
    fn happen(&mut self, fault: &Fault) -> Stopped {
        self.faulted = true;
        if fault.kind == Kind::ErrorText {
            self.buffer.extend_from_slice(uncertain::midstream_error(&fault.message()).as_bytes());
        }
        self.flush();
        if fault.kind == Kind::Cut {
            self.sink.cut();
        }
        Stopped
    }

    fn due(&mut self, at_end: bool) -> Option<Fault> {
        let rows = self.rows;
        self.fault.take_if(|fault| {
            matches!(fault.kind, Kind::Cut | Kind::End | Kind::ErrorText) && (at_end || rows >= fault.after_rows)
        })
    }
}

/// What the database says, without the statement: not every user may see SQL.
fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

impl Receiver for Delivery<'_> {
    fn begin(&mut self, shape: Shape) -> Result<(), Stopped> {
        self.format.begin(&mut self.buffer, shape);
        self.begun = true;
        Ok(())
    }

    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped> {
        if self.fault.is_some()
            && let Some(fault) = self.due(false)
        {
            return Err(self.happen(&fault));
        }
        self.format.row(&mut self.buffer, cells);
        self.rows += 1;
        if self.buffer.len() >= CHUNK && !self.flush() {
            return Err(Stopped);
        }
        Ok(())
    }

    fn end(&mut self, totals: Option<&[Value]>) -> Result<(), Stopped> {
        if let Some(fault) = self.due(true) {
            return Err(self.happen(&fault));
        }
        self.format.end(&mut self.buffer, totals, self.begin.elapsed().as_secs_f64());
        if self.flush() { Ok(()) } else { Err(Stopped) }
    }
}
