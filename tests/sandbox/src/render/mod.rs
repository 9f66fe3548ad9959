//! Render tasks: pictures and documents of queries, Looks, tiles and dashboards, made by themselves and fetched later.

mod paint;
mod pdf;

pub(crate) use paint::tile_size;

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use image::ImageFormat;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::format::Size;
use crate::handlers::delivery::{Outcome, execute};
use crate::handlers::run::Prepared;
use crate::running::Job;
use crate::state::State;
use crate::stream::Kept;
use crate::users::User;

/// What a render task makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// A picture.
    Picture(ImageFormat),
    /// Pages.
    Pdf,
}

impl Document {
    /// The document with a name; only dashboards have pages.
    pub(crate) fn from_name(name: &str, of_dashboard: bool) -> Option<Self> {
        match name {
            "png" => Some(Self::Picture(ImageFormat::Png)),
            "jpg" => Some(Self::Picture(ImageFormat::Jpeg)),
            "pdf" if of_dashboard => Some(Self::Pdf),
            _ => None,
        }
    }

    /// The name, which is also how that of a file ends.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Picture(ImageFormat::Jpeg) => "jpg",
            Self::Picture(_) => "png",
        }
    }

    /// `Content-Type` of the result.
    fn content_type(self) -> &'static str {
        match self {
            Self::Picture(ImageFormat::Jpeg) => "image/jpeg",
            Self::Picture(_) => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// The result format of its parts.
    pub(crate) fn part_format(self) -> &'static str {
        if self == Self::Pdf { "txt" } else { "png" }
    }
}

/// What fills a part of a document.
pub(crate) enum Filling {
    /// The result of a query, and the job that it is.
    Result(Box<Prepared>, Arc<Job>),
    /// A text.
    Text(String),
}

/// A part of a document: a tile, or the only thing there is.
pub(crate) struct Part {
    /// Title.
    pub(crate) title: String,
    /// What fills it.
    pub(crate) filling: Filling,
}

/// A part whose result is there.
struct Filled {
    title: String,
    bytes: Vec<u8>,
}

/// What is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A Look.
    Look(String),
    /// A dashboard.
    Dashboard(String),
    /// A tile.
    Element(String),
    /// A saved query.
    Query(String),
}

/// A render task.
#[derive(Debug)]
pub(crate) struct RenderTask {
    /// Id.
    pub(crate) id: String,
    /// What is rendered.
    pub(crate) subject: Subject,
    /// What is made of it.
    pub(crate) document: Document,
    /// Width and height.
    pub(crate) size: Size,
    /// Filters of the dashboard, as they were written.
    pub(crate) filters: Option<String>,
    /// Whose task it is.
    pub(crate) user: Arc<User>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// How far it is.
    pub(crate) progress: Mutex<Progress>,
}

/// How far a render task is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    status: Status,
    detail: Option<String>,
    querying: f64,
    finalized_at: Option<Timestamp>,
    result: Option<Bytes>,
}

/// Status of a render task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Status {
    /// Nothing has happened yet.
    #[default]
    EnqueuedForQuery,
    /// The database is at work.
    Querying,
    /// The results are being painted.
    Rendering,
    /// The result is there.
    Success,
    /// There will be no result.
    Failure,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::EnqueuedForQuery => "enqueued_for_query",
            Self::Querying => "querying",
            Self::Rendering => "rendering",
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// What there is to fetch.
pub(crate) enum Fetched {
    /// Nothing yet.
    Pending,
    /// The result, with its content type.
    Done(&'static str, Bytes),
    /// Why there will be none.
    Failed(String),
}

impl RenderTask {
    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to fetch.
    pub(crate) fn fetch(&self) -> Fetched {
        let progress = self.progress();
        match (&progress.result, progress.status) {
            (Some(bytes), _) => Fetched::Done(self.document.content_type(), bytes.clone()),
            (None, Status::Failure) => Fetched::Failed(progress.detail.clone().unwrap_or_default()),
            (None, _) => Fetched::Pending,
        }
    }

    /// As the API shows it.
    pub(crate) fn describe(&self) -> Value {
        let progress = self.progress();
        let lookml = |id: &&String| id.contains("::");
        let (mut look, mut dashboard, mut element, mut query) = (None, None, None, None);
        match &self.subject {
            Subject::Look(id) => look = Some(id),
            Subject::Dashboard(id) => dashboard = Some(id),
            Subject::Element(id) => element = Some(id),
            Subject::Query(id) => query = Some(id),
        }
        let seconds = |at: Timestamp| at.duration_since(self.created_at).as_secs_f64();
        let runtime = progress.finalized_at.map(seconds);
        json!({
            "can": {},
            "created_at": self.created_at.to_string(),
            "dashboard_filters": self.filters,
            "dashboard_id": dashboard.filter(|id| !lookml(id)),
            "dashboard_style": dashboard.map(|_| "tiled"),
            "finalized_at": progress.finalized_at.map(|at| at.to_string()),
            "height": self.size.1,
            "id": self.id,
            "look_id": look,
            "lookml_dashboard_id": dashboard.filter(lookml),
            "query_id": query,
            "dashboard_element_id": element,
            "query_runtime": progress.querying,
            "render_runtime": runtime.map(|all| all - progress.querying),
            "result_format": self.document.name(),
            "runtime": runtime,
            "status": progress.status.name(),
            "status_detail": progress.detail,
            "user_id": self.user.id.to_string(),
            "width": self.size.0,
        })
    }

    /// Runs the queries and makes the document, on a thread that may block.
    pub(crate) fn make(&self, state: &State, title: &str, parts: Vec<Part>) {
        self.progress().status = Status::Querying;
        let single = parts.len() == 1;
        let (mut filled, mut failed) = (Vec::new(), None);
        for part in parts {
            let bytes = match part.filling {
                Filling::Text(text) => text.into_bytes(),
                Filling::Result(prepared, job) => {
                    let mut kept = Kept::default();
                    match execute(state, &job, *prepared, None, Box::new(&mut kept)) {
                        Outcome::Complete => kept.0,
                        // A dashboard shows which of its tiles failed, and goes on.
                        Outcome::Error(message) if !single => message.into_bytes(),
                        Outcome::Error(message) => {
                            failed = Some(message);
                            Vec::new()
                        }
                        Outcome::Killed => {
                            failed = Some("The query was killed.".to_owned());
                            Vec::new()
                        }
                    }
                }
            };
            filled.push(Filled { title: part.title, bytes });
        }
        {
            let mut progress = self.progress();
            progress.querying = Timestamp::now().duration_since(self.created_at).as_secs_f64();
            progress.status = Status::Rendering;
        }
        let document = match (&failed, self.document) {
            (Some(_), _) => Vec::new(),
            (None, Document::Pdf) => pdf::pages(title, &filled),
            (None, Document::Picture(encoding)) => paint::picture(&filled, self.size, encoding),
        };
        let mut progress = self.progress();
        progress.finalized_at = Some(Timestamp::now());
        if document.is_empty() {
            progress.detail = Some(failed.unwrap_or_else(|| "The document could not be made.".to_owned()));
            progress.status = Status::Failure;
        } else {
            progress.result = Some(document.into());
            progress.status = Status::Success;
        }
    }
}
