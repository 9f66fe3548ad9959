//! What a `json_bi` body says before its first row. Source: `JsonBi` of the API 4.0 specification and recorded bodies.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `metadata` of a `json_bi` body, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) fields: Fields,
    /// The pivot's columns in display order; empty when there is no pivot.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) pivots: Vec<Pivot>,
    /// The last row is the total of the others.
    #[serde(default, deserialize_with = "lenient_bool")]
    pub(super) has_totals: bool,
    /// More pivot columns exist than were sent. The specification says text; servers send a boolean.
    #[serde(default, deserialize_with = "lenient_bool")]
    pub(super) columns_truncated: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default, deserialize_with = "or_default")]
    dimensions: Vec<FieldInfo>,
    #[serde(default, deserialize_with = "or_default")]
    measures: Vec<FieldInfo>,
    #[serde(default, deserialize_with = "or_default")]
    pivots: Vec<FieldInfo>,
    #[serde(default, deserialize_with = "or_default")]
    table_calculations: Vec<FieldInfo>,
}

/// One field's description.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct FieldInfo {
    pub(super) name: String,
    #[serde(default, rename = "type")]
    pub(super) lookml_type: Option<String>,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) category: Option<String>,
    #[serde(default)]
    pub(super) view: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) value_format: Option<String>,
}

/// One column of a pivot: the key of its cells, and the values of the pivoted fields.
#[derive(Debug, Deserialize)]
pub(super) struct Pivot {
    pub(super) key: String,
    #[serde(default)]
    pub(super) data: HashMap<String, Value>,
    /// It holds the row totals.
    #[serde(default, deserialize_with = "lenient_bool")]
    pub(super) is_total: bool,
}

/// Which list of `fields` a field stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Dimension,
    Measure,
    /// A dimension whose values became columns.
    Pivot,
    TableCalculation,
}

impl Fields {
    /// The field of this name, and the list that it stands in. A pivoted dimension may stand in two; the pivot counts.
    pub(super) fn find(&self, name: &str) -> Option<(Role, &FieldInfo)> {
        self.all().find(|(_, field)| field.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(_, field)| field.name.as_str())
    }

    fn all(&self) -> impl Iterator<Item = (Role, &FieldInfo)> {
        [
            (Role::Pivot, &self.pivots),
            (Role::Dimension, &self.dimensions),
            (Role::Measure, &self.measures),
            (Role::TableCalculation, &self.table_calculations),
        ]
        .into_iter()
        .flat_map(|(role, fields)| fields.iter().map(move |field| (role, field)))
    }
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn lenient_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) => ["true", "yes"].contains(&text.to_lowercase().as_str()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_boolean_and_missing_or_null_lists_are_read() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"fields":{"dimensions":[{"name":"a.b"}],"pivots":null},"columns_truncated":"true","pivots":null}"#,
        )
        .unwrap();
        assert!(metadata.columns_truncated && !metadata.has_totals && metadata.pivots.is_empty());
        assert_eq!(metadata.fields.find("a.b").unwrap().0, Role::Dimension);
    }
}
