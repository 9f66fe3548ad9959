//! An inline query: the fields of an explore, with filters, sorts, pivots and a limit.

use std::collections::{BTreeMap, HashMap};

use connector_interface::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::result::{Columns, Numbers};

/// Looker's own row limit when none is asked for. Source: the SQL and URLs of recorded queries.
const DEFAULT_LIMIT: i64 = 500;

/// The body of a query request. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InlineQuery {
    /// The LookML model
    pub(crate) model: String,
    /// The explore of the model
    pub(crate) explore: String,
    /// The fields to select, as view.field, in the order of the columns
    #[schemars(length(min = 1))]
    pub(crate) fields: Vec<String>,
    /// Filter expressions by field, in Looker's filter language, such as orders.created_date=7 days
    #[serde(default)]
    pub(crate) filters: BTreeMap<String, String>,
    /// The fields to sort by, each as view.field or view.field desc; without any, Looker's own order
    #[serde(default)]
    pub(crate) sorts: Vec<String>,
    /// The fields (among those selected) whose values become columns in Looker; delivered as one row a value
    #[serde(default)]
    pub(crate) pivots: Vec<String>,
    /// The most rows to deliver; -1 for all
    #[serde(default = "default_limit")]
    #[schemars(range(min = -1))]
    pub(crate) limit: i64,
    /// The time zone in which dates and times are told, such as Europe/Berlin; without it, the instance's choice
    #[serde(default)]
    #[schemars(with = "String")]
    pub(crate) query_timezone: Option<String>,
    /// How number fields are delivered: float, or exact for the text that Looker sent
    #[serde(default)]
    pub(crate) numbers: Numbers,
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

fn default_limit() -> i64 {
    DEFAULT_LIMIT
}

impl InlineQuery {
    /// Refuses what could only fail, before anything is sent.
    pub(crate) fn validate(&self) -> Result<()> {
        let invalid = |message: String, advice: &str| Err(Error::new(ErrorKind::InvalidInput, message).advise(advice));
        for (name, value) in [("model", &self.model), ("explore", &self.explore)] {
            if value.trim().is_empty() {
                return invalid(format!("`{name}` is empty"), "Name one; the catalog lists them");
            }
        }
        if self.fields.is_empty() {
            return invalid("No field is selected".to_owned(), "Name at least one, such as orders.count");
        }
        for (at, name) in self.fields.iter().enumerate() {
            if name.trim().is_empty() {
                return invalid(format!("The field at place {} is empty", at + 1), "Names are view.field");
            }
            if self.fields.iter().take(at).any(|other| other == name) {
                return invalid(format!("The field `{name}` is selected twice"), "Select it once");
            }
        }
        if let Some(pivot) = self.pivots.iter().find(|pivot| !self.fields.contains(pivot)) {
            return invalid(format!("The pivot `{pivot}` is not among the fields"), "Add it to the fields");
        }
        if self.limit < -1 || self.limit == 0 {
            return invalid(
                format!("The limit {} is not possible", self.limit),
                "Ask for 1 or more rows, or -1 for all",
            );
        }
        Ok(())
    }

    /// `WriteQuery` of the specification: `view` is the explore, and `limit` is text.
    pub(crate) fn to_looker(&self) -> Value {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(self.model));
        body.insert("view".to_owned(), json!(self.explore));
        body.insert("fields".to_owned(), json!(self.fields));
        if !self.filters.is_empty() {
            body.insert("filters".to_owned(), json!(self.filters));
        }
        if !self.sorts.is_empty() {
            body.insert("sorts".to_owned(), json!(self.sorts));
        }
        if !self.pivots.is_empty() {
            body.insert("pivots".to_owned(), json!(self.pivots));
        }
        body.insert("limit".to_owned(), json!(self.limit.to_string()));
        if let Some(zone) = &self.query_timezone {
            body.insert("query_timezone".to_owned(), json!(zone));
        }
        Value::Object(body)
    }

    /// Every field that the query names, in any part of it.
    pub(crate) fn all_fields(&self) -> Vec<&str> {
        let sorts =
            self.sorts.iter().filter_map(|sort| sort.split_whitespace().next()).filter(|sort| !sort.starts_with("__"));
        let named = self.fields.iter().chain(self.filters.keys()).chain(&self.pivots).map(String::as_str);
        named.chain(sorts).collect()
    }

    /// The columns of the result, and what the schema's metadata says of the query.
    pub(crate) fn columns(&self) -> Columns {
        let mut facts =
            vec![("model", self.model.clone()), ("explore", self.explore.clone()), ("limit", self.limit.to_string())];
        facts.extend(self.query_timezone.clone().map(|zone| ("query_timezone", zone)));
        let metadata: HashMap<String, String> =
            facts.into_iter().map(|(key, value)| (format!("{}{key}", crate::result::KEY_PREFIX), value)).collect();
        Columns {
            fields: Some(self.fields.clone()),
            pivots: self.pivots.clone(),
            numbers: self.numbers,
            metadata,
            ..Columns::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(body: Value) -> InlineQuery {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_query_is_written_as_looker_reads_it() {
        let query = query(json!({
            "model": "thelook", "explore": "orders", "fields": ["orders.id"], "filters": { "orders.status": "complete" },
            "limit": 10, "query_timezone": "UTC"
        }));
        assert_eq!(
            query.to_looker(),
            json!({ "model": "thelook", "view": "orders", "fields": ["orders.id"], "filters": { "orders.status": "complete" },
                    "limit": "10", "query_timezone": "UTC" })
        );
    }

    #[test]
    fn the_limit_is_lookers_own_when_none_is_given_and_stands_in_the_metadata() {
        let query = query(json!({ "model": "m", "explore": "e", "fields": ["a.b"] }));
        assert_eq!(query.to_looker()["limit"], "500");
        assert_eq!(query.columns().metadata["LOOKER:limit"], "500");
    }

    #[test]
    fn what_could_only_fail_is_refused_before_it_is_sent() {
        for (change, part) in [
            (json!({ "fields": [] }), "No field"),
            (json!({ "fields": ["a.b", "a.b"] }), "twice"),
            (json!({ "pivots": ["a.c"] }), "not among the fields"),
            (json!({ "limit": 0 }), "limit 0"),
            (json!({ "model": " " }), "`model` is empty"),
        ] {
            let mut body = json!({ "model": "m", "explore": "e", "fields": ["a.b"] });
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let error = query(body).validate().unwrap_err();
            assert!(error.kind == ErrorKind::InvalidInput && error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn the_schema_tells_a_host_all_it_needs_for_flags() {
        let schema = super::super::spec().input;
        assert_eq!(schema["required"], json!(["model", "explore", "fields"]));
        assert_eq!(schema["properties"]["limit"]["type"], "integer");
        assert_eq!(schema["properties"]["limit"]["default"], 500);
        assert_eq!(schema["properties"]["numbers"]["enum"], json!(["float", "decimal", "exact"]));
        assert_eq!(schema["properties"]["query_timezone"]["type"], "string");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name} has no help");
        }
    }
}
