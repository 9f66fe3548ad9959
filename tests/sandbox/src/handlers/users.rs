//! Users: who one is, and who else there is.

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::handlers::roles;
use crate::lists::{self, Key};
use crate::search;
use crate::uncertain;
use crate::users::User;

/// `me`.
pub(crate) fn me(call: &Call) -> Result<Response, Failure> {
    let user = &call.session()?.user;
    call.answer(describe(call, user, user))
}

/// The user, if the caller may see it.
fn visible<'a>(call: &'a Call, id: &str) -> Result<&'a Arc<User>, Failure> {
    let caller = &call.session()?.user;
    let user = call.state.people.by_id(id).filter(|user| sees(caller, user));
    user.ok_or(Failure::NotFound)
}

/// Whether a user exists for a caller.
pub(crate) fn sees(caller: &User, user: &User) -> bool {
    caller.id == user.id || caller.may("see_users")
}

/// `user`.
pub(crate) fn user(call: &Call) -> Result<Response, Failure> {
    let user = visible(call, call.path("user_id"))?;
    call.answer(describe(call, &call.session()?.user, user))
}

/// `all_users`.
pub(crate) fn all_users(call: &Call) -> Result<Response, Failure> {
    let ids = call.parameter("ids");
    list(call, |user| ids.is_none_or(|ids| search::id(ids, user.id)))
}

/// `search_users`.
pub(crate) fn search_users(call: &Call) -> Result<Response, Failure> {
    let may_search = uncertain::may_search_users(&call.session()?.user);
    list(call, |user| {
        let groups = &user.profile.groups;
        may_search
            && search::matches(
                call,
                &[
                    ("id", &|ids| search::id(ids, user.id)),
                    ("first_name", &|pattern| search::text(pattern, Some(&user.name))),
                    ("last_name", &|pattern| search::text(pattern, Some(user.last_name()))),
                    ("full_name", &|pattern| search::text(pattern, Some(&user.full_name()))),
                    ("email", &|pattern| search::text(pattern, Some(&user.email))),
                    ("is_disabled", &|wanted| search::boolean(wanted, user.profile.is_disabled)),
                    ("embed_user", &|wanted| search::boolean(wanted, user.is_embed())),
                    ("is_service_account", &|wanted| search::boolean(wanted, user.profile.is_service_account)),
                    ("group_id", &|ids| groups.iter().any(|group| search::id(ids, *group))),
                ],
            )
    })
}

/// The users that the caller may see and that are `wanted`, sorted and paged.
fn list(call: &Call, wanted: impl Fn(&User) -> bool) -> Result<Response, Failure> {
    let caller = &call.session()?.user;
    let all = call.state.people.all().iter();
    let mut users: Vec<&Arc<User>> = all.filter(|user| sees(caller, user) && wanted(user)).collect();
    lists::sort(call, &mut users, |user, field| {
        Some(match field {
            "id" => Key::Number(user.id),
            "first_name" => Key::text(&user.name),
            "last_name" => Key::text(user.last_name()),
            "email" => Key::text(&user.email),
            "is_disabled" => Key::Number(user.profile.is_disabled.into()),
            _ => return None,
        })
    })?;
    lists::answer(call, &users, |user| describe(call, caller, user))
}

/// `user_for_credential`.
pub(crate) fn user_for_credential(call: &Call) -> Result<Response, Failure> {
    let id = call.path("credential_id");
    let kind = call.path("credential_type");
    let owner = call.state.people.find(|user| credential(user, kind).is_some_and(|known| known == id));
    let caller = &call.session()?.user;
    let owner = owner.filter(|user| sees(caller, user)).ok_or(Failure::NotFound)?;
    call.answer(describe(call, caller, owner))
}

/// The id of a user's credential of a type.
pub(crate) fn credential<'a>(user: &'a User, kind: &str) -> Option<&'a str> {
    match kind {
        "email" => (!user.is_embed()).then_some(&user.email),
        "embed" => user.external_user_id.as_deref(),
        "api3" => user.profile.api3.map(|(client_id, _)| client_id),
        "google" => user.profile.google_user_id,
        "saml" => user.profile.saml_user_id,
        _ => None,
    }
}

/// `user_roles`.
pub(crate) fn user_roles(call: &Call) -> Result<Response, Failure> {
    let user = visible(call, call.path("user_id"))?;
    if !uncertain::may_see_roles(&call.session()?.user) {
        return Err(Failure::NotFound);
    }
    call.answer(user.profile.roles.iter().map(|role| roles::describe(call, role)).collect())
}

/// A user as `caller` sees it.
pub(crate) fn describe(call: &Call, caller: &User, user: &User) -> Value {
    let url = format!("{}/api/4.0/users/{}", call.state.base_url, user.id);
    let detailed = uncertain::sees_details(caller, user);
    let credentials = |kind: &str, key: &str| -> Value {
        let known = if detailed { credential(user, kind) } else { None };
        known.map_or(Value::Null, |id| {
            let mut body = json!({ "id": user.id.to_string(), "is_disabled": user.profile.is_disabled, "type": kind,
                                   "email": user.email, "url": format!("{url}/credentials_{kind}") });
            if let Some(body) = body.as_object_mut() {
                body.insert(key.to_owned(), id.into());
            }
            body
        })
    };
    let list = |kind: &str, key: &str| -> Value {
        Some(credentials(kind, key)).filter(|known| !known.is_null()).into_iter().collect()
    };
    let ids = |ids: &mut dyn Iterator<Item = i64>| ids.map(|id| id.to_string()).collect::<Vec<_>>();
    let mut body = json!({
        "can": { "show": true, "sudo": caller.may("sudo") },
        "id": user.id.to_string(),
        "first_name": user.name,
        "last_name": user.last_name(),
        "display_name": user.full_name(),
        "email": user.email,
        "is_disabled": user.profile.is_disabled,
        "is_service_account": user.profile.is_service_account,
        "locale": "en",
        "role_ids": ids(&mut user.profile.roles.iter().map(|role| role.id)),
        "group_ids": ids(&mut user.profile.groups.iter().copied()),
        "home_folder_id": "1",
        "personal_folder_id": null,
        "presumed_looker_employee": false,
        "verified_looker_employee": false,
        "models_dir_validated": null,
        "roles_externally_managed": false,
        "allow_direct_roles": true,
        "credentials_api3": list("api3", "client_id"),
        "credentials_email": credentials("email", "email"),
        "credentials_embed": list("embed", "external_user_id"),
        "credentials_google": credentials("google", "google_user_id"),
        "credentials_ldap": null,
        "credentials_oidc": null,
        "credentials_saml": credentials("saml", "saml_user_id"),
        "sessions": [],
        "looker_versions": [],
        "ui_state": {},
        "url": url,
    });
    // Left out for others.
    if let Some(body) = body.as_object_mut().filter(|_| user.profile.is_service_account) {
        body.insert("service_account_name".into(), user.name.as_str().into());
    }
    body
}
