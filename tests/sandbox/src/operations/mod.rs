//! The operations that the sandbox serves: facts from the Looker API 4.0 specification. Those with code of their own stand
//! in a table per subject; all others come from the table of all operations.

mod content;
mod people;
mod rendering;
mod rest;
mod running;

use axum::response::Response;

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::quota::Class;

/// Type of a query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment.
    Time,
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
    /// What the table of all operations says.
    Typed,
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

/// Parameters of what only takes `fields`.
const FIELDS: &[Parameter] = &[text("fields")];

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
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    written().chain(rest::operations())
}

/// The operation with an id.
pub(crate) fn named(id: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.id == id)
}

/// Those with code of their own.
fn written() -> impl Iterator<Item = &'static Operation> {
    [people::OPERATIONS, running::OPERATIONS, content::OPERATIONS, rendering::OPERATIONS].into_iter().flatten()
}

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

    /// Whether what it makes runs a query by itself.
    pub(crate) fn makes_task(&self) -> bool {
        self.runs_query && self.creates
    }

    /// Whether it has code of its own.
    pub(crate) fn is_written(&self) -> bool {
        written().any(|operation| operation.id == self.id)
    }

    /// Which parts of the path are parameters: of two paths that match, the one that is fixed for longer wins.
    fn openness(&self) -> impl Iterator<Item = bool> {
        self.path.split('/').map(|part| part.starts_with('{'))
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
    let found = operations().filter_map(|operation| {
        let at_root = matches!(operation.id, "alive" | "availability" | "token");
        if operation.method != method || at_root == in_api {
            return None;
        }
        operation.matches(&segments).map(|parameters| (operation, parameters))
    });
    found.min_by(|(one, _), (other, _)| one.openness().cmp(other.openness()))
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
