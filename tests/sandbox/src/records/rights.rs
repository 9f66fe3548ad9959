//! Who may see and write what, as far as no code of an operation knows it. What is not allowed is as if it was not there.

use looker_operations::Operation;

use super::{subjects, text};
use crate::content::folder::Folder;
use crate::dispatch::Call;
use crate::typed::Row;
use crate::uncertain;

/// The permission that writing needs, by the subject of the specification. Any other subject needs `administer`.
const WRITING: &[(&str, &str)] = &[
    ("Alert", "create_alerts"),
    ("Artifact", ""),
    ("Board", "save_content"),
    ("Content", "save_content"),
    ("ConversationalAnalytics", "explore"),
    ("Dashboard", "save_content"),
    ("DataAction", "explore"),
    ("Datagroup", "update_datagroups"),
    ("DerivedTable", "develop"),
    ("Folder", "save_content"),
    ("KeyDriverAnalysis", "explore"),
    ("Look", "save_content"),
    ("LookmlModel", "manage_models"),
    ("Metadata", "explore"),
    ("Project", "develop"),
    ("Query", "explore"),
    ("RenderTask", "see_looks"),
    ("Report", "explore"),
    ("ScheduledPlan", "schedule_look_emails"),
    ("SelfService", "explore"),
    ("Workspace", "develop"),
];

/// What single operations need; nothing where it is empty.
const SINGLE: &[(&str, &str)] = &[
    ("async_deploy_ref_to_production", "deploy"),
    ("create_content_favorite", ""),
    ("create_embed_url_as_me", ""),
    ("delete_content_favorite", ""),
    ("deploy_ref_to_production", "deploy"),
    ("deploy_to_production", "deploy"),
    ("deregister_mobile_device", ""),
    ("enqueue_alert", "administer"),
    ("follow_alert", "follow_alerts"),
    ("read_alert_notification", ""),
    ("register_mobile_device", ""),
    ("unfollow_alert", "follow_alerts"),
    ("update_mobile_device_registration", ""),
];

/// What users may write of themselves.
const OF_ONESELF: &[&str] = &["delete_user_attribute_user_value", "set_user_attribute_user_value", "update_user"];

/// The permission that reading needs, by the subject of the specification. All others are for everybody.
const READING: &[(&str, &str)] = &[
    ("Auth", "administer"),
    ("Datagroup", "see_datagroups"),
    ("DerivedTable", "see_pdts"),
    ("Project", "see_lookml"),
    ("Workspace", "develop"),
];

/// Whether the caller may ask for an operation.
pub(crate) fn may(call: &Call, facts: &Operation) -> bool {
    let Some(session) = &call.session else { return true };
    let of = |table: &[(&str, &'static str)], name: &str| {
        table.iter().find(|(known, _)| *known == name).map(|(_, permission)| *permission)
    };
    let needed = if let Some(single) = of(SINGLE, &facts.id) {
        single
    } else if facts.effect.writes() {
        let oneself = call.path("user_id") == session.user.id.to_string();
        if oneself && OF_ONESELF.contains(&facts.id.as_str()) {
            ""
        } else {
            of(WRITING, &facts.tag).unwrap_or("administer")
        }
    } else {
        of(READING, &facts.tag).unwrap_or_default()
    };
    needed.is_empty() || session.user.may(needed)
}

/// Everybody sees a row.
pub(crate) fn everybody(_: &Call, _: &Row) -> bool {
    true
}

/// Whether the caller has one of two permissions.
fn may_any(call: &Call, permissions: [&str; 2]) -> bool {
    call.session.as_ref().is_some_and(|session| permissions.iter().any(|name| session.user.may(name)))
}

/// Whether an id is the caller's own.
fn is_own(call: &Call, id: Option<&str>) -> bool {
    call.session.as_ref().is_some_and(|session| Some(session.user.id.to_string().as_str()) == id)
}

/// Whether a user exists for the caller.
pub(crate) fn sees_user(call: &Call, row: &Row) -> bool {
    is_own(call, text(row, "id")) || may_any(call, ["see_users", "see_users"])
}

/// Whether roles, groups and what they are made of exist for the caller.
pub(crate) fn sees_roles(call: &Call, _: &Row) -> bool {
    call.session.as_ref().is_some_and(|session| uncertain::may_see_roles(&session.user))
}

/// Whether a folder exists for the caller: so do all that it is in.
pub(crate) fn sees_folder(call: &Call, row: &Row) -> bool {
    let seen = |id: &str| match (Folder::by_id(id), &call.session) {
        (Some(folder), Some(session)) => folder.is_seen_by(&session.user),
        _ => true,
    };
    [text(row, "id"), text(row, "parent_id")].into_iter().flatten().all(seen)
}

/// Whether a dashboard, or what is part of one, exists for the caller.
pub(crate) fn sees_dashboard(call: &Call, row: &Row) -> bool {
    let dashboard = text(row, "dashboard_id");
    let is_lookml = text(row, "id").into_iter().chain(dashboard).any(|id| id.contains("::"));
    let written = dashboard.and_then(|id| call.state.records.written(subjects::named("dashboards")?, id, "folder_id"));
    let folder = text(row, "folder_id").or(written.as_ref().and_then(serde_json::Value::as_str));
    let in_seen = match (folder.and_then(Folder::by_id), &call.session) {
        (Some(folder), Some(session)) => folder.is_seen_by(&session.user),
        _ => true,
    };
    (is_lookml || may_any(call, ["see_user_dashboards", "see_user_dashboards"])) && in_seen
}

/// Whether a scheduled plan exists for the caller.
pub(crate) fn sees_plan(call: &Call, row: &Row) -> bool {
    is_own(call, text(row, "user_id")) || may_any(call, ["see_schedules", "administer"])
}

/// Whether an alert exists for the caller.
pub(crate) fn sees_alert(call: &Call, row: &Row) -> bool {
    let is_public = row.get("is_public").and_then(serde_json::Value::as_bool).unwrap_or_default();
    is_public || is_own(call, text(row, "owner_id")) || may_any(call, ["see_alerts", "administer"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::PERMISSIONS;
    use crate::table;

    #[test]
    fn every_permission_operation_and_subject_that_is_named_is_there() {
        for (subject, permission) in WRITING.iter().chain(READING) {
            assert!(table::table().operations().any(|facts| facts.tag == *subject), "{subject}");
            assert!(permission.is_empty() || PERMISSIONS.iter().any(|known| known.name == *permission), "{permission}");
        }
        for id in SINGLE.iter().map(|(id, _)| id).chain(OF_ONESELF) {
            assert!(table::operation(id).is_some(), "{id}");
        }
    }
}
