//! Runs a plan and hands its rows on, one by one.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Rows as SqlRows, params_from_iter};

use crate::format::{PivotColumn, Shape, value};
use crate::query::compile::{Plan, Rows, Statement};
use crate::query::pivots::{Pivoted, Side};
use crate::query::{fill, post, summaries};

/// Where the rows of a result go.
pub(crate) trait Receiver {
    /// Called once, before the first row, when the database has accepted the query.
    fn begin(&mut self, shape: Shape) -> Result<(), Stopped>;
    /// A row: dimensions, then each measure and table calculation once per pivot column.
    fn row(&mut self, cells: &[ValueRef<'_>]) -> Result<(), Stopped>;
    /// Called once after the last row.
    fn end(&mut self) -> Result<(), Stopped>;
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
    let shape = Shape {
        totals: summaries::totals(plan, connection, &pivots, width)?,
        subtotals: summaries::subtotals(plan, connection, &pivots, width)?,
        ..Shape::new(plan, pivots.columns.clone(), pivots.truncated)
    };
    let kept = plan.needs_all_rows().then(Vec::new);
    let mut table = Table { plan, receiver, width, total: pivots.total, shape: Some(shape), kept };
    match &plan.rows {
        Rows::Plain(statement) => plain(connection, plan, statement, &mut table)?,
        Rows::Pivoted(pivoted) => cells(connection, plan, pivoted, &pivots, &mut table)?,
    }
    table.finish()
}

/// Rows on their way to the receiver.
struct Table<'a> {
    plan: &'a Plan,
    receiver: &'a mut dyn Receiver,
    width: usize,
    total: Option<usize>,
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
        calculate(self.plan, self.width, std::slice::from_mut(&mut row));
        self.send(&row)
    }

    fn send(&mut self, row: &[Value]) -> Result<(), Stopped> {
        let cells = value::refs(row);
        self.receiver.row(&cells)
    }

    fn finish(mut self) -> Result<(), RunError> {
        if let Some(mut kept) = self.kept.take() {
            if !self.plan.fills.is_empty() {
                fill::apply(&mut kept, self.plan, self.width, self.total);
            }
            post::apply(&mut kept, self.plan.dimensions.len(), &self.plan.measures, self.width);
            calculate(self.plan, self.width, &mut kept);
            for row in kept {
                self.send(&row)?;
            }
        }
        Ok(self.receiver.end()?)
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

/// Appends the table calculations to rows, which are all that a calculation sees.
pub(super) fn calculate(plan: &Plan, width: usize, rows: &mut [Vec<Value>]) {
    for calculation in &plan.calculations {
        let columns: Vec<Vec<Value>> = (0..width)
            .map(|column| {
                calculation.expression.evaluate(rows.len(), &|name| {
                    let at = place(plan, width, name, column);
                    let cell = |row: &Vec<Value>| at.and_then(|at| row.get(at)).cloned().unwrap_or(Value::Null);
                    rows.iter().map(cell).collect()
                })
            })
            .collect();
        for (index, row) in rows.iter_mut().enumerate() {
            row.extend(columns.iter().map(|column| column.get(index).cloned().unwrap_or(Value::Null)));
        }
    }
}

/// Where the cell of a field stands in a row, in a pivot column if it has one for each.
fn place(plan: &Plan, width: usize, name: &str, column: usize) -> Option<usize> {
    if let Some(dimension) = plan.dimensions.iter().position(|field| field.name == name) {
        return Some(dimension);
    }
    let measures = plan.measures.iter().map(|field| field.name.as_str());
    let mut wide = measures.chain(plan.calculations.iter().map(|known| known.name.as_str()));
    let index = wide.position(|known| known == name)?;
    Some(plan.dimensions.len() + index * width + column)
}

fn plain(connection: &Connection, plan: &Plan, statement: &Statement, table: &mut Table<'_>) -> Result<(), RunError> {
    let mut prepared = connection.prepare(&statement.sql)?;
    // Keys to sort by stand behind, and stay here.
    let count = plan.dimensions.len() + plan.measures.len();
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

/// The pivot columns of a result.
#[derive(Debug, Default)]
pub(super) struct PivotColumns {
    /// The columns, in their order.
    pub(super) columns: Vec<PivotColumn>,
    truncated: bool,
    /// Place of the row total among the columns.
    pub(super) total: Option<usize>,
    /// Place of each column that the database knows, by its rank.
    places: Vec<usize>,
}

fn pivot_columns(connection: &Connection, plan: &Plan, pivoted: &Pivoted) -> Result<PivotColumns, RunError> {
    let mut prepared = connection.prepare(&pivoted.columns.sql)?;
    let mut rows = prepared.query(params_from_iter(&pivoted.columns.params))?;
    let mut known = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..plan.pivots.len()).map(|index| row.get(index)).collect::<Result<Vec<Value>, _>>()?;
        known.push(values);
    }
    let most = usize::try_from(pivoted.column_limit).unwrap_or(usize::MAX);
    let truncated = known.len() > most;
    known.truncate(most);
    let column = |values: &Vec<Value>| PivotColumn::new(&plan.pivots.fields, values.clone());
    let mut columns: Vec<PivotColumn> = known.iter().map(column).collect();
    let ranked: Vec<String> = columns.iter().map(|column| column.key.clone()).collect();
    if let (Some(series), [pivot]) = (&plan.pivot_fill, plan.pivots.fields.as_slice()) {
        let present: Vec<Value> = known.iter().flatten().cloned().collect();
        let mut filled = series.complete(&present);
        if plan.sorts.iter().any(|sort| sort.field == pivot.name && sort.descending) {
            filled.reverse();
        }
        let filled = filled.into_iter().map(|value| PivotColumn::new(&plan.pivots.fields, vec![value]));
        let nulls: Vec<PivotColumn> = columns.into_iter().filter(PivotColumn::is_null).collect();
        columns = filled.chain(nulls).collect();
    }
    let mut total = None;
    if let Some(side) = pivoted.row_total {
        let at = if side == Side::Left { 0 } else { columns.len() };
        columns.insert(at, PivotColumn::total(&plan.pivots.fields));
        total = Some(at);
    }
    let place = |key: &String| columns.iter().position(|column| column.key == *key);
    let places = ranked.iter().filter_map(place).collect();
    Ok(PivotColumns { columns, truncated, total, places })
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
        let column = if cell.get::<_, i64>(2)? == 1 { pivots.total } else { pivots.places.get(column).copied() };
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
    let cells = value::refs(row);
    table.row(&cells)
}
