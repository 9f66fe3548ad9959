//! Building derived tables, and checking LookML.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, no_content};
use crate::handlers::models::visible_model;
use crate::uncertain::BUILD_CHECKS;

/// How a build stands, as the API says it: in a text that holds JSON.
fn describe(call: &Call, id: &str, status: &str) -> Result<Response, Failure> {
    call.answer(json!({ "materialization_id": id, "resp_text": json!({ "status": status }).to_string() }))
}

/// `start_pdt_build`.
pub(crate) fn start_pdt_build(call: &Call) -> Result<Response, Failure> {
    let model = visible_model(call.session()?, call.path("model_name"))?;
    let count = call.state.builds.count("begun");
    let id = format!("{}-{}-{count}", model.name, call.path("view_name"));
    call.state.builds.count(&begun(&id));
    describe(call, &id, "running")
}

/// What counts that a build was begun, checked or stopped.
fn begun(id: &str) -> String {
    format!("{id} begun")
}

fn stopped(id: &str) -> String {
    format!("{id} stopped")
}

/// The build of a call, which must have been begun, and whether it was stopped.
fn build(call: &Call) -> Result<(&str, bool), Failure> {
    let id = call.path("materialization_id");
    let counts = call.state.builds.read();
    if !counts.contains_key(&begun(id)) {
        return Err(Failure::NotFound);
    }
    Ok((id, counts.contains_key(&stopped(id))))
}

/// `check_pdt_build`: it is done when it was looked at often enough.
pub(crate) fn check_pdt_build(call: &Call) -> Result<Response, Failure> {
    let (id, is_stopped) = build(call)?;
    let checks = call.state.builds.count(&format!("{id} checked"));
    let status = match (is_stopped, checks >= BUILD_CHECKS) {
        (true, _) => "stopped",
        (_, true) => "complete",
        (_, false) => "running",
    };
    describe(call, id, status)
}

/// `stop_pdt_build`.
pub(crate) fn stop_pdt_build(call: &Call) -> Result<Response, Failure> {
    let (id, _) = build(call)?;
    call.state.builds.count(&stopped(id));
    describe(call, id, "stopped")
}

/// What a check of LookML finds: nothing wrong.
fn validation() -> Value {
    json!({
        "errors": [],
        "project_digest": crate::saved::slug(4_000_001),
        "models_not_validated": [],
        "computation_time": 0.25,
    })
}

/// `validate_project`.
pub(crate) fn validate_project(call: &Call) -> Result<Response, Failure> {
    call.state.builds.count(&format!("{} validated", call.path("project_id")));
    call.answer(validation())
}

/// `project_validation_results`: nothing before the first check.
pub(crate) fn project_validation_results(call: &Call) -> Result<Response, Failure> {
    let is_checked = call.state.builds.read().contains_key(&format!("{} validated", call.path("project_id")));
    if !is_checked {
        return Ok(no_content());
    }
    let mut found = validation();
    if let Some(found) = found.as_object_mut() {
        // What was found before may be of what is no longer there.
        found.insert("stale".into(), json!(false));
    }
    call.answer(found)
}
