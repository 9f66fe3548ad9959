//! Looker's operations that the connector calls: one table of facts from the API 4.0 specification.

use std::fmt::Write as _;

use reqwest::Method;

/// How an operation counts in Looker's usage. Source: `x-looker-activity-type` of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It asks a database, or asks about a query: a query call.
    Query,
    /// Everything else that is counted: an administrative call.
    Admin,
    /// Not counted.
    Free,
}

/// What may happen when an operation is sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// Nothing: it reads, a query included.
    Read,
    /// Nothing: it asks whether anyone is there, so that nobody is an answer, too.
    Probe,
    /// It says what shall be, so that twice is once.
    Write,
    /// Each makes something new.
    Create,
    /// Each makes a token.
    Login,
    /// It ends something: a token, a running query. It never waits for other calls.
    End,
}

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The operation's id in the specification.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// Below `/api/4.0`, with parameters in braces.
    path: &'static str,
    pub(crate) activity: Activity,
    pub(crate) safety: Safety,
}

/// Declares the operations as constants, and all of them as one table.
macro_rules! operations {
    ($($name:ident = $id:literal, $method:ident $path:literal, $activity:ident, $safety:ident;)*) => {
        $(
            pub(crate) static $name: Operation = Operation {
                id: $id,
                method: Method::$method,
                path: $path,
                activity: Activity::$activity,
                safety: Safety::$safety,
            };
        )*

        /// Every operation.
        #[cfg(test)]
        pub(crate) static ALL: &[&Operation] = &[$(&$name,)*];
    };
}

operations! {
    VERSIONS = "versions", GET "/versions", Free, Probe;
    LOGIN = "login", POST "/login", Free, Login;
    LOGIN_USER = "login_user", POST "/login/{user_id}", Free, Login;
    // The same for a token that is handed out: nobody gives it back, so it is never made twice.
    LOGIN_TO_HAND_OUT = "login", POST "/login", Free, Create;
    LOGIN_USER_TO_HAND_OUT = "login_user", POST "/login/{user_id}", Free, Create;
    LOGOUT = "logout", DELETE "/logout", Free, End;
    SESSION = "session", GET "/session", Admin, Read;
    UPDATE_SESSION = "update_session", PATCH "/session", Admin, Write;
    ME = "me", GET "/user", Admin, Read;
    USER_ROLES = "user_roles", GET "/users/{user_id}/roles", Admin, Read;
    SEARCH_USERS = "search_users", GET "/users/search", Admin, Read;
    USER_FOR_CREDENTIAL = "user_for_credential", GET "/users/credential/{credential_type}/{credential_id}", Admin, Read;
    ALL_LOOKML_MODELS = "all_lookml_models", GET "/lookml_models", Admin, Read;
    LOOKML_MODEL = "lookml_model", GET "/lookml_models/{lookml_model_name}", Admin, Read;
    LOOKML_MODEL_EXPLORE = "lookml_model_explore",
        GET "/lookml_models/{lookml_model_name}/explores/{explore_name}", Admin, Read;
    LOOK = "look", GET "/looks/{look_id}", Admin, Read;
    DASHBOARD = "dashboard", GET "/dashboards/{dashboard_id}", Admin, Read;
    QUERY = "query", GET "/queries/{query_id}", Query, Read;
    QUERY_FOR_SLUG = "query_for_slug", GET "/queries/slug/{slug}", Query, Read;
    MERGE_QUERY = "merge_query", GET "/merge_queries/{merge_query_id}", Query, Read;
    // Queries are found by what they say, so that a second one like the first is the first.
    CREATE_QUERY = "create_query", POST "/queries", Query, Write;
    RUN_INLINE_QUERY = "run_inline_query", POST "/queries/run/{result_format}", Query, Read;
    RUN_QUERY = "run_query", GET "/queries/{query_id}/run/{result_format}", Query, Read;
    RUN_URL_ENCODED_QUERY = "run_url_encoded_query",
        GET "/queries/models/{model_name}/views/{view_name}/run/{result_format}", Query, Read;
    RUN_LOOK = "run_look", GET "/looks/{look_id}/run/{result_format}", Query, Read;
    CREATE_QUERY_TASK = "create_query_task", POST "/query_tasks", Query, Create;
    QUERY_TASK = "query_task", GET "/query_tasks/{query_task_id}", Query, Read;
    QUERY_TASK_RESULTS = "query_task_results", GET "/query_tasks/{query_task_id}/results", Query, Read;
    CREATE_SQL_QUERY = "create_sql_query", POST "/sql_queries", Query, Create;
    // SQL of a person's own may write.
    RUN_SQL_QUERY = "run_sql_query", POST "/sql_queries/{slug}/run/{result_format}", Query, Create;
    CREATE_SQL_INTERFACE_QUERY = "create_sql_interface_query", POST "/sql_interface_queries", Query, Write;
    RUN_SQL_INTERFACE_QUERY = "run_sql_interface_query",
        GET "/sql_interface_queries/{query_id}/run/{result_format}", Query, Read;
    CREATE_DASHBOARD_RENDER_TASK = "create_dashboard_render_task",
        POST "/render_tasks/dashboards/{dashboard_id}/{result_format}", Query, Create;
    RENDER_TASK = "render_task", GET "/render_tasks/{render_task_id}", Query, Read;
    RENDER_TASK_RESULTS = "render_task_results", GET "/render_tasks/{render_task_id}/results", Query, Read;
    ALL_RUNNING_QUERIES = "all_running_queries", GET "/running_queries", Query, Read;
    KILL_QUERY = "kill_query", DELETE "/running_queries/{query_task_id}", Query, End;
    // What a browser asks before it lets a page of another origin call; in no specification.
    PREFLIGHT = "preflight", OPTIONS "/user", Free, Read;
    // Looker's token endpoint for OAuth stands beside the API and in no specification.
    OAUTH_TOKEN = "token", POST "/api/token", Free, Login;
}

impl Operation {
    /// The path with its parameters, in their order, each encoded once: ids may hold `::` and `/`.
    pub(crate) fn path(&self, parameters: &[&str]) -> String {
        let mut parameters = parameters.iter();
        let mut path = String::with_capacity(self.path.len());
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                push_encoded(&mut path, parameters.next().copied().unwrap_or_default());
            } else {
                path.push_str(segment);
            }
        }
        path
    }
}

/// Adds text as a part of a path or a query string: everything but RFC 3986's unreserved characters is escaped.
pub(crate) fn push_encoded(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            target.push(char::from(byte));
        } else {
            let _ = write!(target, "%{byte:02X}");
        }
    }
}

/// A query string of `name=value` pairs, with its `?`; nothing without any.
pub(crate) fn query_string(parameters: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        push_encoded(&mut text, name);
        text.push('=');
        push_encoded(&mut text, value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_encoded_once_and_as_a_part_of_a_path() {
        assert_eq!(
            LOOKML_MODEL_EXPLORE.path(&["a::b/c d", "ü%2F"]),
            "/lookml_models/a%3A%3Ab%2Fc%20d/explores/%C3%BC%252F"
        );
        assert_eq!(ME.path(&[]), "/user");
    }

    #[test]
    fn a_query_string_escapes_what_would_end_it() {
        assert_eq!(query_string(&[("email", "a+b@c&d=e"), ("limit", "1")]), "?email=a%2Bb%40c%26d%3De&limit=1");
        assert_eq!(query_string(&[]), "");
    }

    #[test]
    #[ignore = "the specification is no part of the project: LOOKER_SPECIFICATION=FILE says where a copy is"]
    fn the_table_says_what_the_specification_says() {
        let text = std::fs::read_to_string(std::env::var_os("LOOKER_SPECIFICATION").unwrap()).unwrap();
        let specification: serde_json::Value = serde_json::from_str(&text).unwrap();
        for operation in ALL.iter().filter(|operation| ![OAUTH_TOKEN.id, PREFLIGHT.id].contains(&operation.id)) {
            let entry = &specification["paths"][operation.path][operation.method.as_str().to_lowercase()];
            assert_eq!(entry["operationId"], operation.id, "{operation:?}");
            let activity = match operation.activity {
                Activity::Query => "db_query",
                Activity::Admin => "non_query",
                Activity::Free => "none",
            };
            assert_eq!(entry["x-looker-activity-type"], activity, "{operation:?}");
        }
    }
}
