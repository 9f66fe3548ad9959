//! What is wanted of a result, as far as it decides its columns.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::Fields;

/// What Looker is asked to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["json_bi", "json", "json_detail", "csv"]), inline)]
pub enum Wire {
    /// Metadata, then rows of wrapped cells: the types are known before the first row.
    #[default]
    JsonBi,
    /// Rows of bare cells; the types must be known from the explore.
    Json,
    /// All that Looker knows of a result, its cells with what a person sees; larger.
    JsonDetail,
    /// Texts between commas; the types must be known from the explore, and an empty text is a null.
    Csv,
}

impl Wire {
    /// Looker's name of the format.
    pub fn format(self) -> &'static str {
        match self {
            Self::JsonBi => "json_bi",
            Self::Json => "json",
            Self::JsonDetail => "json_detail",
            Self::Csv => "csv",
        }
    }
}

/// How fields of LookML's number types are delivered. Looker does not say which of them are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["float", "decimal", "exact"]), inline)]
pub enum Numbers {
    /// As `Float64`; a whole number that it cannot hold is an error.
    #[default]
    Float,
    /// As `Decimal128` with 38 digits, of which `decimal_scale` stand behind the point; a number with more is an error.
    Decimal,
    /// As the text that Looker sent.
    Exact,
}

/// How the columns of a pivot are delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["long", "wide", "struct"]), inline)]
pub enum PivotShape {
    /// One row for each value of the pivot.
    #[default]
    Long,
    /// One column for each measure and value of the pivot, named `measure|FIELD|value`.
    Wide,
    /// One column for each measure, with a child for each value of the pivot.
    Struct,
}

/// What becomes of a cell that is not of its column's type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["fail", "null"]), inline)]
pub enum Misfits {
    /// The result fails, naming row, column and text.
    #[default]
    Fail,
    /// It is null, and counted in the summary.
    Null,
}

/// What was asked for, as far as it decides the columns.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Field names, in the order of the request; `None` for all that the answer has, in its order.
    pub fields: Option<Vec<String>>,
    /// The pivoted fields among them.
    pub pivots: Vec<String>,
    /// What Looker was asked to write.
    pub wire: Wire,
    /// What is known of the fields: needed for [`Wire::Json`] and [`Wire::Csv`], which say nothing of them; for the others
    /// what they leave out.
    pub known: Option<Fields>,
    /// How number types are delivered.
    pub numbers: Numbers,
    /// Digits behind the point of [`Numbers::Decimal`].
    pub decimal_scale: i8,
    /// Whether tiers are delivered as dictionaries.
    pub dictionaries: bool,
    /// Whether fields of the type `list` are delivered as lists, split at commas.
    pub lists: bool,
    /// How a pivot is delivered.
    pub pivot_shape: PivotShape,
    /// What becomes of cells that do not fit.
    pub misfits: Misfits,
    /// Key-value metadata of the schema.
    pub metadata: HashMap<String, String>,
}

/// Digits behind the point when nobody says how many: as in BigQuery's `NUMERIC`.
pub const DECIMAL_SCALE: i8 = 9;

impl Default for Columns {
    fn default() -> Self {
        Self {
            fields: None,
            pivots: Vec::new(),
            wire: Wire::default(),
            known: None,
            numbers: Numbers::default(),
            decimal_scale: DECIMAL_SCALE,
            dictionaries: false,
            lists: false,
            pivot_shape: PivotShape::default(),
            misfits: Misfits::default(),
            metadata: HashMap::new(),
        }
    }
}
