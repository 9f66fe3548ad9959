//! A query as Looker has it: what it says, and what a request changes of it.

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use super::dynamic_fields::{Dynamic, dynamic_fields};
use super::request::{QueryRequest, RowTotal};

/// Looker's own row limit when none is asked for. Source: the SQL and URLs of recorded queries.
pub(super) const DEFAULT_LIMIT: i64 = 500;

/// The keys of `WriteQuery` that are written. What a browser keeps for itself is not: `filter_config` would win over the
/// filters, and `client_id` and `slug` name another query.
const KEYS: &[&str] = &[
    "model",
    "view",
    "fields",
    "pivots",
    "fill_fields",
    "filters",
    "filter_expression",
    "sorts",
    "limit",
    "column_limit",
    "total",
    "row_total",
    "subtotals",
    "dynamic_fields",
    "vis_config",
    "query_timezone",
];

/// A query of an explore, as `WriteQuery` of the specification: `view` is the explore, and `limit` is text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LookerQuery(Map<String, Value>);

impl LookerQuery {
    /// A query as Looker shows it, without what is not written.
    pub(super) fn shown(mut query: Map<String, Value>) -> Result<Self> {
        query.retain(|key, value| KEYS.contains(&key.as_str()) && !value.is_null());
        let query = Self(query);
        if query.model().is_empty() || query.explore().is_empty() {
            return Err(Error::new(ErrorKind::Protocol, "Looker shows a query without a model or an explore")
                .advise("Please report this with the Looker release, which the connection test tells"));
        }
        Ok(query)
    }

    /// The query that a request writes itself.
    pub(super) fn inline(model: &str, explore: &str, request: &QueryRequest) -> Self {
        let mut query = Self(Map::from_iter([("model".to_owned(), json!(model)), ("view".to_owned(), json!(explore))]));
        query.change(request);
        query.set("limit", Some(query.limit().to_string()));
        query
    }

    /// The same with what the request says; its filters are put over the query's own, field by field, and the filter
    /// expression stays unless there is another.
    pub(super) fn change(&mut self, request: &QueryRequest) {
        self.set("fields", request.fields.as_ref());
        self.set("pivots", request.pivots.as_ref());
        self.set("sorts", request.sorts.as_ref());
        self.set("fill_fields", request.fill_fields.as_ref());
        self.set("subtotals", request.subtotals.as_ref());
        self.set("filter_expression", request.filter_expression.as_ref());
        self.set("limit", request.limit.map(|limit| limit.to_string()));
        self.set("column_limit", request.column_limit.map(|limit| limit.to_string()));
        self.set("total", request.total);
        self.set("row_total", request.row_total.map(RowTotal::name));
        self.set("query_timezone", request.query_timezone.as_ref());
        // One text that is JSON.
        self.set("dynamic_fields", request.dynamic_fields.as_ref().map(text_of));
        self.filter(request.filters.iter().map(|(field, expression)| (field.as_str(), expression.as_str())));
    }

    /// Puts filters over the query's own.
    pub(super) fn filter<'a>(&mut self, filters: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut merged = self.0.get("filters").and_then(Value::as_object).cloned().unwrap_or_default();
        merged.extend(filters.map(|(field, expression)| (field.to_owned(), json!(expression))));
        if !merged.is_empty() {
            self.0.insert("filters".to_owned(), Value::Object(merged));
        }
    }

    fn set(&mut self, key: &str, value: Option<impl serde::Serialize>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), json!(value));
        }
    }

    /// The body of a request.
    pub(super) fn body(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(super) fn model(&self) -> &str {
        self.text("model")
    }

    pub(super) fn explore(&self) -> &str {
        self.text("view")
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The names in one of its lists.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let items = self.0.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The most rows; -1 for all.
    pub(super) fn limit(&self) -> i64 {
        let limit = self.0.get("limit");
        let number = limit.and_then(Value::as_i64).or_else(|| limit.and_then(Value::as_str)?.trim().parse().ok());
        number.unwrap_or(DEFAULT_LIMIT)
    }

    /// Whether it has totals of its columns.
    pub(super) fn has_total(&self) -> bool {
        self.0.get("total").and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether it has totals of its rows.
    pub(super) fn has_row_total(&self) -> bool {
        !self.text("row_total").is_empty()
    }

    pub(super) fn timezone(&self) -> Option<&str> {
        Some(self.text("query_timezone")).filter(|zone| !zone.is_empty())
    }

    /// The fields that it defines itself.
    pub(super) fn dynamic_fields(&self) -> Vec<Dynamic> {
        dynamic_fields(self.text("dynamic_fields"))
    }

    /// Every field that is named in any part of it, but for those that it defines itself.
    pub(super) fn all_fields(&self) -> Vec<String> {
        let filters = self.0.get("filters").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned();
        let sorts = self.list("sorts");
        let sorts =
            sorts.iter().filter_map(|sort| sort.split_whitespace().next()).filter(|sort| !sort.starts_with("__"));
        let own = self.dynamic_fields();
        let mut named: Vec<String> = self.list("fields");
        named.extend(filters);
        named.extend(self.list("pivots"));
        named.extend(sorts.map(str::to_owned));
        named.retain(|name| !own.iter().any(|field| field.name == *name));
        named
    }

    /// The same as parameters of an address: lists between commas, filters as `f[view.field]`.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        for (key, value) in &self.0 {
            match (key.as_str(), value) {
                ("model" | "view" | "vis_config", _) => {}
                ("filters", Value::Object(filters)) => parameters
                    .extend(filters.iter().map(|(field, expression)| (format!("f[{field}]"), text_of(expression)))),
                ("total", _) => parameters.push((key.clone(), "on".to_owned())),
                (_, Value::Array(_)) => parameters.push((key.clone(), self.list(key).join(","))),
                (_, value) => parameters.push((key.clone(), text_of(value))),
            }
        }
        parameters.retain(|(key, _)| key != "total" || self.has_total());
        parameters
    }

    /// Refuses what could only fail, before it is sent.
    pub(super) fn validate(&self) -> Result<()> {
        let invalid = |message: String, advice: &str| Err(Error::new(ErrorKind::InvalidInput, message).advise(advice));
        for (name, value) in [("model", self.model()), ("explore", self.explore())] {
            if value.trim().is_empty() {
                return invalid(format!("`{name}` is empty"), "Name one; the catalog lists them");
            }
        }
        let fields = self.list("fields");
        if fields.is_empty() {
            return invalid("No field is selected".to_owned(), "Name at least one, such as orders.count");
        }
        for (at, name) in fields.iter().enumerate() {
            if name.trim().is_empty() {
                return invalid(format!("The field at place {} is empty", at + 1), "Names are view.field");
            }
            if fields.iter().take(at).any(|other| other == name) {
                return invalid(format!("The field `{name}` is selected twice"), "Select it once");
            }
        }
        if let Some(pivot) = self.list("pivots").iter().find(|pivot| !fields.contains(pivot)) {
            return invalid(format!("The pivot `{pivot}` is not among the fields"), "Add it to the fields");
        }
        Ok(())
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: Value) -> QueryRequest {
        serde_json::from_value(body).unwrap()
    }

    fn inline(more: &Value) -> LookerQuery {
        let mut body = json!({ "model": "m", "explore": "e", "fields": ["a.b"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        LookerQuery::inline("m", "e", &request(body))
    }

    #[test]
    fn a_query_is_written_as_looker_reads_it() {
        let query = inline(&json!({ "filters": { "a.c": "x" }, "limit": 10, "query_timezone": "UTC", "total": true,
                                    "row_total": "right", "dynamic_fields": [{ "table_calculation": "t" }] }));
        assert_eq!(
            query.body(),
            json!({ "model": "m", "view": "e", "fields": ["a.b"], "limit": "10", "total": true, "row_total": "right",
                    "query_timezone": "UTC", "dynamic_fields": "[{\"table_calculation\":\"t\"}]",
                    "filters": { "a.c": "x" } })
        );
        assert_eq!(inline(&json!({})).body()["limit"], "500", "Looker's own when none is given");
    }

    #[test]
    fn filters_are_put_over_a_saved_querys_own_and_what_a_browser_keeps_is_left_out() {
        let shown = json!({ "id": "7", "slug": "s", "client_id": "s", "model": "m", "view": "e", "fields": ["a.b"],
            "filters": { "a.c": "old", "a.d": "kept" }, "filter_expression": "${a.b} > 1", "filter_config": { "a.c": [] },
            "limit": "20", "pivots": null, "vis_config": { "type": "t" } });
        let mut query = LookerQuery::shown(shown.as_object().unwrap().clone()).unwrap();
        query.change(&request(json!({ "look": "1", "filters": { "a.c": "new" } })));
        assert_eq!(
            query.body(),
            json!({ "model": "m", "view": "e", "fields": ["a.b"], "filters": { "a.c": "new", "a.d": "kept" },
                    "filter_expression": "${a.b} > 1", "limit": "20", "vis_config": { "type": "t" } })
        );
        assert_eq!(query.limit(), 20);
    }

    #[test]
    fn what_could_only_fail_is_refused_before_it_is_sent() {
        for (change, part) in [
            (json!({ "fields": [] }), "No field"),
            (json!({ "fields": ["a.b", "a.b"] }), "twice"),
            (json!({ "pivots": ["a.c"] }), "not among the fields"),
        ] {
            let error = inline(&change).validate().unwrap_err();
            assert!(error.kind == ErrorKind::InvalidInput && error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn a_query_is_the_same_as_parameters_of_an_address() {
        let query = inline(&json!({ "fields": ["a.b", "a.c"], "filters": { "a.c": "x,y" }, "total": false,
                                    "sorts": ["a.b desc"] }));
        let parameters = query.parameters();
        let parameters: Vec<_> = parameters.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(parameters, [("fields", "a.b,a.c"), ("sorts", "a.b desc"), ("f[a.c]", "x,y"), ("limit", "500")]);
    }

    #[test]
    fn the_fields_that_it_names_are_those_of_the_explore() {
        let query = inline(&json!({ "fields": ["a.b", "t"], "filters": { "a.c": "x" }, "sorts": ["a.d desc 0"],
                                    "dynamic_fields": [{ "table_calculation": "t", "expression": "1" }] }));
        assert_eq!(query.all_fields(), ["a.b", "a.c", "a.d"]);
    }
}
