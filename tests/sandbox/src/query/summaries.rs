//! Totals and subtotals: rows that sum up others.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::errors::Failure;
use crate::format::{PivotColumn, Subtotal};
use crate::model::field::Field;
use crate::query::compile::{Plan, Statement};
use crate::query::post;
use crate::query::run::{PivotColumns, calculate};

/// By how many dimensions each subtotal sums up: those up to its field.
pub(super) fn depths(dimensions: &[Field], fields: &[String]) -> Result<Vec<usize>, Failure> {
    let mut depths = Vec::new();
    for field in fields {
        let at = dimensions.iter().position(|dimension| dimension.name == *field);
        let at = at.ok_or_else(|| {
            Failure::bad_request(format!("The subtotal \"{field}\" is not a dimension in fields, or is pivoted."))
        })?;
        depths.push(at + 1);
    }
    depths.sort_unstable();
    depths.dedup();
    Ok(depths)
}

/// The totals row of a plan that has one.
pub(super) fn totals(
    plan: &Plan,
    connection: &Connection,
    pivots: &PivotColumns,
    width: usize,
) -> rusqlite::Result<Option<Vec<Value>>> {
    let Some(statement) = &plan.totals else { return Ok(None) };
    let mut rows = rows(plan, connection, (statement, 0), pivots, width)?;
    // Without any row there is nothing to sum up, and still a total.
    let mut row = rows.pop().unwrap_or_else(|| vec![Value::Null; plan.dimensions.len() + plan.measures.len() * width]);
    post::apply_to_totals(&mut row, plan.dimensions.len(), &plan.measures, width);
    calculate(plan, width, std::slice::from_mut(&mut row));
    Ok(Some(row))
}

/// The subtotals of a plan, those of fewer dimensions first.
pub(super) fn subtotals(
    plan: &Plan,
    connection: &Connection,
    pivots: &PivotColumns,
    width: usize,
) -> rusqlite::Result<Vec<Subtotal>> {
    let mut subtotals = Vec::new();
    for (depth, statement) in &plan.subtotals {
        let mut rows = rows(plan, connection, (statement, *depth), pivots, width)?;
        post::apply(&mut rows, plan.dimensions.len(), &plan.measures, width);
        calculate(plan, width, &mut rows);
        let grouping = plan.dimensions.iter().take(*depth).map(|field| field.name.clone()).collect();
        subtotals.push(Subtotal { grouping, rows });
    }
    Ok(subtotals)
}

/// Rows as wide as those of the result, with null for the dimensions that are summed up.
fn rows(
    plan: &Plan,
    connection: &Connection,
    (statement, depth): (&Statement, usize),
    pivots: &PivotColumns,
    width: usize,
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let (dimensions, measures) = (plan.dimensions.len(), plan.measures.len());
    let mut prepared = connection.prepare(&statement.sql)?;
    let mut cells = prepared.query(params_from_iter(&statement.params))?;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    while let Some(cell) = cells.next()? {
        let group = (0..depth).map(|index| cell.get(index)).collect::<rusqlite::Result<Vec<Value>>>()?;
        if rows.last().is_none_or(|row| row.get(..depth) != Some(group.as_slice())) {
            let mut row = group;
            row.resize(dimensions + measures * width, Value::Null);
            rows.push(row);
        }
        let first = depth + plan.pivots.len();
        let column = if plan.pivots.is_empty() {
            Some(0)
        } else if cell.get::<_, i64>(first + measures)? == 1 {
            pivots.total
        } else {
            let values = (depth..first).map(|index| cell.get(index)).collect::<rusqlite::Result<Vec<Value>>>()?;
            let key = PivotColumn::new(&plan.pivots.fields, values).key;
            pivots.columns.iter().position(|column| column.key == key)
        };
        let (Some(column), Some(row)) = (column, rows.last_mut()) else { continue };
        for measure in 0..measures {
            if let Some(value) = row.get_mut(dimensions + measure * width + column) {
                *value = cell.get(first + measure)?;
            }
        }
    }
    Ok(rows)
}
