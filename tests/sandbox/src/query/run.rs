//! Runs a plan and hands its rows on, one by one.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Rows as SqlRows, params_from_iter};

use crate::format::{PivotColumn, Shape};
use crate::query::compile::{Plan, Rows, Statement};
use crate::query::pivots::{Pivoted, Side};
use crate::query::post;

/// Where the rows of a result go.
pub(crate) trait Receiver {
    /// Called once, before the first row, when the database has accepted the query.
    fn begin(&mut self, shape: Shape) -> Result<(), Stopped>;
    /// A row: dimensions, then each measure and table calculation once per pivot column.
    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped>;
    /// Called once after the last row; the totals look like a row.
    fn end(&mut self, totals: Option<&[Value]>) -> Result<(), Stopped>;
}

/// The receiver wants no more: the client is gone, or a fault has cut the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped;

/// Why a run ended early.
#[derive(Debug)]
pub(crate) enum RunError {
    /// The database failed, or was interrupted.
    Sql(rusqlite::Error),
    /// The receiver wants no more.
    Stopped,
}

impl From<rusqlite::Error> for RunError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Stopped> for RunError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Runs the statements of a plan.
pub(crate) fn run(plan: &Plan, connection: &Connection, receiver: &mut dyn Receiver) -> Result<(), RunError> {
    let pivots = match &plan.rows {
        Rows::Plain(_) => PivotColumns::default(),
        Rows::Pivoted(pivoted) => pivot_columns(connection, plan, pivoted)?,
    };
    let width = pivots.columns.len().max(usize::from(plan.pivots.is_empty()));
    let totals = totals(plan, connection, &pivots, width)?;
    let shape = Shape::new(plan, pivots.columns.clone(), pivots.truncated);
    let mut table = Table { plan, receiver, width, shape: Some(shape), kept: plan.needs_all_rows().then(Vec::new) };
    match &plan.rows {
        Rows::Plain(statement) => plain(connection, statement, &mut table)?,
        Rows::Pivoted(pivoted) => cells(connection, plan, pivoted, &pivots, &mut table)?,
    }
    table.finish(totals)
}

/// Rows on their way to the receiver.
struct Table<'a> {
    plan: &'a Plan,
    receiver: &'a mut dyn Receiver,
    width: usize,
    shape: Option<Shape>,
    kept: Option<Vec<Vec<Value>>>,
}

impl Table<'_> {
    fn begin(&mut self) -> Result<(), Stopped> {
        self.shape.take().map_or(Ok(()), |shape| self.receiver.begin(shape))
    }

    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped> {
        if let Some(kept) = &mut self.kept {
            kept.push(cells.iter().map(|cell| owned(*cell)).collect());
            return Ok(());
        }
        if self.plan.calculations.is_empty() {
            return self.receiver.row(cells);
        }
        let mut row: Vec<Value> = cells.iter().map(|cell| owned(*cell)).collect();
        calculate(self.plan, self.width, &mut row);
        self.send(&row)
    }

    fn send(&mut self, row: &[Value]) -> Result<(), Stopped> {
        let cells: Vec<ValueRef<'_>> = row.iter().map(ValueRef::from).collect();
        self.receiver.row(&cells)
    }

    fn finish(mut self, totals: Option<Vec<Value>>) -> Result<(), RunError> {
        if let Some(mut kept) = self.kept.take() {
            post::apply(&mut kept, self.plan.dimensions.len(), &self.plan.measures, self.width);
            for mut row in kept {
                calculate(self.plan, self.width, &mut row);
                self.send(&row)?;
            }
        }
        let totals = totals.map(|mut totals| {
            post::apply_to_totals(&mut totals, self.plan.dimensions.len(), &self.plan.measures, self.width);
            calculate(self.plan, self.width, &mut totals);
            totals
        });
        Ok(self.receiver.end(totals.as_deref())?)
    }
}

fn owned(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Appends the table calculations to a row.
fn calculate(plan: &Plan, width: usize, row: &mut Vec<Value>) {
    for calculation in &plan.calculations {
        for column in 0..width {
            let value = calculation.expression.evaluate(&|name| {
                let dimension = plan.dimensions.iter().position(|field| field.name == name);
                let measures = plan.measures.iter().map(|field| field.name.as_str());
                let wide = measures.chain(plan.calculations.iter().map(|known| known.name.as_str()));
                let at = dimension.or_else(|| {
                    let index = wide.into_iter().position(|known| known == name)?;
                    Some(plan.dimensions.len() + index * width + column)
                });
                at.and_then(|at| row.get(at)).cloned().unwrap_or(Value::Null)
            });
            row.push(value);
        }
    }
}

fn plain(connection: &Connection, statement: &Statement, table: &mut Table<'_>) -> Result<(), RunError> {
    let mut prepared = connection.prepare(&statement.sql)?;
    let count = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&statement.params))?;
    // The first row proves that the database can answer: only then is the head of the body written.
    let mut row = rows.next()?;
    table.begin()?;
    while let Some(current) = row {
        let cells = (0..count).map(|index| current.get_ref(index)).collect::<Result<Vec<_>, _>>()?;
        table.row(&cells)?;
        row = rows.next()?;
    }
    Ok(())
}

#[derive(Debug, Default)]
struct PivotColumns {
    columns: Vec<PivotColumn>,
    truncated: bool,
    /// Place of the row total among the columns.
    total: Option<usize>,
    /// Columns before the first pivot value.
    offset: usize,
}

fn pivot_columns(connection: &Connection, plan: &Plan, pivoted: &Pivoted) -> Result<PivotColumns, RunError> {
    let mut prepared = connection.prepare(&pivoted.columns.sql)?;
    let mut rows = prepared.query(params_from_iter(&pivoted.columns.params))?;
    let mut pivots = PivotColumns::default();
    while let Some(row) = rows.next()? {
        let values = (0..plan.pivots.len()).map(|index| row.get(index)).collect::<Result<Vec<Value>, _>>()?;
        pivots.columns.push(PivotColumn::new(&plan.pivots, values));
    }
    let most = usize::try_from(pivoted.column_limit).unwrap_or(usize::MAX);
    pivots.truncated = pivots.columns.len() > most;
    pivots.columns.truncate(most);
    if let Some(side) = pivoted.row_total {
        let at = if side == Side::Left { 0 } else { pivots.columns.len() };
        pivots.columns.insert(at, PivotColumn::total(&plan.pivots));
        pivots.total = Some(at);
        pivots.offset = usize::from(side == Side::Left);
    }
    Ok(pivots)
}

/// Collects the cells of one row after the other.
fn cells(
    connection: &Connection,
    plan: &Plan,
    pivoted: &Pivoted,
    pivots: &PivotColumns,
    table: &mut Table<'_>,
) -> Result<(), RunError> {
    let mut prepared = connection.prepare(&pivoted.rows.sql)?;
    let mut rows: SqlRows<'_> = prepared.query(params_from_iter(&pivoted.rows.params))?;
    let (dimensions, measures, width) = (plan.dimensions.len(), plan.measures.len(), table.width);
    let mut current: Option<(i64, Vec<Value>)> = None;
    let mut row = rows.next()?;
    table.begin()?;
    while let Some(cell) = row {
        let rank: i64 = cell.get(0)?;
        if current.as_ref().is_none_or(|(known, _)| *known != rank) {
            if let Some((_, done)) = current.take() {
                send(table, &done)?;
            }
            let mut fresh = vec![Value::Null; dimensions + measures * width];
            for (index, value) in fresh.iter_mut().take(dimensions).enumerate() {
                *value = cell.get(3 + index)?;
            }
            current = Some((rank, fresh));
        }
        let column = usize::try_from(cell.get::<_, i64>(1)? - 1).unwrap_or(usize::MAX);
        let column = if cell.get::<_, i64>(2)? == 1 { pivots.total } else { column.checked_add(pivots.offset) };
        if let (Some(column), Some((_, values))) = (column, &mut current) {
            for measure in 0..measures {
                if let Some(value) = values.get_mut(dimensions + measure * width + column) {
                    *value = cell.get(3 + dimensions + measure)?;
                }
            }
        }
        row = rows.next()?;
    }
    match current {
        Some((_, done)) => Ok(send(table, &done)?),
        None => Ok(()),
    }
}

fn send(table: &mut Table<'_>, row: &[Value]) -> Result<(), Stopped> {
    let cells: Vec<ValueRef<'_>> = row.iter().map(ValueRef::from).collect();
    table.row(&cells)
}

/// The totals as a row: null dimensions, then the measures.
fn totals(
    plan: &Plan,
    connection: &Connection,
    pivots: &PivotColumns,
    width: usize,
) -> Result<Option<Vec<Value>>, RunError> {
    let Some(statement) = &plan.totals else { return Ok(None) };
    let (dimensions, measures) = (plan.dimensions.len(), plan.measures.len());
    let mut totals = vec![Value::Null; dimensions + measures * width];
    let mut prepared = connection.prepare(&statement.sql)?;
    let mut rows = prepared.query(params_from_iter(&statement.params))?;
    while let Some(row) = rows.next()? {
        let column = if plan.pivots.is_empty() {
            Some(0)
        } else if row.get::<_, i64>(plan.pivots.len() + measures)? == 1 {
            pivots.total
        } else {
            let values = (0..plan.pivots.len()).map(|index| row.get(index)).collect::<Result<Vec<Value>, _>>()?;
            let key = PivotColumn::new(&plan.pivots, values).key;
            pivots.columns.iter().position(|column| column.key == key)
        };
        let Some(column) = column else { continue };
        for measure in 0..measures {
            if let Some(value) = totals.get_mut(dimensions + measure * width + column) {
                *value = row.get(plan.pivots.len() + measure)?;
            }
        }
    }
    Ok(Some(totals))
}
