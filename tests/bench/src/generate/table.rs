//! The tables that are measured: their columns, and what is special in how they are written.

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::{Map, Value as Json, json};

use super::values::Values;

/// Columns of a wide table.
const WIDE: usize = 120;

/// The values of the pivot.
const PIVOTED: &[&str] = &["Accessories", "Jeans", "Outerwear & Coats", "Socks", "Suits", "Swim"];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// Eight short columns of all types.
    Plain,
    /// The same with the keys of each row in another order.
    Reordered,
    /// Two measures for each of six values of a pivot.
    Pivoted,
    /// 120 columns.
    Wide,
    /// Two columns of prose, up to 2 kB each.
    LongText,
    /// Texts of which a quarter must be escaped.
    Escapes,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its field, `view.field`.
    pub name: String,
    /// What stands in it.
    pub values: Values,
}

/// A made-up table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is.
    pub shape: Shape,
    /// Its columns, dimensions first, as Looker writes them.
    pub columns: Vec<Column>,
    /// The values of the pivoted column; without any nothing is pivoted.
    pub pivots: &'static [&'static str],
}

impl Table {
    /// The table of a shape.
    pub fn new(shape: Shape) -> Self {
        let columns = match shape {
            Shape::Plain | Shape::Reordered => plain("", ""),
            Shape::Pivoted => pivoted(),
            Shape::Wide => (0..WIDE / 8).flat_map(|group| plain(&group.to_string(), "")).collect(),
            Shape::LongText => texts(Values::Prose),
            Shape::Escapes => texts(Values::Escaped),
        };
        // Dimensions first; the order among them stays.
        let (dimensions, measures): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|column: &Column| !column.values.is_measure());
        let pivots = if shape == Shape::Pivoted { PIVOTED } else { &[] };
        Self { shape, columns: dimensions.into_iter().chain(measures).collect(), pivots }
    }

    /// The fields of a query that has this result.
    pub fn fields(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The pivoted fields.
    pub fn pivoted(&self) -> Vec<String> {
        let pivots = self.columns.iter().filter(|column| column.values == Values::Category);
        pivots.map(|column| column.name.clone()).collect()
    }

    /// Rows of Arrow for each row of Looker's.
    pub fn rows_each(&self) -> usize {
        self.pivots.len().max(1)
    }

    /// The fields as Looker describes them, in a result and in an explore.
    pub fn described(&self, with_pivots: bool) -> Json {
        let of = |wanted: &dyn Fn(&Values) -> bool| -> Vec<Json> {
            self.columns.iter().filter(|column| wanted(&column.values)).map(described).collect()
        };
        let is_pivot = |values: &Values| with_pivots && *values == Values::Category;
        let mut fields = Map::new();
        fields.insert("dimensions".to_owned(), of(&|values| !values.is_measure() && !is_pivot(values)).into());
        fields.insert("measures".to_owned(), of(&Values::is_measure).into());
        if with_pivots {
            fields.insert("pivots".to_owned(), of(&is_pivot).into());
        }
        Json::Object(fields)
    }

    /// The columns in Arrow, for decoders that must be told. Yes and no are text there: no other decoder knows them.
    pub fn arrow(&self) -> SchemaRef {
        let field = |column: &Column| Field::new(&column.name, column.values.arrow(), true);
        Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()).into()
    }
}

/// The eight columns that everything is compared on.
fn plain(before: &str, after: &str) -> Vec<Column> {
    let view = |view: &str, field: &str, values| Column { name: format!("{view}{before}.{field}{after}"), values };
    vec![
        view("products", "name", Values::Name),
        view("orders", "created_date", Values::Date),
        view("orders", "updated_time", Values::Time),
        view("orders", "count", Values::Count),
        view("orders", "total_revenue", Values::Revenue),
        view("order_items", "avg_price", Values::Price),
        view("users", "is_active", Values::YesNo),
        view("users", "city", Values::City),
    ]
}

fn pivoted() -> Vec<Column> {
    let column = |name: &str, values| Column { name: name.to_owned(), values };
    vec![
        column("products.name", Values::Name),
        column("products.category", Values::Category),
        column("orders.count", Values::Count),
        column("orders.total_revenue", Values::Revenue),
    ]
}

fn texts(values: Values) -> Vec<Column> {
    let column = |name: &str, values| Column { name: name.to_owned(), values };
    vec![column("reviews.title", values), column("reviews.body", values), column("reviews.count", Values::Count)]
}

fn described(column: &Column) -> Json {
    let (view, field) = column.name.split_once('.').unwrap_or(("", &column.name));
    json!({
        "name": column.name,
        "label": label(&column.name),
        "label_short": field,
        "view": view,
        "view_label": view,
        "type": column.values.lookml_type(),
        "category": if column.values.is_measure() { "measure" } else { "dimension" },
        "is_numeric": matches!(column.values, Values::Count | Values::Revenue | Values::Price),
        "description": null,
        "value_format": null,
        "hidden": false,
    })
}

/// What people read above a column, such as `Orders Created Date`.
pub(super) fn label(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split(['.', '_']).map(capital).collect::<Vec<_>>().join(" ")
}

impl Values {
    /// The type of LookML that such a column has.
    pub fn lookml_type(self) -> &'static str {
        match self {
            Self::Name | Self::City | Self::Category | Self::Prose | Self::Escaped => "string",
            Self::Date => "date_date",
            Self::Time => "date_time",
            Self::Count => "count",
            Self::Revenue => "sum",
            Self::Price => "average",
            Self::YesNo => "yesno",
        }
    }

    /// Whether such a column is a measure.
    pub fn is_measure(&self) -> bool {
        matches!(self, Self::Count | Self::Revenue | Self::Price)
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Name | Self::City | Self::Category | Self::Prose | Self::Escaped | Self::YesNo => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Count => DataType::Int64,
            Self::Revenue | Self::Price => DataType::Float64,
        }
    }
}
