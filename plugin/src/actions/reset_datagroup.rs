//! Making what Looker has cached for a datagroup stale, or triggering the datagroup, as its page in Looker does.

use std::time::{SystemTime, UNIX_EPOCH};

use connector_interface::{Error, ErrorKind, Outcome, Result};
use looker_operations::schema::{Side, flat};
use looker_operations::{Table, Type};
use looker_words::nearest;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::read;
use crate::call::CallRequest;
use crate::paging::id_text;
use crate::steps::Context;

pub(super) const NAME: &str = "reset_datagroup";
pub(super) const SUMMARY: &str = "Make what is cached for a datagroup stale, or trigger the datagroup";

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetDatagroup {
    /// The datagroup: its id, its name, or MODEL::NAME where models share a name
    #[schemars(with = "String", extend("x-options" = true))]
    datagroup: Value,
    /// Trigger it, so that tables are built and deliveries sent that wait for it, instead of resetting its cache
    #[serde(default)]
    trigger: bool,
}

pub(super) fn input() -> Value {
    schemars::schema_for!(ResetDatagroup).to_value()
}

pub(super) fn output() -> Value {
    flat(Table::builtin(), &Type::Named("Datagroup".to_owned()), Side::Answered, 1)
}

/// Answers with the datagroup.
pub(super) fn run(context: &Context, input: Map<String, Value>) -> Result<Outcome> {
    let asked: ResetDatagroup = read(NAME, input)?;
    let named = id_text(&asked.datagroup).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "`datagroup` is no id and no name").advise("Give one, or MODEL::NAME")
    })?;
    let id = if named.bytes().all(|byte| byte.is_ascii_digit()) { named } else { id_of(context, &named)? };
    let key = if asked.trigger { "triggered_at" } else { "stale_before" };
    let body = json!({ key: now(context)? });
    let parameters = Map::from_iter([("datagroup_id".to_owned(), Value::from(id))]);
    let update = CallRequest::of("update_datagroup", parameters, Some(body)).shown(context.preview);
    context.call(update)
}

/// The datagroup with a name.
fn id_of(context: &Context, named: &str) -> Result<String> {
    let all = context.value(CallRequest::of("all_datagroups", Map::new(), None))?;
    let text = |datagroup: &Value, key: &str| datagroup.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let known: Vec<(String, String, Option<String>)> = all
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            let name = text(one, "name");
            (format!("{}::{name}", text(one, "model_name")), name, one.get("id").and_then(id_text))
        })
        .collect();
    let mut found = known.iter().filter(|(whole, name, _)| whole == named || name == named);
    match (found.next(), found.next()) {
        (Some((_, _, Some(id))), None) => Ok(id.clone()),
        (Some((one, ..)), Some((other, ..))) => {
            Err(Error::new(ErrorKind::InvalidInput, format!("More than one model has a datagroup `{named}`"))
                .advise(format!("Say which, such as {one} or {other}")))
        }
        _ => {
            let error = Error::new(
                ErrorKind::NotFound,
                format!("There is no datagroup `{named}`, or this user may not see it"),
            );
            Err(match nearest(named, known.iter().flat_map(|(whole, name, _)| [whole.as_str(), name.as_str()])) {
                Some(near) => error.advise(format!("Did you mean `{near}`?")),
                None => error.advise("Check its name; datagroups are seen with the permission see_datagroups"),
            })
        }
    }
}

/// The time by Looker's clock, in seconds: what would be in its future is refused.
fn now(context: &Context) -> Result<u64> {
    let skew = context.wait(async { Ok(context.caller.proof().await?.clock_skew) })?;
    let own = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(own.saturating_add_signed(skew.unwrap_or_default()))
}
