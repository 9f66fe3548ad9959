//! Dashboards, their tiles and their filters.

use std::sync::Arc;

use axum::response::Response;

use crate::content::dashboard::Dashboard;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::lists::{self, Key};
use crate::search;

/// The dashboard of a call, by its id or its slug, if the caller may see it.
fn find(call: &Call) -> Result<Arc<Dashboard>, Failure> {
    call.state.content.dashboard(call.session()?, call.path("dashboard_id")).ok_or(Failure::NotFound)
}

/// `dashboard`.
pub(crate) fn dashboard(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe_all(call))
}

/// `all_dashboards`: those of LookML too, without those that were put away.
pub(crate) fn all_dashboards(call: &Call) -> Result<Response, Failure> {
    let dashboards = call.state.content.dashboards(call.session()?);
    call.answer(dashboards.iter().filter(|dashboard| !dashboard.deleted).map(|known| known.describe()).collect())
}

/// `search_dashboards`: only those that users made.
pub(crate) fn search_dashboards(call: &Call) -> Result<Response, Failure> {
    let mut dashboards = call.state.content.dashboards(call.session()?);
    let deleted = call.parameter("deleted").unwrap_or("false");
    dashboards.retain(|dashboard| {
        dashboard.lookml_model().is_none()
            && deleted.split(',').any(|wanted| search::boolean(wanted.trim(), dashboard.deleted))
            && search::matches(
                call,
                &[
                    ("id", &|ids| ids.split(',').any(|id| id.trim() == dashboard.id)),
                    ("slug", &|pattern| search::text(pattern, dashboard.slug().as_deref())),
                    ("title", &|pattern| search::text(pattern, Some(dashboard.title))),
                    ("description", &|pattern| search::text(pattern, Some(dashboard.description))),
                    ("folder_id", &|ids| ids.split(',').any(|id| id.trim() == dashboard.folder.id)),
                    ("user_id", &|ids| dashboard.user_id.is_some_and(|owner| search::id(ids, owner))),
                ],
            )
    });
    lists::sort(call, &mut dashboards, |dashboard, field| {
        Some(match field {
            "id" => Key::Number(dashboard.id.parse().unwrap_or_default()),
            "title" => Key::text(dashboard.title),
            "description" => Key::text(dashboard.description),
            "user_id" => Key::Number(dashboard.user_id.unwrap_or_default()),
            "folder_id" => Key::text(dashboard.folder.id),
            // Those that nobody has changed are as they were made.
            "created_at" | "updated_at" => Key::Number(dashboard.created_at.as_second()),
            "deleted" => Key::Number(dashboard.deleted.into()),
            _ => return None,
        })
    })?;
    lists::answer(call, &dashboards, |dashboard| dashboard.describe_all(call))
}

/// `dashboard_dashboard_elements`.
pub(crate) fn dashboard_dashboard_elements(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe_elements(call))
}

/// `dashboard_dashboard_filters`.
pub(crate) fn dashboard_dashboard_filters(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe_filters())
}

/// `dashboard_element`.
pub(crate) fn dashboard_element(call: &Call) -> Result<Response, Failure> {
    let id = call.path("dashboard_element_id");
    let (dashboard, at) = call.state.content.element(call.session()?, id).ok_or(Failure::NotFound)?;
    let is_lookml = dashboard.lookml_model().is_some();
    let element = dashboard.elements.get(at).ok_or(Failure::NotFound)?;
    call.answer(element.describe(call, &dashboard.id, is_lookml))
}
