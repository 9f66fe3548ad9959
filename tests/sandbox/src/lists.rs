//! Lists: sorting, paging, and the headers that tell of further pages.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::uncertain;

/// Parameters that choose a page.
const PAGING: [&str; 4] = ["limit", "offset", "page", "per_page"];

/// How lists misbehave, as `/__sandbox/lists` takes and shows it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manners {
    /// One element is added before the offset at each page, so elements repeat.
    #[serde(default)]
    moving: bool,
    /// `X-Total-Count` is absent, and with it the address of the last page.
    #[serde(default)]
    no_total: bool,
    /// `next` is offered by every page that is not empty.
    #[serde(default)]
    full_next: bool,
}

/// The manners that are set.
#[derive(Debug, Default)]
pub(crate) struct Lists(Mutex<Manners>);

impl Lists {
    /// How lists behave now.
    pub(crate) fn manners(&self) -> Manners {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes manners from JSON, what is not named being off; the error is a sentence.
    pub(crate) fn set(&self, body: &[u8]) -> Result<(), String> {
        let manners = serde_json::from_slice(body).map_err(|error| format!("These are no manners: {error}."))?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = manners;
        Ok(())
    }
}

/// What a list is sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A number or a flag.
    Number(i64),
    /// A text; case does not matter.
    Text(String),
}

impl Key {
    /// A text, ready to be compared.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// Sorts by the `sorts` of a call, such as `last_name desc,id`. `key` yields none for a field that cannot be sorted by.
pub(crate) fn sort<T>(call: &Call, items: &mut [T], key: impl Fn(&T, &str) -> Option<Key>) -> Result<(), Failure> {
    let sorts: Vec<(&str, bool)> = call
        .parameter("sorts")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|sort| !sort.is_empty())
        .map(|sort| match sort.split_once(' ') {
            Some((field, direction)) => (field, direction.trim().eq_ignore_ascii_case("desc")),
            None => (sort, false),
        })
        .collect();
    if let Some(first) = items.first()
        && let Some((field, _)) = sorts.iter().find(|(field, _)| key(first, field).is_none())
    {
        return Err(uncertain::bad_sort(field));
    }
    items.sort_by(|one, other| {
        let order = |(field, descending): &(&str, bool)| {
            let order = key(one, field).cmp(&key(other, field));
            if *descending { order.reverse() } else { order }
        };
        sorts.iter().map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(())
}

/// A page: which elements, and where it stands.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    range: Range<usize>,
    total: usize,
    /// What was asked for: offset and limit; none without a limit.
    asked: Option<(usize, usize)>,
}

fn number(call: &Call, name: &str) -> Option<usize> {
    call.integer(name).map(|value| usize::try_from(value).unwrap_or(0))
}

/// The page that a call asks for. `limit` and `offset` win over `page` and `per_page`.
fn page(call: &Call, length: usize, manners: Manners) -> Page {
    let (limit, per_page) = (number(call, "limit"), number(call, "per_page"));
    let before = || number(call, "page").unwrap_or(1).saturating_sub(1).saturating_mul(per_page.unwrap_or(0));
    let offset = number(call, "offset").unwrap_or_else(|| if limit.is_none() { before() } else { 0 });
    let limit = limit.or(per_page);
    cut(length, offset, limit, manners)
}

fn cut(length: usize, offset: usize, limit: Option<usize>, manners: Manners) -> Page {
    let Some(limit) = limit else {
        return Page { range: offset.min(length)..length, total: length, asked: None };
    };
    // As if one element had been added at the front before every page but the first.
    let moved = if manners.moving { offset / limit.max(1) } else { 0 };
    let start = offset.saturating_sub(moved).min(length);
    let end = start.saturating_add(limit).min(length);
    Page { range: start..end, total: length + moved, asked: Some((offset, limit)) }
}

/// Answers with one page of a list, described and reduced to `fields`.
pub(crate) fn answer<T>(call: &Call, items: &[T], describe: impl Fn(&T) -> Value) -> Result<Response, Failure> {
    let manners = call.state.lists.manners();
    let page = page(call, items.len(), manners);
    let shown = items.get(page.range.clone()).unwrap_or_default();
    let mut answer = call.answer(shown.iter().map(describe).collect())?;
    let Some((offset, limit)) = page.asked else { return Ok(answer) };
    let by_page = call.parameter("limit").is_none();
    let link = links(&page, offset, limit, manners)
        .into_iter()
        .map(|(relation, offset)| format!("<{}>; rel=\"{relation}\"", address(call, offset, limit, by_page)));
    let link = link.collect::<Vec<_>>().join(",");
    if let Ok(link) = HeaderValue::from_str(&link) {
        answer.headers_mut().insert(header::LINK, link);
    }
    if !manners.no_total {
        answer.headers_mut().insert(HeaderName::from_static("x-total-count"), HeaderValue::from(page.total));
    }
    Ok(answer)
}

/// The pages to link to, by their offsets.
fn links(page: &Page, offset: usize, limit: usize, manners: Manners) -> Vec<(&'static str, usize)> {
    let mut links = vec![("first", 0)];
    if !manners.no_total && limit > 0 {
        links.push(("last", page.total.saturating_sub(1) / limit * limit));
    }
    let after = offset.saturating_add(limit);
    if after < page.total && limit > 0 || manners.full_next && !page.range.is_empty() {
        links.push(("next", after));
    }
    if offset > 0 {
        links.push(("prev", offset.saturating_sub(limit)));
    }
    links
}

/// The address of another page, on a host that clients need not be able to reach.
fn address(call: &Call, offset: usize, limit: usize, by_page: bool) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(call.query.iter().filter(|(name, _)| !PAGING.contains(&name.as_str())));
    if by_page {
        query.append_pair("page", &(offset / limit.max(1) + 1).to_string());
        query.append_pair("per_page", &limit.to_string());
    } else {
        query.append_pair("limit", &limit.to_string());
        query.append_pair("offset", &offset.to_string());
    }
    format!("https://internal.looker.example{}?{}", call.route, query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Manners = Manners { moving: false, no_total: false, full_next: false };

    #[test]
    fn a_page_ends_with_the_list_and_everything_comes_without_a_limit() {
        assert_eq!(cut(12, 10, Some(5), GOOD).range, 10..12);
        assert_eq!(cut(12, 15, Some(5), GOOD).range, 12..12);
        assert_eq!(cut(12, 2, None, GOOD), Page { range: 2..12, total: 12, asked: None });
    }

    #[test]
    fn pages_of_a_moving_list_repeat_elements_and_miss_none() {
        let manners = Manners { moving: true, ..GOOD };
        let mut seen = Vec::new();
        for offset in (0..).step_by(5) {
            let page = cut(12, offset, Some(5), manners);
            seen.extend(page.range.clone());
            if offset + 5 >= page.total {
                break;
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11]);
    }

    #[test]
    fn links_lead_to_the_pages_that_there_are() {
        let page = cut(12, 5, Some(5), GOOD);
        assert_eq!(links(&page, 5, 5, GOOD), [("first", 0), ("last", 10), ("next", 10), ("prev", 0)]);
        let last = cut(12, 10, Some(5), GOOD);
        assert_eq!(links(&last, 10, 5, GOOD), [("first", 0), ("last", 10), ("prev", 5)]);
        let eager = Manners { full_next: true, no_total: true, ..GOOD };
        assert_eq!(links(&last, 10, 5, eager), [("first", 0), ("next", 15), ("prev", 5)]);
        assert_eq!(links(&cut(12, 15, Some(5), eager), 15, 5, eager), [("first", 0), ("prev", 10)]);
    }
}
