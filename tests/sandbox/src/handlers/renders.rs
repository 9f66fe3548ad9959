//! Render tasks.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use crate::content::dashboard::Dashboard;
use crate::content::element::{Element, Tile};
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, typed_response};
use crate::faults::Kind;
use crate::format::{ResultFormat, Size};
use crate::handlers::run::{self, Prepared, Work};
use crate::handlers::tasks::wait;
use crate::opaque::opaque;
use crate::query::body::Query;
use crate::render::{Document, Fetched, Filling, Part, RenderTask, Subject, tile_size};
use crate::state::State;
use crate::uncertain;
use crate::validate;

/// What is to be rendered.
struct Wish {
    subject: Subject,
    title: String,
    document: Document,
    size: Size,
    filters: Option<String>,
}

impl Wish {
    fn read(call: &Call, subject: Subject, title: &str) -> Result<Self, Failure> {
        let of_dashboard = matches!(subject, Subject::Dashboard(_));
        let document = Document::from_name(call.path("result_format"), of_dashboard).ok_or_else(|| {
            let formats = if of_dashboard { "must be pdf, png or jpg." } else { "must be png or jpg." };
            Failure::Validation(vec![Problem::invalid("result_format", formats)])
        })?;
        let size = Size::of(call.integer("width"), call.integer("height"));
        let filters = call.content.object.get("dashboard_filters").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { subject, title: title.to_owned(), document, size, filters })
    }
}

/// `create_look_render_task`.
pub(crate) fn create_look_render_task(call: &Call) -> Result<Response, Failure> {
    let id = call.path("look_id");
    let look = call.state.content.look(call.session()?, id).ok_or(Failure::NotFound)?;
    if look.is_deleted() && !uncertain::RUN_DELETED {
        return Err(Failure::NotFound);
    }
    let wish = Wish::read(call, Subject::Look(id.to_owned()), &look.title)?;
    let part = (look.title.clone(), result(call, &look.query.query, &wish, 1)?);
    create(call, wish, vec![part])
}

/// `create_query_render_task`.
pub(crate) fn create_query_render_task(call: &Call) -> Result<Response, Failure> {
    let id = call.path("query_id");
    let saved = call.state.queries.by_id(id).ok_or(Failure::NotFound)?;
    let wish = Wish::read(call, Subject::Query(id.to_owned()), "Query")?;
    let part = (wish.title.clone(), result(call, &saved.query, &wish, 1)?);
    create(call, wish, vec![part])
}

/// `create_dashboard_element_render_task`.
pub(crate) fn create_dashboard_element_render_task(call: &Call) -> Result<Response, Failure> {
    let id = call.path("dashboard_element_id");
    let (dashboard, at) = call.state.content.element(call.session()?, id).ok_or(Failure::NotFound)?;
    let element = dashboard.elements.get(at).ok_or(Failure::NotFound)?;
    let wish = Wish::read(call, Subject::Element(id.to_owned()), &element.title)?;
    let part = tile(call, element, &dashboard.filter_values(&[]), &wish, 1)?;
    create(call, wish, vec![(element.title.clone(), part)])
}

/// `create_dashboard_render_task`: `dashboard_filters` is a query string of filter names and expressions.
pub(crate) fn create_dashboard_render_task(call: &Call) -> Result<Response, Failure> {
    let dashboard = find_dashboard(call, call.path("dashboard_id"))?;
    let wish = Wish::read(call, Subject::Dashboard(dashboard.id.clone()), dashboard.title)?;
    let parts = tiles(call, &dashboard, &wish)?;
    create(call, wish, parts)
}

/// A document of a dashboard, ready to be made.
pub(crate) fn dashboard(call: &Call, id: &str, document: Document, filters: Option<String>) -> Result<Ready, Failure> {
    let dashboard = find_dashboard(call, id)?;
    let (subject, title) = (Subject::Dashboard(dashboard.id.clone()), dashboard.title.to_owned());
    let wish = Wish { subject, title, document, size: Size::of(None, None), filters };
    let parts = tiles(call, &dashboard, &wish)?;
    ready(call, wish, parts)
}

fn find_dashboard(call: &Call, id: &str) -> Result<Arc<Dashboard>, Failure> {
    let dashboard = call.state.content.dashboard(call.session()?, id);
    dashboard.filter(|dashboard| !dashboard.deleted || uncertain::RUN_DELETED).ok_or(Failure::NotFound)
}

/// What the tiles of a dashboard show.
fn tiles(call: &Call, dashboard: &Dashboard, wish: &Wish) -> Result<Vec<(String, Content)>, Failure> {
    let asked = wish.filters.as_deref().unwrap_or_default();
    let asked = validate::pairs(asked.trim_start_matches('?'))
        .ok_or_else(|| Failure::Validation(vec![Problem::invalid("dashboard_filters", "must be a query string.")]))?;
    let values = dashboard.filter_values(&asked);
    let tiles = dashboard.elements.len();
    let parts = dashboard.elements.iter().map(|element| {
        let shown = tile(call, element, &values, wish, tiles);
        // What one tile may not show is no reason to show none.
        let shown = shown.unwrap_or_else(|failure| Content::Text(failure.message().to_owned()));
        (element.title.clone(), shown)
    });
    Ok(parts.collect())
}

/// What a part is to show, before it has begun to run.
enum Content {
    Result(Box<Prepared>),
    Text(String),
}

fn result(call: &Call, query: &Query, wish: &Wish, parts: usize) -> Result<Content, Failure> {
    let prepared = run::prepare(call, query, wish.document.part_format())?;
    Ok(Content::Result(Box::new(prepared.sized(tile_size(wish.size, parts).0))))
}

/// What a tile shows. Merged results show the first of their sources, because nothing merges them.
fn tile(
    call: &Call,
    element: &Element,
    filters: &[(String, String)],
    wish: &Wish,
    parts: usize,
) -> Result<Content, Failure> {
    match &element.tile {
        Tile::Text(text) => Ok(Content::Text((*text).to_owned())),
        Tile::Sql(sql) => {
            let format = ResultFormat::from_name(wish.document.part_format()).ok_or(Failure::NotFound)?;
            let prepared = Prepared::sql(call, Work::Sql(sql.sql.clone()), format, sql.connection)?;
            Ok(Content::Result(Box::new(prepared.sized(tile_size(wish.size, parts).0))))
        }
        Tile::Query(_) | Tile::Look(_) | Tile::Merge(_) => {
            let queries = element.queries(call);
            let (_, query) = queries.first().ok_or(Failure::NotFound)?;
            result(call, &element.filtered(&query.query, filters), wish, parts)
        }
    }
}

/// A task that has not begun.
pub(crate) struct Ready {
    /// The task.
    pub(crate) task: Arc<RenderTask>,
    title: String,
    parts: Vec<Part>,
}

impl Ready {
    /// What the document is called.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Makes the document, on a thread that may block.
    pub(crate) fn make(self, state: &State) {
        self.task.make(state, &self.title, self.parts);
    }
}

/// Makes a task.
fn ready(call: &Call, wish: Wish, contents: Vec<(String, Content)>) -> Result<Ready, Failure> {
    let mut parts = Vec::new();
    for (title, content) in contents {
        let filling = match content {
            Content::Text(text) => Filling::Text(text),
            Content::Result(prepared) => {
                let job = run::start(&call.state, call, &prepared, None, None)?;
                Filling::Result(prepared, job)
            }
        };
        parts.push(Part { title, filling });
    }
    let task = Arc::new(RenderTask {
        id: opaque(32),
        subject: wish.subject,
        document: wish.document,
        size: wish.size,
        filters: wish.filters,
        user: Arc::clone(&call.session()?.user),
        created_at: Timestamp::now(),
        progress: std::sync::Mutex::default(),
    });
    Ok(Ready { task, title: wish.title, parts })
}

/// Makes a task and lets it begin.
fn create(call: &Call, wish: Wish, contents: Vec<(String, Content)>) -> Result<Response, Failure> {
    let ready = ready(call, wish, contents)?;
    let task = &ready.task;
    call.state.renders().insert(task.id.clone(), Arc::clone(task));
    let answer = task.describe();
    let delay = call.fault.as_ref().filter(|fault| fault.kind == Kind::Delay).map(|fault| fault.ms);
    let state = Arc::clone(&call.state);
    tokio::task::spawn_blocking(move || {
        if let (Some(ms), Some(Filling::Result(_, job))) = (delay, ready.parts.first().map(|part| &part.filling)) {
            wait(Duration::from_millis(ms), job);
        }
        ready.make(&state);
    });
    call.answer(answer)
}

/// The task, if it is the caller's.
fn find(call: &Call) -> Result<Arc<RenderTask>, Failure> {
    let user = &call.session()?.user;
    let task = call.state.renders().get(call.path("render_task_id")).cloned();
    task.filter(|task| task.user.id == user.id || user.may("administer")).ok_or(Failure::NotFound)
}

/// `render_task`.
pub(crate) fn render_task(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe())
}

/// `render_task_results`: 202 with `Retry-After` while it is being made.
pub(crate) fn render_task_results(call: &Call) -> Result<Response, Failure> {
    match find(call)?.fetch() {
        Fetched::Done(content_type, bytes) => Ok(typed_response(StatusCode::OK, content_type, bytes)),
        Fetched::Failed(message) => Err(uncertain::render_failed(message)),
        Fetched::Pending => {
            let mut answer = typed_response(StatusCode::ACCEPTED, "text/plain;charset=utf-8", String::new());
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(answer)
        }
    }
}
