//! What a person may choose from besides content: the values of a field, time zones, projects.

use axum::response::Response;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::format::Shape;
use crate::handlers::run::{Work, prepare};
use crate::model::models;
use crate::query::body::Query;
use crate::query::run::{Receiver, Stopped, run};

/// So many values are suggested, as Looker does.
const MOST: usize = 1_000;

/// Values of one field, as they come.
#[derive(Default)]
struct Values(Vec<String>);

impl Receiver for Values {
    fn begin(&mut self, _: Shape) -> Result<(), Stopped> {
        Ok(())
    }

    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped> {
        if let Some(ValueRef::Text(text)) = cells.first() {
            self.0.push(String::from_utf8_lossy(text).into_owned());
        }
        if self.0.len() > MOST { Err(Stopped) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
}

/// `model_fieldname_suggestions`: the values that a text field has, those with the term.
pub(crate) fn model_fieldname_suggestions(call: &Call) -> Result<Response, Failure> {
    let field = call.path("field_name");
    let mut filters = Map::new();
    if let Some(term) = call.parameter("term").filter(|term| !term.is_empty()) {
        filters.insert(field.to_owned(), format!("%{}%", term.replace('%', "^%")).into());
    }
    let body = json!({
        "model": call.path("model_name"), "view": call.path("view_name"), "fields": [field], "filters": filters,
        "sorts": [field], "limit": (MOST + 1).to_string(),
    });
    let Value::Object(body) = body else { return Err(Failure::NotFound) };
    let query = Query::from_body(&body).map_err(Failure::Validation)?;
    let Work::Query(plan) = prepare(call, &query, "json")?.work else { return Err(Failure::NotFound) };
    let mut values = Values::default();
    if let Ok(reader) = call.state.database.reader() {
        // It stops when there are enough.
        let _ = run(&plan, &reader, &mut values);
    }
    let hit_limit = values.0.len() > MOST;
    values.0.truncate(MOST);
    call.answer(json!({ "suggestions": values.0, "error": null, "from_cache": false, "hit_limit": hit_limit }))
}

/// `all_timezones`.
pub(crate) fn all_timezones(call: &Call) -> Result<Response, Failure> {
    const ZONES: &[(&str, &str)] = &[
        ("America/Los_Angeles", "America"),
        ("America/New_York", "America"),
        ("America/Sao_Paulo", "America"),
        ("Asia/Kolkata", "Asia"),
        ("Asia/Tokyo", "Asia"),
        ("Australia/Sydney", "Australia"),
        ("Europe/Berlin", "Europe"),
        ("Europe/London", "Europe"),
        ("UTC", "Other"),
    ];
    let zone = |(name, group): &(&str, &str)| json!({ "value": name, "label": name.replace('_', " "), "group": group });
    call.answer(ZONES.iter().map(zone).collect())
}

/// `all_projects`: one for each model that people make.
pub(crate) fn all_projects(call: &Call) -> Result<Response, Failure> {
    let own = models().iter().filter(|model| !model.internal);
    call.answer(
        own.map(|model| json!({ "id": model.name, "name": model.name, "uses_git": true, "can": { "show": true } }))
            .collect(),
    )
}
