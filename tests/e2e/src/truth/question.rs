//! A query, as a request of the connector and as what the judge needs of it.

use serde_json::{Map, Value, json};

use super::field::Field;
use super::time::Zone;

/// A filter.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// The field.
    pub field: &'static str,
    /// The filter expression, in Looker's language.
    pub expression: &'static str,
    /// The same in SQL, in which `{}` stands for the field: seconds of a date, a condition of a yes/no.
    pub condition: &'static str,
}

/// A value of a parameter or of a filter-only field.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The field.
    pub field: &'static str,
    /// The value or filter expression.
    pub expression: &'static str,
    /// What it stands for in the SQL of the fields, such as `{period}`, and its SQL.
    pub sql: (&'static str, &'static str),
}

/// A field that a query defines itself.
#[derive(Clone, Debug)]
pub struct Own {
    /// In Looker's words.
    pub definition: Value,
    /// In SQL.
    pub field: Field,
}

/// Missing values that are filled in.
#[derive(Clone, Debug)]
pub struct Fill {
    /// The field.
    pub field: String,
    /// A statement that yields all values from `?1` to `?2`.
    pub values: String,
}

/// A query.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// An explore of `thelook`.
    pub explore: &'static str,
    /// The fields in their order, pivots and the query's own among them.
    pub fields: Vec<String>,
    /// The pivoted fields.
    pub pivots: Vec<String>,
    /// Filters.
    pub filters: Vec<Filter>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Fields to sort by, and whether downwards.
    pub sorts: Vec<(String, bool)>,
    /// The most rows; without it, all.
    pub limit: Option<usize>,
    /// The most columns of a pivot.
    pub column_limit: Option<usize>,
    /// Whether there are totals.
    pub total: bool,
    /// On which side the rows of a pivot have totals.
    pub row_total: Option<&'static str>,
    /// Dimensions to sum up by.
    pub subtotals: Vec<String>,
    /// A dimension whose missing values are filled in.
    pub fill: Option<Fill>,
    /// Fields that it defines itself.
    pub own: Vec<Own>,
    /// The zone of its dates.
    pub zone: Zone,
}

/// Enough for all rows where a result does not stream.
const ENOUGH: i64 = 100_000;

/// All rows of a result that streams.
const ALL: i64 = -1;

impl Question {
    /// The request for it; `more` is put over it.
    pub fn request(&self, more: &Value) -> Value {
        let sorts: Vec<String> =
            self.sorts.iter().map(|(field, down)| format!("{field}{}", if *down { " desc" } else { "" })).collect();
        let filters = self.filters.iter().map(|filter| (filter.field, filter.expression));
        let parameters = self.parameters.iter().map(|parameter| (parameter.field, parameter.expression));
        let filters: Map<String, Value> =
            filters.chain(parameters).map(|(field, text)| (field.to_owned(), json!(text))).collect();
        let streams =
            self.own.is_empty() && self.row_total.is_none() && self.subtotals.is_empty() && self.fill.is_none();
        let all = if streams { ALL } else { ENOUGH };
        let limit = self.limit.map_or(all, |limit| i64::try_from(limit).unwrap());
        let mut body = json!({ "model": "thelook", "explore": self.explore, "fields": self.fields, "filters": filters,
                               "limit": limit });
        let own: Vec<&Value> = self.own.iter().map(|own| &own.definition).collect();
        let parts = [
            ("pivots", json!(self.pivots), !self.pivots.is_empty()),
            ("sorts", json!(sorts), !sorts.is_empty()),
            ("column_limit", json!(self.column_limit), self.column_limit.is_some()),
            ("total", json!(true), self.total),
            ("row_total", json!(self.row_total), self.row_total.is_some()),
            ("subtotals", json!(self.subtotals), !self.subtotals.is_empty()),
            ("fill_fields", json!([self.fill.as_ref().map(|fill| &fill.field)]), self.fill.is_some()),
            ("dynamic_fields", json!(own), !own.is_empty()),
            ("query_timezone", json!(self.zone.name()), self.zone.name().is_some()),
        ];
        let map = body.as_object_mut().unwrap();
        map.extend(parts.into_iter().filter(|(.., is_there)| *is_there).map(|(key, value, _)| (key.to_owned(), value)));
        map.extend(more.as_object().unwrap().clone());
        body
    }
}
