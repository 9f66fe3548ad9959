//! Which keys and which elements of an answer are wanted: asked of Looker where it can, and made sure of here.

use std::collections::BTreeMap;
use std::fmt;

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

/// The most that keys may be nested.
const MAX_DEPTH: usize = 16;

/// The wanted keys, each with those wanted inside it; without any, all of them. Looker's notation is `id,folder(id,name)`;
/// `folder.name` is understood, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(BTreeMap<String, Self>);

impl Mask {
    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::new(ErrorKind::InvalidInput, format!("The fields `{text}` are not a list of keys"))
                .advise("Write id,title,folder(id,name)")
        };
        let mut open = vec![Self::default()];
        let mut names: Vec<String> = Vec::new();
        let mut name = String::new();
        // What stands before a comma or a bracket is a key, unless it is the end of what is nested.
        let mut is_closed = false;
        for letter in text.chars().filter(|letter| !letter.is_whitespace()).chain([',']) {
            match letter {
                '(' if !name.is_empty() && open.len() < MAX_DEPTH => {
                    names.push(std::mem::take(&mut name));
                    open.push(Self::default());
                }
                ',' | ')' => {
                    if name.is_empty() != is_closed {
                        return Err(wrong());
                    }
                    let here = open.last_mut().ok_or_else(wrong)?;
                    if !name.is_empty() {
                        here.want(&std::mem::take(&mut name));
                    }
                    is_closed = letter == ')';
                    if is_closed {
                        let inner = open.pop().ok_or_else(wrong)?;
                        let name = names.pop().ok_or_else(wrong)?;
                        open.last_mut().ok_or_else(wrong)?.want_all(&name, inner);
                    }
                }
                '(' => return Err(wrong()),
                _ if is_closed => return Err(wrong()),
                letter => name.push(letter),
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mask), true) => Ok(mask),
            _ => Err(wrong()),
        }
    }

    /// Wants a key, or the last of a path of keys, unless what it stands in is wanted as a whole.
    pub(super) fn want(&mut self, path: &str) {
        self.want_all(path, Self::default());
    }

    fn want_all(&mut self, path: &str, inner: Self) {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let is_whole = self.0.get(key).is_some_and(|known| known.0.is_empty());
        let known = self.0.entry(key.to_owned()).or_default();
        match rest {
            _ if is_whole => {}
            Some(rest) => known.want_all(rest, inner),
            None if inner.0.is_empty() => known.0.clear(),
            None => known.0.extend(inner.0),
        }
    }

    /// Whether a key is wanted by name.
    #[cfg(test)]
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The answer without what is not wanted; of a list, of each element.
    pub(super) fn apply(&self, value: Value) -> Value {
        match value {
            Value::Array(elements) => elements.into_iter().map(|element| self.apply(element)).collect(),
            Value::Object(members) if !self.0.is_empty() => {
                let wanted = members.into_iter().filter_map(|(key, member)| {
                    let inner = self.0.get(&key)?;
                    Some((key, inner.apply(member)))
                });
                Value::Object(wanted.collect())
            }
            other => other,
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, inner)) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{key}")?;
            if !inner.0.is_empty() {
                write!(f, "({inner})")?;
            }
        }
        Ok(())
    }
}

/// Keeps the elements of a list that are as a filter says. What is no list stays as it is.
pub(super) fn filter(value: Value, filter: &Map<String, Value>) -> Value {
    match value {
        Value::Array(elements) if !filter.is_empty() => elements
            .into_iter()
            .filter(|element| filter.iter().all(|(path, wanted)| is_as(element, path, wanted)))
            .collect(),
        other => other,
    }
}

fn is_as(element: &Value, path: &str, wanted: &Value) -> bool {
    let mut found = element;
    for key in path.split('.') {
        found = found.get(key).unwrap_or(&Value::Null);
    }
    match (found, wanted) {
        (Value::Array(found), wanted) if !wanted.is_array() => found.iter().any(|one| is_value(one, wanted)),
        (found, wanted) => is_value(found, wanted),
    }
}

/// Whether a value is the wanted one: texts without regard to case, `%` for any letters; ids also as numbers.
fn is_value(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(pattern)) => is_like(&found.to_lowercase(), &pattern.to_lowercase()),
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => {
            *text == number.to_string()
        }
        (found, wanted) => found == wanted,
    }
}

fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_wanted_at_every_depth_and_in_every_element() {
        let mask = Mask::parse("id, folder(id,parent(name)),title").unwrap();
        let look = json!({ "id": "1", "x": 1, "folder": { "id": "2", "x": 1, "parent": { "name": "A", "id": "3" } } });
        let wanted = json!({ "id": "1", "folder": { "id": "2", "parent": { "name": "A" } } });
        assert_eq!(mask.apply(look.clone()), wanted);
        assert_eq!(mask.apply(json!([look, 7, null])), json!([wanted, 7, null]));
        assert!(mask.has("title") && !mask.has("parent"));
    }

    #[test]
    fn a_mask_is_told_in_lookers_notation() {
        for (text, told) in [
            ("id, folder(name,id),title", "folder(id,name),id,title"),
            ("folder.name,folder.parent.id,id", "folder(name,parent(id)),id"),
            ("folder(id),folder(name)", "folder(id,name)"),
            ("folder,folder.name,folder(id)", "folder"),
            ("folder(id),folder", "folder"),
        ] {
            assert_eq!(Mask::parse(text).unwrap().to_string(), told);
        }
    }

    #[test]
    fn what_is_no_list_of_keys_is_refused() {
        for text in ["", ",", "a,,b", "a(", "a)", "(a)", "a(b", "a(b)c", "a()", "a,"] {
            assert!(Mask::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn elements_are_kept_by_values_patterns_and_paths() {
        let list = json!([
            { "id": "1", "title": "Sales by Month", "folder": { "name": "Shared" }, "tags": ["a", "b"] },
            { "id": "2", "title": "Costs", "folder": { "name": "Private" }, "deleted": true },
        ]);
        for (wanted, ids) in [
            (json!({ "title": "%month" }), vec!["1"]),
            (json!({ "title": "sales" }), vec![]),
            (json!({ "title": "s%by%" }), vec!["1"]),
            (json!({ "id": 2 }), vec!["2"]),
            (json!({ "folder.name": "shared" }), vec!["1"]),
            (json!({ "deleted": true, "id": "2" }), vec!["2"]),
            (json!({ "tags": "b" }), vec!["1"]),
            (json!({ "none": null }), vec!["1", "2"]),
            (json!({}), vec!["1", "2"]),
        ] {
            let kept = filter(list.clone(), wanted.as_object().unwrap());
            let kept: Vec<&str> = kept.as_array().unwrap().iter().map(|look| look["id"].as_str().unwrap()).collect();
            assert_eq!(kept, ids, "{wanted}");
        }
        assert_eq!(filter(json!({ "id": "1" }), json!({ "id": "2" }).as_object().unwrap()), json!({ "id": "1" }));
    }

    proptest! {
        #[test]
        fn any_text_is_a_mask_or_refused(text in "[a-c(), ]{0,24}") {
            if let Ok(mask) = Mask::parse(&text) {
                mask.apply(json!({ "a": { "b": [ { "c": 1 } ] } }));
            }
        }

        #[test]
        fn a_pattern_of_a_texts_own_parts_is_like_it(parts in prop::collection::vec("[a-z]{0,3}", 1..5)) {
            prop_assert!(is_like(&parts.concat(), &parts.join("%")));
        }
    }
}
