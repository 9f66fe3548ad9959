//! The fields of a result or of an explore, as Looker describes them.
//!
//! Source: `JsonBi` and `LookmlModelExploreFieldset` of the API 4.0 specification, and recorded bodies.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Fields by what they are. An explore and the metadata of a result have them so.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Fields {
    /// What rows are grouped by.
    #[serde(default, deserialize_with = "or_default")]
    pub dimensions: Vec<FieldInfo>,
    /// What is computed of a group.
    #[serde(default, deserialize_with = "or_default")]
    pub measures: Vec<FieldInfo>,
    /// Dimensions whose values became columns.
    #[serde(default, deserialize_with = "or_default")]
    pub pivots: Vec<FieldInfo>,
    /// What Looker computes of the result's rows.
    #[serde(default, deserialize_with = "or_default")]
    pub table_calculations: Vec<FieldInfo>,
}

/// One field's description.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FieldInfo {
    /// `view.field`; without a dot for table calculations and custom fields.
    pub name: String,
    /// The LookML type, such as `count` or `date_month`.
    #[serde(default, rename = "type")]
    pub lookml_type: Option<String>,
    /// What people read.
    #[serde(default)]
    pub label: Option<String>,
    /// `dimension` or `measure`.
    #[serde(default)]
    pub category: Option<String>,
    /// The view that it stands in.
    #[serde(default)]
    pub view: Option<String>,
    /// The developer's words.
    #[serde(default)]
    pub description: Option<String>,
    /// How people see its numbers, in the format language of spreadsheets.
    #[serde(default)]
    pub value_format: Option<String>,
    /// The developer's tags.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Of a table calculation: whether it has a value for each column of a pivot.
    #[serde(default, deserialize_with = "lenient_flag")]
    pub measure: Option<bool>,
}

/// Which of the lists a field stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What rows are grouped by.
    Dimension,
    /// What is computed of a group.
    Measure,
    /// A dimension whose values became columns.
    Pivot,
    /// What is computed of a row of the result.
    TableCalculation,
}

impl Fields {
    /// The field of this name, and the list that it stands in. A pivoted dimension may stand in two; the pivot counts.
    pub fn find(&self, name: &str) -> Option<(Role, &FieldInfo)> {
        self.all().find(|(_, field)| field.name == name)
    }

    /// All names, in the order of a row.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(_, field)| field.name.as_str())
    }

    /// All fields: pivoted ones first, the others in the order of a row.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Role, &FieldInfo)> {
        [
            (Role::Pivot, &self.pivots),
            (Role::Dimension, &self.dimensions),
            (Role::Measure, &self.measures),
            (Role::TableCalculation, &self.table_calculations),
        ]
        .into_iter()
        .flat_map(|(role, fields)| fields.iter().map(move |field| (role, field)))
    }

    /// Takes the types that are missing from what is known: Looker tells none of table calculations.
    pub(super) fn complete(&mut self, known: &Self) {
        let lists = [&mut self.dimensions, &mut self.measures, &mut self.pivots, &mut self.table_calculations];
        for field in lists.into_iter().flatten().filter(|field| field.lookml_type.is_none()) {
            field.lookml_type = known.find(&field.name).and_then(|(_, known)| known.lookml_type.clone());
        }
    }

    /// The same with these dimensions pivoted.
    pub(crate) fn pivoted(mut self, pivots: &[String]) -> Self {
        for name in pivots {
            if let Some(at) = self.dimensions.iter().position(|field| field.name == *name) {
                let field = self.dimensions.remove(at);
                self.pivots.push(field);
            }
        }
        self
    }
}

/// Reads what may be null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a boolean that servers also write as text.
pub(super) fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(lenient_flag(deserializer)?.unwrap_or_default())
}

fn lenient_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => Some(["true", "yes"].contains(&text.to_lowercase().as_str())),
        _ => None,
    })
}
