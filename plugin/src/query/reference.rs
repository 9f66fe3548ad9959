//! What a person names a query by: an id, a slug, or an address copied from the browser. This is the one place that tells
//! them apart.

use std::collections::BTreeMap;

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};
use url::Url;

/// What is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reference {
    /// A saved query, by its id.
    Query(String),
    /// A saved query, by the slug of its address.
    Slug(String),
    Look(String),
    /// A dashboard, with values for its filters.
    Dashboard(String, BTreeMap<String, String>),
    /// A merged result.
    Merge(String),
    /// A query of SQL Runner, by its slug.
    Sql(String),
    /// A query that stands in the address itself, as Looker's `WriteQuery`.
    Explore(Map<String, Value>),
}

/// What is named, and the host of an address.
pub(super) fn parse(text: &str) -> Result<(Reference, Option<String>)> {
    let text = text.trim();
    if text.contains("://") || text.starts_with('/') {
        let base = Url::parse("relative://").ok();
        let url = Url::options().base_url(base.as_ref()).parse(text).map_err(|_| unknown(text))?;
        let host = url.host_str().filter(|host| !host.is_empty()).map(str::to_owned);
        return address(&url).map(|reference| (reference, host)).ok_or_else(|| unknown(text));
    }
    let reference = if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(unknown(text));
    } else if text.chars().all(|c| c.is_ascii_digit()) {
        Reference::Query(text.to_owned())
    } else {
        Reference::Slug(text.to_owned())
    };
    Ok((reference, None))
}

fn unknown(text: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("`{}` names no query", looker_words::excerpt(text, 80))).advise(
        "Give a query's id, its slug (the 22 letters behind /x/ or qid=), or the address of an explore, a Look or a dashboard",
    )
}

/// What an address of Looker's pages shows. A prefix of the path, such as that of embedded pages, does not matter.
fn address(url: &Url) -> Option<Reference> {
    let parts: Vec<String> = url.path_segments()?.filter(|part| !part.is_empty()).map(decoded).collect();
    let parameters: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let parameter = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let known = ["explore", "x", "looks", "dashboards", "dashboards-next", "dashboards-legacy", "merge", "sql"];
    let at = parts.iter().position(|part| known.contains(&part.as_str()))?;
    match parts.get(at..)? {
        [page, model, explore, ..] if page == "explore" => Some(match parameter("qid") {
            Some(slug) => Reference::Slug(slug),
            None => Reference::Explore(written(model, explore, &parameters)),
        }),
        [page, slug, ..] if page == "x" => Some(Reference::Slug(slug.clone())),
        [page, id, ..] if page == "looks" => Some(Reference::Look(id.clone())),
        [page, id, ..] if page.starts_with("dashboards") => {
            // What is no filter of the page is not known before the dashboard is; it says which there are.
            let filters = parameters.into_iter().filter(|(name, _)| !PAGE_PARAMETERS.contains(&name.as_str()));
            Some(Reference::Dashboard(id.clone(), filters.collect()))
        }
        [page, ..] if page == "merge" => parameter("mid").map(Reference::Merge),
        [page, slug, ..] if page == "sql" => Some(Reference::Sql(slug.clone())),
        _ => None,
    }
}

/// Parameters of a dashboard's address that are no filters.
const PAGE_PARAMETERS: &[&str] =
    &["embed_domain", "filter_config", "hide_filter", "layout", "theme", "title", "toggle", "_theme", "sdk", "tile"];

/// The query that stands in the parameters of an explore's address: lists between commas, filters as `f[view.field]`.
/// Source: `run_url_encoded_query` of the specification.
fn written(model: &str, explore: &str, parameters: &[(String, String)]) -> Map<String, Value> {
    let mut query = Map::new();
    let mut filters = Map::new();
    query.insert("model".to_owned(), json!(model));
    query.insert("view".to_owned(), json!(explore));
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        if let Some(field) = name.strip_prefix("f[").and_then(|name| name.strip_suffix(']')) {
            filters.insert(field.to_owned(), json!(value));
            continue;
        }
        let value = match name.as_str() {
            "fields" | "sorts" | "pivots" | "fill_fields" | "subtotals" => {
                value.split(',').map(|part| json!(part.trim())).collect()
            }
            "total" => json!(["on", "true"].contains(&value.as_str())),
            "limit" | "column_limit" | "row_total" | "query_timezone" | "filter_expression" | "dynamic_fields" => {
                json!(value)
            }
            "vis" => match serde_json::from_str(value) {
                Ok(vis) => {
                    query.insert("vis_config".to_owned(), vis);
                    continue;
                }
                Err(_) => continue,
            },
            _ => continue,
        };
        query.insert(name.clone(), value);
    }
    if !filters.is_empty() {
        query.insert("filters".to_owned(), Value::Object(filters));
    }
    query
}

/// A part of a path without its escapes.
fn decoded(part: &str) -> String {
    // In a path these are themselves; in what the decoder is for they are not.
    let pairs = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(pairs.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLUG: &str = "aBcDeFgHiJkLmNoPqRsTuV";

    fn reference(text: &str) -> Reference {
        parse(text).unwrap().0
    }

    #[test]
    fn ids_slugs_and_addresses_are_told_apart() {
        for (text, expected) in [
            ("123", Reference::Query("123".into())),
            (SLUG, Reference::Slug(SLUG.into())),
            ("https://acme.looker.com/x/aBc", Reference::Slug("aBc".into())),
            ("https://acme.looker.com/explore/m/e?qid=aBc&toggle=dat", Reference::Slug("aBc".into())),
            (" https://acme.looker.com/looks/7 ", Reference::Look("7".into())),
            ("/looks/7", Reference::Look("7".into())),
            ("https://acme.looker.com/prefix/embed/looks/7", Reference::Look("7".into())),
            ("https://acme.looker.com/merge?mid=m1", Reference::Merge("m1".into())),
            ("https://acme.looker.com/sql/abc", Reference::Sql("abc".into())),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
        assert_eq!(parse("https://acme.looker.com/x/a").unwrap().1.as_deref(), Some("acme.looker.com"));
    }

    #[test]
    fn a_dashboard_has_the_filters_of_its_address() {
        let text = "https://acme.looker.com/dashboards/shop%3A%3Asales?Order+Date=7+days&layout=x";
        let filters = BTreeMap::from([("Order Date".to_owned(), "7 days".to_owned())]);
        assert_eq!(reference(text), Reference::Dashboard("shop::sales".into(), filters));
    }

    #[test]
    fn a_query_is_read_from_the_address_of_an_explore() {
        let text = "https://acme.looker.com/explore/thelook/orders?fields=orders.id,orders.count&f[orders.status]=a%2Cb\
                    &sorts=orders.count+desc+0&limit=10&total=on&pivots=&vis=%7B%22type%22%3A%22table%22%7D&origin=share";
        let Reference::Explore(query) = reference(text) else { panic!("another reference") };
        assert_eq!(
            Value::Object(query),
            json!({ "model": "thelook", "view": "orders", "fields": ["orders.id", "orders.count"],
                    "filters": { "orders.status": "a,b" }, "sorts": ["orders.count desc 0"], "limit": "10",
                    "total": true, "vis_config": { "type": "table" } })
        );
    }

    #[test]
    fn what_names_nothing_is_refused_with_what_would() {
        for text in ["", "two words", "https://acme.looker.com/", "https://acme.looker.com/browse", "a::b"] {
            let error = parse(text).unwrap_err();
            assert!(error.kind == ErrorKind::InvalidInput && error.advice.contains("slug"), "{text}: {error}");
        }
    }
}
