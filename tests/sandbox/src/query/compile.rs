//! From a checked query to the statements that answer it.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use crate::errors::Failure;
use crate::model::field::{Field, Source};
use crate::model::{Explore, Model};
use crate::query::body::Query;
use crate::query::dynamic_fields::{self, TableCalculation};
use crate::query::fill::{self, Series};
use crate::query::filters::Params;
use crate::query::limits::{self, RowLimit};
use crate::query::pivots::{self, Pivoted, Pivots};
use crate::query::select::{Conditions, From};
use crate::query::selection::Selection;
use crate::query::sorts::{self, Sort};
use crate::query::sql::Scope;
use crate::query::summaries;
use crate::uncertain;
use crate::uncertain::choices::Choices;

/// SQL and the values that it binds.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// SQL with `?1`, `?2`, ...
    pub(crate) sql: String,
    /// The values, in order.
    pub(crate) params: Vec<Value>,
}

impl Statement {
    /// SQL for people: values in their places. Only this text is ever shown; execution binds.
    pub(crate) fn display(&self) -> String {
        let mut text = String::with_capacity(self.sql.len());
        let mut rest = self.sql.as_str();
        while let Some((before, after)) = rest.split_once('?') {
            text.push_str(before);
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (number, tail) = after.split_at(digits);
            match number.parse::<usize>().ok().and_then(|number| self.params.get(number.wrapping_sub(1))) {
                Some(Value::Integer(number)) => text.push_str(&number.to_string()),
                Some(Value::Real(number)) => text.push_str(&number.to_string()),
                Some(Value::Text(value)) => {
                    let _ = write!(text, "'{}'", value.replace('\'', "''"));
                }
                _ => text.push_str("NULL"),
            }
            rest = tail;
        }
        text.push_str(rest);
        text
    }
}

/// How the rows are found.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// One row of the result per row of the statement: dimensions, then measures.
    Plain(Statement),
    /// Rows and columns come apart.
    Pivoted(Pivoted),
}

/// Everything needed to run a query.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Dimensions that are not pivoted.
    pub(crate) dimensions: Vec<Field>,
    /// Pivoted dimensions.
    pub(crate) pivots: Pivots,
    /// Measures.
    pub(crate) measures: Vec<Field>,
    /// Table calculations.
    pub(crate) calculations: Vec<TableCalculation>,
    /// The statements of the rows.
    pub(crate) rows: Rows,
    /// The statement of the totals row.
    pub(crate) totals: Option<Statement>,
    /// By how many of the dimensions rows are summed up, and the statements that do.
    pub(crate) subtotals: Vec<(usize, Statement)>,
    /// The order of the rows.
    pub(crate) sorts: Vec<Sort>,
    /// The dimensions, by their places, whose missing values are filled in.
    pub(crate) fills: Vec<(usize, Series)>,
    /// What a pivoted dimension is filled in with.
    pub(crate) pivot_fill: Option<Series>,
    /// Filters that were applied, defaults of the explore included.
    pub(crate) filters: Vec<(String, String)>,
    /// Zone of the dates.
    pub(crate) zone: String,
}

impl Plan {
    /// SQL for people.
    pub(crate) fn sql(&self) -> String {
        match &self.rows {
            Rows::Plain(statement) => statement.display(),
            Rows::Pivoted(pivoted) => pivoted.rows.display(),
        }
    }

    /// Whether values depend on other rows, so that all rows are read before the first is written.
    pub(crate) fn needs_all_rows(&self) -> bool {
        self.measures.iter().any(|measure| matches!(measure.source, Source::Post(..)))
            || self.calculations.iter().any(|calculation| calculation.expression.table_function().is_some())
            || !self.fills.is_empty()
    }
}

/// What the caller of a query has to do with its compilation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// `limit` as a query parameter.
    pub(crate) limit: Option<i64>,
    /// Whether the user has `download_without_limit`.
    pub(crate) may_download_all: bool,
    /// Fields that the user may not see.
    pub(crate) denied_fields: &'a [&'a str],
    /// The instant that relative dates count from.
    pub(crate) now: Timestamp,
    /// Choices where Looker's behaviour is not known.
    pub(crate) choices: Choices,
}

/// Compiles a query.
pub(crate) fn compile(model: &Model, explore: &Explore, query: &Query, caller: Caller<'_>) -> Result<Plan, Failure> {
    let zone_name = zone_name(query.timezone.as_deref());
    let zone = TimeZone::get(zone_name)
        .map_err(|_| Failure::bad_request(format!("\"{zone_name}\" is not a known time zone.")))?;
    let filters = with_defaults(explore, &query.filters);
    let denied = caller.denied_fields;
    let custom = dynamic_fields::typed(model, explore, &query.dynamic.custom);
    // What the sandbox tells of itself happens by the real clock.
    let now = if model.internal { Timestamp::now() } else { caller.now };
    let scope = Scope { model, explore, filters: &filters, custom: &custom, denied, zone_name, zone: &zone, now };

    let selection = Selection::resolve(&scope, query)?;
    let not_streaming = selection.not_streaming(query, caller.choices);
    let limit = limits::row_limit(
        query.limit.as_deref(),
        caller.limit,
        caller.may_download_all,
        not_streaming,
        caller.choices.unlimited,
    )?;
    let sorts = sorts::parse(&query.sorts)?;
    for sort in sorts.iter().flatten() {
        if !selection.has(&sort.field) {
            scope.requested(&sort.field)?;
        }
    }
    let conditions = Conditions::resolve(&scope, &filters, query)?;
    let source = From { scope: &scope, conditions: &conditions };
    let Selection { dimensions, pivots, measures, calculations } = selection;
    let orders = pivots.iter().filter_map(|pivot| pivot.order_by).map(|name| scope.field(name).cloned());
    let pivots = Pivots { orders: orders.collect::<Result<_, _>>()?, fields: pivots };
    let default_sorts = || sorts::default(&dimensions, &measures);
    let sorts = sorts.map(|sorts| if sorts.is_empty() { default_sorts() } else { sorts }).unwrap_or_default();
    let keys = sorts::keys(&dimensions, &sorts);
    let row_total = query.row_total.as_deref().filter(|_| !pivots.is_empty());
    let rows = if pivots.is_empty() {
        Rows::Plain(plain(&source, &dimensions, &measures, (&sorts, &keys), limit)?)
    } else {
        let column_limit = limits::column_limit(query.column_limit.as_deref());
        let wish = pivots::Wish { sorts: &sorts, limit, column_limit, row_total, keys: &keys };
        Rows::Pivoted(pivots::compile(&source, &dimensions, &pivots, &measures, &wish)?)
    };
    let summary = |groups: &[Field]| pivots::summary(&source, groups, &pivots, &measures, row_total.is_some());
    let totals = (query.total && !measures.is_empty()).then(|| summary(&[])).transpose()?;
    let subtotals = summaries::depths(&dimensions, &query.subtotals)?
        .into_iter()
        .map(|depth| Ok((depth, summary(dimensions.get(..depth).unwrap_or_default())?)))
        .collect::<Result<_, Failure>>()?;
    let (fills, pivot_fill) = fill::resolve(&dimensions, &pivots.fields, &query.fill_fields)?;
    Ok(Plan {
        dimensions,
        pivots,
        measures,
        calculations,
        rows,
        totals,
        subtotals,
        sorts,
        fills,
        pivot_fill,
        zone: zone_name.to_owned(),
        filters,
    })
}

fn zone_name(wish: Option<&str>) -> &str {
    match wish {
        None | Some("user_timezone") => "UTC",
        Some(name) => name,
    }
}

/// The query's filters and those that the explore adds.
fn with_defaults(explore: &Explore, filters: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = filters.to_vec();
    if uncertain::APPLY_ALWAYS_FILTER {
        for (field, expression) in &explore.always_filter {
            if !filters.iter().any(|(name, _)| name == field) {
                all.push(((*field).to_owned(), (*expression).to_owned()));
            }
        }
    }
    for (field, expression) in &explore.conditionally_filter {
        if filters.is_empty() {
            all.push(((*field).to_owned(), (*expression).to_owned()));
        }
    }
    all
}

/// Sorts, and the keys of dimensions that are sorted by others; a key's column stands behind those of the result.
fn plain(
    source: &From<'_>,
    dimensions: &[Field],
    measures: &[Field],
    (sorts, keys): (&[Sort], &[sorts::Key]),
    limit: RowLimit,
) -> Result<Statement, Failure> {
    let mut params = Params::default();
    let groups: Vec<&Field> = dimensions.iter().collect();
    let all: Vec<Field> = measures.iter().chain(keys.iter().map(|key| &key.measure)).cloned().collect();
    let select = source.select(&groups, &all, true, &mut params)?;
    let names: Vec<String> = dimensions.iter().chain(measures).map(|field| field.name.clone()).collect();
    let hidden: Vec<String> = keys.iter().map(|key| format!("__sort_{}", key.of)).collect();
    let columns: Vec<String> = select
        .columns
        .iter()
        .zip(names.iter().chain(&hidden))
        .map(|(sql, name)| format!("{sql} AS \"{name}\""))
        .collect();
    let mut sql = format!("SELECT\n    {}\n{}", columns.join(",\n    "), select.tail);
    let orders: Vec<String> = sorts
        .iter()
        .filter_map(|sort| {
            let key = keys.iter().position(|key| key.of == sort.field).map(|index| names.len() + index);
            let at = key.or_else(|| names.iter().position(|name| *name == sort.field))?;
            Some(format!("{}{}", at + 1, if sort.descending { " DESC" } else { "" }))
        })
        .collect();
    if !orders.is_empty() {
        let _ = write!(sql, "\nORDER BY {}", orders.join(", "));
    }
    if let Some(rows) = limit.rows() {
        let _ = write!(sql, "\nLIMIT {}", rows.min(i64::MAX.unsigned_abs()));
    }
    Ok(Statement { sql, params: params.0 })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::model::model;
    use crate::options::Options;

    fn plan(body: Json) -> Result<Plan, Failure> {
        let Json::Object(body) = body else { panic!() };
        let query = Query::from_body(&body).unwrap();
        let model = model("production", "thelook").unwrap();
        let explore = model.explore(&query.view).unwrap();
        let caller = Caller {
            limit: None,
            may_download_all: true,
            denied_fields: &[],
            now: Options::default_now(),
            choices: Choices::default(),
        };
        compile(model, explore, &query, caller)
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    fn sql(view: &str, fields: &[&str], filters: Json) -> String {
        plan(json!({ "model": "thelook", "view": view, "fields": fields, "filters": filters })).unwrap().sql()
    }

    #[test]
    fn a_query_is_grouped_sorted_and_limited_as_looker_does() {
        assert_eq!(
            sql("orders", &["orders.status", "orders.count"], json!({ "orders.status": "Complete,O'Neil" })),
            "SELECT\n    orders.status AS \"orders.status\",\n    COUNT(*) AS \"orders.count\"\nFROM orders AS orders\n\
             WHERE orders.status IN ('Complete', 'O''Neil')\nGROUP BY 1\nORDER BY 2 DESC\nLIMIT 500"
        );
    }

    #[test]
    fn a_measure_over_a_view_that_a_join_repeats_counts_each_key_once() {
        let text =
            sql("orders", &["order_items.count", "orders.count", "orders.total_items", "users.average_age"], json!({}));
        for part in [
            "COUNT(order_items.id)",
            "COUNT(DISTINCT orders.id)",
            "LOOKER_SUM_DISTINCT(orders.id, orders.num_items)",
            "LOOKER_AVERAGE_DISTINCT(users.id, users.age)",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(sql("orders", &["orders.total_items"], json!({})).contains("COALESCE(SUM(orders.num_items), 0)"));
    }

    #[test]
    fn only_the_joins_that_are_needed_are_written() {
        assert!(!sql("order_items", &["order_items.count"], json!({})).contains("JOIN"));
        let text = sql("order_items", &["users.city"], json!({}));
        assert!(text.contains("LEFT JOIN orders") && text.contains("LEFT JOIN users") && !text.contains("products"));
    }

    #[test]
    fn the_primary_key_of_the_base_view_cancels_grouping() {
        assert!(!sql("order_items", &["order_items.id", "order_items.sale_price"], json!({})).contains("GROUP BY"));
        assert!(sql("order_items", &["order_items.sale_price"], json!({})).contains("GROUP BY 1"));
    }

    #[test]
    fn a_filter_on_a_measure_is_a_having_and_values_are_bound() {
        let plan = plan(json!({ "model": "thelook", "view": "orders", "fields": ["orders.status"],
            "filters": { "orders.count": ">5", "users.city": "x' OR 1=1 --" } }));
        let Rows::Plain(statement) = plan.unwrap().rows else { panic!() };
        assert!(statement.sql.contains("HAVING COUNT(*) > ?"), "{}", statement.sql);
        assert!(!statement.sql.contains("OR 1=1"));
        assert!(statement.params.contains(&Value::Text("x' OR 1=1 --".into())));
    }

    #[test]
    fn a_required_filter_is_applied_with_its_default() {
        assert!(sql("events", &["events.count"], json!({})).contains("WHERE (events.created_at >= "));
        let text = sql("events", &["events.count"], json!({ "events.created_date": "2024" }));
        assert!(text.contains("1704067200"), "{text}");
    }

    #[test]
    fn what_the_explore_does_not_have_is_refused() {
        let refused = |changes: Json| {
            let mut body = json!({ "model": "thelook", "view": "orders", "fields": ["orders.id"] });
            for (key, value) in changes.as_object().unwrap() {
                body[key] = value.clone();
            }
            plan(body).unwrap_err().message().to_owned()
        };
        assert!(refused(json!({ "fields": ["orders.nope"] })).contains("orders.nope"));
        assert!(refused(json!({ "fields": [] })).contains("Must query at least one dimension or measure"));
        assert!(refused(json!({ "filters": { "orders.nope": "1" } })).contains("orders.nope"));
        assert!(refused(json!({ "filters": { "orders.created_date": "soon" } })).contains("soon"));
        assert!(refused(json!({ "pivots": ["orders.status"] })).contains("orders.status"));
        assert!(refused(json!({ "query_timezone": "Mars/Olympus" })).contains("Mars"));
        assert!(refused(json!({ "sorts": ["orders.nope"] })).contains("orders.nope"));
    }
}
