//! Dashboards: their tiles, and what each of them runs under the dashboard's filters.

use std::collections::BTreeMap;

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::resolve::missing;
use crate::api::Caller;
use crate::link::Asked;
use crate::operations::DASHBOARD;
use crate::paging::id_text;
use looker_words::nearest;

/// A dashboard, with values for its filters.
#[derive(Debug)]
pub(super) struct Dashboard {
    pub(super) id: String,
    title: String,
    filters: Vec<Filter>,
    elements: Vec<Element>,
    /// What the request says of the filters, by their names.
    pub(super) given: BTreeMap<String, String>,
}

/// What a tile runs.
#[derive(Debug, PartialEq)]
pub(super) enum Tile {
    /// A query, as it is shown or by its id, and filters over its own.
    Query {
        query: Option<Map<String, Value>>,
        id: Option<String>,
        filters: BTreeMap<String, String>,
    },
    Look {
        id: String,
        filters: BTreeMap<String, String>,
    },
    /// A merged result, with filters by the names of its sources.
    Merge {
        id: String,
        filters: BTreeMap<String, BTreeMap<String, String>>,
    },
    /// A query of SQL Runner, by its slug.
    Sql(String),
}

/// `Dashboard` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    dashboard_filters: Option<Vec<Filter>>,
    #[serde(default)]
    dashboard_elements: Option<Vec<Element>>,
    #[serde(default)]
    deleted: Option<bool>,
}

/// `DashboardFilter` of the specification, as far as it is read.
#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    default_value: Option<String>,
    #[serde(default)]
    required: Option<bool>,
}

/// `DashboardElement` of the specification, as far as it is read.
#[derive(Debug, Deserialize)]
struct Element {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    title_text: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    look_id: Option<Value>,
    #[serde(default)]
    look: Option<Titled>,
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    query: Option<Map<String, Value>>,
    #[serde(default)]
    merge_result_id: Option<Value>,
    #[serde(default)]
    result_maker: Option<ResultMaker>,
}

#[derive(Debug, Deserialize)]
struct Titled {
    #[serde(default)]
    title: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct ResultMaker {
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    query: Option<Map<String, Value>>,
    #[serde(default)]
    merge_result_id: Option<Value>,
    #[serde(default)]
    sql_query_id: Option<Value>,
    #[serde(default)]
    filterables: Option<Vec<Filterable>>,
}

/// What can be filtered of a tile: its query, or one of the sources of a merged result.
#[derive(Debug, Deserialize)]
struct Filterable {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    listen: Option<Vec<Listen>>,
}

#[derive(Debug, Deserialize)]
struct Listen {
    #[serde(default)]
    dashboard_filter_name: Option<String>,
    #[serde(default)]
    field: Option<String>,
}

impl Filter {
    fn is(&self, name: &str) -> bool {
        [&self.name, &self.title].iter().any(|known| known.as_deref().is_some_and(|known| known == name))
    }

    fn name(&self) -> &str {
        self.name.as_deref().or(self.title.as_deref()).unwrap_or_default()
    }
}

impl Dashboard {
    /// Fetches it; a filter that it does not have is refused.
    pub(super) async fn fetch(caller: &Caller, id: &str, given: &BTreeMap<String, String>) -> Result<Self> {
        let (path, keys) = ([id], [("fields", "id,title,deleted,dashboard_filters,dashboard_elements")]);
        let asked = Asked::new(&DASHBOARD, &path, &keys);
        let advice =
            "The id stands in the dashboard's address, behind /dashboards/; that of a LookML dashboard is model::name";
        let shown: Shown = caller.get(&asked).await.map_err(|error| missing(error, "dashboard", id, advice))?;
        if shown.deleted.unwrap_or_default() {
            return Err(Error::new(ErrorKind::NotFound, format!("The dashboard {id} is in the trash"))
                .advise("Restore it in Looker, or take another"));
        }
        let dashboard = Self {
            id: id.to_owned(),
            title: shown.title.unwrap_or_default(),
            filters: shown.dashboard_filters.unwrap_or_default(),
            elements: shown.dashboard_elements.unwrap_or_default(),
            given: given.clone(),
        };
        match given.keys().find(|name| !dashboard.filters.iter().any(|filter| filter.is(name))) {
            Some(name) => Err(dashboard.no_filter(name)),
            None => Ok(dashboard),
        }
    }

    fn no_filter(&self, name: &str) -> Error {
        let names: Vec<&str> = self.filters.iter().map(Filter::name).collect();
        let error = Error::new(ErrorKind::InvalidInput, format!("The dashboard {} has no filter `{name}`", self.id));
        error.advise(match (nearest(name, names.iter().copied()), names.as_slice()) {
            (Some(near), _) => format!("Did you mean `{near}`?"),
            (None, []) => "It has no filters".to_owned(),
            (None, names) => format!("It has {}", names.join(", ")),
        })
    }

    /// The value of a filter: what the request says, or else its default. Nothing stands for any value.
    fn value<'a>(&'a self, filter: &'a Filter) -> &'a str {
        let given = self.given.iter().find(|(name, _)| filter.is(name)).map(|(_, value)| value.as_str());
        given.or(filter.default_value.as_deref()).unwrap_or_default()
    }

    /// The filters of what can be filtered, by its field.
    fn filters_of(&self, filterable: &Filterable) -> BTreeMap<String, String> {
        let listens = filterable.listen.iter().flatten();
        listens
            .filter_map(|listen| {
                let name = listen.dashboard_filter_name.as_deref()?;
                let filter = self.filters.iter().find(|filter| filter.is(name))?;
                Some((listen.field.clone()?, self.value(filter).to_owned()))
            })
            .collect()
    }

    /// What the tile of this id or title runs.
    pub(super) fn tile(&self, name: &str) -> Result<Tile> {
        let by_id = self.elements.iter().find(|element| element.id().as_deref() == Some(name));
        let by_title = || self.elements.iter().find(|element| element.title().eq_ignore_ascii_case(name));
        let Some(element) = by_id.or_else(by_title) else {
            let titles: Vec<&str> =
                self.elements.iter().map(Element::title).filter(|title| !title.is_empty()).collect();
            let error = Error::new(ErrorKind::NotFound, format!("The dashboard {} has no tile `{name}`", self.id));
            return Err(error.advise(match nearest(name, titles.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("It has {}", titles.join(", ")),
            }));
        };
        self.tile_of(element).map_err(|reason| {
            Error::new(ErrorKind::Unsupported, format!("The tile `{}` cannot be run: {reason}", element.title()))
                .advise("Take another tile")
        })
    }

    /// What a tile runs, or why it runs nothing.
    fn tile_of(&self, element: &Element) -> std::result::Result<Tile, &'static str> {
        let none = ResultMaker::default();
        let maker = element.result_maker.as_ref().unwrap_or(&none);
        let filterables = || maker.filterables.iter().flatten();
        let id = |own: &Option<Value>, made: &Option<Value>| {
            own.as_ref().and_then(id_text).or_else(|| made.as_ref().and_then(id_text))
        };
        let filters = || filterables().flat_map(|filterable| self.filters_of(filterable)).collect();
        if let Some(id) = id(&element.merge_result_id, &maker.merge_result_id) {
            let by_source = |filterable: &Filterable| {
                Some((filterable.name.clone().unwrap_or_default(), self.filters_of(filterable)))
            };
            return Ok(Tile::Merge { id, filters: filterables().filter_map(by_source).collect() });
        }
        if let Some(slug) = id(&maker.sql_query_id, &None) {
            return Ok(Tile::Sql(slug));
        }
        if let Some(id) = id(&element.look_id, &None) {
            return Ok(Tile::Look { id, filters: filters() });
        }
        let query = element.query.clone().or_else(|| maker.query.clone());
        let id = id(&element.query_id, &maker.query_id);
        if query.is_some() || id.is_some() {
            return Ok(Tile::Query { query, id, filters: filters() });
        }
        Err(match element.kind.as_deref() {
            Some("text") => "it is text",
            Some("button") => "it is a button",
            _ => "it has no query",
        })
    }

    /// All tiles, each with the request that runs it, or why there is none. `rest` is what else the requests say.
    pub(super) fn to_value(&self, rest: &Map<String, Value>, allow_sql_runner: bool) -> Value {
        let filters = self.filters.iter().map(|filter| {
            json!({ "name": filter.name(), "title": filter.title, "value": self.value(filter),
                    "default": filter.default_value, "required": filter.required.unwrap_or_default() })
        });
        json!({
            "id": self.id,
            "title": self.title,
            "filters": filters.collect::<Value>(),
            "parts": self.elements.iter().map(|element| self.part(element, rest, allow_sql_runner)).collect::<Value>(),
        })
    }

    fn part(&self, element: &Element, rest: &Map<String, Value>, allow_sql_runner: bool) -> Value {
        let id = element.id().unwrap_or_default();
        let tile = self.tile_of(element);
        let (kind, filters) = match &tile {
            Ok(Tile::Query { filters, .. }) => ("query", json!(filters)),
            Ok(Tile::Look { filters, .. }) => ("look", json!(filters)),
            Ok(Tile::Merge { filters, .. }) => ("merge", json!(filters)),
            Ok(Tile::Sql(_)) => ("sql", json!({})),
            Err(_) => (element.kind.as_deref().unwrap_or("other"), json!({})),
        };
        let reason = match &tile {
            Ok(Tile::Sql(_)) if !allow_sql_runner => Some("SQL Runner is off (option `allow_sql_runner`)"),
            Ok(_) => None,
            Err(reason) => Some(*reason),
        };
        let mut part = json!({ "id": id, "title": element.title(), "kind": kind, "runnable": reason.is_none() });
        let Some(object) = part.as_object_mut() else { return part };
        if let Some(reason) = reason {
            object.insert("reason".to_owned(), json!(reason));
            return part;
        }
        let mut request = rest.clone();
        request.insert("dashboard".to_owned(), json!(self.id));
        request.insert("tile".to_owned(), json!(id));
        if !self.given.is_empty() {
            request.insert("filters".to_owned(), json!(self.given));
        }
        object.insert("filters".to_owned(), filters);
        object.insert("request".to_owned(), Value::Object(request));
        part
    }
}

impl Element {
    fn id(&self) -> Option<String> {
        id_text(&self.id)
    }

    /// Its title, or that of its Look, or its text.
    fn title(&self) -> &str {
        let look = self.look.as_ref().and_then(|look| look.title.as_deref());
        [self.title.as_deref(), look, self.title_text.as_deref()]
            .into_iter()
            .flatten()
            .find(|title| !title.trim().is_empty())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dashboard(given: &[(&str, &str)]) -> Dashboard {
        let shown: Shown = serde_json::from_value(json!({
            "title": "Shop",
            "dashboard_filters": [
                { "name": "Date", "title": "Order Date", "default_value": "7 days" }, { "name": "City" },
            ],
            "dashboard_elements": [
                { "id": "1", "title": "Sales", "query_id": "9", "result_maker": { "filterables": [{ "listen": [
                    { "dashboard_filter_name": "Date", "field": "a.date" },
                    { "dashboard_filter_name": "City", "field": "a.city" },
                    { "dashboard_filter_name": "Gone", "field": "a.gone" } ] }] } },
                { "id": 2, "look_id": 7, "look": { "title": "A Look" } },
                { "id": "3", "title": "Both", "merge_result_id": "m", "result_maker": { "filterables": [
                    { "name": "one", "listen": [{ "dashboard_filter_name": "Date", "field": "a.date" }] } ] } },
                { "id": "4", "title": "Own SQL", "result_maker": { "sql_query_id": "slug" } },
                { "id": "5", "title_text": "Read me", "type": "text" },
            ],
        }))
        .unwrap();
        Dashboard {
            id: "d".into(),
            title: shown.title.unwrap(),
            filters: shown.dashboard_filters.unwrap(),
            elements: shown.dashboard_elements.unwrap(),
            given: given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    fn filters(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_tile_hears_the_filters_that_it_listens_to() {
        let tile = dashboard(&[("Order Date", "2024")]).tile("sales").unwrap();
        let expected = filters(&[("a.date", "2024"), ("a.city", "")]);
        assert_eq!(tile, Tile::Query { query: None, id: Some("9".into()), filters: expected });
        let merged = BTreeMap::from([("one".to_owned(), filters(&[("a.date", "7 days")]))]);
        assert_eq!(dashboard(&[]).tile("3").unwrap(), Tile::Merge { id: "m".into(), filters: merged });
    }

    #[test]
    fn every_tile_is_listed_with_its_request_or_the_reason_why_there_is_none() {
        let rest = Map::from_iter([("wire".to_owned(), json!("json"))]);
        let value = dashboard(&[("City", "Rome")]).to_value(&rest, false);
        let parts = value["parts"].as_array().unwrap();
        let told: Vec<String> = parts
            .iter()
            .map(|part| {
                format!("{}: {} {}", part["title"].as_str().unwrap(), part["kind"].as_str().unwrap(), part["runnable"])
            })
            .collect();
        assert_eq!(
            told,
            ["Sales: query true", "A Look: look true", "Both: merge true", "Own SQL: sql false", "Read me: text false"]
        );
        assert_eq!(
            parts[0]["request"],
            json!({ "wire": "json", "dashboard": "d", "tile": "1", "filters": { "City": "Rome" } })
        );
        assert_eq!(parts[4]["reason"], "it is text");
        assert_eq!(dashboard(&[]).to_value(&rest, true)["parts"][3]["runnable"], true);
    }

    #[test]
    fn a_tile_that_does_not_exist_or_runs_nothing_says_so() {
        let error = dashboard(&[]).tile("Sale").unwrap_err();
        assert_eq!((error.kind, error.advice.as_str()), (ErrorKind::NotFound, "Did you mean `Sales`?"));
        let error = dashboard(&[]).tile("Read me").unwrap_err();
        assert!(error.kind == ErrorKind::Unsupported && error.message.ends_with("it is text"), "{error}");
    }
}
