//! Images and documents of whole dashboards: a render task makes them, and they are fetched when they are there.

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
use crate::api::Caller;
use crate::http::{Body, Response};
use crate::link::Asked;
use crate::operation::Control;
use crate::operations::{CREATE_DASHBOARD_RENDER_TASK, RENDER_TASK, RENDER_TASK_RESULTS};
use crate::paging::id_text;

/// The size of an image when none is asked for, in pixels: that of a common window.
const SIZE: (u32, u32) = (1_280, 1_024);

/// The first pause between two looks at a task, and the longest. Each look is a query call by Looker's count.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// `RenderTask` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Shown {
    id: Value,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    status_detail: Option<String>,
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
        let response = self.wait(rendered(&self.caller, dashboard, made, &self.request, &self.control))?;
        bytes::begin(response, made, Map::new(), &self.control, None)
    }
}

/// Has a dashboard rendered, and returns the answer that holds the result.
async fn rendered(
    caller: &Caller,
    dashboard: &Dashboard,
    made: &Made,
    request: &QueryRequest,
    control: &Control,
) -> Result<Response> {
    let width = request.image_width.unwrap_or(SIZE.0).to_string();
    let height = request.image_height.unwrap_or(SIZE.1).to_string();
    let filters = Serializer::new(String::new()).extend_pairs(&dashboard.given).finish();
    let body = json!({ "dashboard_filters": filters, "dashboard_style": "tiled" });
    let path = [dashboard.id.as_str(), made.name];
    let parameters = [("width", width.as_str()), ("height", height.as_str())];
    let asked = Asked::new(&CREATE_DASHBOARD_RENDER_TASK, &path, &parameters).with(Body::json(&body));
    let mut shown: Shown = caller.get(&asked).await?;
    let id = id_text(&shown.id).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "Looker tells no id of the render task")
            .advise("Please report this with the Looker release, which the connection test tells")
    })?;
    control.update(|progress| drop(progress.summary.insert("render_task_id".to_owned(), json!(id))));
    let mut pause = FIRST_PAUSE;
    loop {
        match shown.status.as_deref().unwrap_or_default().to_lowercase().as_str() {
            "failure" => return Err(failed(&dashboard.id, shown.status_detail.as_deref())),
            "success" => {
                let response = caller.send(&Asked::new(&RENDER_TASK_RESULTS, &[&id], &[])).await?;
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
        shown = caller.get(&Asked::new(&RENDER_TASK, &[&id], &[("fields", "id,status,status_detail")])).await?;
    }
}

fn failed(dashboard: &str, detail: Option<&str>) -> Error {
    let detail = detail.filter(|detail| !detail.trim().is_empty());
    let reason = detail.map(|detail| format!(": {}", looker_words::excerpt(detail, 300))).unwrap_or_default();
    Error::new(ErrorKind::QueryFailed, format!("Looker could not render the dashboard {dashboard}{reason}"))
        .advise("Open it in Looker; one of its tiles may fail, or take too long")
}
