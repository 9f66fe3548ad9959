//! Deliveries of scheduled plans to webhooks. What is sent is what Looker's action hub and its lookerbot read, both of
//! them open source; they also say which headers there are.

mod contents;
mod payload;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::Request;
use jiff::Timestamp;
use serde_json::Value;
use url::{Host, Position, Url};

use crate::client;
use crate::dispatch::Call;
use crate::state::State;
use crate::typed::Row;
use contents::Contents;

/// Time that a webhook has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A destination of a plan that is a webhook.
struct Webhook {
    url: Url,
    format: String,
    apply_formatting: bool,
}

impl Webhook {
    /// Reads a destination; none if it is something else, or not on this machine.
    fn read(destination: &Value) -> Option<Self> {
        let text = |key: &str| destination.get(key).and_then(Value::as_str);
        let url = Url::parse(text("address").filter(|_| text("type") == Some("webhook"))?).ok()?;
        let is_here = url.scheme() == "http" && url.host() == Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
        is_here.then(|| Self {
            url,
            format: text("format").unwrap_or_default().to_owned(),
            apply_formatting: destination.get("apply_formatting").and_then(Value::as_bool).unwrap_or_default(),
        })
    }
}

/// Delivers a plan to those of its destinations that can be reached, and ends the job. Where there are none, nothing can
/// fail.
pub(crate) fn deliver(call: &Call, plan: &Row, job: i64) {
    let destinations = plan.get("scheduled_plan_destination").and_then(Value::as_array);
    let webhooks: Vec<Webhook> = destinations.into_iter().flatten().filter_map(Webhook::read).collect();
    let state = Arc::clone(&call.state);
    if webhooks.is_empty() {
        return end(&state, job, None);
    }
    let parcels: Vec<(Url, Result<Contents, String>)> = webhooks
        .into_iter()
        .map(|webhook| {
            let contents = Contents::prepare(call, plan, &webhook);
            (webhook.url, contents.map_err(|failure| failure.message().to_owned()))
        })
        .collect();
    tokio::spawn(async move {
        let mut failed = None;
        for (url, contents) in parcels {
            let sent = match contents {
                Ok(contents) => send(&state, &url, contents).await,
                Err(message) => Err(message),
            };
            failed = failed.or(sent.err());
        }
        end(&state, job, failed.as_deref());
    });
}

/// Ends a job. It has been delivered or not, whether this can be written down or not.
fn end(state: &State, job: i64, failed: Option<&str>) {
    let _ = state.database.end_job(job, failed, Timestamp::now().as_second());
}

/// Runs what is to be delivered, and sends it.
async fn send(state: &Arc<State>, url: &Url, contents: Contents) -> Result<(), String> {
    let running = Arc::clone(state);
    let made = tokio::task::spawn_blocking(move || contents.make(&running)).await;
    let payload = made.map_err(|error| error.to_string())??;
    match tokio::time::timeout(PATIENCE, post(state, url, &payload)).await {
        Ok(Ok(status)) if status.is_success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{url} answered with {status}.")),
        Ok(Err(error)) => Err(format!("{url} cannot be reached: {error}.")),
        Err(_) => Err(format!("{url} has not answered within {} seconds.", PATIENCE.as_secs())),
    }
}

async fn post(
    state: &State,
    url: &Url,
    payload: &Value,
) -> Result<hyper::StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    let instance = Url::parse(&state.web_url)?;
    let addresses = url.socket_addrs(|| None)?;
    let request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, format!("LookerOutgoingWebhook/{}", state.place.options.release))
        .header("X-Looker-Webhook-Token", &state.webhook_token)
        .header("X-Looker-Instance", instance.host_str().unwrap_or_default())
        .body(Body::from(payload.to_string()))?;
    Ok(client::send(addresses.as_slice(), request).await?.status())
}
