//! What a server says of itself without a token.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, JSON, typed_response};
use crate::uncertain;

#[expect(clippy::unnecessary_wraps, reason = "every operation has this signature")]
/// `GET /alive` and `GET /availability`: 200 without a body.
pub(crate) fn alive(_: &Call) -> Result<Response, Failure> {
    Ok(typed_response(StatusCode::OK, JSON, Body::empty()))
}

/// `versions`.
pub(crate) fn versions(call: &Call) -> Result<Response, Failure> {
    let base = &call.state.base_url;
    let place = &call.state.place.options;
    let release = place.release.rsplit_once('.').map_or(place.release.as_str(), |(release, _)| release);
    let newest = place.api_versions.last();
    let versions = place.api_versions.iter().map(|version| {
        json!({
            "version": version,
            "full_version": format!("{version}.{release}"),
            "status": uncertain::version_status(Some(version) == newest),
            "swagger_url": format!("{base}/api/{version}/swagger.json"),
        })
    });
    let versions: Vec<Value> = versions.collect();
    call.answer(json!({
        "looker_release_version": place.release,
        "current_version": versions.last(),
        "supported_versions": versions,
        "api_server_url": place.api_server_url.as_ref().unwrap_or(base),
        "web_server_url": place.web_server_url.as_ref().unwrap_or(&call.state.web_url),
    }))
}
