//! Query tasks: a query runs by itself, its result is fetched later.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content, typed_response};
use crate::faults::Kind;
use crate::format::ResultFormat;
use crate::handlers::delivery::{Outcome, execute};
use crate::handlers::run;
use crate::opaque::opaque;
use crate::running::Job;
use crate::stream::{Spool, file_body};
use crate::uncertain;
use crate::users::User;

/// The formats of query tasks that the sandbox has: those that need a browser are not among them.
const FORMATS: [&str; 11] =
    ["inline_json", "json", "json_detail", "json_bi", "csv", "html", "md", "txt", "xlsx", "gsxml", "sql"];

/// A query task.
#[derive(Debug)]
pub(crate) struct Task {
    id: String,
    query_id: String,
    format_name: String,
    format: ResultFormat,
    source: Option<String>,
    look_id: Option<String>,
    dashboard_id: Option<String>,
    cache: bool,
    user: Arc<User>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    status: &'static str,
    runtime: f64,
    message: Option<String>,
    result: Option<NamedTempFile>,
    is_cut: bool,
}

/// Status of a task whose result is forgotten.
const EXPIRED: &str = "expired";

impl Task {
    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the result; whether there was something to forget.
    pub(crate) fn expire(&self) -> bool {
        let mut progress = self.progress();
        let was_there = progress.status != EXPIRED;
        progress.status = EXPIRED;
        progress.result = None;
        was_there
    }

    fn describe(&self) -> Value {
        let progress = self.progress();
        json!({
            "can": {},
            "id": self.id,
            "query_id": self.query_id,
            "query": null,
            "generate_links": false,
            "force_production": false,
            "path_prefix": null,
            "cache": self.cache,
            "server_table_calcs": false,
            "cache_only": false,
            "cache_key": null,
            "status": progress.status,
            "source": self.source,
            "runtime": progress.runtime,
            "rebuild_pdts": false,
            "result_source": if progress.status == "complete" { Value::from("query") } else { Value::Null },
            "look_id": self.look_id,
            "dashboard_id": self.dashboard_id,
            "result_format": self.format_name,
        })
    }
}

/// `create_query_task`.
pub(crate) fn create_query_task(call: &Call) -> Result<Response, Failure> {
    let text = |key: &str| match call.content.object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        // Ids are strings, but numbers are understood.
        Some(Value::Number(number)) if key == "query_id" => Ok(number.to_string()),
        _ => Err(Failure::Validation(vec![Problem::invalid(key, "must be a string.")])),
    };
    let given = |key: &str| call.content.object.get(key).and_then(Value::as_str).map(str::to_owned);
    let (query_id, format_name) = (text("query_id")?, text("result_format")?);
    if !FORMATS.contains(&format_name.as_str()) {
        return Err(Failure::Validation(vec![Problem::invalid("result_format", "is not a format of query tasks.")]));
    }
    let saved = call.state.queries.by_id(&query_id).ok_or(Failure::NotFound)?;
    let prepared = run::prepare(call, &saved.query, &format_name)?;
    let file = NamedTempFile::with_prefix("looker-sandbox-").map_err(|_| Failure::internal())?;
    let spool = file.reopen().map_err(|_| Failure::internal())?;

    let state = Arc::clone(&call.state);
    let id = opaque(32);
    let job = run::start(&state, call, &prepared, Some(query_id.clone()), Some(id.clone()))?;
    let task = Arc::new(Task {
        id: id.clone(),
        query_id,
        format_name,
        format: prepared.format,
        source: given("source"),
        look_id: given("look_id"),
        dashboard_id: given("dashboard_id"),
        cache: call.parameter("cache") != Some("false"),
        user: Arc::clone(&call.session()?.user),
        progress: Mutex::new(Progress { status: "added", runtime: 0.0, message: None, result: None, is_cut: false }),
    });
    state.tasks().insert(id, Arc::clone(&task));
    let answer = task.describe();
    let fault = call.fault.clone();
    tokio::task::spawn_blocking(move || {
        if task.progress().status != EXPIRED {
            task.progress().status = "running";
        }
        if let Some(fault) = fault.as_ref().filter(|fault| fault.kind == Kind::Delay) {
            wait(Duration::from_millis(fault.ms), &job);
        }
        let sql = (prepared.format == ResultFormat::Sql).then(|| prepared.work.sql());
        let mut sink = Spool::new(spool);
        if let Some(sql) = sql {
            crate::stream::Sink::send(&mut sink, sql.into_bytes());
        }
        let outcome = execute(&state, &job, prepared, fault, Box::new(&mut sink));
        let is_cut = sink.is_cut;
        let written = sink.finish();
        let mut progress = task.progress();
        if progress.status == EXPIRED {
            return;
        }
        progress.runtime = job.started.elapsed().as_secs_f64();
        (progress.status, progress.message) = match outcome {
            _ if !written => ("error", Some("The result could not be kept.".to_owned())),
            Outcome::Complete => ("complete", None),
            Outcome::Error(message) => ("error", Some(message)),
            Outcome::Killed => ("killed", Some("The query was killed.".to_owned())),
        };
        progress.is_cut = is_cut;
        progress.result = Some(file);
    });
    call.answer(answer)
}

/// Waits, unless the job is stopped before.
pub(crate) fn wait(time: Duration, job: &Job) {
    while job.started.elapsed() < time && !job.is_stopped() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The task, if it is the caller's.
fn find(call: &Call, id: &str) -> Result<Arc<Task>, Failure> {
    let user = &call.session()?.user;
    let task = call.state.tasks().get(id).cloned();
    task.filter(|task| task.user.id == user.id || user.may("administer")).ok_or(Failure::NotFound)
}

/// `query_task`.
pub(crate) fn query_task(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call, call.path("query_task_id"))?.describe())
}

/// `query_task_results`: 202, or 204 if the sandbox is told so, while the query runs; 400 when it has failed, except for `json_detail`.
pub(crate) fn query_task_results(call: &Call) -> Result<Response, Failure> {
    let task = find(call, call.path("query_task_id"))?;
    let progress = task.progress();
    if progress.status == EXPIRED {
        return Err(Failure::NotFound);
    }
    let Some(result) = &progress.result else {
        if call.state.uncertain.choices().pending == 204 {
            return Ok(no_content());
        }
        return Ok(typed_response(StatusCode::ACCEPTED, task.format.content_type(), String::new()));
    };
    if let Some(message) = progress.message.as_deref()
        && (task.format != ResultFormat::JsonDetail || progress.status == "killed")
    {
        return Err(Failure::bad_request(message));
    }
    let file = reopened(result)?;
    Ok(typed_response(StatusCode::OK, task.format.content_type(), file_body(file, progress.is_cut)))
}

/// The result, from its beginning.
fn reopened(file: &NamedTempFile) -> Result<File, Failure> {
    file.reopen().map_err(|_| Failure::internal())
}

/// `query_task_multi_results`.
pub(crate) fn query_task_multi_results(call: &Call) -> Result<Response, Failure> {
    let mut results = Map::new();
    for id in call.parameter("query_task_ids").unwrap_or_default().split(',') {
        let Ok(task) = find(call, id) else {
            results.insert(id.to_owned(), json!({ "status": "missing" }));
            continue;
        };
        let progress = task.progress();
        let mut entry = json!({ "status": progress.status });
        if let (Some(file), Some(entry)) = (&progress.result, entry.as_object_mut()) {
            let mut bytes = Vec::new();
            reopened(file)?.read_to_end(&mut bytes).map_err(|_| Failure::internal())?;
            entry.insert("data".into(), uncertain::task_data(bytes));
        }
        results.insert(id.to_owned(), entry);
    }
    call.answer(Value::Object(results))
}

/// `all_running_queries`: tasks, and queries whose result is on its way.
pub(crate) fn all_running_queries(call: &Call) -> Result<Response, Failure> {
    let user = &call.session()?.user;
    let jobs = call.state.running.list();
    let mine = jobs.iter().filter(|job| uncertain::may_see_running(user, job.user.id));
    let list = mine.map(|job| {
        let created = jiff::Timestamp::from_second(job.created_at).unwrap_or_default();
        json!({
            "id": job.id.to_string(),
            "user": {
                "id": job.user.id.to_string(),
                "first_name": job.user.name,
                "last_name": job.user.last_name(),
                "display_name": job.user.full_name(),
            },
            "query": { "model": job.query.model, "view": job.query.explore, "fields": job.query.fields },
            "query_id": job.query_id,
            "query_task_id": job.query_task_id,
            "created_at": created.to_string(),
            "completed_at": null,
            "source": "api4",
            "status": "running",
            "runtime": job.runtime().as_secs_f64(),
            "connection_name": job.connection,
            "dialect": "sqlite",
            "sql": user.may("see_sql").then_some(&job.sql),
            "message": null,
        })
    });
    call.answer(list.collect())
}

/// `kill_query`: 204, or 404 when nothing of that id is running.
pub(crate) fn kill_query(call: &Call) -> Result<Response, Failure> {
    let user = &call.session()?.user;
    let id = call.path("query_task_id");
    let jobs = call.state.running.list();
    let mine = |job: &&Arc<Job>| uncertain::may_see_running(user, job.user.id);
    let job = jobs.iter().filter(mine).find(|job| job.query_task_id == id || job.id.to_string() == id);
    call.state.running.kill(job.ok_or(Failure::NotFound)?);
    call.state.stats.killed_queries.count();
    Ok(no_content())
}
