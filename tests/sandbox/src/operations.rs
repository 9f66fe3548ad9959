//! The operations that the sandbox serves: one table of facts from the Looker API 4.0 specification.

use axum::response::Response;

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::handlers::{connections, models, oauth_apps, queries, roles, run, session, tasks, token, users, versions};
use crate::quota::Class;

/// Type of a query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// A query parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Name.
    pub(crate) name: &'static str,
    /// Type.
    pub(crate) kind: Kind,
    /// Whether a request needs it.
    pub(crate) required: bool,
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Nothing that matters.
    None,
    /// A JSON object that has these keys.
    Object(&'static [&'static str]),
    /// A form.
    Form,
    /// Bytes that the operation checks itself.
    Raw,
}

/// Handles a request that has been checked.
pub(crate) type Handler = fn(&Call) -> Result<Response, Failure>;

/// An operation.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is a fact by itself")]
pub(crate) struct Operation {
    /// Operation id.
    pub(crate) id: &'static str,
    /// HTTP method.
    pub(crate) method: &'static str,
    /// Path below `/api/4.0`, or from the root for those that are not part of the API.
    pub(crate) path: &'static str,
    /// Query parameters; none means that any are let through.
    pub(crate) parameters: Option<&'static [Parameter]>,
    /// Body.
    pub(crate) payload: Payload,
    /// Whether the specification lists 422 among the answers.
    pub lists_422: bool,
    /// Whether a token is needed.
    pub(crate) needs_token: bool,
    /// Whether `cut`, `end` and the error faults happen inside the result.
    pub(crate) runs_query: bool,
    /// What it counts as.
    pub(crate) class: Class,
    /// Whether it makes something new, which a client must not ask for twice.
    pub(crate) creates: bool,
    /// The code.
    pub(crate) handler: Handler,
}

const fn text(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, required: false }
}

const fn integer(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Integer, required: false }
}

const fn boolean(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Boolean, required: false }
}

const RUN: &[Parameter] = &[
    integer("limit"),
    boolean("apply_formatting"),
    boolean("apply_vis"),
    boolean("cache"),
    integer("image_width"),
    integer("image_height"),
    boolean("generate_drill_links"),
    boolean("force_production"),
    boolean("cache_only"),
    text("path_prefix"),
    boolean("rebuild_pdts"),
    boolean("server_table_calcs"),
];

const FIELDS: &[Parameter] = &[text("fields")];

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

/// An operation with a token, without parameters or body, and no query.
const fn operation(id: &'static str, method: &'static str, path: &'static str, handler: Handler) -> Operation {
    Operation {
        id,
        method,
        path,
        parameters: Some(&[]),
        payload: Payload::None,
        lists_422: false,
        needs_token: true,
        runs_query: false,
        class: Class::NonQuery,
        creates: false,
        handler,
    }
}

/// As [`operation`], of those that run queries and what belongs to them.
const fn db_query(id: &'static str, method: &'static str, path: &'static str, handler: Handler) -> Operation {
    Operation { class: Class::DbQuery, ..operation(id, method, path, handler) }
}

/// All operations.
pub(crate) static OPERATIONS: &[Operation] = &[
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
        parameters: Some(RUN),
        payload: Payload::Object(&["model", "view"]),
        lists_422: true,
        runs_query: true,
        ..db_query("run_inline_query", "POST", "/queries/run/{result_format}", run::run_inline_query)
    },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&["model", "view"]),
        lists_422: true,
        creates: true,
        ..db_query("create_query", "POST", "/queries", queries::create_query)
    },
    Operation { parameters: Some(FIELDS), ..db_query("query", "GET", "/queries/{query_id}", queries::query) },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("query_for_slug", "GET", "/queries/slug/{slug}", queries::query_for_slug)
    },
    Operation {
        parameters: Some(RUN),
        lists_422: true,
        runs_query: true,
        ..db_query("run_query", "GET", "/queries/{query_id}/run/{result_format}", run::run_query)
    },
    Operation {
        parameters: None,
        lists_422: true,
        runs_query: true,
        ..db_query(
            "run_url_encoded_query",
            "GET",
            "/queries/models/{model_name}/views/{view_name}/run/{result_format}",
            run::run_url_encoded_query,
        )
    },
    Operation {
        parameters: Some(&[
            integer("limit"),
            boolean("apply_formatting"),
            boolean("apply_vis"),
            boolean("cache"),
            boolean("generate_drill_links"),
            boolean("force_production"),
            boolean("cache_only"),
            text("path_prefix"),
            boolean("rebuild_pdts"),
            boolean("server_table_calcs"),
            text("fields"),
        ]),
        payload: Payload::Object(&["query_id", "result_format"]),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query("create_query_task", "POST", "/query_tasks", tasks::create_query_task)
    },
    Operation {
        parameters: Some(&[Parameter { name: "query_task_ids", kind: Kind::Text, required: true }]),
        ..db_query("query_task_multi_results", "GET", "/query_tasks/multi_results", tasks::query_task_multi_results)
    },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("query_task", "GET", "/query_tasks/{query_task_id}", tasks::query_task)
    },
    db_query("query_task_results", "GET", "/query_tasks/{query_task_id}/results", tasks::query_task_results),
    db_query("all_running_queries", "GET", "/running_queries", tasks::all_running_queries),
    Operation {
        lists_422: true,
        ..db_query("kill_query", "DELETE", "/running_queries/{query_task_id}", tasks::kill_query)
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

impl Operation {
    /// The route with `:params`, as documentation addresses have it.
    pub(crate) fn route(&self) -> String {
        let parts = self.path.split('/').map(|part| match part.strip_prefix('{') {
            Some(name) => format!(":{}", name.trim_end_matches('}')),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Whether the answer is the result of a query, as it comes.
    pub(crate) fn streams(&self) -> bool {
        self.runs_query && !self.creates
    }

    /// The path parameters of a request to this operation, decoded; none if the path is another's.
    fn matches(&self, segments: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let mut parameters = Vec::new();
        let mut pattern = self.path.split('/').skip(1);
        for segment in segments {
            let expected = pattern.next()?;
            match expected.strip_prefix('{') {
                Some(name) => parameters.push((name.trim_end_matches('}'), crate::validate::decode(segment, false)?)),
                None if expected == *segment => {}
                None => return None,
            }
        }
        pattern.next().is_none().then_some(parameters)
    }
}

/// An operation and its path parameters.
pub(crate) type Found = (&'static Operation, Vec<(&'static str, String)>);

/// Finds the operation of a request. The API lives below `/api/4.0`; a trailing slash does no harm.
pub(crate) fn find(method: &str, path: &str) -> Option<Found> {
    let path = match path.trim_end_matches('/') {
        // The Python SDK logs out without a version; old clients log in and out at the root.
        "/api/logout" | "/logout" => "/api/4.0/logout",
        "/login" => "/api/4.0/login",
        path => path,
    };
    let (in_api, path) = match path.strip_prefix("/api/4.0") {
        Some(rest) => (true, rest),
        None => (false, path),
    };
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    OPERATIONS.iter().find_map(|operation| {
        let at_root = matches!(operation.id, "alive" | "availability" | "token");
        if operation.method != method || at_root == in_api {
            return None;
        }
        operation.matches(&segments).map(|parameters| (operation, parameters))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(method: &str, path: &str) -> Option<&'static str> {
        find(method, path).map(|(operation, _)| operation.id)
    }

    #[test]
    fn a_path_finds_its_operation_and_fixed_parts_win_over_parameters() {
        assert_eq!(id("GET", "/api/4.0/query_tasks/multi_results"), Some("query_task_multi_results"));
        assert_eq!(id("GET", "/api/4.0/query_tasks/abc"), Some("query_task"));
        assert_eq!(id("GET", "/api/4.0/user/"), Some("me"));
        assert_eq!(id("GET", "/alive"), Some("alive"));
        assert_eq!(id("DELETE", "/api/logout"), Some("logout"));
    }

    #[test]
    fn another_version_method_or_path_finds_nothing() {
        for (method, path) in [
            ("GET", "/api/3.1/user"),
            ("POST", "/api/4.0/user"),
            ("GET", "/api/4.0/nothing"),
            ("GET", "/api/4.0/alive"),
            ("GET", "/user"),
            ("GET", "/"),
        ] {
            assert_eq!(id(method, path), None, "{path}");
        }
    }

    #[test]
    fn a_path_parameter_is_decoded_once() {
        let (_, parameters) = find("GET", "/api/4.0/lookml_models/a%2Fb/explores/c%20d").unwrap();
        assert_eq!(parameters, [("lookml_model_name", "a/b".into()), ("explore_name", "c d".into())]);
    }

    #[test]
    fn a_documentation_route_names_its_parameters() {
        assert_eq!(find("GET", "/api/4.0/queries/7").unwrap().0.route(), "/queries/:query_id");
    }
}
