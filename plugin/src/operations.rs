//! The operations that the connector itself calls: which of those of the table they are, and what may happen when one is sent
//! twice where that is not what the table says of it.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

pub(crate) use looker_operations::Activity;
use looker_operations::{Effect, Table};
use reqwest::Method;

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

impl From<Effect> for Safety {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Read => Self::Read,
            // What is gone stays gone.
            Effect::Write | Effect::Delete => Self::Write,
            Effect::Ask | Effect::Create => Self::Create,
        }
    }
}

/// An operation as it is called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The operation's id in the specification.
    pub(crate) id: String,
    pub(crate) method: Method,
    /// Below `/api/4.0`, with parameters in braces.
    path: String,
    pub(crate) activity: Activity,
    pub(crate) safety: Safety,
    /// Whether it changes something that others see.
    pub(crate) writes: bool,
}

/// Declares operations of the table as constants: by the effect that the table tells, or with a safety of their own.
macro_rules! operations {
    ($($name:ident = $id:literal $(, $safety:ident)?;)*) => {
        $(
            pub(crate) static $name: LazyLock<Arc<Operation>> =
                LazyLock::new(|| builtin($id, None $(.or(Some(Safety::$safety)))?));
        )*

        /// Every one of them.
        #[cfg(test)]
        static ALL: &[&LazyLock<Arc<Operation>>] = &[$(&$name,)*];
    };
}

operations! {
    VERSIONS = "versions", Probe;
    LOGIN = "login", Login;
    LOGIN_USER = "login_user", Login;
    // The same for a token that is handed out: nobody gives it back, so it is never made twice.
    LOGIN_TO_HAND_OUT = "login", Create;
    LOGIN_USER_TO_HAND_OUT = "login_user", Create;
    LOGOUT = "logout", End;
    SESSION = "session";
    UPDATE_SESSION = "update_session";
    ME = "me";
    USER_ROLES = "user_roles";
    SEARCH_USERS = "search_users";
    USER_FOR_CREDENTIAL = "user_for_credential";
    ALL_LOOKML_MODELS = "all_lookml_models";
    LOOKML_MODEL = "lookml_model";
    LOOKML_MODEL_EXPLORE = "lookml_model_explore";
    LOOK = "look";
    DASHBOARD = "dashboard";
    QUERY = "query";
    QUERY_FOR_SLUG = "query_for_slug";
    MERGE_QUERY = "merge_query";
    CREATE_QUERY = "create_query";
    RUN_INLINE_QUERY = "run_inline_query";
    RUN_QUERY = "run_query";
    RUN_URL_ENCODED_QUERY = "run_url_encoded_query";
    RUN_LOOK = "run_look";
    CREATE_QUERY_TASK = "create_query_task";
    QUERY_TASK = "query_task";
    QUERY_TASK_RESULTS = "query_task_results";
    CREATE_SQL_QUERY = "create_sql_query";
    RUN_SQL_QUERY = "run_sql_query";
    CREATE_SQL_INTERFACE_QUERY = "create_sql_interface_query";
    RUN_SQL_INTERFACE_QUERY = "run_sql_interface_query";
    CREATE_DASHBOARD_RENDER_TASK = "create_dashboard_render_task";
    RENDER_TASK = "render_task";
    RENDER_TASK_RESULTS = "render_task_results";
    ALL_RUNNING_QUERIES = "all_running_queries";
    KILL_QUERY = "kill_query", End;
    API_SPEC = "api_spec";
}

/// What a browser asks before it lets a page of another origin call; in no specification.
pub(crate) static PREFLIGHT: LazyLock<Arc<Operation>> =
    LazyLock::new(|| Operation::new("preflight", Method::OPTIONS, "/user", Activity::Free, Safety::Read, false));

/// Looker's token endpoint for OAuth stands beside the API and in no specification.
pub(crate) static OAUTH_TOKEN: LazyLock<Arc<Operation>> =
    LazyLock::new(|| Operation::new("token", Method::POST, "/api/token", Activity::Free, Safety::Login, false));

#[expect(clippy::expect_used, reason = "a test finds each in the table, which is built in")]
fn builtin(id: &str, safety: Option<Safety>) -> Arc<Operation> {
    let row = Table::builtin().find(id).expect("an operation of the table");
    Operation::of(&row, safety)
}

impl Operation {
    /// An operation that is in no table.
    pub(crate) fn new(
        id: &str,
        method: Method,
        path: &str,
        activity: Activity,
        safety: Safety,
        writes: bool,
    ) -> Arc<Self> {
        Arc::new(Self { id: id.to_owned(), method, path: path.to_owned(), activity, safety, writes })
    }

    /// An operation of a table, with the safety that its effect has or another.
    pub(crate) fn of(row: &looker_operations::Operation, safety: Option<Safety>) -> Arc<Self> {
        let method = Method::from_bytes(row.method.as_bytes()).unwrap_or(Method::GET);
        let safety = safety.unwrap_or_else(|| row.effect.into());
        Self::new(&row.id, method, &row.path, row.activity, safety, row.effect.writes())
    }

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
    fn every_operation_that_is_called_is_in_the_table() {
        for operation in ALL {
            assert!(operation.path.starts_with('/'), "{operation:?}");
        }
    }

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
}
