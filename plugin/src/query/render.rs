//! Images and documents of whole dashboards: a render task makes them, and they are fetched when they are there. As a query
//! task, it lives on without whoever has begun it, and is taken up by its id.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, Outcome, Result};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::Job;
use super::bytes;
use super::dashboard::Dashboard;
use super::formats::Made;
use super::request::QueryRequest;
use super::task::{FIRST_PAUSE, LONGEST_PAUSE, resumable, without_id};
use crate::api::Caller;
use crate::http::{Body, Response};
use crate::link::Asked;
use crate::operations::{CREATE_DASHBOARD_RENDER_TASK, RENDER_TASK, RENDER_TASK_RESULTS};
use crate::paging::id_text;

/// The size of an image when none is asked for, in pixels: that of a common window.
const SIZE: (u32, u32) = (1_280, 1_024);

/// The key of a request that takes a render task up.
const KEY: &str = "render_task";
const TASK_ID: &str = "render_task_id";

/// The parts of a task that are read.
const TASK_KEYS: &str = "id,status,status_detail,result_format,dashboard_id,lookml_dashboard_id,look_id";

/// `RenderTask` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Shown {
    id: Value,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    status_detail: Option<String>,
    #[serde(default)]
    result_format: Option<String>,
    #[serde(default)]
    dashboard_id: Option<Value>,
    #[serde(default)]
    lookml_dashboard_id: Option<Value>,
    #[serde(default)]
    look_id: Option<Value>,
}

impl Job {
    /// A whole dashboard: rendered, or the list of its tiles.
    pub(super) fn dashboard(&self, dashboard: &Dashboard, made: &'static Made) -> Result<Outcome> {
        if let Some(change) = self.request.changes().iter().find(|change| **change != "filters") {
            return Err(Error::new(ErrorKind::InvalidInput, format!("`{change}` does not go with a whole dashboard"))
                .advise("Name a tile, too, to change its query"));
        }
        if !made.is_image() {
            let named = ["query", "dashboard", "filters", "schema_only"];
            let rest = self.body.as_object().into_iter().flatten();
            let rest = rest.filter(|(key, _)| !named.contains(&key.as_str()));
            let rest = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
            return Ok(Outcome::Value(dashboard.to_value(&rest, self.allow_sql_runner)));
        }
        let shown = self.wait(begun(&self.caller, dashboard, made, &self.request))?;
        self.fetched(shown, made)
    }

    /// Takes a render task up that somebody has begun.
    pub(super) fn render_task(&self, id: &str) -> Result<Outcome> {
        let shown = self.wait(look(&self.caller, id)).map_err(|error| gone(error, id))?;
        let made = Made::find(shown.result_format.as_deref().unwrap_or_default())?;
        self.fetched(shown, made)
    }

    /// Waits for a render task and hands its result through.
    fn fetched(&self, shown: Shown, made: &'static Made) -> Result<Outcome> {
        let id = id_text(&shown.id).ok_or_else(without_id)?;
        self.control.update(|progress| drop(progress.summary.insert(TASK_ID.to_owned(), json!(id))));
        let fetched = self.wait(rendered(&self.caller, &id, shown)).and_then(|response| {
            bytes::begin(response, made, Map::from_iter([(TASK_ID.to_owned(), json!(id))]), &self.control, None)
        });
        fetched.map_err(|error| resumable(error, KEY, Some(&id)))
    }
}

/// Has a dashboard rendered.
async fn begun(caller: &Caller, dashboard: &Dashboard, made: &Made, request: &QueryRequest) -> Result<Shown> {
    let width = request.image_width.unwrap_or(SIZE.0).to_string();
    let height = request.image_height.unwrap_or(SIZE.1).to_string();
    let filters = Serializer::new(String::new()).extend_pairs(&dashboard.given).finish();
    let body = json!({ "dashboard_filters": filters, "dashboard_style": "tiled" });
    let path = [dashboard.id.as_str(), made.name];
    let parameters = [("width", width.as_str()), ("height", height.as_str())];
    caller.get(&Asked::new(&CREATE_DASHBOARD_RENDER_TASK, &path, &parameters).with(Body::json(&body))).await
}

/// Waits for a render task, and returns the answer that holds its result.
async fn rendered(caller: &Caller, id: &str, mut shown: Shown) -> Result<Response> {
    let mut pause = FIRST_PAUSE;
    loop {
        match shown.status.as_deref().unwrap_or_default().to_lowercase().as_str() {
            "failure" => return Err(failed(&shown)),
            "success" => {
                let response = caller.send(&Asked::new(&RENDER_TASK_RESULTS, &[id], &[])).await?;
                if response.status() != StatusCode::ACCEPTED {
                    return Ok(response);
                }
                let asked = response.header("retry-after").and_then(|text| text.trim().parse().ok());
                pause = asked.map_or(pause, Duration::from_secs);
            }
            _ => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        shown = look(caller, id).await?;
    }
}

async fn look(caller: &Caller, id: &str) -> Result<Shown> {
    caller.get(&Asked::new(&RENDER_TASK, &[id], &[("fields", TASK_KEYS)])).await
}

fn gone(mut error: Error, id: &str) -> Error {
    if error.kind != ErrorKind::NotFound {
        return error;
    }
    error.message = format!("The render task {id} has expired, or this user may not see it");
    error.advise("Have it rendered again; Looker keeps results for a while only").with(TASK_ID, id)
}

fn failed(shown: &Shown) -> Error {
    let detail = shown.status_detail.as_deref().filter(|detail| !detail.trim().is_empty());
    let reason = detail.map(|detail| format!(": {}", looker_words::excerpt(detail, 300))).unwrap_or_default();
    let of = [("dashboard", &shown.dashboard_id), ("dashboard", &shown.lookml_dashboard_id), ("Look", &shown.look_id)];
    let named = of.into_iter().find_map(|(what, id)| Some(format!("the {what} {}", id_text(id.as_ref()?)?)));
    let what = named.unwrap_or_else(|| "this".to_owned());
    Error::new(ErrorKind::QueryFailed, format!("Looker could not render {what}{reason}"))
        .advise("Open it in Looker; a query of it may fail, or take too long")
}
