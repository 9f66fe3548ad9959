//! Elements that have come, changed or gone since the last poll.

use std::collections::BTreeMap;

use connector_interface::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::paging::id_text;
use crate::triggers::event::Event;
use crate::triggers::items::Rows;
use crate::triggers::key::{self, Entry};
use crate::triggers::polling::{First, Polling, Seeing};
use crate::triggers::row::{Change, List, Told, told};
use crate::triggers::schema;
use crate::triggers::seen::{Difference, Keys, Seen};

/// Rows that were not there, of those that have no order.
pub(in crate::triggers) const NEW_ALONE: &[Told] = &[told(Change::New, "new")];

/// What is kept from one poll to the next.
#[derive(Serialize, Deserialize)]
struct State {
    seen: Seen,
}

/// Elements, each with a key, however they came.
pub(in crate::triggers) struct Elements {
    /// One for each key.
    entries: Vec<Entry>,
    /// Of each key, what is told of it: rows that share a key are one element.
    data: Vec<Vec<usize>>,
    source: Source,
    notes: Vec<String>,
}

enum Source {
    Rows(Rows, Vec<String>),
    List(Vec<Value>, &'static List),
}

impl Elements {
    /// The rows of a result, by the fields of their key or by all they say.
    pub(in crate::triggers) fn of_rows(rows: Rows, fields: Vec<String>, limit: u64) -> Result<Self> {
        let all = rows.entries(&fields)?;
        let mut notes = Vec::new();
        if rows.is_cut {
            notes.push(format!(
                "The result is cut at {limit} rows: what is behind them is not seen, and rows may seem to come and go; raise the limit or narrow the query"
            ));
        }
        let (entries, data) = by_key(all);
        let sharing: usize = data.iter().map(|rows| rows.len() - 1).sum();
        if sharing > 0 {
            notes.push(format!(
                "{sharing} rows have the same key as another row, and are told together with it: add fields to the key"
            ));
        }
        Ok(Self { entries, data, source: Source::Rows(rows, fields), notes })
    }

    /// The objects of a list.
    pub(in crate::triggers) fn of_list(elements: Vec<Value>, list: &'static List) -> Self {
        let all = elements.iter().map(|element| {
            let id = element.get(list.id).and_then(id_text).unwrap_or_default();
            Entry::new(id, key::content(&compared(list, element)))
        });
        let (entries, data) = by_key(all.collect());
        Self { entries, data, source: Source::List(elements, list), notes: Vec::new() }
    }

    fn data(&self, place: usize) -> Value {
        match &self.source {
            Source::Rows(rows, _) => rows.data(place),
            Source::List(elements, _) => elements.get(place).cloned().unwrap_or_default(),
        }
    }

    /// What of an element is compared: it tells this change of it from others.
    fn content(&self, data: &Value) -> String {
        match &self.source {
            Source::Rows(..) => data.to_string(),
            Source::List(_, list) => compared(list, data),
        }
    }

    /// What is told of an element that is gone: its key.
    fn gone(&self, key: &str) -> Value {
        let name = match &self.source {
            Source::Rows(_, fields) if fields.len() > 1 => {
                let values: Vec<Value> = serde_json::from_str(key).unwrap_or_default();
                return Value::Object(fields.iter().cloned().zip(values).collect());
            }
            Source::Rows(_, fields) => fields.first().map_or("key", String::as_str),
            Source::List(_, list) => list.id,
        };
        Value::Object(Map::from_iter([(name.to_owned(), key.into())]))
    }

    /// An element to show, and whether it is made up.
    fn example(&self) -> (Value, bool) {
        match &self.source {
            Source::Rows(rows, _) => rows.example(),
            Source::List(elements, list) => match elements.first() {
                Some(element) => (element.clone(), false),
                None => (schema::empty(list), true),
            },
        }
    }

    /// The page of an element in Looker.
    fn page(&self, polling: &Polling<'_>, key: &str) -> Option<String> {
        let Source::List(_, List { page: Some(page), .. }) = &self.source else { return None };
        polling.context.page(&page.replace("{id}", key))
    }
}

/// The members of an element whose change is one.
fn compared(list: &List, element: &Value) -> String {
    let members = list.content.iter().map(|member| element.get(member).cloned().unwrap_or_default());
    key::text(&members.collect::<Vec<_>>())
}

/// One element for each key, whose content stands for all that share it, in any order.
fn by_key(all: Vec<Entry>) -> (Vec<Entry>, Vec<Vec<usize>>) {
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let (mut entries, mut data): (Vec<Entry>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (place, entry) in all.into_iter().enumerate() {
        let at = *places.entry(entry.code).or_insert(entries.len());
        if let (Some(known), Some(rows)) = (entries.get_mut(at), data.get_mut(at)) {
            known.content = known.content.wrapping_add(entry.content).max(1);
            rows.push(place);
        } else {
            entries.push(entry);
            data.push(vec![place]);
        }
    }
    (entries, data)
}

/// Compares with the last poll.
pub(in crate::triggers) fn poll(
    polling: &Polling<'_>,
    elements: Elements,
    told: &'static [Told],
    keys: Keys,
) -> Result<Seeing> {
    let before: Option<State> = polling.cursor.state()?;
    let difference = match (&before, polling.first) {
        (Some(before), _) => before.seen.difference(&elements.entries, keys)?,
        (None, First::Now) => Difference::default(),
        (None, First::All) => Difference { new: (0..elements.entries.len()).collect(), ..Difference::default() },
    };
    let mut events = Vec::new();
    for (change, places) in [(Change::New, &difference.new), (Change::Changed, &difference.changed)] {
        for (entry, rows) in places.iter().filter_map(|at| Some((elements.entries.get(*at)?, elements.data.get(*at)?)))
        {
            for row in rows {
                let data = elements.data(*row);
                events.extend(event(polling, &elements, told, change, key::bare(&entry.key), data));
            }
        }
    }
    let unnamed = difference.removed.iter().filter(|key| key.is_none()).count();
    for key in difference.removed.iter().flatten() {
        events.extend(event(polling, &elements, told, Change::Removed, key, elements.gone(key)));
    }
    // Where nothing has changed the state is the same one, so that a quiet poll's cursor is, too.
    let seen = match before {
        Some(before) if difference.is_empty() => before.seen,
        _ => Seen::of(&elements.entries, keys)?,
    };
    let mut seeing = Seeing::new(events, &State { seen })?;
    seeing.notes = elements.notes;
    if unnamed > 0 && told.iter().any(|told| told.change == Change::Removed) {
        seeing.notes.push(format!("{unnamed} elements are gone whose keys are not known"));
    }
    Ok(seeing)
}

fn event(
    polling: &Polling<'_>,
    elements: &Elements,
    told: &'static [Told],
    change: Change,
    key: &str,
    data: Value,
) -> Option<Event> {
    let told = told.iter().find(|told| told.change == change && (told.when)(&data))?;
    let content = elements.content(&data);
    let mut event = Event::new(polling.event_key(&[&polling.turn(), told.kind, key, &content]), told.kind, data);
    event.looker_url = elements.page(polling, key);
    Some(event)
}

/// An event to show.
pub(in crate::triggers) fn sample(polling: &Polling<'_>, elements: &Elements, told: &'static [Told]) -> Option<Event> {
    let (data, made_up) = elements.example();
    let kind = told.first()?.kind;
    let mut event = Event::new(polling.event_key(&["sample"]), kind, data);
    event.made_up = made_up;
    Some(event)
}
