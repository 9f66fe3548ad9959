//! What a trigger is: a row of a table, with what it watches and what it tells.

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use super::seen::Keys;
use crate::steps::{Group, Input, Needs};

/// A trigger.
pub(super) struct Trigger {
    /// By which it is polled.
    pub(super) name: &'static str,
    /// The subject that it stands under in a menu.
    pub(super) group: Group,
    /// What it tells of, in one sentence.
    pub(super) summary: &'static str,
    /// What the user must be permitted in Looker.
    pub(super) needs: Needs,
    /// Seconds between two polls that a host should leave by itself.
    pub(super) interval: u32,
    pub(super) watches: Watches,
    pub(super) detects: Detects,
}

/// Queries cost what a warehouse takes for them, and count by Looker's plans; lists are cheaper.
pub(super) const QUERIES: u32 = 300;
pub(super) const LISTS: u32 = 60;

/// What a poll looks at.
pub(super) enum Watches {
    /// The rows of what the input names.
    Rows { inputs: &'static [Input] },
    /// The rows of a query that is always the same, but for filters.
    Activity {
        /// The query request, with the inputs of what detects, as JSON.
        request: &'static str,
        /// Inputs that become filters: the input, and the field.
        filters: &'static [(Input, &'static str)],
    },
    /// What an operation lists.
    List(List),
}

/// A list of objects that have ids.
pub(super) struct List {
    pub(super) operation: &'static str,
    /// Parameters that it always has, as JSON.
    pub(super) parameters: &'static str,
    /// Further parameters, by the operation's own names.
    pub(super) inputs: &'static [Input],
    /// Inputs by which the elements are chosen here.
    pub(super) own: &'static [Own],
    /// Whether an element is meant.
    pub(super) keep: fn(&Value, &Map<String, Value>) -> bool,
    /// The member that is the element's key.
    pub(super) id: &'static str,
    /// The members whose change is one.
    pub(super) content: &'static [&'static str],
    /// The page of an element below Looker's web address: `{id}` is the key.
    pub(super) page: Option<&'static str>,
}

/// An input that is no parameter of an operation and no key of a query request.
pub(super) struct Own {
    pub(super) name: &'static str,
    /// Its JSON Schema.
    pub(super) schema: &'static str,
    pub(super) required: bool,
}

impl Own {
    /// Whether a number is one, and not below what it may be; one that is written as a text is taken for a number, too.
    pub(super) fn check(&self, trigger: &str, value: &mut Value) -> Result<()> {
        let schema: Value = serde_json::from_str(self.schema).unwrap_or_default();
        if schema.get("type").and_then(Value::as_str) != Some("number") {
            return Ok(());
        }
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite());
        let least = schema.get("minimum").and_then(Value::as_f64).unwrap_or(f64::MIN);
        let number = number.filter(|number| *number >= least).ok_or_else(|| {
            let least = schema.get("minimum").map(|least| format!(" of {least} or more")).unwrap_or_default();
            Error::new(
                ErrorKind::InvalidInput,
                format!("`{trigger}`: the input `{}` must be a number{least}", self.name),
            )
            .advise("Give a number")
        })?;
        if !value.is_number() {
            *value = number.into();
        }
        Ok(())
    }
}

/// What is told of what a poll sees.
pub(super) enum Detects {
    /// Rows that were not there, told by this word: behind the last value of a field, or among all.
    New(&'static str),
    /// Elements that have come, changed or gone.
    Changes { told: &'static [Told], keys: Keys },
    /// That there are rows where there were none.
    Matched,
    /// That a value has passed a threshold.
    Threshold,
    /// That the rows are not those of before.
    Whole,
}

/// How an element has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    New,
    Changed,
    Removed,
}

/// A change that is told.
pub(super) struct Told {
    pub(super) change: Change,
    /// Its word.
    pub(super) kind: &'static str,
    /// Whether this is the word, by the element as it is now.
    pub(super) when: fn(&Value) -> bool,
}

/// A change that is always told by this word.
pub(super) const fn told(change: Change, kind: &'static str) -> Told {
    Told { change, kind, when: |_| true }
}

impl Trigger {
    /// Inputs of its own.
    pub(super) fn own(&self) -> impl Iterator<Item = &'static Own> {
        let of_list: &'static [Own] = match &self.watches {
            Watches::List(list) => list.own,
            Watches::Rows { .. } | Watches::Activity { .. } => &[],
        };
        let of_detector = if matches!(self.watches, Watches::Rows { .. }) { self.detects.own() } else { &[] };
        of_list.iter().chain(of_detector)
    }

    /// Inputs that become parts of a request.
    pub(super) fn inputs(&self) -> Vec<&'static Input> {
        match &self.watches {
            Watches::Rows { inputs } => inputs.iter().collect(),
            Watches::Activity { filters, .. } => filters.iter().map(|(input, _)| input).collect(),
            Watches::List(list) => list.inputs.iter().collect(),
        }
    }

    /// The names of all inputs, and whether they are required.
    pub(super) fn names(&self) -> Vec<(&'static str, bool)> {
        let own = self.own().map(|own| (own.name, own.required));
        self.inputs().into_iter().map(|input| (input.name, input.required)).chain(own).collect()
    }

    /// The words of its events.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let mut kinds = match &self.detects {
            Detects::New(kind) => vec![*kind],
            Detects::Changes { told, .. } => told.iter().map(|told| told.kind).collect(),
            Detects::Matched => vec!["matched"],
            Detects::Threshold => vec!["crossed"],
            Detects::Whole => vec!["changed"],
        };
        let mut known = std::collections::HashSet::new();
        kinds.retain(|kind| known.insert(*kind));
        kinds
    }
}

const KEY: Own = Own {
    name: "key",
    schema: r#"{"type":["string","array"],"items":{"type":"string"},"description":"The fields that tell a row from others, such as orders.id"}"#,
    required: true,
};

impl Detects {
    fn own(&self) -> &'static [Own] {
        const NEW: &[Own] = &[
            Own {
                name: "marker",
                schema: r#"{"type":"string","description":"A field that grows with every row, such as orders.created_time or orders.id; a row is told again when its value grows; without it all rows are compared"}"#,
                required: false,
            },
            Own { required: false, ..KEY },
            Own {
                name: "overlap",
                schema: r#"{"type":"number","minimum":0,"description":"How far behind the last value rows are waited for that come late: seconds of a day or a time (3600 without it), else so much of the number (1000)"}"#,
                required: false,
            },
        ];
        const THRESHOLD: &[Own] = &[
            Own {
                name: "field",
                schema: r#"{"type":"string","description":"The field whose value in the first row is looked at; without it the first number"}"#,
                required: false,
            },
            Own {
                name: "above",
                schema: r#"{"type":"number","description":"Tell when the value gets above this"}"#,
                required: false,
            },
            Own {
                name: "below",
                schema: r#"{"type":"number","description":"Tell when the value gets below this"}"#,
                required: false,
            },
        ];
        match self {
            Self::New(_) => NEW,
            Self::Changes { .. } => &[KEY],
            Self::Threshold => THRESHOLD,
            Self::Matched | Self::Whole => &[],
        }
    }
}

/// The error for something in a table that is not what it should be.
pub(super) fn defect(trigger: &str, what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("The trigger `{trigger}` {what}"))
}
