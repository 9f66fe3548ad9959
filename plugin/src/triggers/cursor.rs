//! Where a trigger has come to: what a host keeps between two polls. It is one text, which only the connector reads.

use connector_interface::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key;

/// The version of its form.
const VERSION: u32 = 1;

/// The most bytes that a cursor has, and far more than any that is read.
pub(crate) const LONGEST: usize = 8_000;
const LONGEST_READ: usize = 64 * 1024;

/// A cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    #[serde(rename = "v")]
    version: u32,
    trigger: String,
    /// Stands for the input: another input sees other things.
    input: String,
    /// How many polls have told something, so that the same change at another time is another event.
    #[serde(default)]
    pub(super) turn: u64,
    /// The id of the saved query that the input names otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    state: Value,
}

impl Cursor {
    /// The first one of a trigger with an input.
    pub(super) fn first(trigger: &str, input: &Map<String, Value>) -> Self {
        let (trigger, input) = (trigger.to_owned(), stands_for(input));
        Self { version: VERSION, trigger, input, turn: 0, query: None, state: Value::Null }
    }

    /// Reads one that a host has kept.
    pub(super) fn parse(text: &str, trigger: &str, input: &Map<String, Value>) -> Result<Self> {
        let refused = |what: &str| {
            Error::new(ErrorKind::InvalidInput, format!("The cursor {what}"))
                .advise("Give the last cursor of this trigger with this input, or none to begin anew")
        };
        if text.len() > LONGEST_READ {
            return Err(refused("is too long to be one"));
        }
        let cursor: Self = serde_json::from_str(text).map_err(|_| refused("is not one of the connector's"))?;
        if cursor.version != VERSION {
            return Err(refused(&format!("has the version {}, and this connector reads {VERSION}", cursor.version)));
        }
        if cursor.trigger != trigger {
            return Err(refused(&format!("is of the trigger `{}`", looker_words::excerpt(&cursor.trigger, 40))));
        }
        if cursor.input != stands_for(input) {
            return Err(refused("is of another input"));
        }
        Ok(cursor)
    }

    /// What stands for the input.
    pub(super) fn input(&self) -> &str {
        &self.input
    }

    /// What a detector has kept; none at the first poll.
    pub(super) fn state<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        serde_json::from_value(self.state.clone()).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "The cursor is damaged")
                .advise("Poll without it to begin anew from what is there now")
        })
    }

    /// The next one, with what a detector keeps.
    pub(super) fn next(self, told: bool, state: Value) -> Self {
        Self { turn: self.turn.saturating_add(u64::from(told)), state, ..self }
    }

    /// As a host keeps it.
    pub(super) fn text(&self) -> Result<String> {
        let text = serde_json::to_string(self)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("The cursor cannot be written ({error})")))?;
        if text.len() > LONGEST {
            return Err(Error::new(ErrorKind::Internal, format!("The cursor has {} bytes", text.len())));
        }
        Ok(text)
    }
}

fn stands_for(input: &Map<String, Value>) -> String {
    let mut pairs: Vec<(&String, &Value)> = input.iter().collect();
    pairs.sort_by_key(|(name, _)| *name);
    let texts: Vec<String> = pairs.into_iter().flat_map(|(name, value)| [name.clone(), sorted(value)]).collect();
    key::short(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A value as a text in which the order of keys does not matter.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut pairs: Vec<String> =
                members.iter().map(|(key, value)| format!("{key:?}:{}", sorted(value))).collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_cursor_is_read_again_by_its_own_trigger_and_input_alone() {
        let given = input(&json!({ "look": "7", "filters": { "a": "1", "b": "2" } }));
        let cursor = Cursor::first("new_rows", &given).next(true, json!({ "at": 5 }));
        let text = cursor.text().unwrap();
        let same = input(&json!({ "filters": { "b": "2", "a": "1" }, "look": "7" }));
        let read = Cursor::parse(&text, "new_rows", &same).unwrap();
        assert_eq!((read.turn, read.state::<Value>().unwrap()), (1, Some(json!({ "at": 5 }))));
        for (text, trigger, input, said) in [
            (text.as_str(), "removed_rows", given.clone(), "is of the trigger `new_rows`"),
            (&text, "new_rows", input(&json!({ "look": "8" })), "is of another input"),
            ("7", "new_rows", given.clone(), "not one of the connector's"),
            (&text.replace("\"v\":1", "\"v\":2"), "new_rows", given.clone(), "version 2"),
            (&" ".repeat(LONGEST_READ + 1), "new_rows", given.clone(), "too long"),
        ] {
            let error = Cursor::parse(text, trigger, &input).unwrap_err();
            assert!(error.message.contains(said), "{}", error.message);
        }
    }
}
