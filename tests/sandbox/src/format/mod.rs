//! Result formats: what a result looks like on the wire.

mod csv;
mod drill;
mod filterable;
mod grid;
pub(crate) mod image;
mod json;
mod json_bi;
mod json_detail;
mod markup;
pub(crate) mod positional;
pub(crate) mod value;
pub(crate) mod value_format;
mod xlsx;

use rusqlite::types::{Value, ValueRef};

use crate::model::field::Field;
use crate::query::compile::{Plan, Rows};
use crate::uncertain::choices::Choices;
use positional::Position;

/// Key of the row totals among the pivot columns.
const ROW_TOTAL: &str = "$$$_row_total_$$$";

/// Key that marks a row as a subtotal, and names the dimensions that it sums up by.
const GROUPING: &str = "$$$__grouping__$$$";

/// What joins the values of several pivots.
const JOINER: &str = "|FIELD|";

/// One column of dimensions, measures or table calculations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    /// Key in JSON.
    pub(crate) name: String,
    /// Header in text formats.
    pub(crate) label: String,
    /// Excel-style format.
    pub(crate) value_format: Option<String>,
    /// Fields that a click drills into.
    pub(crate) drill_fields: Vec<&'static str>,
    /// The dimension or measure, if it is one.
    pub(crate) field: Option<Field>,
    /// Whether it is a table calculation.
    pub(crate) is_calculation: bool,
}

impl Column {
    /// A column of which only the name is known.
    pub(crate) fn plain(name: &str) -> Self {
        Self { name: name.into(), label: name.into(), ..Self::default() }
    }
}

/// One pivot column.
#[derive(Debug, Clone)]
pub(crate) struct PivotColumn {
    /// Key on the wire.
    pub(crate) key: String,
    /// The pivots and their values.
    pub(crate) data: Vec<(String, Value)>,
    /// The pivots and the values that they are sorted by.
    pub(crate) sort_values: Vec<(String, Value)>,
    /// Whether it holds the row totals.
    pub(crate) is_total: bool,
}

impl PivotColumn {
    /// The column of these pivot values, behind which stand those that pivots are sorted by.
    pub(crate) fn new(pivots: &[Field], mut values: Vec<Value>) -> Self {
        let mut orders = values.split_off(values.len().min(pivots.len())).into_iter();
        let data: Vec<_> = pivots.iter().map(|pivot| pivot.name.clone()).zip(values).collect();
        let text = |value: &Value| value::plain(ValueRef::from(value));
        let mut parts: Vec<String> = data
            .iter()
            .map(|(name, value)| if *value == Value::Null { format!("{name}___null") } else { text(value) })
            .collect();
        parts.extend(orders.as_slice().iter().map(text));
        let mut sort_values = data.clone();
        for ((_, value), _) in sort_values.iter_mut().zip(pivots).filter(|(_, pivot)| pivot.order_by.is_some()) {
            *value = orders.next().unwrap_or(Value::Null);
        }
        Self { key: parts.join(JOINER), data, sort_values, is_total: false }
    }

    /// Whether all its pivots are null.
    pub(crate) fn is_null(&self) -> bool {
        self.data.iter().all(|(_, value)| *value == Value::Null)
    }

    /// The column of the row totals.
    pub(crate) fn total(pivots: &[Field]) -> Self {
        let data: Vec<_> = pivots.iter().map(|pivot| (pivot.name.clone(), Value::Null)).collect();
        Self { key: ROW_TOTAL.into(), sort_values: data.clone(), data, is_total: true }
    }
}

/// The columns of a result and what the metadata says of it.
#[derive(Debug, Clone, Default)]
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
    /// The totals, which look like a row.
    pub(crate) totals: Option<Vec<Value>>,
    /// The subtotals, those of fewer dimensions first.
    pub(crate) subtotals: Vec<Subtotal>,
    /// Metadata of the columns, where only the result tells.
    pub(crate) fields: Option<serde_json::Value>,
}

/// Rows that sum up by some of the dimensions; the others are null.
#[derive(Debug, Clone)]
pub(crate) struct Subtotal {
    /// Names of the dimensions.
    pub(crate) grouping: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Shape {
    /// The shape of a plan's result.
    pub(crate) fn new(plan: &Plan, pivots: Vec<PivotColumn>, columns_truncated: bool) -> Self {
        let column = |field: &Field| Column {
            name: field.name.clone(),
            label: field.label(),
            value_format: field.value_format.clone(),
            drill_fields: field.drill_fields.clone(),
            field: Some(field.clone()),
            is_calculation: false,
        };
        let calculations = plan.calculations.iter().map(|calculation| Column {
            name: calculation.name.clone(),
            label: calculation.label.clone(),
            value_format: calculation.value_format.clone(),
            is_calculation: true,
            ..Column::default()
        });
        Self {
            dimensions: plan.dimensions.iter().map(column).collect(),
            measures: plan.measures.iter().map(column).chain(calculations).collect(),
            pivots,
            is_pivoted: matches!(plan.rows, Rows::Pivoted(_)),
            columns_truncated,
            ..Self::default()
        }
    }

    /// The column that a cell of a row belongs to.
    pub(crate) fn column(&self, index: usize) -> Option<&Column> {
        match index.checked_sub(self.dimensions.len()) {
            None => self.dimensions.get(index),
            Some(index) => self.measures.get(index / self.width().max(1)),
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
    /// Width and height of a picture, in pixels.
    pub(crate) size: Size,
    /// Choices where Looker's behaviour is not known.
    pub(crate) choices: Choices,
}

/// Width and height of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u32, pub(crate) u32);

impl Default for Size {
    fn default() -> Self {
        Self(800, 450)
    }
}

impl Size {
    /// What was asked for, within bounds; a side that was not is as usual.
    pub(crate) fn of(width: Option<i64>, height: Option<i64>) -> Self {
        const MOST: i64 = 4096;
        let side =
            |asked: Option<i64>, usual| asked.and_then(|side| side.clamp(1, MOST).try_into().ok()).unwrap_or(usual);
        let Self(width_usual, height_usual) = Self::default();
        Self(side(width, width_usual), side(height, height_usual))
    }
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
    /// Dimensions whose missing values are filled in.
    pub(crate) fill_fields: Vec<String>,
    /// What stands before the path of drill links.
    pub(crate) path_prefix: String,
    /// Zone of dates.
    pub(crate) timezone: String,
    /// Start, in seconds since 1970.
    pub(crate) ran_at: i64,
    /// The columns in the order of a statement; none where the order is Looker's own.
    pub(crate) columns: Vec<Position>,
    /// Metadata of the fields, as `json_bi` and `json_detail` show them.
    pub(crate) fields: serde_json::Value,
}

/// Writes a result piece by piece to a buffer that is emptied in between.
pub(crate) trait Format: Send {
    /// Everything before the first row.
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape);
    /// One row: dimensions, then each measure once per pivot column.
    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]);
    /// Everything after the last row.
    fn end(&mut self, out: &mut Vec<u8>, runtime: f64);
    /// The whole body when the database has failed before the first row.
    fn failed(&mut self, out: &mut Vec<u8>, message: &str);
}

/// The result formats that the sandbox serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResultFormat {
    /// Rows as objects.
    Json,
    /// As `json`, with labels for keys.
    JsonLabel,
    /// Metadata, then rows of cells.
    JsonBi,
    /// Rows of cells in an object with everything else there is to know.
    JsonDetail,
    /// The same with little metadata, and rows at the end.
    JsonDetailLite,
    /// Comma-separated text with labels.
    Csv,
    /// Tab-separated text with labels.
    Txt,
    /// A table in Markdown.
    Md,
    /// A table in HTML.
    Html,
    /// A table in XML, as Google Sheets imports it.
    GsXml,
    /// A workbook.
    Xlsx,
    /// A picture.
    Png,
    /// A picture.
    Jpg,
    /// The SQL instead of a result.
    Sql,
}

/// Every format: its name in a path or a body, its content type, itself.
const FORMATS: [(&str, &str, ResultFormat); 15] = [
    ("json", crate::errors::JSON, ResultFormat::Json),
    ("inline_json", crate::errors::JSON, ResultFormat::Json),
    ("json_label", crate::errors::JSON, ResultFormat::JsonLabel),
    ("json_bi", crate::errors::JSON, ResultFormat::JsonBi),
    ("json_detail", crate::errors::JSON, ResultFormat::JsonDetail),
    ("json_detail_lite_stream", crate::errors::JSON, ResultFormat::JsonDetailLite),
    ("csv", "text/csv;charset=utf-8", ResultFormat::Csv),
    ("txt", "text/plain;charset=utf-8", ResultFormat::Txt),
    ("md", "text/markdown;charset=utf-8", ResultFormat::Md),
    ("html", crate::errors::HTML, ResultFormat::Html),
    ("gsxml", "text/xml;charset=utf-8", ResultFormat::GsXml),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ResultFormat::Xlsx),
    ("png", "image/png", ResultFormat::Png),
    ("jpg", "image/jpeg", ResultFormat::Jpg),
    ("sql", "text/plain;charset=utf-8", ResultFormat::Sql),
];

impl ResultFormat {
    /// The format with this name in a path or a body.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, ..)| *known == name).map(|(.., format)| *format)
    }

    fn row(self) -> (&'static str, &'static str) {
        let row = FORMATS.iter().find(|(.., format)| *format == self);
        row.map(|(name, content_type, _)| (*name, *content_type)).unwrap_or_default()
    }

    /// Name in a path or a body.
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    /// `Content-Type` of the answer.
    pub(crate) fn content_type(self) -> &'static str {
        self.row().1
    }

    /// Whether it is a picture, which shows a limited number of rows.
    pub(crate) fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpg)
    }

    /// A writer of this format; none for `sql`, which has no rows.
    pub(crate) fn writer(self, wishes: Wishes, facts: Facts) -> Option<Box<dyn Format>> {
        Some(match self {
            Self::Json => Box::new(json::Json::new(wishes)),
            Self::JsonLabel => Box::new(json::Json::labelled(wishes)),
            Self::JsonBi if !facts.columns.is_empty() => Box::new(positional::Positional::new(facts)),
            Self::JsonBi => Box::new(json_bi::JsonBi::new(facts)),
            Self::JsonDetail => Box::new(json_detail::JsonDetail::new(wishes, facts)),
            Self::JsonDetailLite => Box::new(json_detail::JsonDetail::lite(wishes, facts)),
            Self::Csv => Box::new(csv::Separated::new(b',', wishes)),
            Self::Txt => Box::new(csv::Separated::new(b'\t', wishes)),
            Self::Md => Box::new(markup::Table::new(&markup::MARKDOWN, wishes)),
            Self::Html => Box::new(markup::Table::new(&markup::HTML, wishes)),
            Self::GsXml => Box::new(markup::Table::new(&markup::XML, wishes)),
            Self::Xlsx => Box::new(xlsx::Xlsx::new(wishes)),
            Self::Png => Box::new(image::Bars::new(::image::ImageFormat::Png, wishes)),
            Self::Jpg => Box::new(image::Bars::new(::image::ImageFormat::Jpeg, wishes)),
            Self::Sql => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn column(name: &str, label: &str, value_format: Option<&str>) -> Column {
        let value_format = value_format.map(str::to_owned);
        Column { label: label.into(), value_format, ..Column::plain(name) }
    }

    /// `o.status`, then `o.count`, pivoted by `u.gender` if asked for.
    pub(super) fn shape(pivoted: bool, totals: Option<&[Value]>) -> Shape {
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
            totals: totals.map(<[Value]>::to_vec),
            subtotals: Vec::new(),
            fields: None,
        }
    }

    /// Writes rows and yields the body.
    pub(super) fn written(mut format: impl Format, shape: Shape, rows: &[&[Value]]) -> String {
        let mut out = Vec::new();
        format.begin(&mut out, shape);
        for row in rows {
            let cells: Vec<_> = row.iter().map(ValueRef::from).collect();
            format.row(&mut out, &cells);
        }
        format.end(&mut out, 0.5);
        String::from_utf8(out).unwrap()
    }

    pub(super) fn text(text: &str) -> Value {
        Value::Text(text.into())
    }
}
