//! What has happened, as a host is told it.

use serde::Serialize;
use serde_json::Value;

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Event {
    /// The same for the same event, however often it is told.
    pub(crate) key: String,
    /// What has happened, in a word of the trigger's.
    pub(crate) kind: String,
    /// To what: a row by field, or an object as Looker has it.
    pub(crate) data: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) looker_url: Option<String>,
    /// There was nothing to show, and the values are empty.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) made_up: bool,
}

impl Event {
    pub(crate) fn new(key: String, kind: &str, data: Value) -> Self {
        Self { key, kind: kind.to_owned(), data, looker_url: None, made_up: false }
    }
}
