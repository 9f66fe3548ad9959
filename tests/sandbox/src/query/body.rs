//! The body of a query (`WriteQuery` of the Looker API 4.0 specification), checked key by key.

use serde_json::{Map, Value};

use crate::errors::Problem;
use crate::query::dynamic_fields::{self, DynamicFields};
use crate::query::expression::Expression;
use crate::query::filter_config;
use crate::uncertain;

/// The JSON type that a key must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// An array of strings.
    Texts,
    /// An object.
    Object,
}

/// Every key that a client may write, with its type. Read-only keys that come back from `query` are ignored.
pub(crate) const KEYS: [(&str, Shape); 20] = [
    ("model", Shape::Text),
    ("view", Shape::Text),
    ("fields", Shape::Texts),
    ("pivots", Shape::Texts),
    ("fill_fields", Shape::Texts),
    ("filters", Shape::Object),
    ("filter_expression", Shape::Text),
    ("sorts", Shape::Texts),
    ("limit", Shape::Text),
    ("column_limit", Shape::Text),
    ("total", Shape::Boolean),
    ("row_total", Shape::Text),
    ("subtotals", Shape::Texts),
    ("vis_config", Shape::Object),
    ("filter_config", Shape::Object),
    ("visible_ui_sections", Shape::Text),
    ("dynamic_fields", Shape::Text),
    ("client_id", Shape::Text),
    ("query_timezone", Shape::Text),
    ("slug", Shape::Text),
];

impl Shape {
    fn matches(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::Object => value.is_object(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "must be a string.",
            Self::Boolean => "must be true or false.",
            Self::Texts => "must be an array of strings.",
            Self::Object => "must be an object.",
        }
    }
}

/// A query whose types are right; names are not looked up yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// LookML model.
    pub(crate) model: String,
    /// Explore.
    pub(crate) view: String,
    /// Dimensions, measures, table calculations and custom fields.
    pub(crate) fields: Vec<String>,
    /// Pivoted fields.
    pub(crate) pivots: Vec<String>,
    /// Dimension fill.
    pub(crate) fill_fields: Vec<String>,
    /// Field and filter expression.
    pub(crate) filters: Vec<(String, String)>,
    /// Condition over fields.
    pub(crate) filter_expression: Option<String>,
    /// Further conditions, which do not come from a body.
    pub(crate) conditions: Vec<Expression>,
    /// `field`, `field desc` or `field desc 0`.
    pub(crate) sorts: Vec<String>,
    /// Row limit; `-1` for none.
    pub(crate) limit: Option<String>,
    /// Limit of pivot columns.
    pub(crate) column_limit: Option<String>,
    /// Whether column totals are wanted.
    pub(crate) total: bool,
    /// `right` or `left` when row totals are wanted.
    pub(crate) row_total: Option<String>,
    /// Fields to subtotal by.
    pub(crate) subtotals: Vec<String>,
    /// Custom fields and table calculations.
    pub(crate) dynamic: DynamicFields,
    /// `query_timezone`: an IANA zone, or `user_timezone`.
    pub(crate) timezone: Option<String>,
    /// The keys as they came, for `query` and `create_query`.
    pub(crate) written: Map<String, Value>,
}

impl Query {
    /// Checks a body. All problems are reported at once.
    pub(crate) fn from_body(body: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut written = Map::new();
        for (key, shape) in KEYS {
            match body.get(key) {
                None | Some(Value::Null) => {}
                Some(Value::Number(_)) if key.ends_with("limit") => problems.push(uncertain::numeric_limit(key)),
                Some(value) if shape.matches(value) => {
                    written.insert(key.to_owned(), value.clone());
                }
                Some(_) => problems.push(Problem::invalid(key, shape.name())),
            }
        }
        for key in ["model", "view"] {
            let absent = written.get(key).and_then(Value::as_str).is_none_or(str::is_empty);
            if absent && !problems.iter().any(|problem| problem.field == key) {
                problems.push(Problem::missing(key));
            }
        }
        let text = |key: &str| written.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
        let texts = |key: &str| -> Vec<String> {
            let items = written.get(key).and_then(Value::as_array);
            items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut filters = Vec::new();
        for (field, expression) in written.get("filters").and_then(Value::as_object).into_iter().flatten() {
            match expression {
                Value::String(expression) => filters.push((field.clone(), expression.clone())),
                Value::Null => {}
                _ => problems.push(Problem::invalid("filters", &format!("must have a string for \"{field}\"."))),
            }
        }
        if let Some(config) = written.get("filter_config").filter(|_| uncertain::FILTER_CONFIG_WINS) {
            filters = filter_config::filters(config);
        }
        for key in ["limit", "column_limit"] {
            let valid = |text: &String| text.parse::<i64>().is_ok_and(|n| n >= 0 || (n == -1 && key == "limit"));
            if text(key).is_some_and(|text| !valid(&text)) {
                problems.push(Problem::invalid(key, "must be a whole number in a string, or \"-1\" for all rows."));
            }
        }
        let dynamic = text("dynamic_fields").map(|text| dynamic_fields::read(&text)).transpose();
        let dynamic = dynamic.unwrap_or_else(|why| {
            problems.push(Problem::invalid("dynamic_fields", &why));
            None
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            model: text("model").unwrap_or_default(),
            view: text("view").unwrap_or_default(),
            fields: texts("fields"),
            pivots: texts("pivots"),
            fill_fields: texts("fill_fields"),
            filters,
            filter_expression: text("filter_expression"),
            conditions: Vec::new(),
            sorts: texts("sorts"),
            limit: text("limit"),
            column_limit: text("column_limit"),
            total: written.get("total").and_then(Value::as_bool).unwrap_or(false),
            row_total: text("row_total"),
            subtotals: texts("subtotals"),
            dynamic: dynamic.unwrap_or_default(),
            timezone: text("query_timezone"),
            written,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: Value) -> Result<Query, Vec<Problem>> {
        let Value::Object(body) = body else { panic!() };
        Query::from_body(&body)
    }

    #[test]
    fn every_wrong_key_is_reported_at_once() {
        let problems =
            check(json!({ "view": "orders", "fields": "orders.id", "limit": 5, "total": "yes" })).unwrap_err();
        let found: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.code)).collect();
        assert_eq!(
            found,
            [("fields", "invalid"), ("limit", "invalid"), ("total", "invalid"), ("model", "missing_field")]
        );
    }

    #[test]
    fn null_is_the_same_as_absent_and_unknown_keys_are_ignored() {
        let query =
            check(json!({ "model": "m", "view": "v", "limit": null, "slug": null, "can": {}, "id": "7" })).unwrap();
        assert_eq!(query.limit, None);
        assert_eq!(query.written.len(), 2);
    }

    #[test]
    fn a_limit_is_a_whole_number_in_a_string() {
        for (limit, good) in [("500", true), ("-1", true), ("0", true), ("-2", false), ("many", false), ("1.5", false)]
        {
            assert_eq!(check(json!({ "model": "m", "view": "v", "limit": limit })).is_ok(), good, "{limit}");
        }
    }
}
