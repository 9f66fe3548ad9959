//! What the sandbox says of its own API, and the operation that only it has.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use looker_operations::openapi;
use serde_json::json;

use crate::dispatch::Call;
use crate::errors::{Failure, JSON, typed_response};
use crate::place::SERVED;
use crate::table;

/// The names that the file goes by.
const FILES: [&str; 2] = ["swagger.json", "openapi.json"];

static FILE: LazyLock<String> = LazyLock::new(|| openapi::write(table::table()).to_string());

/// `api_spec`: the OpenAPI file of what is served.
pub(crate) fn api_spec(call: &Call) -> Result<Response, Failure> {
    if call.path("api_version") != SERVED || !FILES.contains(&call.path("specification")) {
        return Err(Failure::NotFound);
    }
    Ok(typed_response(StatusCode::OK, JSON, FILE.as_str()))
}

/// `sandbox_weather`: the same on every run, as everything here.
pub(crate) fn sandbox_weather(call: &Call) -> Result<Response, Failure> {
    let days = call.integer("days").unwrap_or(1).clamp(0, 14);
    let warmth = call.path("city").bytes().fold(0, |sum, byte| (sum + i64::from(byte)) % 20);
    let forecast: Vec<_> = (1..=days).map(|day| json!({ "day": day, "celsius": warmth + day })).collect();
    call.answer(json!({ "city": call.path("city"), "forecast": forecast }))
}
