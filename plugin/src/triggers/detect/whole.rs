//! Whether a result is the one of the last poll, in whatever order its rows are.

use connector_interface::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::triggers::event::Event;
use crate::triggers::polling::{First, Polling, Seeing};
use crate::triggers::seen::{Keys, Seen};

/// What is kept from one poll to the next.
#[derive(Serialize, Deserialize)]
struct State {
    seen: Seen,
    rows: usize,
}

/// Compares with the last poll.
pub(in crate::triggers) fn poll(polling: &Polling<'_>, is_sample: bool) -> Result<Seeing> {
    let before: Option<State> = polling.cursor.state()?;
    let limit = polling.limit()?;
    let rows = polling.rows(limit, Map::new())?;
    let entries = rows.identities(&[])?;
    let seen = Seen::of(&entries, Keys::Hashed)?;
    let is_changed = match &before {
        Some(before) => before.seen != seen,
        None => polling.first == First::All,
    };
    let event = (is_changed || is_sample).then(|| {
        // More changes than can be counted are a change all the same.
        let difference = before.as_ref().and_then(|before| before.seen.difference(&entries, Keys::Hashed).ok());
        let data = json!({
            "row_count": rows.len(), "previous_row_count": before.as_ref().map(|before| before.rows),
            "added": difference.as_ref().map(|difference| difference.new.len()),
            "removed": difference.as_ref().map(|difference| difference.removed.len()),
        });
        let now = serde_json::to_string(&seen).unwrap_or_default();
        Event::new(polling.event_key(&[&polling.turn(), "changed", &now]), "changed", data)
    });
    let mut seeing = Seeing::new(event.into_iter().collect::<Vec<_>>(), &State { seen, rows: rows.len() })?;
    if rows.is_cut {
        seeing.notes.push(format!(
            "The result is cut at {limit} rows: changes behind them are not seen; raise the limit or narrow the query"
        ));
    }
    Ok(seeing)
}

/// What an event says, as JSON Schema.
pub(in crate::triggers) fn schema() -> Value {
    let count = |description: &str| json!({ "type": ["integer", "null"], "description": description });
    json!({ "type": "object", "properties": {
        "row_count": { "type": "integer" },
        "previous_row_count": count("At the poll before"),
        "added": count("Rows that were not there before; a changed row is one that is gone and one that is new. Null where there are more changes than can be counted"),
        "removed": count("Rows that are gone"),
    } })
}
