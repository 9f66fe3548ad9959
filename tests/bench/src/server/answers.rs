//! What is answered to which request: as much of the API as the connector and Looker's SDKs need for a query.

use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::bodies::Bodies;
use super::{Counters, Served, count, is_connectors};
use crate::generate::{Format, Table};

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Answers.
pub(super) struct Answers {
    bodies: Bodies,
    counters: Rc<Counters>,
    /// The explore that every query is of.
    explore: Value,
}

impl Answers {
    pub(super) fn new(served: &Served, bodies: Bodies, counters: Rc<Counters>) -> Self {
        let fields = Table::new(served.shape).described(false);
        let explore = json!({ "id": "bench::bench", "name": "bench", "model_name": "bench", "fields": fields });
        Self { bodies, counters, explore }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let takes_gzip = request
            .headers()
            .get(ACCEPT_ENCODING)
            .and_then(|codings| codings.to_str().ok())
            .is_some_and(|codings| codings.contains("gzip"));
        let is_connectors = is_connectors(&request);
        let (head, body) = request.into_parts();
        let path = head.uri.path().strip_prefix("/api/4.0").unwrap_or(head.uri.path());
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        Ok(match (head.method, parts.as_slice()) {
            (Method::POST, ["queries", "run", format]) => {
                // What breaks off asks for nothing.
                let wanted = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                self.query(format, &wanted, takes_gzip)
            }
            (Method::POST, ["login"]) => {
                if is_connectors {
                    count(&self.counters.logins);
                }
                json(&json!({ "access_token": "bench", "token_type": "Bearer", "expires_in": 3600 }))
            }
            (Method::DELETE, ["logout"]) => status(StatusCode::NO_CONTENT),
            (Method::GET, ["versions"]) => json(&versions()),
            (Method::GET, ["user"]) => json(&json!({ "id": "1", "display_name": "Bench" })),
            (Method::GET, ["lookml_models", _, "explores", _]) => json(&self.explore),
            (Method::GET, ["counts"]) => json(&json!({
                "connections": self.counters.connections.get(),
                "logins": self.counters.logins.get(),
            })),
            _ => {
                let mut answer = json(&json!({ "message": "Not found", "documentation_url": "" }));
                *answer.status_mut() = StatusCode::NOT_FOUND;
                answer
            }
        })
    }

    fn query(&self, format: &str, wanted: &[u8], takes_gzip: bool) -> Answer {
        let wanted: Value = serde_json::from_slice(wanted).unwrap_or_default();
        // The SDKs and the connector send it as text.
        let limit = wanted.get("limit").and_then(|limit| limit.as_str()?.parse().ok());
        let format = [Format::Json, Format::JsonBi, Format::JsonDetail, Format::Csv]
            .into_iter()
            .find(|known| known.name() == format);
        let cut = format.and_then(|format| Some((format, self.bodies.cut(format, limit, takes_gzip)?)));
        let Some((format, (frames, is_compressed))) = cut else { return status(StatusCode::BAD_REQUEST) };
        let mut answer = Response::new(UnsyncBoxBody::new(frames));
        let content_type = hyper::header::HeaderValue::from_static(format.media_type());
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
        if is_compressed {
            let coding = hyper::header::HeaderValue::from_static("gzip");
            answer.headers_mut().insert(CONTENT_ENCODING, coding);
        }
        answer
    }
}

fn versions() -> Value {
    let version = json!({ "version": "4.0", "full_version": "4.0.26.12", "status": "current", "swagger_url": "" });
    json!({
        "looker_release_version": "26.12.3",
        "current_version": version,
        "supported_versions": [version],
        "api_server_url": null,
        "web_server_url": null,
    })
}

fn json(value: &Value) -> Answer {
    let mut answer = Response::new(UnsyncBoxBody::new(Full::from(value.to_string())));
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    answer
}

fn status(status: StatusCode) -> Answer {
    let mut answer = Response::new(UnsyncBoxBody::new(Full::default()));
    *answer.status_mut() = status;
    answer
}
