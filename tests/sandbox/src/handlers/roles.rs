//! Roles, and the sets that they are made of.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::lists;
use crate::roles::{MODEL_SETS, ModelSet, PERMISSION_SETS, PERMISSIONS, PermissionSet, ROLES, Role};
use crate::search;
use crate::uncertain;

/// `all_permissions`.
pub(crate) fn all_permissions(call: &Call) -> Result<Response, Failure> {
    lists::answer(call, &PERMISSIONS, |permission| {
        json!({ "can": {}, "permission": permission.name, "parent": permission.parent,
                "description": permission.description })
    })
}

/// `all_permission_sets`.
pub(crate) fn all_permission_sets(call: &Call) -> Result<Response, Failure> {
    lists::answer(call, visible(call, &PERMISSION_SETS)?, |set| permissions(call, set))
}

/// `permission_set`.
pub(crate) fn permission_set(call: &Call) -> Result<Response, Failure> {
    let id = call.path("permission_set_id");
    let set = visible(call, &PERMISSION_SETS)?.iter().find(|set| set.id.to_string() == id);
    call.answer(permissions(call, set.ok_or(Failure::NotFound)?))
}

/// `all_model_sets`.
pub(crate) fn all_model_sets(call: &Call) -> Result<Response, Failure> {
    lists::answer(call, visible(call, &MODEL_SETS)?, |set| models(call, set))
}

/// `model_set`.
pub(crate) fn model_set(call: &Call) -> Result<Response, Failure> {
    let id = call.path("model_set_id");
    let set = visible(call, &MODEL_SETS)?.iter().find(|set| set.id.to_string() == id);
    call.answer(models(call, set.ok_or(Failure::NotFound)?))
}

/// `all_roles`.
pub(crate) fn all_roles(call: &Call) -> Result<Response, Failure> {
    let ids = call.parameter("ids");
    let roles = visible(call, &ROLES)?.iter().filter(|role| ids.is_none_or(|ids| search::id(ids, role.id)));
    lists::answer(call, &roles.collect::<Vec<_>>(), |role| describe(call, role))
}

/// `role`.
pub(crate) fn role(call: &Call) -> Result<Response, Failure> {
    let id = call.path("role_id");
    let role = visible(call, &ROLES)?.iter().find(|role| role.id.to_string() == id);
    call.answer(describe(call, role.ok_or(Failure::NotFound)?))
}

/// All that there is, or nothing.
fn visible<'a, T>(call: &Call, all: &'a [T]) -> Result<&'a [T], Failure> {
    Ok(if uncertain::may_see_roles(&call.session()?.user) { all } else { &[] })
}

/// A role with its sets.
pub(crate) fn describe(call: &Call, role: &Role) -> Value {
    let url = format!("{}/api/4.0/roles/{}", call.state.base_url, role.id);
    json!({
        "can": { "show": true },
        "id": role.id.to_string(),
        "name": role.name,
        "permission_set": permissions(call, role.permission_set),
        "permission_set_id": role.permission_set.id.to_string(),
        "model_set": models(call, role.model_set),
        "model_set_id": role.model_set.id.to_string(),
        "internal": false,
        "users_url": format!("{url}/users"),
        "url": url,
    })
}

/// A permission set.
pub(crate) fn permissions(call: &Call, set: &PermissionSet) -> Value {
    json!({
        "can": { "show": true },
        "id": set.id.to_string(),
        "name": set.name,
        "all_access": set.all_access,
        "built_in": set.all_access,
        "permissions": set.permissions(),
        "url": format!("{}/api/4.0/permission_sets/{}", call.state.base_url, set.id),
    })
}

/// A model set.
pub(crate) fn models(call: &Call, set: &ModelSet) -> Value {
    json!({
        "can": { "show": true },
        "id": set.id.to_string(),
        "name": set.name,
        "all_access": set.all_access,
        "built_in": set.all_access,
        "models": set.models(),
        "url": format!("{}/api/4.0/model_sets/{}", call.state.base_url, set.id),
    })
}
