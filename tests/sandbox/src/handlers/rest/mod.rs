//! Operations that the table of all operations describes: rows that clients write, some with rules of their own, and
//! for all others an answer of the type that the table gives them.

pub(crate) mod alerts;
mod attributes;
mod builds;
mod content;
mod embed;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod projects;
mod spec;
mod suggestions;
mod themes;
mod typed;

use axum::response::Response;
use looker_operations::Type;
use serde_json::json;

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::operations::Handler;
use crate::records::{self, rights, subjects};
use crate::{table, uncertain};

/// Operations with rules of their own, whose answers depend on what clients have done.
const RULES: &[(&str, Handler)] = &[
    ("add_group_group", people::add_group_group),
    ("add_group_user", people::add_group_user),
    ("alert_notifications", alerts::alert_notifications),
    ("all_group_groups", people::all_group_groups),
    ("all_group_users", people::all_group_users),
    ("all_user_attribute_group_values", attributes::all_user_attribute_group_values),
    ("async_deploy_ref_to_production", projects::deploy),
    ("check_pdt_build", builds::check_pdt_build),
    ("copy_dashboard", content::copy_dashboard),
    ("copy_look", content::copy_look),
    ("default_theme", themes::default_theme),
    ("default_theme_by_type", themes::default_theme),
    ("delete_group_from_group", people::delete_group_from_group),
    ("delete_group_user", people::delete_group_user),
    ("delete_user_attribute_group_value", attributes::delete_user_attribute_group_value),
    ("delete_user_attribute_user_value", attributes::delete_user_attribute_user_value),
    ("deploy_ref_to_production", projects::deploy),
    ("deploy_to_production", projects::deploy),
    ("enqueue_alert", alerts::enqueue_alert),
    ("folder_ancestors", content::folder_ancestors),
    ("folder_parent", content::folder_parent),
    ("follow_alert", alerts::follow_alert),
    ("git_branch", projects::git_branch),
    ("move_dashboard", content::move_dashboard),
    ("move_look", content::move_look),
    ("project_validation_results", builds::project_validation_results),
    ("read_alert_notification", alerts::read_alert_notification),
    ("role_groups", people::role_groups),
    ("role_users", people::role_users),
    ("scheduled_plan_run_once", plans::scheduled_plan_run_once),
    ("scheduled_plan_run_once_by_id", plans::scheduled_plan_run_once_by_id),
    ("scheduled_plans_for_space", plans::scheduled_plans_for_space),
    ("set_default_theme", themes::set_default_theme),
    ("set_default_theme_by_type", themes::set_default_theme),
    ("set_role_groups", people::set_role_groups),
    ("set_role_users", people::set_role_users),
    ("set_user_attribute_group_values", attributes::set_user_attribute_group_values),
    ("set_user_attribute_user_value", attributes::set_user_attribute_user_value),
    ("set_user_roles", people::set_user_roles),
    ("start_pdt_build", builds::start_pdt_build),
    ("stop_pdt_build", builds::stop_pdt_build),
    ("theme_or_default", themes::theme_or_default),
    ("unfollow_alert", alerts::unfollow_alert),
    ("update_user_attribute_group_value", attributes::update_user_attribute_group_value),
    ("user_attribute_user_values", attributes::user_attribute_user_values),
    // It has code of its own, which is asked as long as nobody has changed a role.
    ("user_roles", people::user_roles),
    ("validate_project", builds::validate_project),
];

/// Operations with answers of their own that depend on nothing that was done before.
const ANSWERS: &[(&str, Handler)] = &[
    ("all_projects", suggestions::all_projects),
    ("all_timezones", suggestions::all_timezones),
    ("api_spec", spec::api_spec),
    ("create_embed_url_as_me", embed::create_embed_url_as_me),
    ("create_sso_embed_url", embed::create_sso_embed_url),
    ("model_fieldname_suggestions", suggestions::model_fieldname_suggestions),
    ("sandbox_weather", spec::sandbox_weather),
];

/// Ids of the operations whose answers depend on what clients have done.
pub(crate) fn stateful() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(id, _)| *id)
}

/// Any operation without code of its own.
pub(crate) fn handle(call: &Call) -> Result<Response, Failure> {
    let id = call.operation.id;
    let facts = table::operation(id).ok_or(Failure::NotFound)?;
    if !rights::may(call, facts) {
        return match facts.answer() {
            Some(Type::List(_)) if !facts.effect.writes() => call.answer(json!([])),
            _ => Err(uncertain::not_allowed()),
        };
    }
    let own = RULES.iter().chain(ANSWERS).find(|(known, _)| *known == id);
    match (own, subjects::of(id)) {
        (Some((_, handler)), _) => handler(call),
        (None, Some((subject, action))) => records::act(call, subject, action),
        (None, None) => typed::answer(call, facts),
    }
}
