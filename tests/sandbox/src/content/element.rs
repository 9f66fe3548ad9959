//! Tiles of dashboards.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::dispatch::Call;
use crate::merges::MergeQuery;
use crate::query::body::Query;
use crate::saved::SavedQuery;
use crate::sql_runner::SqlQuery;

/// What a tile shows.
#[derive(Debug, Clone)]
pub(crate) enum Tile {
    /// A query of its own.
    Query(Arc<SavedQuery>),
    /// A Look, by its id.
    Look(i64),
    /// Merged results.
    Merge(Arc<MergeQuery>),
    /// SQL that a user wrote.
    Sql(Arc<SqlQuery>),
    /// A text in Markdown.
    Text(&'static str),
}

/// A tile of a dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    /// Id.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// What it shows.
    pub(crate) tile: Tile,
    /// Which filter of the dashboard filters which field. A merged result listens in each of its sources that has the
    /// field's view.
    pub(crate) listens: &'static [(&'static str, &'static str)],
}

impl Element {
    /// What a tile shows of which a row tells the ids; none for a text, and where nothing has such an id.
    pub(crate) fn tile_of(call: &Call, row: &Map<String, Value>) -> Option<Tile> {
        let id = |column: &str| row.get(column).and_then(Value::as_str);
        let query = id("query_id").and_then(|id| call.state.queries.by_id(id)).map(Tile::Query);
        let look = || id("look_id").and_then(|id| id.parse().ok()).map(Tile::Look);
        let merge = || id("merge_result_id").and_then(|id| call.state.merges.find(id)).map(Tile::Merge);
        query.or_else(look).or_else(merge)
    }

    /// The queries that it runs, if it is made of queries: name and query.
    pub(crate) fn queries(&self, call: &Call) -> Vec<(Option<String>, Arc<SavedQuery>)> {
        match &self.tile {
            Tile::Query(query) => vec![(None, Arc::clone(query))],
            Tile::Look(id) => {
                let look = call.session.as_ref().and_then(|session| call.state.content.look(session, &id.to_string()));
                look.map(|look| (None, Arc::clone(&look.query))).into_iter().collect()
            }
            Tile::Merge(merge) => {
                let named =
                    |(name, id): (Option<&str>, &str)| Some((name.map(str::to_owned), call.state.queries.by_id(id)?));
                merge.sources().into_iter().filter_map(named).collect()
            }
            Tile::Sql(_) | Tile::Text(_) => Vec::new(),
        }
    }

    /// As the API shows it.
    pub(crate) fn describe(&self, call: &Call, dashboard_id: &str, is_lookml: bool) -> Value {
        let look = match &self.tile {
            Tile::Look(id) => {
                call.session.as_ref().and_then(|session| call.state.content.look(session, &id.to_string()))
            }
            _ => None,
        };
        let query = if let Tile::Query(query) = &self.tile { Some(query) } else { None };
        let merge = if let Tile::Merge(merge) = &self.tile { Some(merge.id.as_str()) } else { None };
        let text = if let Tile::Text(text) = self.tile { Some(text) } else { None };
        let html = text.map(|text| format!("<p>{text}</p>"));
        let maker = self.result_maker(call);
        json!({
            "can": { "show": true },
            "body_text": text,
            "body_text_as_html": html,
            "dashboard_id": dashboard_id,
            "dashboard_layout_id": dashboard_id,
            "edit_uri": null,
            "id": self.id,
            "look": look.as_ref().map(|look| look.describe_with_query(call)),
            "look_id": if let Tile::Look(id) = &self.tile { Some(id.to_string()) } else { None },
            "lookml_link_id": is_lookml.then(|| self.id.rsplit("::").next()),
            "merge_result_id": merge,
            "note_display": null,
            "note_state": null,
            "note_text": null,
            "note_text_as_html": null,
            "query": query.map(|query| query.describe(&call.state.base_url)),
            "query_id": query.map(|query| &query.id),
            "filter_id": null,
            "refresh_interval": null,
            "refresh_interval_to_i": null,
            "result_maker_id": maker.as_ref().map(|maker| maker.get("id").cloned().unwrap_or_default()),
            "result_maker": maker,
            "subtitle_text": null,
            "title": if text.is_some() { None } else { Some(&self.title) },
            "title_hidden": false,
            "title_text": text.map(|_| &self.title),
            "type": if text.is_some() { "text" } else { "vis" },
            "alert_count": 0,
            "rich_content_json": null,
            "title_text_as_html": null,
            "subtitle_text_as_html": null,
            "extension_id": null,
            "aria_description": null,
        })
    }

    /// What makes its results (`ResultMakerWithIdVisConfigAndDynamicFields` of the specification).
    fn result_maker(&self, call: &Call) -> Option<Value> {
        let queries = self.queries(call);
        let filterables: Vec<Value> =
            queries.iter().map(|(name, query)| self.filterable(name.as_deref(), &query.query)).collect();
        let written = |key: &str| match (&self.tile, queries.first()) {
            (Tile::Text(_), _) => Value::Null,
            (Tile::Sql(sql), _) => {
                if key == "vis_config" {
                    sql.vis_config.clone()
                } else {
                    Value::Null
                }
            }
            (Tile::Merge(merge), _) => merge.get(key),
            (_, Some((_, query))) => query.query.written.get(key).cloned().unwrap_or_default(),
            (_, None) => Value::Null,
        };
        let (merge_id, sql_id) = match &self.tile {
            Tile::Text(_) => return None,
            Tile::Merge(merge) => (Some(&merge.id), None),
            Tile::Sql(sql) => (None, Some(&sql.slug)),
            Tile::Query(_) | Tile::Look(_) => (None, None),
        };
        let query = queries.first().map(|(_, query)| query).filter(|_| merge_id.is_none());
        Some(json!({
            "id": if let Tile::Merge(merge) = &self.tile { merge.result_maker_id() } else { format!("maker-{}", self.id) },
            "dynamic_fields": written("dynamic_fields"),
            "filterables": filterables,
            "sorts": written("sorts"),
            "merge_result_id": merge_id,
            "total": written("total").as_bool().unwrap_or_default(),
            "query_id": query.map(|query| &query.id),
            "sql_query_id": sql_id,
            "query": query.map(|query| query.describe(&call.state.base_url)),
            "vis_config": written("vis_config"),
        }))
    }

    /// A query with the filters of the dashboard that it listens to: name and filter expression.
    pub(crate) fn filtered(&self, query: &Query, filters: &[(String, String)]) -> Query {
        let mut query = query.clone();
        for (name, field) in self.listens.iter().filter(|(_, field)| knows(&query, field)).copied().collect::<Vec<_>>()
        {
            let Some((_, expression)) = filters.iter().find(|(known, _)| known == name) else { continue };
            query.filters.retain(|(known, _)| known != field);
            query.filters.push((field.to_owned(), expression.clone()));
        }
        query
    }

    /// What of a query listens to which filter of the dashboard.
    fn filterable(&self, name: Option<&str>, query: &Query) -> Value {
        let listens = self.listens.iter().filter(|(_, field)| knows(query, field));
        let listen: Vec<Value> =
            listens.map(|(filter, field)| json!({ "dashboard_filter_name": filter, "field": field })).collect();
        json!({ "model": query.model, "view": query.view, "name": name, "listen": listen })
    }
}

/// Whether the explore of a query has a field.
fn knows(query: &Query, field: &str) -> bool {
    let model = crate::model::model("production", &query.model);
    model.and_then(|model| model.field(model.explore(&query.view)?, field)).is_some()
}
