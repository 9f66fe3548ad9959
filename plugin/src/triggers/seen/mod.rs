//! What was there at the last poll, small enough for a cursor: few elements each by its key, and many as a sketch from which
//! the differences can be told, however many there are.

mod sketch;

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_interface::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::key::{self, Entry};
use sketch::Sketch;

/// The most bytes of a cursor that it takes.
const ROOM: usize = sketch::LENGTH;

/// Keys that are longer are kept as a hash, where nobody wants to be told them.
const LONG: usize = 32;

/// What begins a key that is kept as a hash.
const HASHED: char = '#';

/// The elements that were there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Seen {
    /// Contents by key.
    Each(BTreeMap<String, String>),
    Sketch(Sketch),
}

/// Whether the keys of elements that are gone must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Told,
    Hashed,
}

/// What has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Places of elements that were not there.
    pub(super) new: Vec<usize>,
    /// Places of elements that were there with another content.
    pub(super) changed: Vec<usize>,
    /// Keys of elements that are gone, where they can be told.
    pub(super) removed: Vec<Option<String>>,
}

impl Difference {
    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl Seen {
    /// What is there, whose keys differ.
    pub(super) fn of(entries: &[Entry], keys: Keys) -> Result<Self> {
        let mut room = ROOM;
        let mut each = BTreeMap::new();
        for entry in entries {
            let (key, content) = (kept(entry, keys), written(entry.content));
            // Quotation marks, a colon and a comma; a letter that JSON writes with six takes more, which the margin covers.
            let takes = key.len() + 5 * key.chars().filter(|letter| letter.is_control()).count() + content.len() + 6;
            let Some(left) = room.checked_sub(takes) else {
                let needs_number = keys == Keys::Told && entries.iter().any(|entry| key::of_code(entry.code).is_none());
                return if needs_number {
                    Err(too_many_keys(entries.len()))
                } else {
                    Ok(Self::Sketch(Sketch::of(entries)))
                };
            };
            room = left;
            each.insert(key, content);
        }
        Ok(Self::Each(each))
    }

    /// What differs between what was there and what is there now.
    pub(super) fn difference(&self, now: &[Entry], keys: Keys) -> Result<Difference> {
        match self {
            Self::Each(each) => Ok(by_key(each, now, keys)),
            Self::Sketch(sketch) => by_sketch(sketch, now),
        }
    }
}

fn by_key(each: &BTreeMap<String, String>, now: &[Entry], keys: Keys) -> Difference {
    let mut difference = Difference::default();
    let mut found: HashSet<String> = HashSet::with_capacity(now.len());
    for (at, entry) in now.iter().enumerate() {
        let key = kept(entry, keys);
        match each.get(&key) {
            None => difference.new.push(at),
            Some(content) if *content != written(entry.content) => difference.changed.push(at),
            Some(_) => {}
        }
        found.insert(key);
    }
    let gone = each.keys().filter(|key| !found.contains(*key));
    difference.removed = gone.map(|key| (!key.starts_with(HASHED)).then(|| key::bare(key).to_owned())).collect();
    difference
}

fn by_sketch(sketch: &Sketch, now: &[Entry]) -> Result<Difference> {
    let places: HashMap<u128, usize> = now.iter().enumerate().map(|(at, entry)| (sketch::id(entry), at)).collect();
    let differing = sketch.differing(now).ok_or_else(|| too_many_changes(now.len()))?;
    let (now, before): (Vec<u128>, Vec<u128>) = differing.into_iter().partition(|id| places.contains_key(id));
    let mut before: HashSet<u64> = before.into_iter().map(sketch::code).collect();
    let mut difference = Difference::default();
    for id in now {
        let Some(&at) = places.get(&id) else { continue };
        let list = if before.remove(&sketch::code(id)) { &mut difference.changed } else { &mut difference.new };
        list.push(at);
    }
    difference.new.sort_unstable();
    difference.changed.sort_unstable();
    let mut removed: Vec<u64> = before.into_iter().collect();
    removed.sort_unstable();
    difference.removed = removed.into_iter().map(key::of_code).collect();
    Ok(difference)
}

/// A key as it is kept.
fn kept(entry: &Entry, keys: Keys) -> String {
    let is_kept = keys == Keys::Told || (entry.key.len() <= LONG && !entry.key.starts_with(HASHED));
    if is_kept { entry.key.clone() } else { format!("{HASHED}{}", URL_SAFE_NO_PAD.encode(entry.code.to_be_bytes())) }
}

fn written(content: u32) -> String {
    if content == 0 { String::new() } else { URL_SAFE_NO_PAD.encode(content.to_be_bytes()) }
}

fn too_many_keys(count: usize) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("The keys of {count} elements do not fit into the cursor, so that those that go could not be named"),
    )
    .advise("Narrow the query with filters, or take a key that is a whole number")
}

fn too_many_changes(count: usize) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("More of the {count} elements have changed since the last poll than the cursor can tell one by one"),
    )
    .advise("Poll more often or narrow the query; to go on from what is there now, poll without the cursor")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(of: impl IntoIterator<Item = (u64, u32)>) -> Vec<Entry> {
        of.into_iter().map(|(key, content)| Entry::new(format!("{key}"), content)).collect()
    }

    fn told(seen: &Seen, now: &[Entry]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let difference = seen.difference(now, Keys::Told).unwrap();
        let keys = |places: &[usize]| {
            let mut keys: Vec<String> = places.iter().map(|at| now[*at].key.clone()).collect();
            keys.sort();
            keys
        };
        let mut removed: Vec<String> = difference.removed.iter().flatten().cloned().collect();
        removed.sort();
        (keys(&difference.new), keys(&difference.changed), removed)
    }

    #[test]
    fn many_elements_take_no_more_room_than_few() {
        for count in [0, 1, 100, 300, 400, 5_000, 100_000] {
            let seen = Seen::of(&entries((0..count).map(|key| (key, 9))), Keys::Told).unwrap();
            let length = serde_json::to_string(&seen).unwrap().len();
            assert!(length <= ROOM + 40, "{count}: {length}");
        }
    }

    #[test]
    fn keys_that_must_be_told_and_do_not_fit_are_refused_and_numbers_are_not() {
        let texts: Vec<Entry> = (0..2_000).map(|at| Entry::new(format!("person-{at}"), 1)).collect();
        assert!(Seen::of(&texts, Keys::Told).unwrap_err().message.contains("2000 elements"));
        assert!(matches!(Seen::of(&texts, Keys::Hashed).unwrap(), Seen::Sketch(_)));
        assert!(matches!(Seen::of(&entries((0..2_000).map(|key| (key, 1))), Keys::Told).unwrap(), Seen::Sketch(_)));
    }

    #[test]
    fn more_changes_than_a_sketch_can_tell_are_an_error_and_never_a_guess() {
        let before = entries((0..10_000).map(|key| (key, 1)));
        let after = entries((0..10_000).map(|key| (key, 2)));
        let seen = Seen::of(&before, Keys::Hashed).unwrap();
        assert!(seen.difference(&after, Keys::Hashed).unwrap_err().advice.contains("more often"));
    }

    #[test]
    fn a_hundred_changes_among_a_hundred_thousand_are_told_exactly() {
        let before = entries((0..100_000).map(|key| (key, 1)));
        let after = entries((20..100_030).map(|key| (key, if key % 2_000 == 0 { 2 } else { 1 })));
        let (new, changed, removed) = told(&Seen::of(&before, Keys::Told).unwrap(), &after);
        assert_eq!((new.len(), changed.len(), removed.len()), (30, 49, 20));
        assert!(removed.contains(&"0".to_owned()) && removed.contains(&"19".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_differs_is_what_a_comparison_of_all_says(
            before in proptest::collection::btree_map(0_u64..900, 1_u32..3, 0..600),
            changes in proptest::collection::vec((0_u64..900, 0_u32..3), 0..60),
        ) {
            let mut after = before.clone();
            for (key, content) in changes {
                if content == 0 { after.remove(&key); } else { after.insert(key, content); }
            }
            let now = entries(after.iter().rev().map(|(key, content)| (*key, *content)));
            let seen = Seen::of(&entries(before.clone()), Keys::Told).unwrap();
            let sorted = |keys: Vec<u64>| {
                let mut keys: Vec<String> = keys.into_iter().map(|key| key.to_string()).collect();
                keys.sort();
                keys
            };
            let expected = (
                sorted(after.keys().filter(|key| !before.contains_key(key)).copied().collect()),
                sorted(after.iter().filter(|(key, content)| before.get(key).is_some_and(|old| old != *content)).map(|(key, _)| *key).collect()),
                sorted(before.keys().filter(|key| !after.contains_key(key)).copied().collect()),
            );
            prop_assert_eq!(told(&seen, &now), expected);
        }
    }
}
