//! What a saved statement says of its columns before it runs, and where they stand when it does.

use serde_json::{Value, json};

use super::{Selected, Statement};
use crate::format::positional::{Position, Reading};
use crate::model::field::is_numeric;

/// A type of `java.sql.Types`: its number, its name, and what its values are in Java.
type JavaType = (i32, &'static str, &'static str);

fn java_type(kind: &str) -> JavaType {
    match kind {
        "int" | "count" | "count_distinct" => (4, "INTEGER", "INTEGER"),
        "yesno" => (16, "BOOLEAN", "BOOLEAN"),
        "date" | "date_date" | "date_week" => (91, "DATE", "INTEGER"),
        "date_time" | "date_second" => (93, "TIMESTAMP", "LONG"),
        kind if is_numeric(kind) => (8, "DOUBLE", "DOUBLE"),
        _ => (12, "VARCHAR", "STRING"),
    }
}

/// Where each column stands in a row, under which key, and how a client of JDBC reads it.
pub(super) fn positions(statement: &Statement, jdbc_client: bool, kind: &dyn Fn(&str) -> String) -> Vec<Position> {
    let reading = |field: &str| match java_type(&kind(field)).0 {
        _ if !jdbc_client => Reading::Plain,
        16 => Reading::Truth,
        91 => Reading::Days,
        93 => Reading::Milliseconds,
        _ => Reading::Plain,
    };
    let position =
        |column: &Selected| Position { field: column.field.clone(), key: key(column), reading: reading(&column.field) };
    statement.columns.iter().map(position).collect()
}

/// An alias stands behind the view, where the field's own name would.
fn key(column: &Selected) -> String {
    match (&column.alias, column.field.split_once('.')) {
        (Some(alias), Some((view, _))) => format!("{view}.{alias}"),
        _ => column.field.clone(),
    }
}

/// The signature as Calcite writes it.
pub(super) fn signature(sql: &str, statement: &Statement, kind: &dyn Fn(&str) -> String) -> Value {
    let columns: Vec<Value> = statement
        .columns
        .iter()
        .enumerate()
        .map(|(ordinal, column)| {
            let (id, name, rep) = java_type(&kind(&column.field));
            let label = column.alias.as_ref().unwrap_or(&column.field);
            let (name, rep) =
                if column.is_measure { (format!("MEASURE<{name}>"), "OBJECT") } else { (name.to_owned(), rep) };
            json!({
                "ordinal": ordinal,
                "autoIncrement": false,
                "caseSensitive": true,
                "searchable": false,
                "currency": false,
                "nullable": 1,
                "signed": true,
                "displaySize": -1,
                "label": label,
                "columnName": label,
                "schemaName": statement.model,
                "precision": 0,
                "scale": 0,
                "tableName": statement.explore,
                "catalogName": "",
                "type": { "type": "scalar", "id": id, "name": name, "rep": rep },
                "readOnly": true,
                "writable": false,
                "definitelyWritable": false,
                "columnClassName": "java.lang.Object",
            })
        })
        .collect();
    json!({
        "columns": columns,
        "sql": sql,
        "parameters": [],
        "cursorFactory": { "style": "LIST", "clazz": null, "fieldNames": null },
        "statementType": "SELECT",
    })
}
