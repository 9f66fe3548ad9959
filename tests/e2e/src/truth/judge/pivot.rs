//! Pivots.

use std::cmp::Ordering;
use std::collections::HashMap;

use rusqlite::types::Value;
use serde_json::Value as Json;

use super::{Judge, Order, Table, compare, key};
use crate::truth::field::{Field, Kind};
use crate::truth::question::Question;

/// A pivot.
#[derive(Debug)]
pub struct Pivoted {
    /// The values of the dimensions, in the order of the rows.
    rows: Vec<Vec<Value>>,
    /// The values of the pivoted dimensions, in the order of the columns.
    pub(super) columns: Vec<Vec<Value>>,
    /// The values of the measures, by the keys of row and column.
    cells: HashMap<(String, String), Vec<Value>>,
    /// Those of the rows' totals, by the key of the row.
    totals: HashMap<String, Vec<Value>>,
}

/// The key of the column of row totals.
pub(super) const ROW_TOTAL: &str = "$$$_row_total_$$$";

impl Judge {
    /// The pivot of a query that has one. It is sorted by dimensions alone.
    pub fn pivoted(&self, question: &Question) -> Pivoted {
        let (dimensions, measures) = (self.dimensions(question), self.measures(question));
        let pivots: Vec<Field> = question.pivots.iter().map(|name| self.field(question, name)).collect();
        let names: Vec<String> =
            [&dimensions, &pivots, &measures].into_iter().flatten().map(|field| field.name.clone()).collect();
        let by = [dimensions.clone(), pivots.clone()].concat();
        let groups = self.groups(question, &by, &measures, true);
        let cells: Vec<Vec<Value>> = groups.into_iter().map(|(group, values)| [group, values].concat()).collect();
        let wanted = self.named(question, |field| !field.is_dimension());
        let wanted = [by, wanted].concat();
        let cells = self.with_results(question, &names, &cells, &wanted);

        let row_totals =
            if question.row_total.is_some() { self.groups(question, &dimensions, &measures, true) } else { Vec::new() };
        let mut columns: Vec<Vec<Value>> = Vec::new();
        let mut rows: Vec<Vec<Value>> = row_totals.iter().map(|(group, _)| group.clone()).collect();
        let parts = |cell: &[Value]| {
            let (row, rest) = cell.split_at(dimensions.len());
            let (column, values) = rest.split_at(pivots.len());
            (row.to_vec(), column.to_vec(), values.to_vec())
        };
        for (row, column, _) in cells.iter().map(|cell| parts(cell)) {
            if !columns.contains(&column) {
                columns.push(column);
            }
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        let down = |name: &str| question.sorts.iter().any(|(sorted, down)| sorted == name && *down);
        let nulls_last = |value: &Value| *value == Value::Null;
        let in_order = |one: &Vec<Value>, other: &Vec<Value>| {
            let orders = one.iter().zip(other).zip(&pivots).map(|((one, other), pivot)| {
                let order = compare(one, other);
                nulls_last(one).cmp(&nulls_last(other)).then(if down(&pivot.name) { order.reverse() } else { order })
            });
            orders.fold(Ordering::Equal, Ordering::then)
        };
        columns.sort_by(in_order);
        rows.sort_by(|one, other| {
            let sorted = question.sorts.iter().filter_map(|(name, down)| {
                let at = dimensions.iter().position(|field| field.name == *name)?;
                let order = compare(&one[at], &other[at]);
                Some(if *down { order.reverse() } else { order })
            });
            let rest = one.iter().zip(other).map(|(one, other)| compare(one, other));
            sorted.chain(rest).fold(Ordering::Equal, Ordering::then)
        });
        rows.truncate(question.limit.unwrap_or(usize::MAX));
        columns.truncate(question.column_limit.unwrap_or(50));
        let present: Vec<Value> = columns.iter().flatten().cloned().collect();
        columns.extend(self.missing(question, &present).into_iter().map(|value| vec![value]));
        columns.sort_by(in_order);
        let cells: HashMap<_, _> = cells
            .iter()
            .map(|cell| parts(cell))
            .map(|(row, column, values)| ((key(&row), key(&column)), values))
            .collect();
        let is_shown = |row: &Vec<Value>| {
            question.row_total.is_some() || columns.iter().any(|column| cells.contains_key(&(key(row), key(column))))
        };
        rows.retain(is_shown);
        let totals = row_totals.into_iter().map(|(group, values)| (key(&group), values)).collect();
        Pivoted { rows, columns, cells, totals }
    }

    /// A pivot as a row for each of its values. A cell whose values are all null looks like one that is not there.
    pub fn long(&self, question: &Question, pivoted: &Pivoted) -> Table {
        let (dimensions, measures) = (self.dimensions(question), self.named(question, |field| !field.is_dimension()));
        let columns: Vec<(String, Kind)> =
            self.named(question, |_| true).into_iter().map(|field| (field.name, field.kind)).collect();
        let mut rows = Vec::new();
        for row in &pivoted.rows {
            for column in &pivoted.columns {
                let cell = pivoted.cells.get(&(key(row), key(column)));
                let Some(cell) = cell.filter(|cell| cell.iter().any(|value| *value != Value::Null)) else { continue };
                let value = |name: &String| {
                    let at = |fields: &[Field]| fields.iter().position(|field| field.name == *name);
                    let pivot = question.pivots.iter().position(|pivot| pivot == name);
                    let dimension = at(&dimensions).map(|at| &row[at]).or_else(|| pivot.map(|at| &column[at]));
                    dimension.unwrap_or_else(|| &cell[at(&measures).unwrap()]).clone()
                };
                rows.push(columns.iter().map(|(name, _)| value(name)).collect());
            }
        }
        Table { columns, rows, order: Order::Rows }
    }

    /// A pivot as a column for each measure and value.
    pub fn wide(&self, question: &Question, pivoted: &Pivoted) -> Table {
        let (dimensions, measures) = (self.dimensions(question), self.named(question, |field| !field.is_dimension()));
        let pivots: Vec<Field> = question.pivots.iter().map(|name| self.field(question, name)).collect();
        let mut keys: Vec<String> = pivoted.columns.iter().map(|column| self.pivot_key(&pivots, column)).collect();
        let total = question.row_total.map(|side| if side == "left" { 0 } else { keys.len() });
        if let Some(at) = total {
            keys.insert(at, ROW_TOTAL.to_owned());
        }
        let mut columns = Vec::new();
        let mut rows: Vec<Vec<Value>> = vec![Vec::new(); pivoted.rows.len()];
        for name in question.fields.iter().filter(|name| !question.pivots.contains(name)) {
            let field = self.field(question, name);
            if let Some(at) = dimensions.iter().position(|dimension| dimension.name == *name) {
                columns.push((name.clone(), field.kind));
                rows.iter_mut().zip(&pivoted.rows).for_each(|(row, values)| row.push(values[at].clone()));
                continue;
            }
            let at = measures.iter().position(|measure| measure.name == *name).unwrap();
            columns.extend(keys.iter().map(|key| (format!("{name}|FIELD|{key}"), field.kind)));
            for (row, values) in rows.iter_mut().zip(&pivoted.rows) {
                let value = |cell: Option<&Vec<Value>>| cell.map_or(Value::Null, |cell| cell[at].clone());
                let mut cells: Vec<Value> = pivoted
                    .columns
                    .iter()
                    .map(|column| value(pivoted.cells.get(&(key(values), key(column)))))
                    .collect();
                if let Some(at) = total {
                    cells.insert(at, value(pivoted.totals.get(&key(values))));
                }
                row.extend(cells);
            }
        }
        Table { columns, rows, order: Order::Rows }
    }

    /// The name that a pivot's column has on the wire.
    pub(super) fn pivot_key(&self, pivots: &[Field], values: &[Value]) -> String {
        let part = |(field, value): (&Field, &Value)| match self.written(field.kind, value) {
            Json::Null => format!("{}___null", field.name),
            Json::String(text) => text,
            other => other.to_string(),
        };
        pivots.iter().zip(values).map(part).collect::<Vec<_>>().join("|FIELD|")
    }
}
