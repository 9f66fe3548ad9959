//! SQL as somebody wrote it: run as it is, its columns typed by their values.

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};
use serde_json::json;

use crate::format::{Column, Shape, value};
use crate::query::run::{Receiver, RunError};

/// Rows that are read before the types of columns are settled.
const LOOKED_AT: usize = 50;

/// Runs a statement; the connection must be one that only reads.
pub(crate) fn run(sql: &str, connection: &Connection, receiver: &mut dyn Receiver) -> Result<(), RunError> {
    let mut prepared = connection.prepare(sql)?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let count = names.len();
    let mut rows = prepared.raw_query();
    let mut first: Vec<Vec<Value>> = Vec::new();
    while first.len() < LOOKED_AT
        && let Some(row) = rows.next()?
    {
        first.push((0..count).map(|index| row.get(index)).collect::<Result<_, _>>()?);
    }
    receiver.begin(shape(&names, &first))?;
    for row in &first {
        receiver.row(&value::refs(row))?;
    }
    let is_over = first.len() < LOOKED_AT;
    while !is_over && let Some(row) = rows.next()? {
        let cells = (0..count).map(|index| row.get_ref(index)).collect::<Result<Vec<ValueRef<'_>>, _>>()?;
        receiver.row(&cells)?;
    }
    Ok(receiver.end()?)
}

fn shape(names: &[String], rows: &[Vec<Value>]) -> Shape {
    let kind = |index: usize| {
        let first = rows.iter().filter_map(|row| row.get(index)).find(|value| **value != Value::Null);
        if matches!(first, Some(Value::Integer(_) | Value::Real(_))) { "number" } else { "string" }
    };
    let fields = names.iter().enumerate().map(|(index, name)| {
        json!({
            "sql": null,
            "view": null,
            "dimension_group": null,
            "category": "dimension",
            "field_group_label": null,
            "name": name,
            "type": kind(index),
            "view_label": null,
            "label": name,
            "field_group_variant": name,
            "hidden": false,
            "description": null,
        })
    });
    let fields: Vec<_> = fields.collect();
    Shape {
        fields: Some(json!({ "dimensions": fields, "measures": [], "pivots": [], "table_calculations": [] })),
        dimensions: names.iter().map(|name| Column::plain(name)).collect(),
        ..Shape::default()
    }
}
