//! What a host asks when it calls an operation.

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The body of a call. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallRequest {
    /// The operation's id in Looker's API 4.0, such as `all_folders`
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) operation: Option<String>,
    /// What the operation takes in its path and query string, by name; a list may be an array
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub(super) parameters: Map<String, Value>,
    /// What the operation takes as a body
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// Which keys of the answer are wanted, as Looker writes it: id,title,folder(id,name)
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) fields: Option<String>,
    /// Which elements of a list are wanted: by key, or by a path such as folder.name, a value or a text with % for any letters
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    pub(super) filter: Map<String, Value>,
    /// Read a list page by page to its end
    #[serde(default)]
    pub(super) all_pages: bool,
    /// Say what would be sent, without secrets, and send nothing
    #[serde(default)]
    pub(super) dry_run: bool,
    /// Send parameters and body as they are, also where they are not what the operation is known to take
    #[serde(default)]
    pub(super) unchecked: bool,
    /// For what has no id: the HTTP method, with `path`
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) method: Option<String>,
    /// For what has no id: the path below /api/4.0, such as /user; parameters become its query string
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) path: Option<String>,
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Operation(&'a str),
    Raw { method: &'a str, path: &'a str },
}

/// What the connector says of calls.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(CallRequest).to_value();
    OperationSpec::new(
        OperationSpec::CALL,
        "Call any operation of Looker's API 4.0",
        input,
        &[OutcomeKind::Value, OutcomeKind::Bytes],
    )
}

impl CallRequest {
    /// A call of an operation.
    pub(crate) fn of(operation: &str, parameters: Map<String, Value>, body: Option<Value>) -> Self {
        Self { operation: Some(operation.to_owned()), parameters, body, ..Self::default() }
    }

    /// The same, or that it is only shown.
    pub(crate) fn shown(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// The same, read page by page to the end of the list.
    pub(crate) fn with_all_pages(self) -> Self {
        Self { all_pages: true, ..self }
    }

    /// What is called: an operation, or a method and a path.
    pub(super) fn target(&self) -> Result<Target<'_>> {
        match (&self.operation, &self.method, &self.path) {
            (Some(id), None, None) => Ok(Target::Operation(id)),
            (None, Some(method), Some(path)) => Ok(Target::Raw { method, path }),
            _ => Err(Error::new(ErrorKind::InvalidInput, "A call names an operation, or a method and a path")
                .advise("Give `operation`, such as all_folders, or `method` and `path`, such as GET and /folders")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_of_an_operation_or_of_a_path_and_not_of_both() {
        let parse = |body: Value| serde_json::from_value::<CallRequest>(body).unwrap();
        assert_eq!(parse(json!({ "operation": "me" })).target().unwrap(), Target::Operation("me"));
        let raw = parse(json!({ "method": "GET", "path": "/user" }));
        assert_eq!(raw.target().unwrap(), Target::Raw { method: "GET", path: "/user" });
        for body in [json!({}), json!({ "path": "/user" }), json!({ "operation": "me", "method": "GET" })] {
            assert!(parse(body).target().is_err());
        }
    }
}
