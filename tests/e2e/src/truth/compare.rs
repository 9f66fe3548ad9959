//! A result that a host got, beside the one of the judge: names, types and every cell, exactly.

use std::collections::HashMap;
use std::fmt;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use super::field::Kind;
use super::judge::{Order, Table};

/// How numbers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// As `Float64`.
    Float,
    /// As text.
    Exact,
    /// As `Decimal128`.
    Decimal,
}

/// Digits behind the point of a decimal.
const SCALE: i8 = 9;

/// How a result is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What Looker sends.
    pub wire: &'static str,
    /// What becomes of numbers.
    pub numbers: Numbers,
    /// The shape of a pivot.
    pub shape: &'static str,
    /// Whether tiers become dictionaries, and lists lists.
    pub rich: bool,
    /// One request, or a query task.
    pub run: &'static str,
}

impl Way {
    /// One request, and what a host gets when it asks for nothing else.
    pub const PLAIN: Self =
        Self { wire: "json_bi", numbers: Numbers::Float, shape: "long", rich: false, run: "direct" };

    /// The keys of the request that say so.
    pub fn request(&self) -> Json {
        let numbers = match self.numbers {
            Numbers::Float => "float",
            Numbers::Exact => "exact",
            Numbers::Decimal => "decimal",
        };
        json!({ "wire": self.wire, "numbers": numbers, "decimal_scale": SCALE, "pivot_shape": self.shape,
                "dictionaries": self.rich, "lists": self.rich, "run": self.run })
    }

    fn arrow(&self, kind: Kind) -> DataType {
        match kind {
            Kind::Whole => DataType::Int64,
            Kind::Number => match self.numbers {
                Numbers::Float => DataType::Float64,
                Numbers::Exact => DataType::Utf8,
                Numbers::Decimal => DataType::Decimal128(38, SCALE),
            },
            Kind::YesNo => DataType::Boolean,
            Kind::Day => DataType::Date32,
            Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Tier if self.rich => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::List if self.rich => DataType::new_list(DataType::Utf8, true),
            Kind::Text | Kind::Tier | Kind::List => DataType::Utf8,
        }
    }

    /// Whether numbers can be told in this way.
    pub fn holds(&self, table: &Table) -> bool {
        let numbers = table.columns.iter().enumerate().filter(|(_, (_, kind))| *kind == Kind::Number);
        let mut values = numbers.flat_map(|(at, _)| table.rows.iter().map(move |row| &row[at]));
        self.numbers != Numbers::Decimal || values.all(|value| *value == Value::Null || decimal(value).is_some())
    }

    fn expected(&self, kind: Kind, value: &Value) -> Cell {
        match (kind, value) {
            (_, Value::Null) => Cell::Null,
            // The format has no other form for null.
            (_, Value::Text(text)) if text.is_empty() && self.wire == "csv" => Cell::Null,
            (Kind::Whole, Value::Integer(number)) => Cell::Whole(*number),
            (Kind::Number, value) => match (self.numbers, value) {
                (Numbers::Exact, value) => Cell::Text(shortest(value)),
                (Numbers::Decimal, value) => Cell::Decimal(decimal(value).unwrap()),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a larger one makes a query fail, and none is asked for"
                )]
                (Numbers::Float, Value::Integer(number)) => Cell::real(*number as f64),
                (Numbers::Float, Value::Real(number)) => Cell::real(*number),
                other => panic!("{other:?} is no number"),
            },
            (Kind::YesNo, Value::Integer(truth)) => Cell::Truth(*truth != 0),
            (Kind::Day, Value::Integer(days)) => Cell::Day(i32::try_from(*days).unwrap()),
            (Kind::Instant, Value::Integer(micros)) => Cell::Instant(*micros),
            (Kind::List, Value::Text(text)) => {
                Cell::items(text.split(',').filter(|item| !self.rich || !item.is_empty()).map(str::to_owned).collect())
            }
            (Kind::Text | Kind::Tier, Value::Text(text)) => Cell::Text(text.clone()),
            other => panic!("{other:?} is not of its kind"),
        }
    }
}

/// The shortest text that stands for a number.
fn shortest(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        other => panic!("{other:?} is no number"),
    }
}

/// A number with nine digits behind the point, if it has no more.
fn decimal(value: &Value) -> Option<i128> {
    let text = shortest(value);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let fits = fraction.len() <= SCALE.unsigned_abs().into() && !text.contains('e');
    fits.then(|| format!("{whole}{fraction:0<9}").parse().unwrap())
}

/// A value of a result.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Cell {
    Null,
    Truth(bool),
    Whole(i64),
    /// Its bits.
    Real(u64),
    Decimal(i128),
    Text(String),
    Day(i32),
    Instant(i64),
    Items(Vec<String>),
}

impl Cell {
    fn real(number: f64) -> Self {
        Self::Real(number.to_bits())
    }

    /// A list has no order.
    fn items(mut items: Vec<String>) -> Self {
        items.sort_unstable();
        Self::Items(items)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Truth(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Real(bits) => write!(f, "{:?} ({bits:#x})", f64::from_bits(*bits)),
            Self::Decimal(value) => write!(f, "{value} / 10^{SCALE}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Day(value) => write!(f, "day {value}"),
            Self::Instant(value) => write!(f, "microsecond {value}"),
            Self::Items(value) => write!(f, "{value:?}"),
        }
    }
}

/// The cells of a column.
fn cells(column: &ArrayRef, kind: Kind) -> Vec<Cell> {
    let at = |at: usize| match column.data_type() {
        _ if column.is_null(at) => Cell::Null,
        DataType::Boolean => Cell::Truth(column.as_boolean().value(at)),
        DataType::Int64 => Cell::Whole(column.as_primitive::<Int64Type>().value(at)),
        DataType::Float64 => Cell::real(column.as_primitive::<Float64Type>().value(at)),
        DataType::Decimal128(..) => Cell::Decimal(column.as_primitive::<Decimal128Type>().value(at)),
        DataType::Date32 => Cell::Day(column.as_primitive::<Date32Type>().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            Cell::Instant(column.as_primitive::<TimestampMicrosecondType>().value(at))
        }
        DataType::Utf8 if kind == Kind::List => {
            Cell::items(column.as_string::<i32>().value(at).split(',').map(str::to_owned).collect())
        }
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(at).to_owned()),
        DataType::Dictionary(..) => {
            let dictionary = column.as_dictionary::<Int32Type>();
            let key = usize::try_from(dictionary.keys().value(at)).unwrap();
            Cell::Text(dictionary.values().as_string::<i32>().value(key).to_owned())
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(at);
            Cell::items(items.as_string::<i32>().iter().map(|item| item.unwrap().to_owned()).collect())
        }
        other => panic!("no column is expected to be {other}"),
    };
    (0..column.len()).map(at).collect()
}

/// The columns of a batch; those of a pivot in the shape `struct` are named as in the shape `wide`.
fn columns(batch: &RecordBatch) -> Vec<(String, ArrayRef)> {
    let mut columns = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        match column.as_struct_opt() {
            Some(children) => {
                let names = children.column_names().into_iter().map(|child| format!("{}|FIELD|{child}", field.name()));
                columns.extend(names.zip(children.columns().iter().cloned()));
            }
            None => columns.push((field.name().clone(), ArrayRef::clone(column))),
        }
    }
    columns
}

/// Compares a result with the expected one; the difference is one that a person can look for.
pub fn compare(expected: &Table, way: &Way, batch: &RecordBatch) -> Result<(), String> {
    let columns = columns(batch);
    let shown: Vec<(&str, DataType)> =
        columns.iter().map(|(name, column)| (name.as_str(), column.data_type().clone())).collect();
    let wanted: Vec<(&str, DataType)> =
        expected.columns.iter().map(|(name, kind)| (name.as_str(), way.arrow(*kind))).collect();
    if shown != wanted {
        return Err(format!("the columns\n  expected  {wanted:?}\n  delivered {shown:?}"));
    }
    if batch.num_rows() != expected.rows.len() {
        return Err(format!("{} rows expected, {} delivered", expected.rows.len(), batch.num_rows()));
    }
    let by_column: Vec<Vec<Cell>> =
        columns.iter().zip(&expected.columns).map(|((_, column), (_, kind))| cells(column, *kind)).collect();
    let delivered: Vec<Vec<Cell>> =
        (0..batch.num_rows()).map(|row| by_column.iter().map(|column| column[row].clone()).collect()).collect();
    let wanted: Vec<Vec<Cell>> = expected
        .rows
        .iter()
        .map(|row| row.iter().zip(&expected.columns).map(|(value, (_, kind))| way.expected(*kind, value)).collect())
        .collect();
    let difference = |row: usize, at: usize, wanted: &Cell, delivered: &Cell| {
        let name = &expected.columns[at].0;
        Err(format!("row {row}, column {name}\n  expected  {wanted:?}\n  delivered {delivered:?}"))
    };
    let in_order: Vec<usize> = match &expected.order {
        Order::Rows => (0..expected.columns.len()).collect(),
        Order::Columns(columns) => columns.clone(),
    };
    for (row, (wanted, delivered)) in wanted.iter().zip(&delivered).enumerate() {
        if let Some(at) = in_order.iter().find(|at| wanted[**at] != delivered[**at]) {
            return difference(row, *at, &wanted[*at], &delivered[*at]);
        }
    }
    let mut counts: HashMap<&Vec<Cell>, i64> = HashMap::new();
    for (row, one) in wanted.iter().map(|row| (row, 1)).chain(delivered.iter().map(|row| (row, -1))) {
        *counts.entry(row).or_default() += one;
    }
    let Some(missing) = wanted.iter().find(|row| counts[*row] > 0) else { return Ok(()) };
    // The row that should have been it is the one that is most like it.
    let alike = |row: &[Cell]| row.iter().zip(missing).filter(|(one, other)| one == other).count();
    let candidates = delivered.iter().enumerate().filter(|(_, row)| counts[*row] < 0);
    let (row, other) = candidates.max_by_key(|(_, row)| alike(row)).unwrap();
    let at = other.iter().zip(missing).position(|(one, other)| one != other).unwrap();
    difference(row, at, &missing[at], &other[at])
}
