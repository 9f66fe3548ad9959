//! Named steps with described inputs and outputs. Each action is one file.

mod front_end_token;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Request, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::api::Caller;
use crate::nearest::nearest;
use front_end_token::FrontEndToken;

/// The names of all actions.
const ACTIONS: &[&str] = &[FrontEndToken::NAME];

/// An action with its input.
pub(crate) enum Invocation {
    FrontEndToken(FrontEndToken),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvokeRequest {
    action: String,
    #[serde(default)]
    input: Map<String, Value>,
}

/// What the connector says of its actions.
pub(crate) fn spec() -> OperationSpec {
    let input = json!({
        "type": "object",
        "properties": {
            "action": { "type": "string", "enum": ACTIONS, "description": "The action" },
            "input": { "type": "object", "description": "What it takes" },
        },
        "required": ["action"],
        "oneOf": [
            { "properties": { "action": { "const": FrontEndToken::NAME }, "input": FrontEndToken::schema() },
              "description": FrontEndToken::SUMMARY },
        ],
    });
    OperationSpec::new(OperationSpec::INVOKE, "Run an action", input, &[OutcomeKind::Value])
}

impl Invocation {
    /// Reads a request.
    pub(crate) fn parse(request: &Request) -> Result<Self> {
        let InvokeRequest { action, input } = request.parse()?;
        match action.as_str() {
            FrontEndToken::NAME => read(&action, input).map(Self::FrontEndToken),
            other => Err(Error::new(ErrorKind::InvalidInput, format!("There is no action `{other}`")).advise(
                match nearest(other, ACTIONS.iter().copied()) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("There are {}", ACTIONS.join(", ")),
                },
            )),
        }
    }

    /// The user on whose behalf it is done, when its input names one.
    pub(crate) fn act_as(&self) -> Option<&str> {
        match self {
            Self::FrontEndToken(action) => action.user.as_deref(),
        }
    }

    /// Runs it.
    pub(crate) async fn run(&self, caller: &Caller) -> Result<Outcome> {
        match self {
            Self::FrontEndToken(action) => action.run(caller).await.map(Outcome::Value),
        }
    }
}

fn read<T: DeserializeOwned>(action: &str, input: Map<String, Value>) -> Result<T> {
    serde_json::from_value(Value::Object(input)).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, format!("The input of `{action}` is not valid: {error}"))
            .advise("The connector's description says what it takes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: Value) -> Result<Invocation> {
        Invocation::parse(&Request { kind: OperationSpec::INVOKE.to_owned(), body, deadline: None })
    }

    #[test]
    fn an_action_that_does_not_exist_is_answered_with_the_nearest() {
        let error = parse(json!({ "action": "front_end_tokn" })).err().unwrap();
        assert_eq!(error.advice, "Did you mean `front_end_token`?");
    }

    #[test]
    fn an_input_that_the_action_does_not_take_is_refused() {
        let error = parse(json!({ "action": "front_end_token", "input": { "usr": "1" } })).err().unwrap();
        assert!(error.kind == ErrorKind::InvalidInput && error.message.contains("usr"), "{error}");
        assert_eq!(
            parse(json!({ "action": "front_end_token", "input": { "user": "1" } })).unwrap().act_as(),
            Some("1")
        );
    }
}
