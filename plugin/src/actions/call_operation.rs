//! Any operation as an action.

use connector_interface::{Outcome, Result};
use serde_json::{Map, Value, json};

use super::read;
use crate::call::{self, CallRequest};
use crate::steps::Context;

pub(super) const NAME: &str = "call_operation";

pub(super) fn input() -> Value {
    call::spec().input
}

pub(super) fn output() -> Value {
    json!({})
}

pub(super) fn run(context: &Context, mut input: Map<String, Value>) -> Result<Outcome> {
    if context.preview {
        input.insert("dry_run".to_owned(), true.into());
    }
    context.call(read::<CallRequest>(NAME, input)?)
}
