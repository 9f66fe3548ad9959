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
    /// A connection cannot be made without it, where it applies.
    #[serde(default)]
    pub required: bool,
    /// It applies only when another setting has one of these values; without a condition it always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_when: Option<Condition>,
    /// Passed as a lent secret, never among the settings, and never on a command line.
    #[serde(default)]
    pub secret: bool,
    /// Environment variables that hold it, the first one that is set wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Keys that hold it in the service's usual ini file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ini: Vec<IniKey>,
    /// The field of the user's netrc file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netrc: Option<NetrcKey>,
}

/// When a setting applies: the value of `option`, or its default, is one of `values`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The name of the other setting.
    pub option: String,
    /// Its values.
    pub values: Vec<Value>,
}

/// Where a setting stands in a netrc file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetrcKey {
    /// The name of the setting whose host is the entry's `machine`.
    pub machine: String,
    /// `login` or `password`.
    pub field: String,
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
    /// JSON Schema of the request's body, always of type `object`. A property with the key `x-setting` overrides the
    /// setting of that name for one request.
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

    /// Whether a setting applies among these values. A condition on a setting that is not set looks at its default.
    pub fn applies(&self, option: &OptionSpec, values: &Map<String, Value>) -> bool {
        let Some(condition) = &option.applies_when else { return true };
        let other = self.options.iter().find(|other| other.name == condition.option);
        let default = other.and_then(|other| other.schema.get("default"));
        let value = values.get(&condition.option).filter(|value| !value.is_null()).or(default);
        value.is_some_and(|value| condition.values.contains(value))
    }

    /// All settings as one JSON Schema, from which a host can draw a form. Secrets carry `"writeOnly": true`; a setting
    /// that applies only sometimes is required by an `if` and `then` in `allOf`.
    pub fn settings_schema(&self) -> Value {
        let mut properties = Map::new();
        for option in &self.options {
            let mut schema = option.schema.clone();
            if let (true, Some(object)) = (option.secret, schema.as_object_mut()) {
                object.insert("writeOnly".to_owned(), true.into());
            }
            properties.insert(option.name.clone(), schema);
        }
        let required = self.options.iter().filter(|option| option.required);
        let (sometimes, always): (Vec<_>, Vec<_>) = required.partition(|option| option.applies_when.is_some());
        let always: Vec<&str> = always.into_iter().map(|option| option.name.as_str()).collect();
        let mut schema =
            json!({ "type": "object", "properties": properties, "required": always, "additionalProperties": false });
        let rules: Vec<Value> = sometimes.into_iter().filter_map(|option| self.required_when(option)).collect();
        if let (false, Some(object)) = (rules.is_empty(), schema.as_object_mut()) {
            object.insert("allOf".to_owned(), rules.into());
        }
        schema
    }

    /// The rule by which a setting that applies only sometimes is required.
    fn required_when(&self, option: &OptionSpec) -> Option<Value> {
        let condition = option.applies_when.as_ref()?;
        // A setting that is not set fits `properties` whatever it says, which is right only when its default does.
        let must_be_set: &[&str] = if self.applies(option, &Map::new()) { &[] } else { &[condition.option.as_str()] };
        Some(json!({
            "if": { "properties": { &condition.option: { "enum": condition.values } }, "required": must_be_set },
            "then": { "required": [option.name] },
        }))
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
            applies_when: None,
            env: Vec::new(),
            ini: Vec::new(),
            netrc: None,
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

    /// Says that it applies only when another setting has one of these values.
    #[must_use]
    pub fn when(mut self, option: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.into()).collect();
        self.applies_when = Some(Condition { option: option.to_owned(), values });
        self
    }

    /// Names the field of a netrc entry that holds it; the entry's machine is the host in another setting.
    #[must_use]
    pub fn netrc(mut self, machine: &str, field: &str) -> Self {
        self.netrc = Some(NetrcKey { machine: machine.to_owned(), field: field.to_owned() });
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
    /// Runs a query. Body: by the connector's own schema. Answer: rows, or bytes or a value where the body asks for them.
    ///
    /// A property `format` of its input, with an `enum` and a `default`, says what the service itself can make of the rows
    /// (as bytes). A value with the key `parts` stands for several results: an array whose elements have a `title`, and a
    /// `request` that delivers the part, or the `reason` why there is none.
    pub const QUERY: &'static str = "query";
    /// Lists what there is to query. Body: `path` (a string, names joined by `/`, empty for the top) and `form`: `rows`
    /// (the children of the path as rows) or `tree` (a value: nodes of `name`, `label`, `type`, `children`, ...).
    pub const CATALOG: &'static str = "catalog";
    /// Lets a person sign in with a browser, in two requests.
    ///
    /// Body: `step` and `redirect_uri`, the address to which the browser comes back. `start` answers with a value of
    /// `url` (to open in the browser), `state` and `verifier` (to keep for the second request). `finish` also takes
    /// these two and `callback`, the whole address to which the browser came back; it answers as [`Self::CHECK`] does,
    /// or, where the connector has no place to keep what it got, with bytes of media type `application/json`: an object
    /// of settings for the next connection, secrets among them.
    pub const AUTHORIZE: &'static str = "authorize";
    /// Runs one of the connector's actions. Body: `action` (its name) and `input` (an object). Answer: by the action.
    pub const INVOKE: &'static str = "invoke";

    /// Looks for what has happened since the last look. Body: `trigger` (its name), `input` (an object), `cursor` (what the look
    /// before has answered; without it a new beginning), `first` (`now` or `all`: what that beginning tells) and `sample`. Answer:
    /// a value of `events` (each with a `key`, which is the same when it is told again, a `kind` and `data`), `cursor` (a text
    /// to keep once the events are dealt with), `more` (look again at once) and `notes` (sentences for a person).
    pub const POLL: &'static str = "poll";

    /// Verifies and reads what the service has sent to the host by itself, as to a webhook. Body: `headers` (an object), `body` (a
    /// text), and `received_at`, which tells the same content at another time apart. Answer: a value of `events`, as [`Self::POLL`]
    /// has them. What cannot be shown to be the service's is an error.
    pub const RECEIVE: &'static str = "receive";

    /// Lists what may be chosen for an input. Body: `input` (its name), `given` (what was chosen before, by input), `search`
    /// (letters), `cursor`, and `value` for the label of one that was chosen. Answer: a value of `options` (each with `value`,
    /// `label`, and perhaps `group`, `description`, `default`, `required`, `gone`), `next` (a cursor), and `reason` when there
    /// is none. An input whose schema has `x-options` has choices.
    pub const OPTIONS: &'static str = "options";
    /// Calls one of the service's own operations. Body: `operation` (its id), `parameters` (an object), `body`, and `dry_run`
    /// to be told what would be sent. Answer: a value, or bytes.
    pub const CALL: &'static str = "call";
    /// Lists the service's own operations. Body: `search` (words), or `operation` for one with JSON Schemas of its
    /// `parameters`, `body` and `answer`, and its `effect`: `read`, `ask`, `write`, `create` or `delete`. Answer: rows, or a
    /// value for one.
    pub const OPERATIONS: &'static str = "operations";

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

    #[test]
    fn a_setting_that_applies_sometimes_is_required_only_then() {
        let description = Description::new("x", "X", "1", "s")
            .option(OptionSpec::new("auth", "string", "How").with("default", "key"))
            .option(OptionSpec::new("key", "string", "The key").required().when("auth", &["key"]))
            .option(OptionSpec::new("file", "string", "The file").required().when("auth", &["browser"]));
        let (key, file) = (&description.options[1], &description.options[2]);
        let browser = Map::from_iter([("auth".to_owned(), json!("browser"))]);
        assert!(description.applies(key, &Map::new()) && !description.applies(key, &browser));
        assert!(!description.applies(file, &Map::new()) && description.applies(file, &browser));
        let schema = description.settings_schema();
        assert_eq!(schema["required"], json!([]));
        assert_eq!(
            schema["allOf"],
            json!([
                { "if": { "properties": { "auth": { "enum": ["key"] } }, "required": [] }, "then": { "required": ["key"] } },
                { "if": { "properties": { "auth": { "enum": ["browser"] } }, "required": ["auth"] },
                  "then": { "required": ["file"] } },
            ])
        );
    }
}
