//! Result formats: what a result looks like on the wire.

mod csv;
mod json;
mod json_bi;
mod json_detail;
pub(crate) mod value;
pub(crate) mod value_format;

use rusqlite::types::{Value, ValueRef};

use crate::model::field::Field;
use crate::query::compile::{Plan, Rows};

/// Key of the row totals among the pivot columns.
const ROW_TOTAL: &str = "$$$_row_total_$$$";

/// What joins the values of several pivots.
const JOINER: &str = "|FIELD|";

/// One column of dimensions, measures or table calculations.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Key in JSON.
    pub(crate) name: String,
    /// Header in text formats.
    pub(crate) label: String,
    /// Excel-style format.
    pub(crate) value_format: Option<String>,
    /// Fields that a click drills into.
    pub(crate) drill_fields: Vec<&'static str>,
}

/// One pivot column.
#[derive(Debug, Clone)]
pub(crate) struct PivotColumn {
    /// Key on the wire.
    pub(crate) key: String,
    /// The pivots and their values.
    pub(crate) data: Vec<(String, Value)>,
    /// Whether it holds the row totals.
    pub(crate) is_total: bool,
}

impl PivotColumn {
    /// The column of these pivot values.
    pub(crate) fn new(pivots: &[Field], values: Vec<Value>) -> Self {
        let data: Vec<_> = pivots.iter().map(|pivot| pivot.name.clone()).zip(values).collect();
        let parts: Vec<String> = data
            .iter()
            .map(|(name, value)| match value {
                Value::Null => format!("{name}___null"),
                other => value::plain(ValueRef::from(other)),
            })
            .collect();
        Self { key: parts.join(JOINER), data, is_total: false }
    }

    /// The column of the row totals.
    pub(crate) fn total(pivots: &[Field]) -> Self {
        let data = pivots.iter().map(|pivot| (pivot.name.clone(), Value::Null)).collect();
        Self { key: ROW_TOTAL.into(), data, is_total: true }
    }
}

/// The columns of a result and what the metadata says of it.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Dimensions that are not pivoted.
    pub(crate) dimensions: Vec<Column>,
    /// Measures, then table calculations.
    pub(crate) measures: Vec<Column>,
    /// Pivot columns; none without pivots.
    pub(crate) pivots: Vec<PivotColumn>,
    /// Whether there are pivots, even if no column came of them.
    pub(crate) is_pivoted: bool,
    /// Whether there were more pivot columns than allowed.
    pub(crate) columns_truncated: bool,
    /// Whether a totals row follows.
    pub(crate) has_totals: bool,
}

impl Shape {
    /// The shape of a plan's result.
    pub(crate) fn new(plan: &Plan, pivots: Vec<PivotColumn>, columns_truncated: bool) -> Self {
        let column = |field: &Field| Column {
            name: field.name.clone(),
            label: if field.name.contains('.') { field.label() } else { field.label_short.clone() },
            value_format: field.value_format.map(str::to_owned),
            drill_fields: field.drill_fields.clone(),
        };
        let calculations = plan.calculations.iter().map(|calculation| Column {
            name: calculation.name.clone(),
            label: calculation.label.clone(),
            value_format: calculation.value_format.clone(),
            drill_fields: Vec::new(),
        });
        Self {
            dimensions: plan.dimensions.iter().map(column).collect(),
            measures: plan.measures.iter().map(column).chain(calculations).collect(),
            pivots,
            is_pivoted: matches!(plan.rows, Rows::Pivoted(_)),
            columns_truncated,
            has_totals: plan.totals.is_some(),
        }
    }

    /// Whether a pivot column holds row totals.
    pub(crate) fn has_row_totals(&self) -> bool {
        self.pivots.iter().any(|pivot| pivot.is_total)
    }

    /// Cells per measure.
    pub(crate) fn width(&self) -> usize {
        if self.is_pivoted { self.pivots.len() } else { 1 }
    }
}

/// Options of a run that formats care about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    /// `apply_formatting`: formatted text instead of raw values.
    pub(crate) formatted: bool,
    /// `generate_drill_links` (`json_detail` only).
    pub(crate) drill_links: bool,
}

/// Facts of a run that stand in the metadata of a result.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Opaque id of the run.
    pub(crate) id: String,
    /// Generated SQL, if the user may see it.
    pub(crate) sql: Option<String>,
    /// LookML model.
    pub(crate) model: String,
    /// Explore and its label.
    pub(crate) explore: (String, String),
    /// Filters that were applied.
    pub(crate) filters: Vec<(String, String)>,
    /// `filter_expression`.
    pub(crate) filter_expression: Option<String>,
    /// Zone of dates.
    pub(crate) timezone: String,
    /// Start, in seconds since 1970.
    pub(crate) ran_at: i64,
    /// Metadata of the fields, as `json_bi` and `json_detail` show them.
    pub(crate) fields: serde_json::Value,
}

/// Writes a result piece by piece to a buffer that is emptied in between.
pub(crate) trait Format: Send {
    /// Everything before the first row.
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape);
    /// One row: dimensions, then each measure once per pivot column.
    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]);
    /// Everything after the last row; the totals look like a row.
    fn end(&mut self, out: &mut Vec<u8>, totals: Option<&[Value]>, runtime: f64);
    /// The whole body when the database has failed before the first row.
    fn failed(&mut self, out: &mut Vec<u8>, message: &str);
}

/// The result formats that the sandbox serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResultFormat {
    /// Rows as objects.
    Json,
    /// Metadata, then rows of cells.
    JsonBi,
    /// Rows of cells in an object with everything else there is to know.
    JsonDetail,
    /// Comma-separated text with labels.
    Csv,
    /// Tab-separated text with labels.
    Txt,
    /// The SQL instead of a result.
    Sql,
}

impl ResultFormat {
    /// The format with this name in a path or a body.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "json" | "inline_json" => Self::Json,
            "json_bi" => Self::JsonBi,
            "json_detail" => Self::JsonDetail,
            "csv" => Self::Csv,
            "txt" => Self::Txt,
            "sql" => Self::Sql,
            _ => return None,
        })
    }

    /// Name in a path or a body.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonBi => "json_bi",
            Self::JsonDetail => "json_detail",
            Self::Csv => "csv",
            Self::Txt => "txt",
            Self::Sql => "sql",
        }
    }

    /// `Content-Type` of the answer.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json | Self::JsonBi | Self::JsonDetail => crate::errors::JSON,
            Self::Csv => "text/csv;charset=utf-8",
            Self::Txt | Self::Sql => "text/plain;charset=utf-8",
        }
    }

    /// A writer of this format; none for `sql`, which has no rows.
    pub(crate) fn writer(self, wishes: Wishes, facts: Facts) -> Option<Box<dyn Format>> {
        Some(match self {
            Self::Json => Box::new(json::Json::new(wishes)),
            Self::JsonBi => Box::new(json_bi::JsonBi::new(facts)),
            Self::JsonDetail => Box::new(json_detail::JsonDetail::new(wishes, facts)),
            Self::Csv => Box::new(csv::Separated::new(b',', wishes)),
            Self::Txt => Box::new(csv::Separated::new(b'\t', wishes)),
            Self::Sql => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn column(name: &str, label: &str, value_format: Option<&str>) -> Column {
        Column {
            name: name.into(),
            label: label.into(),
            value_format: value_format.map(str::to_owned),
            drill_fields: Vec::new(),
        }
    }

    /// `o.status`, then `o.count`, pivoted by `u.gender` if asked for.
    pub(super) fn shape(pivoted: bool, has_totals: bool) -> Shape {
        let pivot = |value: Value| {
            let field = Field::new(
                ("u", "U"),
                crate::model::field::Category::Dimension,
                "gender",
                "string",
                crate::model::field::Source::None,
            );
            PivotColumn::new(&[field], vec![value])
        };
        Shape {
            dimensions: vec![column("o.status", "O Status", None)],
            measures: vec![column("o.count", "O Count", Some("#,##0"))],
            pivots: if pivoted { vec![pivot(Value::Text("F".into())), pivot(Value::Null)] } else { Vec::new() },
            is_pivoted: pivoted,
            columns_truncated: false,
            has_totals,
        }
    }

    /// Writes rows and yields the body.
    pub(super) fn written(
        mut format: impl Format,
        shape: Shape,
        rows: &[&[Value]],
        totals: Option<&[Value]>,
    ) -> String {
        let mut out = Vec::new();
        format.begin(&mut out, shape);
        for row in rows {
            let cells: Vec<_> = row.iter().map(ValueRef::from).collect();
            format.row(&mut out, &cells);
        }
        format.end(&mut out, totals, 0.5);
        String::from_utf8(out).unwrap()
    }

    pub(super) fn text(text: &str) -> Value {
        Value::Text(text.into())
    }
}
