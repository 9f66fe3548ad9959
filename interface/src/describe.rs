//! What a connector says of itself, so that a host can list it, draw a form and check an input without knowing it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A connector's description of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Description {
    /// The short name by which a host selects it, such as `looker`.
    pub name: String,
    /// The name that a person reads, such as `Looker`.
    pub title: String,
    /// The connector's own version.
    pub version: String,
    /// One sentence that says what it connects to.
    pub summary: String,
    /// The settings it takes, in the order in which a form shows them.
    #[serde(default)]
    pub options: Vec<OptionSpec>,
    /// What can be asked of a session: the kinds of request it serves.
    #[serde(default)]
    pub operations: Vec<OperationSpec>,
}

/// One setting of a connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OptionSpec {
    /// The key in the settings, in snake case.
    pub name: String,
    /// JSON Schema of the value: `type`, `description` (one line of help), `default`, `minimum`, `enum`, ...
    pub schema: Value,
    /// A connection cannot be made without it.
    #[serde(default)]
    pub required: bool,
    /// Passed as a lent secret, never among the settings, and never on a command line.
    #[serde(default)]
    pub secret: bool,
    /// Environment variables that hold it, the first one that is set wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Keys that hold it in the service's usual ini file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ini: Vec<IniKey>,
}

/// Where a setting stands in an ini file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniKey {
    /// The file's name, looked for in the working directory, such as `looker.ini`.
    pub file: String,
    /// The section; when the file has no such section, its first one.
    pub section: String,
    /// The key.
    pub key: String,
}

/// The form in which an operation delivers its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// Arrow record batches.
    Rows,
    /// One JSON value.
    Value,
    /// A stream of bytes with a media type.
    Bytes,
    /// A form of a later minor version, which this host cannot read.
    #[serde(other)]
    Unknown,
}

/// One kind of request that a session serves.
///
/// Some kinds mean the same for every connector, so that a host can offer them without knowing the connector; the
/// constants [`OperationSpec::CHECK`], [`OperationSpec::QUERY`] and [`OperationSpec::CATALOG`] name them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The kind to pass to [`Session::start`](crate::Session::start).
    pub kind: String,
    /// One sentence that says what it does.
    pub summary: String,
    /// JSON Schema of the request's body, always of type `object`.
    pub input: Value,
    /// The forms in which it may answer.
    pub outcomes: Vec<OutcomeKind>,
    /// It only reads.
    #[serde(default)]
    pub read_only: bool,
}

impl Description {
    /// A description without options or operations.
    pub fn new(name: &str, title: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            version: version.to_owned(),
            summary: summary.to_owned(),
            options: Vec::new(),
            operations: Vec::new(),
        }
    }

    /// Adds a setting.
    #[must_use]
    pub fn option(mut self, option: OptionSpec) -> Self {
        self.options.push(option);
        self
    }

    /// Adds a kind of request.
    #[must_use]
    pub fn operation(mut self, operation: OperationSpec) -> Self {
        self.operations.push(operation);
        self
    }

    /// The kind of request of this name, when the connector serves it.
    pub fn find_operation(&self, kind: &str) -> Option<&OperationSpec> {
        self.operations.iter().find(|operation| operation.kind == kind)
    }

    /// All settings as one JSON Schema, from which a host can draw a form. Secrets carry `"writeOnly": true`.
    pub fn settings_schema(&self) -> Value {
        let mut properties = Map::new();
        for option in &self.options {
            let mut schema = option.schema.clone();
            if let (true, Some(object)) = (option.secret, schema.as_object_mut()) {
                object.insert("writeOnly".to_owned(), true.into());
            }
            properties.insert(option.name.clone(), schema);
        }
        let required: Vec<&str> = self.options.iter().filter(|o| o.required).map(|o| o.name.as_str()).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }
}

impl OptionSpec {
    /// A setting of a JSON type (`string`, `integer`, `number`, `boolean`) with one line of help.
    pub fn new(name: &str, json_type: &str, help: &str) -> Self {
        Self {
            name: name.to_owned(),
            schema: json!({ "type": json_type, "description": help }),
            required: false,
            secret: false,
            env: Vec::new(),
            ini: Vec::new(),
        }
    }

    /// Marks it as one without which there is no connection.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Marks it as a secret.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Adds a key to its JSON Schema, such as `default`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Some(object) = self.schema.as_object_mut() {
            object.insert(key.to_owned(), value.into());
        }
        self
    }

    /// Names an environment variable that holds it.
    #[must_use]
    pub fn env(mut self, name: &str) -> Self {
        self.env.push(name.to_owned());
        self
    }

    /// Names a key of an ini file that holds it.
    #[must_use]
    pub fn ini(mut self, file: &str, section: &str, key: &str) -> Self {
        self.ini.push(IniKey { file: file.to_owned(), section: section.to_owned(), key: key.to_owned() });
        self
    }

    /// The setting's JSON type, `string` when the schema does not say.
    pub fn json_type(&self) -> &str {
        self.schema.get("type").and_then(Value::as_str).unwrap_or("string")
    }

    /// The setting's one line of help.
    pub fn help(&self) -> &str {
        self.schema.get("description").and_then(Value::as_str).unwrap_or_default()
    }
}

impl OperationSpec {
    /// Tests the connection. Body: `{}`. Answer: a value with `summary` (one sentence) and `facts` (an object).
    pub const CHECK: &'static str = "check";
    /// Runs a query. Body: by the connector's own schema. Answer: rows.
    pub const QUERY: &'static str = "query";
    /// Lists what there is to query. Body: `path` (a string, names joined by `/`, empty for the top) and `form`: `rows`
    /// (the children of the path as rows) or `tree` (a value: nodes of `name`, `label`, `type`, `children`, ...).
    pub const CATALOG: &'static str = "catalog";

    /// A kind of request with one sentence of summary and the JSON Schema of its body.
    pub fn new(kind: &str, summary: &str, input: Value, outcomes: &[OutcomeKind]) -> Self {
        Self {
            kind: kind.to_owned(),
            summary: summary.to_owned(),
            input,
            outcomes: outcomes.to_vec(),
            read_only: false,
        }
    }

    /// Says that it changes nothing.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_later_version_do_not_disturb_an_older_reader() {
        let text = r#"{"name":"x","title":"X","version":"9","summary":"s","later":[1],
            "options":[{"name":"a","schema":{"type":"string"},"later":true}],
            "operations":[{"kind":"k","summary":"s","input":{"type":"object"},"outcomes":["hologram","rows"]}]}"#;
        let description: Description = serde_json::from_str(text).unwrap();
        assert_eq!(description.options[0].name, "a");
        assert_eq!(description.operations[0].outcomes, [OutcomeKind::Unknown, OutcomeKind::Rows]);
    }

    #[test]
    fn the_settings_schema_marks_secrets_and_required_settings() {
        let schema = Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("url", "string", "Where it is").required())
            .option(OptionSpec::new("password", "string", "The password").secret())
            .settings_schema();
        assert_eq!(schema["required"], json!(["url"]));
        assert_eq!(schema["properties"]["password"]["writeOnly"], true);
    }
}
