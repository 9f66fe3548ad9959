//! The results of queries as SQLite has them: each measure of a group is a statement of its own over the joined tables, in
//! which each row of the measure's view counts once.

mod groups;
mod pivot;
mod sums;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::truth::field::{Aggregate, Field, Kind, Source};
use crate::truth::question::Question;
use crate::truth::shop::{self, Explore};
use crate::truth::time::Zone;

pub use pivot::Pivoted;

/// The expected result of a query.
#[derive(Debug)]
pub struct Table {
    /// Names and kinds.
    pub columns: Vec<(String, Kind)>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
    /// In which order they come.
    pub order: Order,
}

/// How far the order of rows is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they stand.
    Rows,
    /// The values of these columns, as they stand.
    Columns(Vec<usize>),
}

/// A function of SQL.
type Function = fn(f64) -> f64;

/// Reads the sandbox's tables.
#[derive(Debug)]
pub struct Judge {
    connection: Connection,
    fields: BTreeMap<Zone, BTreeMap<String, Field>>,
}

/// What tells a group from others.
fn key(values: &[Value]) -> String {
    format!("{values:?}")
}

/// SQLite's order of values: null, numbers, text.
fn compare(one: &Value, other: &Value) -> Ordering {
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are compared with each other before")]
    let number = |value: &Value| match value {
        Value::Integer(number) => *number as f64,
        Value::Real(number) => *number,
        _ => f64::NAN,
    };
    let class = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) | Value::Blob(_) => 2,
    };
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        _ => class(one).cmp(&class(other)).then_with(|| number(one).total_cmp(&number(other))),
    }
}

impl Judge {
    /// Opens the file in which the sandbox keeps its data.
    pub fn open(file: &Path) -> Self {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch("PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY").unwrap();
        // Not in every build of SQLite.
        let functions: [(&str, Function); 5] = [
            ("sin", f64::sin),
            ("cos", f64::cos),
            ("asin", f64::asin),
            ("sqrt", f64::sqrt),
            ("radians", f64::to_radians),
        ];
        for (name, function) in functions {
            let of_null =
                move |context: &rusqlite::functions::Context<'_>| Ok(context.get::<Option<f64>>(0)?.map(function));
            connection.create_scalar_function(name, 1, FunctionFlags::SQLITE_DETERMINISTIC, of_null).unwrap();
        }
        let fields = [Zone::Utc, Zone::Tokyo, Zone::NewYork].map(|zone| (zone, shop::fields(zone)));
        Self { connection, fields: fields.into() }
    }

    /// The fields that an explore has.
    pub fn offered(&self, explore: &str) -> Vec<&Field> {
        let (explore, all) = (Explore::named(explore), &self.fields[&Zone::Utc]);
        all.values().filter(|field| explore.offers(field, all)).collect()
    }

    fn field(&self, question: &Question, name: &str) -> Field {
        let own = question.own.iter().map(|own| &own.field).find(|field| field.name == name);
        own.or_else(|| self.fields[&question.zone].get(name)).unwrap_or_else(|| panic!("{name} is not known")).clone()
    }

    fn named(&self, question: &Question, is_wanted: impl Fn(&Field) -> bool) -> Vec<Field> {
        let fields = question.fields.iter().map(|name| self.field(question, name));
        fields.filter(is_wanted).collect()
    }

    fn dimensions(&self, question: &Question) -> Vec<Field> {
        self.named(question, |field| field.is_dimension() && !question.pivots.contains(&field.name))
    }

    /// The measures that are computed of groups, those that others need among them.
    fn measures(&self, question: &Question) -> Vec<Field> {
        let mut measures =
            self.named(question, |field| matches!(field.source, Source::Group { .. } | Source::Measures(..)));
        let results = self.named(question, |field| matches!(field.source, Source::Result(_)));
        for field in self.fields[&question.zone].values().filter(|field| !field.is_dimension()) {
            let is_needed = |result: &Field| match &result.source {
                Source::Result(sql) => sql.contains(&format!("\"{}\"", field.name)),
                _ => false,
            };
            if results.iter().any(is_needed) && !measures.iter().any(|known| known.name == field.name) {
                measures.push(field.clone());
            }
        }
        measures
    }

    fn run(&self, question: &Question, sql: &str, parameters: &[Value]) -> Vec<Vec<Value>> {
        let mut sql = sql.to_owned();
        for parameter in &question.parameters {
            sql = sql.replace(parameter.sql.0, parameter.sql.1);
        }
        let sql = sql.replace("{dear_from}", "100").replace("{timeframe}", "'month'").replace("{period}", "1");
        let mut statement = self.connection.prepare_cached(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        let count = statement.column_count();
        let rows = statement
            .query_map(params_from_iter(parameters), |row| (0..count).map(|at| row.get(at)).collect())
            .and_then(Iterator::collect::<rusqlite::Result<Vec<Vec<Value>>>>);
        rows.unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    /// The result of a query without pivot.
    pub fn table(&self, question: &Question) -> Table {
        let (dimensions, mut measures) = (self.dimensions(question), self.measures(question));
        let sorts = self.sorts(question, &dimensions, &mut measures);
        let names: Vec<String> = dimensions.iter().chain(&measures).map(|field| field.name.clone()).collect();
        let groups = self.groups(question, &dimensions, &measures, true);
        let mut rows: Vec<Vec<Value>> = groups.into_iter().map(|(group, values)| [group, values].concat()).collect();
        let places: Vec<(usize, bool)> =
            sorts.iter().map(|(name, down)| (names.iter().position(|known| known == name).unwrap(), *down)).collect();
        let sort = |rows: &mut Vec<Vec<Value>>| {
            rows.sort_by(|one, other| {
                let orders = places.iter().map(|(at, down)| {
                    let order = compare(&one[*at], &other[*at]);
                    if *down { order.reverse() } else { order }
                });
                orders.fold(Ordering::Equal, Ordering::then)
            });
        };
        sort(&mut rows);
        rows.truncate(question.limit.unwrap_or(usize::MAX));
        self.fill(question, &dimensions, names.len(), &mut rows);
        sort(&mut rows);
        let columns = self.named(question, |_| true);
        let rows = self.with_results(question, &names, &rows, &columns);
        let columns: Vec<(String, Kind)> = columns.into_iter().map(|field| (field.name, field.kind)).collect();
        let is_total = dimensions.iter().all(|field| sorts.iter().any(|(name, _)| *name == field.name));
        let is_grouped =
            Explore::named(question.explore).ungrouped.is_none_or(|name| !question.fields.iter().any(|f| f == name));
        let order = if is_total && is_grouped {
            Order::Rows
        } else {
            let place = |(name, _): &(String, bool)| columns.iter().position(|(known, _)| known == name);
            Order::Columns(sorts.iter().map_while(place).collect())
        };
        Table { columns, rows, order }
    }

    /// The sorts of a query, or Looker's own: the first date downwards, else the first measure, else the first dimension.
    /// What a dimension is sorted by in its place is added to the measures.
    fn sorts(&self, question: &Question, dimensions: &[Field], measures: &mut Vec<Field>) -> Vec<(String, bool)> {
        let mut sorts = question.sorts.clone();
        let one = |field: Option<&Field>, down| field.map(|field| (field.name.clone(), down));
        if sorts.is_empty() {
            let time = dimensions.iter().find(|field| field.seconds.is_some());
            let default =
                one(time, true).or_else(|| one(measures.first(), true)).or_else(|| one(dimensions.first(), false));
            sorts.extend(default.filter(|(name, _)| self.field(question, name).kind != Kind::List));
        }
        for (name, _) in sorts.iter_mut().filter(|(name, _)| name == "orders.month_label") {
            let Source::Row(value) = self.field(question, "orders.created_month").source else { unreachable!() };
            let source = Source::Group { aggregate: Aggregate::Sql("MIN(v)"), key: "orders.id".to_owned(), value };
            "order".clone_into(name);
            measures.push(Field { name: name.clone(), kind: Kind::Text, source, seconds: None });
        }
        sorts
    }

    /// Adds rows for the values of a dimension that are missing between the first and the last.
    fn fill(&self, question: &Question, dimensions: &[Field], width: usize, rows: &mut Vec<Vec<Value>>) {
        let Some(fill) = &question.fill else { return };
        let at = dimensions.iter().position(|field| field.name == fill.field).unwrap();
        let present: Vec<Value> = rows.iter().map(|row| row[at].clone()).collect();
        for value in self.missing(question, &present) {
            let mut row = vec![Value::Null; width];
            row[at] = value;
            rows.push(row);
        }
    }

    /// The values of the filled field that are not there.
    fn missing(&self, question: &Question, present: &[Value]) -> Vec<Value> {
        let Some(fill) = &question.fill else { return Vec::new() };
        let values = || present.iter().filter(|value| **value != Value::Null);
        let ends =
            [values().min_by(|one, other| compare(one, other)), values().max_by(|one, other| compare(one, other))];
        let ends = ends.map(|end| end.cloned().unwrap_or(Value::Null));
        let range = if fill.values.contains("?2") { &ends[..] } else { &[] };
        let all = self.run(question, &fill.values, range).into_iter().flatten();
        all.filter(|value| *value != Value::Null && !present.contains(value)).collect()
    }

    /// Rows with the columns of the query, those that are computed of the rows themselves among them.
    fn with_results(
        &self,
        question: &Question,
        names: &[String],
        rows: &[Vec<Value>],
        columns: &[Field],
    ) -> Vec<Vec<Value>> {
        if columns.iter().any(|field| matches!(field.source, Source::Result(_))) {
            let list = names.join("\", \"");
            let create = format!("DROP TABLE IF EXISTS result; CREATE TEMP TABLE result (at, \"{list}\")");
            self.connection.execute_batch(&create).unwrap();
            let places: String = names.iter().map(|_| ", ?").collect();
            let mut insert = self.connection.prepare(&format!("INSERT INTO result VALUES (?{places})")).unwrap();
            for (at, row) in (0_i64..).zip(rows) {
                insert.execute(params_from_iter([Value::Integer(at)].iter().chain(row))).unwrap();
            }
        }
        let values: Vec<Vec<Value>> = columns
            .iter()
            .map(|field| {
                if let Source::Result(sql) = &field.source {
                    let found = self.run(question, &format!("SELECT {sql} FROM result ORDER BY at"), &[]);
                    return found.into_iter().flatten().collect();
                }
                let at = names.iter().position(|name| *name == field.name).unwrap();
                rows.iter().map(|row| row[at].clone()).collect()
            })
            .collect();
        (0..rows.len()).map(|row| values.iter().map(|column| column[row].clone()).collect()).collect()
    }

    /// The kind of a field of a query.
    pub fn kind(&self, question: &Question, name: &str) -> Kind {
        self.field(question, name).kind
    }

    /// The names of the measures of a query.
    pub fn measure_names(&self, question: &Question) -> Vec<String> {
        self.measures(question).into_iter().map(|field| field.name).collect()
    }
}
