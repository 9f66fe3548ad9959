//! What a person may choose for an input of an action or a query: a page of values with labels, and why there is none.
//!
//! | file | what it holds |
//! |---|---|
//! | `lists` | what one operation lists: Looks, users, connections, ... |
//! | `explores` | models, explores, fields, filter values, one after the other |

mod explores;
mod lists;

use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::Caller;
use crate::call::{self, CallRequest, Known};
use crate::operation::Control;
use crate::paging::id_text;
use crate::runtime::block_on;

/// Values of a page.
const PAGE: usize = 50;

/// The body of a request. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoicesRequest {
    /// The input to choose for, such as `look_id`, `explore` or `fields`; `filters.` and a field for the values of a filter
    input: String,
    /// What was chosen before, by input: an explore needs its model, a field its explore, a tile its dashboard
    #[serde(default)]
    #[schemars(with = "Map<String, Value>")]
    given: Map<String, Value>,
    /// Letters that a label or a value must have
    #[serde(default)]
    search: String,
    /// Where to go on, as the page before has said it in `next`
    #[serde(default)]
    #[schemars(with = "String")]
    cursor: Option<String>,
    /// A value that was chosen before, to be told its label, or that it is gone
    #[serde(default)]
    #[schemars(with = "String")]
    value: Option<Value>,
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

/// A value that may be chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Choice {
    value: String,
    label: String,
    /// What it stands under: a folder, a category of fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// It must be chosen, and this is what it is at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    /// It was chosen before, and is not there any more, or this user may not see it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

/// A page of them.
#[derive(Debug, Default, Serialize)]
struct Page {
    options: Vec<Choice>,
    /// The cursor of the next page.
    next: Option<String>,
    /// How many are left out because they cannot be used.
    skipped: usize,
    /// Why there is none, or why some are left out.
    reason: Option<String>,
}

impl Page {
    /// A page with nothing, of something that was chosen and cannot be read.
    fn unreadable(reason: String) -> Self {
        Self { skipped: 1, reason: Some(reason), ..Self::default() }
    }

    /// The same without so many, which the reason tells.
    fn without(mut self, skipped: usize, reason: &str) -> Self {
        if skipped > 0 {
            let told = format!("{skipped} {reason}");
            self.reason = Some(self.reason.map_or(told.clone(), |reason| format!("{reason}; {told}")));
            self.skipped = skipped;
        }
        self
    }
}

/// What the connector says of it.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(ChoicesRequest).to_value();
    OperationSpec::new(OperationSpec::OPTIONS, "List what may be chosen for an input", input, &[OutcomeKind::Value])
        .read_only()
}

/// Whether choices are known for an input.
pub(crate) fn is_known(input: &str) -> bool {
    lists::find(input).is_some() || explores::knows(input)
}

/// A request on its way.
pub(crate) struct Job {
    pub(crate) caller: Caller,
    pub(crate) request: ChoicesRequest,
    pub(crate) operations: Arc<Known>,
}

impl Job {
    /// Answers it.
    pub(crate) fn run(&self, control: &Arc<Control>) -> Result<Outcome> {
        let input = self.request.input.as_str();
        let page = match lists::find(input) {
            Some(list) => self.list(list, control)?,
            None if explores::knows(input) => self.explores(control)?,
            None => {
                return Err(Error::new(ErrorKind::InvalidInput, format!("Nothing is known to choose for `{input}`"))
                    .advise("Let the person write it"));
            }
        };
        let value = serde_json::to_value(page)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("The choices cannot be told ({error})")))?;
        Ok(Outcome::Value(value))
    }

    /// Calls an operation that answers JSON.
    fn call(&self, request: CallRequest, control: &Arc<Control>) -> Result<Value> {
        match call::Job::new(self.caller.clone(), request, Arc::clone(&self.operations))?.run(control)? {
            Outcome::Value(value) => Ok(value),
            other => Err(Error::new(ErrorKind::Internal, format!("A list is no value but {other:?}"))),
        }
    }

    /// Where the page begins.
    fn offset(&self) -> Result<usize> {
        let Some(cursor) = &self.request.cursor else { return Ok(0) };
        cursor.parse().map_err(|_| {
            Error::new(ErrorKind::InvalidInput, format!("`{cursor}` is no cursor")).advise("Give what `next` has said")
        })
    }

    /// The page of choices that are all there: those that have the letters.
    fn cut(&self, choices: Vec<Choice>, what: &str, control: &Arc<Control>) -> Result<Page> {
        let (offset, search) = (self.offset()?, self.request.search.to_lowercase());
        let has = |text: &str| text.to_lowercase().contains(&search);
        let is_meant =
            |choice: &Choice| has(&choice.label) || has(&choice.value) || choice.group.as_deref().is_some_and(has);
        let mut meant: Vec<Choice> = choices.into_iter().filter(is_meant).skip(offset).take(PAGE + 1).collect();
        let next = (meant.len() > PAGE).then(|| (offset + PAGE).to_string());
        meant.truncate(PAGE);
        self.page(meant, next, what, control)
    }

    /// A page, which says why it is empty when it is.
    fn page(&self, options: Vec<Choice>, next: Option<String>, what: &str, control: &Arc<Control>) -> Result<Page> {
        let search = &self.request.search;
        let reason = match (options.is_empty(), search.is_empty()) {
            (false, _) => None,
            (true, false) => Some(format!("None of the {what} has `{search}`")),
            (true, true) => {
                let name = block_on(control.run(self.caller.name()))?;
                Some(format!("There are no {what} that {name} may see"))
            }
        };
        Ok(Page { options, next, reason, skipped: 0 })
    }

    /// What was chosen before for another input.
    fn given(&self, names: &[&str]) -> Result<String> {
        let found = names.iter().find_map(|name| id_text(self.request.given.get(*name)?));
        found.ok_or_else(|| {
            let first = names.first().copied().unwrap_or_default();
            Error::new(
                ErrorKind::InvalidInput,
                format!("`{}` depends on `{first}`, which is not chosen yet", self.request.input),
            )
            .advise(format!("Choose `{first}` first, and give it in `given`"))
        })
    }
}
