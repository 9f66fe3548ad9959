//! Reading a list page by page, whatever happens to it meanwhile.
//!
//! Pages are asked for by `limit` and `offset`, sorted by id. Each overlaps the one before by one element: when that
//! element is not where it was, elements before it have gone, and the pager steps back, so that none is skipped.
//! Elements that come again are dropped by their id.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Elements of a page.
const PAGE: u64 = 100;

/// So many pages in a row without anything new are the end, whatever the server says.
const EMPTY_HANDED: u32 = 3;

/// The state of reading one list.
#[derive(Debug, Default)]
pub(crate) struct Pager {
    items: Vec<Value>,
    seen: HashSet<String>,
    offset: u64,
    /// How far the next page begins before where this one ended.
    back: u64,
    empty_handed: u32,
    total: Option<u64>,
    /// Whether elements can be told apart.
    has_ids: bool,
    done: bool,
}

impl Pager {
    pub(crate) fn new() -> Self {
        Self { back: 1, has_ids: true, ..Self::default() }
    }

    /// Of a list whose elements cannot be told apart: pages without an overlap, so that one that moves while it is read may
    /// lose or repeat some.
    pub(crate) fn without_ids() -> Self {
        Self::default()
    }

    /// `limit` and `offset` of the next page; none when all have been read.
    pub(crate) fn next(&self) -> Option<(u64, u64)> {
        (!self.done).then_some((PAGE, self.offset))
    }

    /// Takes a page.
    pub(crate) fn take(&mut self, page: Vec<Value>, headers: &HeaderMap) {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.total = header("x-total-count").and_then(|total| total.trim().parse().ok()).or(self.total);
        let begin = self.offset;
        let count = page.len() as u64;
        if !self.has_ids {
            self.items.extend(page);
            self.offset = begin + count;
            self.done = count < PAGE;
            return;
        }
        let first = page.first().and_then(id);
        let overlaps = begin == 0 || first.as_ref().is_some_and(|id| self.seen.contains(id));
        if !overlaps {
            // Elements before this page have gone, and what followed the last one that was read stands before it now.
            self.back *= 2;
            self.offset = begin.saturating_sub(self.back);
            return;
        }
        let before = self.items.len();
        for item in page {
            let id = id(&item);
            if id.is_none_or(|id| self.seen.insert(id)) {
                self.items.push(item);
            }
        }
        self.back = 1;
        let is_new = self.items.len() > before;
        self.empty_handed = if is_new { 0 } else { self.empty_handed + 1 };
        // A full page offers a next one even when nothing follows; a page that is not full may be one that the server
        // has cut, when it says so.
        let says_next = header("link").is_some_and(|link| link.contains("rel=\"next\""));
        self.done = count == 0 || (count < PAGE && !says_next) || self.empty_handed >= EMPTY_HANDED;
        self.offset = (begin + count).saturating_sub(1);
        if count == 1 && begin > 0 {
            // Only the overlap is left.
            self.done = true;
        }
    }

    /// Says in the log how many were read, and how many the server says that there are.
    pub(crate) fn report(&self, list: &str) {
        let (read, total) = (self.items.len(), self.total.map_or_else(|| "unknown".to_owned(), |n| n.to_string()));
        tracing::debug!(list, read, total, "read a list");
    }

    /// All elements, each once.
    pub(crate) fn into_items(self) -> Vec<Value> {
        self.items
    }
}

/// What tells an element from others: its id, or its name where it has none.
fn id(item: &Value) -> Option<String> {
    ["id", "name"].iter().find_map(|key| id_text(item.get(key)?))
}

/// An id as text: older servers write numbers.
pub(crate) fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A server's list, sorted by id.
    fn page(list: &[u64], limit: u64, offset: u64) -> Vec<Value> {
        let part = list.iter().skip(usize::try_from(offset).unwrap()).take(usize::try_from(limit).unwrap());
        part.map(|id| json!({ "id": id.to_string() })).collect()
    }

    fn ids(pager: Pager) -> Vec<u64> {
        pager.into_items().iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect()
    }

    fn read(list: &[u64]) -> (Vec<u64>, usize) {
        let (mut pager, mut count) = (Pager::new(), 0);
        while let Some((limit, offset)) = pager.next() {
            pager.take(page(list, limit, offset), &HeaderMap::new());
            count += 1;
        }
        (ids(pager), count)
    }

    #[test]
    fn a_short_list_is_one_page_and_a_long_one_is_read_to_its_end() {
        for (count, pages) in [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (250, 3)] {
            let list: Vec<u64> = (0..count).collect();
            assert_eq!(read(&list), (list, pages), "{count}");
        }
    }

    #[test]
    fn elements_without_ids_are_read_to_the_first_page_that_is_not_full() {
        for (count, pages) in [(0, 1), (99, 1), (100, 2), (250, 3)] {
            let (mut pager, mut read) = (Pager::without_ids(), 0);
            while let Some((limit, offset)) = pager.next() {
                let size = limit.min(count - offset);
                pager.take((0..size).map(|_| json!("same")).collect(), &HeaderMap::new());
                read += 1;
            }
            assert_eq!((pager.into_items().len() as u64, read), (count, pages));
        }
    }

    #[test]
    fn a_next_page_that_is_offered_for_ever_ends_all_the_same() {
        let mut headers = HeaderMap::new();
        headers.insert("link", "<https://elsewhere.example/?offset=9>; rel=\"next\"".parse().unwrap());
        headers.insert("x-total-count", "3".parse().unwrap());
        let (mut pager, mut count) = (Pager::new(), 0);
        while pager.next().is_some() {
            pager.take(page(&[1, 2, 3], 100, 0), &headers);
            count += 1;
            assert!(count < 10, "it never ends");
        }
        assert_eq!(pager.total, Some(3));
        assert_eq!(ids(pager), [1, 2, 3]);
    }

    proptest! {
        /// Between pages elements come and go; those that were there all the time are read exactly once.
        #[test]
        fn what_stays_is_read_once_however_the_list_moves(
            size in 0u64..400,
            changes in proptest::collection::vec((any::<bool>(), 0u64..500, 1usize..40), 0..8),
        ) {
            let mut list: Vec<u64> = (0..size).map(|id| id * 2).collect();
            let mut stable: HashSet<u64> = list.iter().copied().collect();
            let mut changes = changes.into_iter();
            let (mut pager, mut count) = (Pager::new(), 0);
            while let Some((limit, offset)) = pager.next() {
                pager.take(page(&list, limit, offset), &HeaderMap::new());
                count += 1;
                prop_assert!(count < 200, "it never ends");
                if let Some((grows, at, many)) = changes.next() {
                    for step in 0..many as u64 {
                        let id = (at + step) * 2;
                        if grows {
                            list.push(id + 1);
                        } else {
                            list.retain(|known| *known != id);
                            stable.remove(&id);
                        }
                    }
                    list.sort_unstable();
                    list.dedup();
                }
            }
            let read = ids(pager);
            let unique: HashSet<u64> = read.iter().copied().collect();
            prop_assert_eq!(unique.len(), read.len(), "an element came twice");
            prop_assert!(stable.is_subset(&unique), "{:?} were skipped", stable.difference(&unique).collect::<Vec<_>>());
        }
    }
}
