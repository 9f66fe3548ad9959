//! On which side something is: a value of a threshold, or a result of being empty. Only the way over is told.

use connector_interface::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::triggers::event::Event;
use crate::triggers::items::Rows;
use crate::triggers::polling::{First, Polling, Seeing};

/// Rows that an event shows.
const SHOWN: usize = 100;

/// What is kept from one poll to the next.
#[derive(Serialize, Deserialize)]
struct State {
    beyond: bool,
    #[serde(default)]
    value: Value,
}

/// Looks at the value of the first row.
pub(in crate::triggers) fn threshold(polling: &Polling<'_>, is_sample: bool) -> Result<Seeing> {
    let (above, below) = (polling.number("above"), polling.number("below"));
    let is_beyond = match (above, below) {
        (Some(above), None) => Box::new(move |value: f64| value > above) as Box<dyn Fn(f64) -> bool>,
        (None, Some(below)) => Box::new(move |value: f64| value < below),
        _ => {
            return Err(Error::new(ErrorKind::InvalidInput, "`value_threshold` takes either `above` or `below`")
                .advise("Give one of them, as a number"));
        }
    };
    let before: Option<State> = polling.cursor.state()?;
    let rows = polling.rows(1, Map::new())?;
    let column = match polling.text("field") {
        Some(field) => rows.column(&field)?,
        None => rows.first_number().ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, "The result has no field of numbers").advise("Take one that has")
        })?,
    };
    if !rows.is_number(column) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("`{}` is no number", rows.name(column)))
            .advise("Take a field of numbers"));
    }
    let value = rows.value(0, column);
    let was = before.as_ref().map(|before| before.beyond);
    // Without a value it is where it was.
    let beyond = value.as_f64().map_or_else(|| was.unwrap_or_default(), is_beyond);
    let is_told = beyond && !was.unwrap_or(polling.first == First::Now) || is_sample;
    let event = is_told.then(|| {
        let data = json!({
            "field": rows.name(column), "value": value, "previous": before.as_ref().map(|before| &before.value),
            "threshold": polling.input.get("above").or(polling.input.get("below")),
            "row": if rows.len() > 0 { rows.data(0) } else { Value::Null },
        });
        Event::new(polling.event_key(&[&polling.turn(), "crossed"]), "crossed", data)
    });
    let value = before.map(|before| before.value).filter(|_| value.is_null()).unwrap_or(value);
    Seeing::new(event.into_iter().collect(), &State { beyond, value })
}

/// Looks whether there are rows.
pub(in crate::triggers) fn matched(polling: &Polling<'_>, is_sample: bool) -> Result<Seeing> {
    let before: Option<State> = polling.cursor.state()?;
    let limit = polling.limit()?;
    let rows = polling.rows(limit, Map::new())?;
    let beyond = rows.len() > 0;
    let is_told = beyond && !before.map_or(polling.first == First::Now, |before| before.beyond) || is_sample;
    let event = is_told.then(|| {
        let mut event = Event::new(polling.event_key(&[&polling.turn(), "matched"]), "matched", told(&rows));
        event.made_up = !beyond;
        event
    });
    let mut seeing = Seeing::new(event.into_iter().collect(), &State { beyond, value: Value::Null })?;
    if rows.is_cut {
        seeing.notes.push(format!("There are probably more rows than the limit of {limit}"));
    }
    Ok(seeing)
}

fn told(rows: &Rows) -> Value {
    let shown: Vec<Value> = (0..rows.len().min(SHOWN)).map(|row| rows.data(row)).collect();
    json!({ "row_count": rows.len(), "rows": shown })
}
