//! What an action is: a row of a table, with what it says of itself and what it does.

use connector_interface::{Outcome, Result};
use looker_operations::{Effect, Operation, Table};
use serde_json::{Map, Value};

use crate::steps::{Context, Group, Input, Needs};

/// An action.
pub(super) struct Action {
    /// By which it is called.
    pub(super) name: &'static str,
    /// The subject that it stands under in a menu.
    pub(super) group: Group,
    /// What it does, in one sentence.
    pub(super) summary: &'static str,
    /// What the user must be permitted in Looker.
    pub(super) needs: Needs,
    /// What comes of doing it twice, where its effect does not say so.
    pub(super) repeat: Option<&'static str>,
    /// The page in Looker of what it answers, below the web address: `{KEY}` is a member of the answer.
    pub(super) page: Option<&'static str>,
    pub(super) does: Does,
}

/// What an action does.
pub(super) enum Does {
    /// It calls one operation.
    Call(Call),
    /// It runs a query, whose request has these keys.
    Query {
        inputs: &'static [Input],
        /// Keys that it has where the inputs do not say otherwise, as JSON.
        fixed: &'static str,
        effect: Effect,
    },
    /// Something of its own.
    Code {
        effect: Effect,
        input: fn() -> Value,
        output: fn() -> Value,
        run: fn(&Context, Map<String, Value>) -> Result<Outcome>,
    },
}

/// A call of one operation.
pub(super) struct Call {
    pub(super) operation: &'static str,
    /// Parameters and members of the body, by the operation's own names.
    pub(super) inputs: &'static [Input],
    /// The input that is the whole body.
    pub(super) body: Option<&'static str>,
    /// Members of the body that it always has, as JSON.
    pub(super) fixed: &'static str,
}

/// An action that calls one operation with these inputs.
pub(super) const fn call(
    group: Group,
    name: &'static str,
    summary: &'static str,
    needs: Needs,
    operation: &'static str,
    inputs: &'static [Input],
) -> Action {
    let does = Does::Call(Call { operation, inputs, body: None, fixed: "{}" });
    Action { name, group, summary, needs, repeat: None, page: None, does }
}

impl Action {
    /// The same with the page of what it answers.
    pub(super) const fn at(mut self, page: &'static str) -> Self {
        self.page = Some(page);
        self
    }

    /// The same with what comes of doing it twice.
    pub(super) const fn twice(mut self, repeat: &'static str) -> Self {
        self.repeat = Some(repeat);
        self
    }

    /// The same with members of the body that it always has.
    pub(super) const fn with(mut self, members: &'static str) -> Self {
        if let Does::Call(call) = &mut self.does {
            call.fixed = members;
        }
        self
    }

    /// The same with one input as the whole body.
    pub(super) const fn with_body(mut self, input: &'static str) -> Self {
        if let Does::Call(call) = &mut self.does {
            call.body = Some(input);
        }
        self
    }

    /// What it does to what is in Looker.
    pub(super) fn effect(&self) -> Effect {
        match &self.does {
            Does::Call(call) => call.row().map_or(Effect::Create, |row| row.effect),
            Does::Query { effect, .. } | Does::Code { effect, .. } => *effect,
        }
    }

    /// What comes of doing it twice, of an action of this effect.
    pub(super) fn repeated(&self, effect: Effect) -> &'static str {
        self.repeat.unwrap_or(match effect {
            Effect::Read => "safe: it changes nothing",
            Effect::Ask => "safe: each begins another task",
            Effect::Write => "safe: the second changes nothing more",
            Effect::Delete => "safe: what is gone is not found",
            Effect::Create => "each does it once more",
        })
    }
}

impl Call {
    /// What the table says of the operation.
    pub(super) fn row(&self) -> Option<Operation> {
        Table::builtin().find(self.operation)
    }
}
