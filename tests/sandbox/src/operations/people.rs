//! Who is there, who one is, and what there is to query.

use super::{FIELDS, Operation, Parameter, Payload, boolean, integer, operation, text};
use crate::handlers::{connections, models, oauth_apps, roles, session, token, users, versions};
use crate::quota::Class;

const USERS: &[Parameter] = &[
    text("fields"),
    integer("page"),
    integer("per_page"),
    integer("limit"),
    integer("offset"),
    text("sorts"),
    text("ids"),
];

const SEARCH_USERS: &[Parameter] = &[
    text("fields"),
    integer("page"),
    integer("per_page"),
    integer("limit"),
    integer("offset"),
    text("sorts"),
    text("id"),
    text("first_name"),
    text("last_name"),
    text("full_name"),
    text("email"),
    boolean("is_disabled"),
    boolean("embed_user"),
    boolean("is_service_account"),
    text("group_id"),
    boolean("filter_or"),
];

/// The operations.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        needs_token: false,
        parameters: None,
        class: Class::None,
        ..operation("alive", "GET", "/alive", versions::alive)
    },
    Operation {
        needs_token: false,
        parameters: None,
        class: Class::None,
        ..operation("availability", "GET", "/availability", versions::alive)
    },
    Operation {
        needs_token: false,
        parameters: Some(FIELDS),
        class: Class::None,
        ..operation("versions", "GET", "/versions", versions::versions)
    },
    Operation {
        needs_token: false,
        parameters: Some(&[text("client_id"), text("client_secret")]),
        payload: Payload::Form,
        creates: true,
        class: Class::None,
        ..operation("login", "POST", "/login", session::login)
    },
    Operation {
        // Not in the specification any more, but current clients send it.
        parameters: Some(&[boolean("associative")]),
        creates: true,
        class: Class::None,
        ..operation("login_user", "POST", "/login/{user_id}", session::login_user)
    },
    Operation {
        // Not in the specification: part of OAuth, as logging in is.
        needs_token: false,
        payload: Payload::Raw,
        creates: true,
        class: Class::None,
        ..operation("token", "POST", "/api/token", token::token)
    },
    Operation { needs_token: false, class: Class::None, ..operation("logout", "DELETE", "/logout", session::logout) },
    Operation { parameters: Some(FIELDS), ..operation("me", "GET", "/user", users::me) },
    Operation { parameters: Some(USERS), ..operation("all_users", "GET", "/users", users::all_users) },
    Operation {
        parameters: Some(SEARCH_USERS),
        ..operation("search_users", "GET", "/users/search", users::search_users)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation(
            "user_for_credential",
            "GET",
            "/users/credential/{credential_type}/{credential_id}",
            users::user_for_credential,
        )
    },
    Operation { parameters: Some(FIELDS), ..operation("user", "GET", "/users/{user_id}", users::user) },
    Operation {
        parameters: Some(&[text("fields"), boolean("direct_association_only")]),
        ..operation("user_roles", "GET", "/users/{user_id}/roles", users::user_roles)
    },
    Operation {
        parameters: Some(&[text("fields"), text("ids"), boolean("get_all_support_roles")]),
        ..operation("all_roles", "GET", "/roles", roles::all_roles)
    },
    operation("role", "GET", "/roles/{role_id}", roles::role),
    operation("all_permissions", "GET", "/permissions", roles::all_permissions),
    Operation {
        parameters: Some(FIELDS),
        ..operation("all_permission_sets", "GET", "/permission_sets", roles::all_permission_sets)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("permission_set", "GET", "/permission_sets/{permission_set_id}", roles::permission_set)
    },
    Operation { parameters: Some(FIELDS), ..operation("all_model_sets", "GET", "/model_sets", roles::all_model_sets) },
    Operation {
        parameters: Some(FIELDS),
        ..operation("model_set", "GET", "/model_sets/{model_set_id}", roles::model_set)
    },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&["redirect_uri"]),
        lists_422: true,
        creates: true,
        ..operation(
            "register_oauth_client_app",
            "POST",
            "/oauth_client_apps/{client_guid}",
            oauth_apps::register_oauth_client_app,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("all_oauth_client_apps", "GET", "/oauth_client_apps", oauth_apps::all_oauth_client_apps)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("oauth_client_app", "GET", "/oauth_client_apps/{client_guid}", oauth_apps::oauth_client_app)
    },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&[]),
        lists_422: true,
        ..operation(
            "update_oauth_client_app",
            "PATCH",
            "/oauth_client_apps/{client_guid}",
            oauth_apps::update_oauth_client_app,
        )
    },
    operation(
        "delete_oauth_client_app",
        "DELETE",
        "/oauth_client_apps/{client_guid}",
        oauth_apps::delete_oauth_client_app,
    ),
    operation("invalidate_tokens", "DELETE", "/oauth_client_apps/{client_guid}/tokens", oauth_apps::invalidate_tokens),
    operation("session", "GET", "/session", session::session),
    Operation {
        payload: Payload::Object(&[]),
        lists_422: true,
        ..operation("update_session", "PATCH", "/session", session::update_session)
    },
    Operation {
        parameters: Some(&[
            text("fields"),
            integer("limit"),
            integer("offset"),
            boolean("exclude_empty"),
            boolean("exclude_hidden"),
            boolean("include_internal"),
            boolean("include_self_service"),
        ]),
        ..operation("all_lookml_models", "GET", "/lookml_models", models::all_lookml_models)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("lookml_model", "GET", "/lookml_models/{lookml_model_name}", models::lookml_model)
    },
    Operation {
        parameters: Some(&[text("fields"), boolean("add_drills_metadata")]),
        ..operation(
            "lookml_model_explore",
            "GET",
            "/lookml_models/{lookml_model_name}/explores/{explore_name}",
            models::lookml_model_explore,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("all_connections", "GET", "/connections", connections::all_connections)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("connection", "GET", "/connections/{connection_name}", connections::connection)
    },
];
