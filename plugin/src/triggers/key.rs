//! What an element of a list or a row of a result is known by from one poll to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// Set in the codes of keys that are no numbers.
const HASHED: u64 = 1 << 63;

/// Between a key and its count, of elements that share a key.
const AGAIN: char = '\u{1f}';

/// An element: its key, and what stands for all the rest of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key as text.
    pub(super) key: String,
    /// The same in 64 bits: of a whole number the number itself, so that it can be told from them.
    pub(super) code: u64,
    /// What changes with the element; 0 where nothing is compared.
    pub(super) content: u32,
}

impl Entry {
    pub(super) fn new(key: String, content: u32) -> Self {
        Self { code: code(&key), key, content }
    }
}

/// Gives elements that share a key keys of their own, by their content, so that the order of elements does not matter.
pub(super) fn number(entries: &mut [Entry]) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|at| entries.get(*at).map(|entry| (entry.code, entry.content)));
    let mut before: Option<(u64, usize)> = None;
    for at in order {
        let Some(entry) = entries.get_mut(at) else { continue };
        let again = before.filter(|(code, _)| *code == entry.code).map_or(0, |(_, again)| again + 1);
        before = Some((entry.code, again));
        if again > 0 {
            *entry = Entry::new(format!("{}{AGAIN}{again}", entry.key), entry.content);
        }
    }
}

/// A key as it was before it was numbered.
pub(super) fn bare(key: &str) -> &str {
    key.split(AGAIN).next().unwrap_or_default()
}

/// The key that a code stands for, where it is a whole number.
pub(super) fn of_code(code: u64) -> Option<String> {
    (code & HASHED == 0).then(|| code.to_string())
}

fn code(key: &str) -> u64 {
    let number = key.parse::<u64>().ok().filter(|number| number & HASHED == 0 && number.to_string() == key);
    number.unwrap_or_else(|| leading(key) | HASHED)
}

/// The key of an element that has several values: a single one as it is, and others as a list.
pub(super) fn text(values: &[Value]) -> String {
    match values {
        [Value::String(text)] => text.clone(),
        [value] => value.to_string(),
        values => Value::from(values.to_vec()).to_string(),
    }
}

/// Stands for a content; never 0.
pub(super) fn content(text: &str) -> u32 {
    // The low half, since a key of the same text has the high one.
    u32::try_from(leading(text) & u64::from(u32::MAX)).unwrap_or_default().max(1)
}

/// A text that stands for others: the same for the same, and short.
pub(crate) fn short(parts: &[&str]) -> String {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend_from_slice(&(part.len() as u64).to_le_bytes());
        whole.extend_from_slice(part.as_bytes());
    }
    let hash = digest(&SHA256, &whole);
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..15).unwrap_or_default())
}

fn leading(text: &str) -> u64 {
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_can_be_told_from_its_code_and_a_text_cannot() {
        for (key, expected) in [("7", Some("7")), ("0", Some("0")), ("07", None), ("a", None), ("-1", None)] {
            assert_eq!(of_code(Entry::new(key.to_owned(), 0).code).as_deref(), expected, "{key}");
        }
        assert_eq!(of_code(Entry::new(u64::MAX.to_string(), 0).code), None);
    }

    #[test]
    fn elements_that_share_a_key_are_told_apart_whatever_their_order() {
        let keys = |contents: &[u32]| {
            let mut entries: Vec<Entry> = contents.iter().map(|content| Entry::new("k".to_owned(), *content)).collect();
            number(&mut entries);
            let mut keys: Vec<(u32, u64)> = entries.iter().map(|entry| (entry.content, entry.code)).collect();
            keys.sort_unstable();
            keys
        };
        assert_eq!(keys(&[3, 1, 2]), keys(&[2, 3, 1]));
        let codes: std::collections::HashSet<u64> = keys(&[5, 5, 5]).into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes.len(), 3);
        assert_eq!(bare(&format!("k{AGAIN}2")), "k");
    }

    #[test]
    fn keys_of_several_values_do_not_run_into_each_other() {
        assert_eq!(text(&[json!("a")]), "a");
        assert_eq!(text(&[json!(5)]), "5");
        assert_ne!(text(&[json!("a,b"), json!("c")]), text(&[json!("a"), json!("b,c")]));
        assert_ne!(short(&["ab", "c"]), short(&["a", "bc"]));
    }
}
