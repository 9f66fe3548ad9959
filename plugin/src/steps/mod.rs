//! What actions and triggers share: both are named steps with described inputs and outputs.
//!
//! | file | what it holds |
//! |---|---|
//! | `input` | what a step takes, and its subject |
//! | `permissions` | what it needs in Looker |
//! | `schema` | what it says of itself |
//! | `written` | inputs as people write them |
//! | `context` | what it works with |

mod context;
mod input;
mod permissions;
mod schema;
mod written;

use connector_interface::{Error, ErrorKind, Result};
use looker_words::nearest;
use serde_json::{Map, Value};

pub(crate) use context::Context;
pub(crate) use input::{Group, Input, may, needs};
pub(crate) use permissions::{ADMINISTER, Needs, Scope, alternatives, scope};
pub(crate) use schema::{input_schema, one_of};
pub(crate) use written::as_people_write;

/// The error for a step that there is none of.
pub(crate) fn no_such<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let error = Error::new(ErrorKind::InvalidInput, format!("There is no {what} `{name}`"));
    match nearest(name, known) {
        Some(near) => error.advise(format!("Did you mean `{near}`?")),
        None => error.advise(format!("The connector's description lists the {what}s")),
    }
}

/// Whether an input has only what a step takes (its name, and whether it is required), and all that it needs.
pub(crate) fn check_names(step: &str, input: &Map<String, Value>, known: &[(&str, bool)]) -> Result<()> {
    if let Some(unknown) = input.keys().find(|key| !known.iter().any(|(name, _)| name == key)) {
        return Err(unknown_input(step, unknown, known.iter().map(|(name, _)| *name)));
    }
    let is_missing = |name: &str| input.get(name).is_none_or(Value::is_null);
    match known.iter().find(|(name, required)| *required && is_missing(name)) {
        Some((missing, _)) => {
            Err(Error::new(ErrorKind::InvalidInput, format!("`{step}`: the input `{missing}` is missing"))
                .advise("Give it; nothing can be done without it"))
        }
        None => Ok(()),
    }
}

/// The error for an input that a step does not take.
pub(crate) fn unknown_input<'a>(step: &str, unknown: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let error = Error::new(ErrorKind::InvalidInput, format!("`{step}` has no input `{unknown}`"));
    match nearest(unknown, known.iter().copied()) {
        Some(near) => error.advise(format!("Did you mean `{near}`?")),
        None if known.is_empty() => error.advise("It takes none"),
        None => error.advise(format!("It takes {}", known.join(", "))),
    }
}
