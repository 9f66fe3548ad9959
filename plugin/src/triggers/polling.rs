//! One poll under way: what it works with, and what it looks at.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::cursor::Cursor;
use super::event::Event;
use super::items::Rows;
use super::key;
use super::row::{List, Trigger, Watches, defect};
use crate::call::CallRequest;
use crate::paging::id_text;
use crate::steps::Context;

/// Rows that are looked at where nobody says how many.
const ROWS: u64 = 5_000;

/// The most rows that may be looked at: they are in memory until the poll ends.
pub(super) const MOST_ROWS: u64 = 100_000;

/// What the first poll tells, which has nothing to compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum First {
    /// Nothing: what is there now is what changes are counted from.
    #[default]
    Now,
    /// Everything that is there.
    All,
}

/// A poll under way.
pub(super) struct Polling<'a> {
    pub(super) context: &'a Context,
    pub(super) trigger: &'static Trigger,
    pub(super) input: &'a Map<String, Value>,
    pub(super) cursor: &'a Cursor,
    pub(super) first: First,
}

/// What a poll has seen.
pub(super) struct Seeing {
    pub(super) events: Vec<Event>,
    /// What the next one compares with.
    pub(super) state: Value,
    /// There is more to be told at once.
    pub(super) more: bool,
    /// Sentences for a person.
    pub(super) notes: Vec<String>,
}

impl Seeing {
    pub(super) fn new(events: Vec<Event>, state: &impl serde::Serialize) -> Result<Self> {
        let state = serde_json::to_value(state)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("The state cannot be written ({error})")))?;
        Ok(Self { events, state, more: false, notes: Vec::new() })
    }
}

impl Polling<'_> {
    /// An input that is a text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.request().get(name).and_then(id_text)
    }

    /// An input that is a number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.request().get(name).and_then(Value::as_f64)
    }

    /// The fields of the key; none where a row is known by all that it says.
    pub(super) fn key_fields(&self) -> Vec<String> {
        match self.request().get("key") {
            Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(fields)) => fields.split(',').map(|field| field.trim().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The key of an event.
    pub(super) fn event_key(&self, parts: &[&str]) -> String {
        let mut whole = vec![self.trigger.name, self.cursor.input()];
        whole.extend(parts);
        key::short(&whole)
    }

    /// The number of this poll among those that tell something.
    pub(super) fn turn(&self) -> String {
        self.cursor.turn.saturating_add(1).to_string()
    }

    /// The query request with what is asked of its rows.
    pub(super) fn request(&self) -> Map<String, Value> {
        let Watches::Activity { request, filters } = &self.trigger.watches else { return self.input.clone() };
        let mut request: Map<String, Value> = serde_json::from_str(request).unwrap_or_default();
        if let Some(own) = request.get_mut("filters").and_then(Value::as_object_mut) {
            let given =
                filters.iter().filter_map(|(input, field)| Some((*field, id_text(self.input.get(input.name)?)?)));
            own.extend(given.map(|(field, value)| (field.to_owned(), Value::from(value))));
        }
        request
    }

    /// Whether the query is written in the input, so that it may be changed.
    pub(super) fn is_inline(&self) -> bool {
        self.request().contains_key("explore")
    }

    /// The most rows that are looked at.
    pub(super) fn limit(&self) -> Result<u64> {
        let Some(limit) = self.input.get("limit").filter(|limit| !limit.is_null()) else { return Ok(ROWS) };
        limit
            .as_u64()
            .or_else(|| limit.as_str()?.trim().parse().ok())
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| {
                Error::new(ErrorKind::InvalidInput, format!("The limit must be a number from 1 to {MOST_ROWS}"))
                    .advise("A poll keeps its rows in memory until it ends")
            })
    }

    /// Runs the query, with what is changed of it.
    pub(super) fn rows(&self, limit: u64, changes: Map<String, Value>) -> Result<Rows> {
        let mut request = self.request();
        request.retain(|name, _| !["marker", "key", "overlap", "field", "above", "below"].contains(&name.as_str()));
        if let Some(query) = &self.cursor.query {
            request.insert("query".to_owned(), json!(query));
        }
        request.insert("limit".to_owned(), json!(limit));
        request.insert("numbers".to_owned(), json!("exact"));
        for (name, value) in changes {
            match (request.get_mut(&name), value) {
                (Some(Value::Object(before)), Value::Object(more)) => before.extend(more),
                (_, value) => drop(request.insert(name, value)),
            }
        }
        Rows::read(self.context.query_as_saved(request)?, &self.context.control)
    }

    /// What the operation lists, of the elements that are meant.
    pub(super) fn list(&self, list: &List) -> Result<Vec<Value>> {
        let mut parameters: Map<String, Value> = serde_json::from_str(list.parameters)
            .map_err(|error| defect(self.trigger.name, &format!("has wrong parameters ({error})")))?;
        let given =
            list.inputs.iter().filter_map(|input| Some((input.name.to_owned(), self.input.get(input.name)?.clone())));
        parameters.extend(given.filter(|(_, value)| !value.is_null()));
        let answer = match self.context.call(CallRequest::of(list.operation, parameters, None))? {
            Outcome::Value(Value::Array(elements)) => elements,
            Outcome::Value(one) => vec![one],
            other => return Err(defect(self.trigger.name, &format!("is answered with {other:?}"))),
        };
        Ok(answer.into_iter().filter(|element| (list.keep)(element, self.input)).collect())
    }
}
