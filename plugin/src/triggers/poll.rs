//! What a host asks when it polls, and what it is answered.

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Request, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::cursor::Cursor;
use super::detect::changes::Elements;
use super::detect::{appended, changes, side, whole};
use super::event::Event;
use super::polling::{First, Polling, Seeing};
use super::row::{Detects, Trigger, Watches, defect};
use super::{all, find, schema};
use crate::call::CallRequest;
use crate::paging::id_text;
use crate::query::slug_of;
use crate::steps::{Context, check_names, no_such, one_of};

/// A poll with its input.
pub(crate) struct Poll {
    trigger: &'static Trigger,
    input: Map<String, Value>,
    cursor: Option<Cursor>,
    first: First,
    sample: bool,
    act_as: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PollRequest {
    trigger: String,
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    first: First,
    #[serde(default)]
    sample: bool,
    #[serde(default)]
    act_as: Option<String>,
}

/// What the connector says of its triggers.
pub(crate) fn spec() -> OperationSpec {
    let mut input = json!({
        "type": "object",
        "properties": {
            "trigger": { "type": "string", "enum": all().map(|trigger| trigger.name).collect::<Vec<_>>(), "description": "The trigger" },
            "input": { "type": "object", "description": "What it takes" },
            "cursor": { "type": "string", "description": "What the poll before has answered; none begins anew" },
            "first": { "type": "string", "enum": ["now", "all"], "default": "now", "description": "What the first poll tells: nothing, so that only what comes from now on is, or all that is there" },
            "sample": { "type": "boolean", "default": false, "description": "Answer one event as an example at once, and move nothing" },
            "act_as": { "type": "string", "x-setting": "act_as", "description": "The user to act as, instead of the session's" },
        },
        "required": ["trigger"],
    });
    one_of(&mut input, all().map(schema::entry));
    OperationSpec::new(
        OperationSpec::POLL,
        "Look for what has happened since the last look",
        input,
        &[OutcomeKind::Value],
    )
    .read_only()
}

impl Poll {
    /// Reads a request.
    pub(crate) fn parse(request: &Request) -> Result<Self> {
        let PollRequest { trigger: name, mut input, cursor, first, sample, act_as } = request.parse()?;
        input.retain(|_, value| !value.is_null());
        let trigger = find(&name).ok_or_else(|| no_such("trigger", &name, all().map(|trigger| trigger.name)))?;
        check_names(&name, &input, &trigger.names())?;
        for own in trigger.own() {
            if let Some(value) = input.get_mut(own.name) {
                own.check(&name, value)?;
            }
        }
        let are_there = |keys: &[&str]| keys.iter().all(|key| input.contains_key(*key));
        let sources = schema::SOURCES.iter().filter(|keys| are_there(keys)).count();
        if matches!(trigger.watches, Watches::Rows { .. }) && sources != 1 {
            return Err(Error::new(ErrorKind::InvalidInput, format!("`{name}` watches the rows of one thing"))
                .advise("Give look, or query, or model, explore and fields"));
        }
        let cursor = cursor.map(|text| Cursor::parse(&text, trigger.name, &input)).transpose()?;
        Ok(Self { trigger, input, cursor, first, sample, act_as })
    }

    /// The user on whose behalf it is done, when the request names one.
    pub(crate) fn act_as(&self) -> Option<&str> {
        self.act_as.as_deref()
    }

    /// Looks.
    pub(crate) fn run(self, context: &Context) -> Result<Outcome> {
        let kept = self.cursor.as_ref().map(Cursor::text).transpose()?;
        let mut cursor = self.cursor.unwrap_or_else(|| Cursor::first(self.trigger.name, &self.input));
        if cursor.query.is_none() {
            cursor.query = saved_query(context, self.trigger, &self.input)?;
        }
        let polling =
            Polling { context, trigger: self.trigger, input: &self.input, cursor: &cursor, first: self.first };
        if self.sample {
            let events: Vec<Event> = sample(&polling)?.into_iter().collect();
            return Ok(Outcome::Value(json!({ "events": events, "cursor": kept, "more": false, "notes": [] })));
        }
        let Seeing { events, state, more, notes } = see(&polling)?;
        let next = cursor.next(!events.is_empty(), state).text()?;
        Ok(Outcome::Value(json!({ "events": events, "cursor": next, "more": more, "notes": notes })))
    }
}

/// The id of a saved query that an input names by its slug or its address, so that later polls need not ask for it: what a
/// slug stands for never changes.
fn saved_query(context: &Context, trigger: &Trigger, input: &Map<String, Value>) -> Result<Option<String>> {
    let named = input.get("query").and_then(id_text).filter(|_| matches!(trigger.watches, Watches::Rows { .. }));
    let Some(slug) = named.map(|text| slug_of(&text)).transpose()?.flatten() else { return Ok(None) };
    let parameters = [("slug", slug.as_str()), ("fields", "id")];
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let query = context.value(CallRequest::of("query_for_slug", parameters, None))?;
    Ok(query.get("id").and_then(id_text))
}

/// What has happened.
fn see(polling: &Polling<'_>) -> Result<Seeing> {
    match &polling.trigger.detects {
        Detects::New(kind) => match polling.text("marker") {
            Some(marker) => appended::poll(polling, &marker, kind),
            None => changes::poll(polling, elements(polling)?, changes::NEW_ALONE, super::seen::Keys::Hashed),
        },
        Detects::Changes { told, keys } => changes::poll(polling, elements(polling)?, told, *keys),
        Detects::Matched => side::matched(polling, false),
        Detects::Threshold => side::threshold(polling, false),
        Detects::Whole => whole::poll(polling, false),
    }
}

/// An event to show, without waiting for one.
fn sample(polling: &Polling<'_>) -> Result<Option<Event>> {
    Ok(match &polling.trigger.detects {
        Detects::New(kind) => {
            let rows = polling.rows(1, Map::new())?;
            Some(appended::sample(polling, &rows, kind))
        }
        Detects::Changes { told, .. } => changes::sample(polling, &elements(polling)?, told),
        Detects::Matched => side::matched(polling, true)?.events.pop(),
        Detects::Threshold => side::threshold(polling, true)?.events.pop(),
        Detects::Whole => whole::poll(polling, true)?.events.pop(),
    })
}

/// The elements that are watched.
fn elements(polling: &Polling<'_>) -> Result<Elements> {
    match &polling.trigger.watches {
        Watches::List(list) => Ok(Elements::of_list(polling.list(list)?, list)),
        Watches::Rows { .. } => {
            let limit = polling.limit()?;
            Elements::of_rows(polling.rows(limit, Map::new())?, polling.key_fields(), limit)
        }
        Watches::Activity { .. } => Err(defect(polling.trigger.name, "has no marker")),
    }
}
