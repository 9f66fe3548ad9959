//! Pivoted queries: SQL ranks rows and columns, so that rows can be written one by one.

use std::fmt::Write as _;

use crate::errors::Failure;
use crate::model::field::Field;
use crate::query::compile::Statement;
use crate::query::filters::Params;
use crate::query::limits::RowLimit;
use crate::query::select::From;
use crate::query::sorts::{self, Sort};

/// The statements of a pivoted query.
#[derive(Debug, Clone)]
pub(crate) struct Pivoted {
    /// The pivot columns in their order, one more than `column_limit` if there are more: the values of the pivots.
    pub(crate) columns: Statement,
    /// The cells: row rank, column rank, whether it is a row total, dimensions, measures.
    pub(crate) rows: Statement,
    /// Most pivot columns.
    pub(crate) column_limit: u64,
    /// Where the row total stands, if there is one.
    pub(crate) row_total: Option<Side>,
}

/// The pivoted dimensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pivots {
    /// The dimensions themselves.
    pub(crate) fields: Vec<Field>,
    /// The dimensions that they are sorted by in their place.
    pub(crate) orders: Vec<Field>,
}

impl Pivots {
    /// How many values tell one column from another.
    pub(crate) fn len(&self) -> usize {
        self.fields.len() + self.orders.len()
    }

    /// Whether nothing is pivoted.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn groups(&self) -> Vec<Field> {
        self.fields.iter().chain(&self.orders).cloned().collect()
    }
}

/// Where the row total stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before the pivot columns.
    Left,
    /// After the pivot columns.
    Right,
}

/// How the result is to be shaped.
pub(super) struct Wish<'a> {
    pub(super) sorts: &'a [Sort],
    pub(super) limit: RowLimit,
    pub(super) column_limit: u64,
    pub(super) row_total: Option<&'a str>,
    /// Behind the measures: what dimensions are sorted by in their place.
    pub(super) keys: &'a [sorts::Key],
}

/// `d0, d1, ...`
fn names(letter: char, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{letter}{index}")).collect()
}

fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { "" }
}

pub(super) fn compile(
    source: &From<'_>,
    dimensions: &[Field],
    pivots: &Pivots,
    measures: &[Field],
    wish: &Wish<'_>,
) -> Result<Pivoted, Failure> {
    let mut params = Params::default();
    let all: Vec<Field> = measures.iter().chain(wish.keys.iter().map(|key| &key.measure)).cloned().collect();
    let row_total = wish.row_total.map(|side| if side.eq_ignore_ascii_case("left") { Side::Left } else { Side::Right });
    let cells = cells(source, dimensions, &pivots.groups(), &all, row_total.is_some(), true, &mut params)?;

    // Null stays last in both directions.
    let mut column_order = Vec::new();
    for (index, pivot) in pivots.fields.iter().enumerate() {
        let descending = wish.sorts.iter().any(|sort| sort.field == pivot.name && sort.descending);
        let by = pivots.orders.iter().position(|order| Some(order.name.as_str()) == pivot.order_by);
        for index in by.map(|by| pivots.fields.len() + by).into_iter().chain([index]) {
            column_order.push(format!("p{index} IS NULL, p{index}{}", direction(descending)));
        }
    }
    let ranked_columns = format!(
        "WITH cells AS (\n{cells}\n),\ncolumns AS (SELECT *, DENSE_RANK() OVER (ORDER BY z_total, {}) AS z_column FROM cells)",
        column_order.join(", ")
    );
    let columns = Statement {
        sql: format!(
            "{ranked_columns}\nSELECT DISTINCT {} FROM columns WHERE z_total = 0 AND z_column <= {}\nORDER BY z_column",
            names('p', pivots.len()).join(", "),
            wish.column_limit + 1
        ),
        params: params.0.clone(),
    };

    let rows = names('d', dimensions.len());
    let partition = if rows.is_empty() { String::new() } else { format!("PARTITION BY {}", rows.join(", ")) };
    let (mut keys, mut row_order) = (String::new(), Vec::new());
    for sort in wish.sorts {
        if let Some(index) = wish.keys.iter().position(|key| key.of == sort.field) {
            let key = format!("z_key{}", row_order.len());
            let _ = write!(keys, ", MIN(m{}) OVER ({partition}) AS {key}", measures.len() + index);
            row_order.push(format!("{key}{}", direction(sort.descending)));
        } else if let Some(index) = dimensions.iter().position(|field| field.name == sort.field) {
            row_order.push(format!("d{index}{}", direction(sort.descending)));
        } else if let Some(index) = measures.iter().position(|field| field.name == sort.field) {
            let key = format!("z_key{}", row_order.len());
            let _ = write!(
                keys,
                ", MAX(CASE WHEN z_column = {} AND z_total = 0 THEN m{index} END) OVER ({partition}) AS {key}",
                sort.pivot.saturating_add(1)
            );
            row_order.push(format!("{key}{}", direction(sort.descending)));
        }
    }
    row_order.extend(rows.iter().cloned());
    let rank =
        if rows.is_empty() { "1".to_owned() } else { format!("DENSE_RANK() OVER (ORDER BY {})", row_order.join(", ")) };
    let wanted: Vec<String> = rows.iter().cloned().chain(names('m', measures.len())).collect();
    let wanted = wanted.iter().fold(String::new(), |list, name| list + ", " + name);
    let mut sql = format!(
        "{ranked_columns},\nkeyed AS (SELECT *{keys} FROM columns),\nranked AS (SELECT *, {rank} AS z_row FROM keyed)\n\
         SELECT z_row, z_column, z_total{wanted} FROM ranked\nWHERE (z_total = 1 OR z_column <= {})",
        wish.column_limit
    );
    if let Some(limit) = wish.limit.rows() {
        let _ = write!(sql, " AND z_row <= {}", limit.min(i64::MAX.unsigned_abs()));
    }
    sql.push_str("\nORDER BY z_row, z_column");
    Ok(Pivoted { columns, rows: Statement { sql, params: params.0 }, column_limit: wish.column_limit, row_total })
}

/// The statement that sums up by some dimensions: them, pivots, measures, then whether it is the total of all pivots.
pub(super) fn summary(
    source: &From<'_>,
    dimensions: &[Field],
    pivots: &Pivots,
    measures: &[Field],
    row_total: bool,
) -> Result<Statement, Failure> {
    let mut params = Params::default();
    let cells = cells(source, dimensions, &pivots.groups(), measures, row_total, false, &mut params)?;
    let rows = names('d', dimensions.len());
    let wanted: Vec<String> =
        rows.iter().cloned().chain(names('p', pivots.len())).chain(names('m', measures.len())).collect();
    let mut sql = format!("WITH cells AS (\n{cells}\n)\nSELECT {}, z_total FROM cells", wanted.join(", "));
    if !rows.is_empty() {
        let _ = write!(sql, "\nORDER BY {}", rows.join(", "));
    }
    Ok(Statement { sql, params: params.0 })
}

/// One row per cell: `d0.., p0.., m0.., z_total`; row totals stand below with null pivots and `z_total` 1.
fn cells(
    source: &From<'_>,
    dimensions: &[Field],
    pivots: &[Field],
    measures: &[Field],
    row_total: bool,
    having: bool,
    params: &mut Params,
) -> Result<String, Failure> {
    let groups: Vec<&Field> = dimensions.iter().chain(pivots).collect();
    let select = source.select(&groups, measures, having, params)?;
    let labels = |with_pivots: bool| {
        let pivots = if with_pivots { pivots.len() } else { 0 };
        names('d', dimensions.len()).into_iter().chain(names('p', pivots)).chain(names('m', measures.len()))
    };
    let list = |columns: &[String], labels: &mut dyn Iterator<Item = String>| -> Vec<String> {
        columns.iter().zip(labels).map(|(sql, label)| format!("{sql} AS {label}")).collect()
    };
    let columns = list(&select.columns, &mut labels(true));
    let mut sql = format!("SELECT {}, 0 AS z_total\n{}", columns.join(", "), select.tail);
    if row_total {
        let groups: Vec<&Field> = dimensions.iter().collect();
        let select = source.select(&groups, measures, having, params)?;
        let mut columns = list(&select.columns, &mut labels(false));
        // Behind the dimensions, so that GROUP BY counts them right.
        columns.splice(
            dimensions.len()..dimensions.len(),
            names('p', pivots.len()).iter().map(|p| format!("NULL AS {p}")),
        );
        let _ = write!(sql, "\nUNION ALL\nSELECT {}, 1 AS z_total\n{}", columns.join(", "), select.tail);
    }
    Ok(sql)
}
