//! What a body says of its rows before the first of them. Source: `JsonBi` of the API 4.0 specification, and recorded bodies
//! of `json_bi` and `json_detail`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::fields::{Fields, lenient_bool, or_default};

/// `metadata` of a `json_bi` body, as far as it is read; the members of a `json_detail` body have the same names.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default, deserialize_with = "or_default")]
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

/// One column of a pivot: the key of its cells, and the values of the pivoted fields.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Pivot {
    pub(super) key: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) data: HashMap<String, Value>,
    /// It holds the row totals.
    #[serde(default, deserialize_with = "lenient_bool")]
    pub(super) is_total: bool,
}

/// The key of the column that holds the row totals.
pub(super) const ROW_TOTAL: &str = "$$$_row_total_$$$";

impl Pivot {
    pub(super) fn is_total(&self) -> bool {
        self.is_total || self.key == ROW_TOTAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Role;

    #[test]
    fn both_spellings_of_a_boolean_and_missing_or_null_lists_are_read() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"fields":{"dimensions":[{"name":"a.b","tags":null}],"pivots":null},"columns_truncated":"true","pivots":null}"#,
        )
        .unwrap();
        assert!(metadata.columns_truncated && !metadata.has_totals && metadata.pivots.is_empty());
        assert_eq!(metadata.fields.find("a.b").unwrap().0, Role::Dimension);
        assert_eq!(serde_json::from_str::<Metadata>(r#"{"fields":null}"#).unwrap().fields.names().count(), 0);
    }
}
