//! Rows behind the last value of a field, and rows before it that came late.

use std::cmp::Ordering;
use std::collections::HashSet;

use connector_interface::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::triggers::event::Event;
use crate::triggers::items::Rows;
use crate::triggers::key::Entry;
use crate::triggers::mark::Mark;
use crate::triggers::polling::{First, Polling, Seeing};
use crate::triggers::seen::{Keys, Seen};

/// What is kept from one poll to the next. Without a last value there was no row yet.
#[derive(Serialize, Deserialize)]
struct State {
    last: Option<Mark>,
    /// The rows from where the window of late rows begins up to the last value.
    window: Seen,
}

/// A row with its value.
struct Placed {
    row: usize,
    mark: Mark,
    entry: Entry,
}

/// Looks for rows behind the last value.
pub(in crate::triggers) fn poll(polling: &Polling<'_>, marker: &str, kind: &str) -> Result<Seeing> {
    let before: Option<State> = polling.cursor.state()?;
    let overlap = polling.number("overlap");
    let last = before.as_ref().and_then(|before| before.last);
    let begin = last.map(|last| last.back(overlap));
    let limit = polling.limit()?;
    let asked = Asked::of(polling, marker, begin, before.is_some() || polling.first == First::All);
    let rows = polling.rows(limit, asked.changes(marker))?;
    let column = rows.column(marker)?;
    if !rows.has_order(column) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("Values of `{marker}` have no order that rows come in"),
        )
        .advise("Take a number, a date or a time as the marker"));
    }
    let mut notes = Vec::new();
    let placed = placed(&rows, column, rows.identities(&polling.key_fields())?, &mut notes);
    let newest = placed.iter().map(|one| one.mark).chain(last).reduce(Mark::later);
    let window_begin = newest.map(|newest| newest.back(overlap));
    let more = rows.is_cut && {
        let marks: Vec<Mark> = (0..rows.len()).filter_map(|row| rows.mark(row, column)).collect();
        asked.goes_on(&marks, begin.or(window_begin), last).ok_or_else(|| missed(limit, marker))?
    };

    let fresh = match &before {
        Some(before) => fresh(before, &placed, begin)?,
        None if polling.first == First::All => (0..placed.len()).collect(),
        None => Vec::new(),
    };
    let events = fresh.into_iter().filter_map(|at| {
        let one = placed.get(at)?;
        // With its value: a row that is moved behind the last value, as one that was updated, is another event.
        let mark = serde_json::to_string(&one.mark).unwrap_or_default();
        Some(Event::new(polling.event_key(&[kind, &one.entry.key, &mark]), kind, rows.data(one.row)))
    });
    let events: Vec<Event> = events.collect();
    let window = placed.iter().filter(|one| window_begin.is_some_and(|begin| one.mark.order(begin) != Ordering::Less));
    let window: Vec<Entry> = window.map(|one| one.entry.clone()).collect();
    let mut seeing = Seeing::new(events, &State { last: newest, window: Seen::of(&window, Keys::Hashed)? })?;
    seeing.more = more;
    seeing.notes = notes;
    Ok(seeing)
}

/// The rows that have a value, each key once.
fn placed(rows: &Rows, column: usize, entries: Vec<Entry>, notes: &mut Vec<String>) -> Vec<Placed> {
    let mut known = HashSet::new();
    let (mut without, mut sharing) = (0, 0);
    let mut placed = Vec::with_capacity(entries.len());
    for (row, entry) in entries.into_iter().enumerate() {
        match rows.mark(row, column) {
            None => without += 1,
            Some(_) if !known.insert(entry.code) => sharing += 1,
            Some(mark) => placed.push(Placed { row, mark, entry }),
        }
    }
    let name = rows.name(column);
    if without > 0 {
        notes.push(format!("{without} rows have no value in {name} and are left out"));
    }
    if sharing > 0 {
        notes.push(format!("{sharing} rows have the same key as another row and are left out: add fields to the key"));
    }
    placed
}

/// The places of the rows that were not there.
fn fresh(before: &State, placed: &[Placed], begin: Option<Mark>) -> Result<Vec<usize>> {
    let Some(last) = before.last else { return Ok((0..placed.len()).collect()) };
    let is_behind = |one: &Placed| one.mark.order(last) == Ordering::Greater;
    let is_late = |one: &Placed| begin.is_some_and(|begin| one.mark.order(begin) != Ordering::Less);
    let in_window: Vec<usize> =
        (0..placed.len()).filter(|at| placed.get(*at).is_some_and(|one| !is_behind(one) && is_late(one))).collect();
    let known: Vec<Entry> = in_window.iter().filter_map(|at| placed.get(*at)).map(|one| one.entry.clone()).collect();
    let late = before.window.difference(&known, Keys::Hashed)?.new;
    let mut fresh: Vec<usize> = late.into_iter().filter_map(|at| in_window.get(at).copied()).collect();
    fresh.extend((0..placed.len()).filter(|at| placed.get(*at).is_some_and(is_behind)));
    // In the order of the field, whatever the order of the rows.
    fresh.sort_by(|one, other| match (placed.get(*one), placed.get(*other)) {
        (Some(one), Some(other)) => one.mark.order(other.mark),
        _ => Ordering::Equal,
    });
    Ok(fresh)
}

/// What Looker is asked for, where the query may be changed.
enum Asked {
    /// The query as it is.
    Whole,
    /// Rows from here on, the first ones first.
    Upwards(Option<String>),
    /// The last rows first: nothing is told, but what is there is kept.
    Downwards,
}

impl Asked {
    fn of(polling: &Polling<'_>, marker: &str, begin: Option<Mark>, tells: bool) -> Self {
        let request = polling.request();
        let has_own = request.get("filters").and_then(Value::as_object).is_some_and(|own| own.contains_key(marker));
        match (polling.is_inline() && !has_own, begin) {
            (false, _) => Self::Whole,
            (true, Some(begin)) => Self::Upwards(begin.not_before()),
            (true, None) if tells => Self::Upwards(None),
            (true, None) => Self::Downwards,
        }
    }

    /// What is changed of the query. Rows without a value would be the first or the last ones, by the database.
    fn changes(&self, marker: &str) -> Map<String, Value> {
        let (sort, filter) = match self {
            Self::Whole => return Map::new(),
            Self::Upwards(filter) => (marker.to_owned(), filter.as_deref().unwrap_or("NOT NULL")),
            Self::Downwards => (format!("{marker} desc"), "NOT NULL"),
        };
        Map::from_iter([("sorts".to_owned(), json!([sort])), ("filters".to_owned(), json!({ marker: filter }))])
    }

    /// Whether a poll that follows gets what a result lacks that is cut, or nothing is missed; none where that is not sure.
    fn goes_on(&self, marks: &[Mark], begin: Option<Mark>, last: Option<Mark>) -> Option<bool> {
        let in_order =
            |order: Ordering| marks.is_sorted_by(|one, next| [order, Ordering::Equal].contains(&one.order(*next)));
        let end = *marks.last()?;
        match self {
            // The next poll begins where this one ended, if that is further than the one before.
            Self::Upwards(_) if in_order(Ordering::Less) => {
                last.is_none_or(|last| end.order(last) == Ordering::Greater).then_some(true)
            }
            // The last ones first, down to what is known already.
            Self::Whole | Self::Downwards if in_order(Ordering::Greater) => {
                begin.is_some_and(|begin| end.order(begin) == Ordering::Less).then_some(false)
            }
            _ => None,
        }
    }
}

/// The error where rows may be missed.
fn missed(limit: u64, marker: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("The result is cut at {limit} rows, and it cannot be said that no new row is missed"),
    )
    .advise(format!(
        "Raise the limit, make the overlap shorter, narrow the query, or sort it by {marker}, the last rows first"
    ))
}

/// An event to show.
pub(in crate::triggers) fn sample(polling: &Polling<'_>, rows: &Rows, kind: &str) -> Event {
    let (data, made_up) = rows.example();
    let mut event = Event::new(polling.event_key(&["sample"]), kind, data);
    event.made_up = made_up;
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_result_goes_on_only_where_no_row_can_be_missed() {
        let marks = |values: &[i64]| values.iter().map(|value| Mark::Integer(*value)).collect::<Vec<_>>();
        let at = |value: i64| Some(Mark::Integer(value));
        let upwards = || Asked::Upwards(None);
        for (asked, values, begin, last, expected) in [
            (upwards(), [1, 2, 2], None, None, Some(true)),
            (upwards(), [7, 8, 9], at(7), at(8), Some(true)),
            (upwards(), [7, 8, 8], at(7), at(8), None),
            (upwards(), [9, 8, 7], at(7), at(8), None),
            (Asked::Downwards, [9, 8, 3], at(4), None, Some(false)),
            (Asked::Downwards, [9, 8, 4], at(4), None, None),
            (Asked::Whole, [9, 8, 7], at(8), at(8), Some(false)),
            (Asked::Whole, [9, 7, 8], at(8), at(8), None),
            (Asked::Whole, [7, 8, 9], at(8), at(8), None),
        ] {
            assert_eq!(asked.goes_on(&marks(&values), begin, last), expected, "{values:?}");
        }
        assert_eq!(upwards().goes_on(&[], None, None), None);
    }
}
