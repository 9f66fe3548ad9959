//! Named steps with described inputs and outputs, as a person chooses them from a menu.
//!
//! | file | what it holds |
//! |---|---|
//! | `row` | what an action is: a row of a table |
//! | `queries`, `content`, `schedules`, `people`, `alerts`, `operate` | the tables, one a subject |
//! | `schema` | what the rows say of themselves |
//! | `diagnosis` | what roles do not give that actions need |
//! | the others | actions that are more than one call, one a file |

mod alerts;
mod call_operation;
mod content;
mod diagnosis;
mod find_or_create_user;
mod front_end_token;
mod get_value;
mod operate;
mod people;
mod permission_doctor;
mod queries;
mod reset_datagroup;
mod row;
mod schedule_failures;
mod schedules;
mod schema;

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Outcome, Request, Result};
use looker_operations::Effect;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::call::CallRequest;
use crate::paging::id_text;
use crate::steps::{Context, Group, Input, Needs, as_people_write, check_names, no_such, one_of};
use row::{Action, Call, Does};

/// Actions of several rows of queries.
static GET_VALUE: &[Action] = &[Action {
    name: get_value::NAME,
    group: Group::Queries,
    summary: get_value::SUMMARY,
    needs: Needs::all(&[&["access_data", "see_looks"]]),
    repeat: None,
    page: None,
    does: Does::Code { effect: Effect::Read, input: get_value::input, output: get_value::output, run: get_value::run },
}];

/// All actions.
fn all() -> impl Iterator<Item = &'static Action> {
    [
        queries::ACTIONS,
        GET_VALUE,
        content::ACTIONS,
        schedules::ACTIONS,
        people::ACTIONS,
        alerts::ACTIONS,
        operate::ACTIONS,
    ]
    .into_iter()
    .flatten()
}

/// The action with a name.
fn find(name: &str) -> Result<&'static Action> {
    all().find(|action| action.name == name).ok_or_else(|| no_such("action", name, all().map(|action| action.name)))
}

/// What each needs.
#[cfg(test)]
pub(crate) fn needs() -> impl Iterator<Item = Needs> {
    all().map(|action| action.needs)
}

/// An action with its input.
pub(crate) struct Invocation {
    action: &'static Action,
    input: Map<String, Value>,
    preview: bool,
    act_as: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvokeRequest {
    action: String,
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    act_as: Option<String>,
}

/// What the connector says of its actions.
pub(crate) fn spec() -> OperationSpec {
    let mut input = json!({
        "type": "object",
        "properties": {
            "action": { "type": "string", "enum": all().map(|action| action.name).collect::<Vec<_>>(), "description": "The action" },
            "input": { "type": "object", "description": "What it takes" },
            "preview": { "type": "boolean", "default": false, "description": "Say what would be sent, and change nothing" },
            "act_as": { "type": "string", "x-setting": "act_as", "description": "The user to act as, instead of the session's" },
        },
        "required": ["action"],
    });
    one_of(&mut input, all().map(schema::entry));
    OperationSpec::new(
        OperationSpec::INVOKE,
        "Run an action",
        input,
        &[OutcomeKind::Value, OutcomeKind::Rows, OutcomeKind::Bytes],
    )
}

impl Invocation {
    /// Reads a request.
    pub(crate) fn parse(request: &Request) -> Result<Self> {
        let InvokeRequest { action: name, input, preview, act_as } = request.parse()?;
        let action = find(&name)?;
        if let Does::Call(Call { inputs, .. }) | Does::Query { inputs, .. } = &action.does {
            let known: Vec<(&str, bool)> = inputs.iter().map(|known| (known.name, known.required)).collect();
            check_names(&name, &input, &known)?;
            let is_other = |known: &&Input| {
                let given = input.get(known.name).filter(|value| !value.is_null() && !known.values.is_empty());
                given.is_some_and(|given| !known.values.iter().any(|value| given == value))
            };
            if let Some(other) = inputs.iter().find(is_other) {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("`{name}`: the input `{}` has a value that it cannot have", other.name),
                )
                .advise(format!("Give one of {}", other.values.join(", "))));
            }
        }
        let preview = preview && action.effect() != Effect::Read;
        Ok(Self { action, input, preview, act_as })
    }

    /// The user on whose behalf it is done, when the request names one.
    pub(crate) fn act_as(&self) -> Option<String> {
        let is_token = self.action.name == front_end_token::NAME;
        let user = || self.input.get("user").filter(|_| is_token).and_then(id_text);
        self.act_as.clone().or_else(user)
    }

    /// Whether it is only shown.
    pub(crate) fn preview(&self) -> bool {
        self.preview
    }

    /// Runs it.
    pub(crate) fn run(self, context: &Context) -> Result<Outcome> {
        match &self.action.does {
            Does::Call(call) => match context.call(request(call, self.input)?.shown(self.preview))? {
                Outcome::Value(value) if !self.preview => Ok(Outcome::Value(with_page(context, self.action, value))),
                other => Ok(other),
            },
            Does::Query { fixed, .. } => {
                let mut body = members(fixed);
                body.extend(self.input.into_iter().filter(|(_, value)| !value.is_null()));
                if self.preview {
                    let effect = self.action.effect().name();
                    return Ok(Outcome::Value(json!({ "effect": effect, "query": body })));
                }
                context.query(body)
            }
            Does::Code { run, .. } => run(context, self.input).map_err(|error| context.named(error)),
        }
    }
}

fn members(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The call of an operation that an input makes.
fn request(call: &Call, input: Map<String, Value>) -> Result<CallRequest> {
    let row = call
        .row()
        .ok_or_else(|| Error::new(ErrorKind::Internal, format!("There is no operation {}", call.operation)))?;
    let (mut parameters, mut body, mut whole) = (Map::new(), members(call.fixed), None);
    for (name, value) in input {
        if row.parameter(&name).is_some() {
            parameters.insert(name, value);
        } else if call.body == Some(name.as_str()) {
            whole = Some(value);
        } else {
            body.insert(name, value);
        }
    }
    let body = whole.or_else(|| {
        row.body.as_ref().filter(|body_of| body_of.required || !body.is_empty()).map(|_| Value::Object(body.clone()))
    });
    Ok(CallRequest::of(call.operation, parameters, body))
}

/// An answer with the address of its page in Looker; of a list, each element.
fn with_page(context: &Context, action: &Action, value: Value) -> Value {
    let Some(page) = action.page else { return value };
    match value {
        Value::Array(elements) => elements.into_iter().map(|element| with_page(context, action, element)).collect(),
        Value::Object(mut members) => {
            let id = members.get("id").and_then(id_text);
            if let Some(url) = id.and_then(|id| context.page(&page.replace("{id}", &id))) {
                members.insert("looker_url".to_owned(), url.into());
            }
            Value::Object(members)
        }
        other => other,
    }
}

/// Reads an id, which a person may give as a number.
fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    Option::<Value>::deserialize(deserializer)?
        .map(|id| id_text(&id).ok_or_else(|| D::Error::custom("expected an id")))
        .transpose()
}

/// An input as a type.
fn read<T: DeserializeOwned>(action: &str, input: Map<String, Value>) -> Result<T> {
    let input = as_people_write(&schema::input(find(action)?), input);
    serde_json::from_value(Value::Object(input)).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, format!("The input of `{action}` is not valid: {error}"))
            .advise("The connector's description says what it takes")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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
    fn an_input_that_is_unknown_or_missing_is_refused() {
        for (body, message) in [
            (json!({ "action": "run_look", "input": { "lok": "1" } }), "`run_look` has no input `lok`"),
            (json!({ "action": "run_look" }), "`run_look`: the input `look` is missing"),
            (
                json!({ "action": "render_look", "input": { "look": "1", "format": "csv" } }),
                "`render_look`: the input `format` has a value that it cannot have",
            ),
            (
                json!({ "action": "move_look", "input": { "look_id": "1" } }),
                "`move_look`: the input `folder_id` is missing",
            ),
        ] {
            assert_eq!(parse(body).err().unwrap().message, message);
        }
        for user in [json!("1"), json!(1)] {
            let token = parse(json!({ "action": "front_end_token", "input": { "user": user } })).unwrap();
            assert_eq!(token.act_as().as_deref(), Some("1"));
        }
    }

    #[test]
    fn every_row_is_of_an_operation_that_takes_its_inputs_and_answers_a_value() {
        let mut names = HashSet::new();
        for action in all() {
            assert!(names.insert(action.name), "{} is there twice", action.name);
            assert!(!action.summary.ends_with('.'), "{}", action.name);
            let input = schema::input(action);
            for (name, property) in input["properties"].as_object().unwrap() {
                assert!(!property["description"].as_str().unwrap_or_default().is_empty(), "{}: {name}", action.name);
            }
            let Does::Call(call) = &action.does else { continue };
            let row = call.row().unwrap_or_else(|| panic!("{}: no operation {}", action.name, call.operation));
            assert!(!row.answers_bytes(), "{}", action.name);
            for known in call.inputs {
                let schema = &input["properties"][known.name];
                assert!(
                    schema.as_object().unwrap().len() > 1,
                    "{}: `{}` is no input of {}",
                    action.name,
                    known.name,
                    row.id
                );
            }
            for key in members(call.fixed).keys() {
                let in_body = row.body.as_ref().map(|body| body.value.to_string());
                assert!(
                    in_body.is_some_and(|name| {
                        let object =
                            looker_operations::Table::builtin().find_type(name.trim_start_matches('#')).unwrap();
                        object.property(key).is_some()
                    }),
                    "{}: {key}",
                    action.name
                );
            }
            let needed: Vec<&str> =
                row.parameters.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
            for needed in needed {
                assert!(
                    call.inputs.iter().any(|known| known.required && known.name == needed),
                    "{}: {needed}",
                    action.name
                );
            }
        }
    }

    #[test]
    fn an_input_is_divided_into_parameters_and_body() {
        let pause = all().find(|action| action.name == "pause_schedule").unwrap();
        let Does::Call(call) = &pause.does else { panic!() };
        let request = request(call, Map::from_iter([("scheduled_plan_id".to_owned(), json!("7"))])).unwrap();
        let expected = CallRequest::of(
            "update_scheduled_plan",
            Map::from_iter([("scheduled_plan_id".to_owned(), json!("7"))]),
            Some(json!({ "enabled": false })),
        );
        assert_eq!(format!("{request:?}"), format!("{expected:?}"));
    }
}
