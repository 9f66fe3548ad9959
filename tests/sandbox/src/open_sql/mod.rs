//! The Open SQL interface: a small part of GoogleSQL over explores. `SELECT` of fields in backticks, measures inside
//! `AGGREGATE`, from one explore, with `WHERE`, `GROUP BY`, `HAVING`, `ORDER BY` and `LIMIT`.

mod conditions;
mod parse;
mod signature;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::format::positional::Position;
use crate::query::body::Query;
use crate::query::expression::Expression;

/// A column as it was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selected {
    /// Field.
    pub(crate) field: String,
    /// Whether it stood inside `AGGREGATE`.
    pub(crate) is_measure: bool,
    /// Another name, if it was given one.
    pub(crate) alias: Option<String>,
}

/// A statement that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// LookML model.
    pub(crate) model: String,
    /// Explore.
    pub(crate) explore: String,
    /// Columns, in their order.
    pub(crate) columns: Vec<Selected>,
    /// Condition over rows.
    pub(crate) filter: Option<Expression>,
    /// Condition over groups.
    pub(crate) having: Option<Expression>,
    /// Fields to sort by, and whether downwards.
    pub(crate) sorts: Vec<(String, bool)>,
    /// Row limit.
    pub(crate) limit: Option<u64>,
}

impl Statement {
    /// Reads a statement; the error is a sentence.
    pub(crate) fn parse(sql: &str) -> Result<Self, String> {
        parse::statement(sql)
    }

    /// The query that answers it.
    pub(crate) fn query(&self) -> Query {
        let sorts = self.sorts.iter().map(|(field, down)| format!("{field}{}", if *down { " desc" } else { "" }));
        let sorts: Vec<String> = sorts.collect();
        Query {
            model: self.model.clone(),
            view: self.explore.clone(),
            fields: self.columns.iter().map(|column| column.field.clone()).collect(),
            // Without ORDER BY, there is no order.
            sorts: if sorts.is_empty() { vec!["__UNSORTED__".into()] } else { sorts },
            limit: Some(self.limit.map_or_else(|| "-1".to_owned(), |limit| limit.to_string())),
            conditions: self.filter.iter().chain(&self.having).cloned().collect(),
            ..Query::default()
        }
    }
}

/// A statement that was saved.
#[derive(Debug)]
pub(crate) struct SqlInterfaceQuery {
    /// Id.
    pub(crate) id: u64,
    /// The query that answers it.
    pub(crate) query: Query,
    /// Where each column stands, and how its values look.
    pub(crate) columns: Vec<Position>,
    sql: String,
    jdbc_client: bool,
    signature: String,
}

impl SqlInterfaceQuery {
    /// As the API shows it.
    pub(crate) fn describe(&self) -> Value {
        json!({ "can": { "run": true }, "id": self.id, "signature": self.signature })
    }
}

/// All saved statements.
#[derive(Debug, Default)]
pub(crate) struct SqlInterfaceQueries(Mutex<Vec<Arc<SqlInterfaceQuery>>>);

impl SqlInterfaceQueries {
    /// Saves a statement, and whether it is new. `kind` yields the type of a field.
    pub(crate) fn save(
        &self,
        sql: &str,
        jdbc_client: bool,
        statement: &Statement,
        kind: impl Fn(&str) -> String,
    ) -> (Arc<SqlInterfaceQuery>, bool) {
        let mut queries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = queries.iter().find(|known| known.sql == sql && known.jdbc_client == jdbc_client) {
            return (Arc::clone(known), false);
        }
        let query = Arc::new(SqlInterfaceQuery {
            id: queries.len() as u64 + 1,
            query: statement.query(),
            columns: signature::positions(statement, jdbc_client, &kind),
            sql: sql.to_owned(),
            jdbc_client,
            signature: signature::signature(sql, statement, &kind).to_string(),
        });
        queries.push(Arc::clone(&query));
        (query, true)
    }

    /// The statement with an id, as it stands in a path.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<SqlInterfaceQuery>> {
        let id: u64 = id.parse().ok()?;
        let queries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queries.iter().find(|query| query.id == id).cloned()
    }
}
