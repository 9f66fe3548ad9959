//! Fields that a query defines itself: table calculations, custom measures and custom dimensions.
//!
//! Source: `dynamic_fields` of recorded queries; the specification calls it a text.

use serde::Deserialize;

use looker_result::{FieldInfo, Fields};

/// A field of a query's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dynamic {
    pub(super) name: String,
    pub(super) kind: Kind,
    label: Option<String>,
    lookml_type: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dimension,
    Measure,
    /// Computed of the result's rows, when they are all there.
    TableCalculation,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    table_calculation: Option<String>,
    #[serde(default)]
    measure: Option<String>,
    #[serde(default)]
    dimension: Option<String>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default, rename = "type")]
    lookml_type: Option<String>,
    #[serde(default, rename = "_type_hint")]
    hint: Option<String>,
}

/// The fields that a text defines; what it does not say in the known form defines none.
pub(super) fn dynamic_fields(text: &str) -> Vec<Dynamic> {
    let written: Vec<Written> = serde_json::from_str(text).unwrap_or_default();
    written.into_iter().filter_map(Dynamic::read).collect()
}

impl Dynamic {
    fn read(written: Written) -> Option<Self> {
        let (name, kind) = match (written.table_calculation, written.measure, written.dimension) {
            (Some(name), _, _) => (name, Kind::TableCalculation),
            (_, Some(name), _) => (name, Kind::Measure),
            (_, _, Some(name)) => (name, Kind::Dimension),
            _ => return None,
        };
        // A hint says what comes out; a type says how it is computed, which for measures is the same.
        let lookml_type = written.lookml_type.filter(|_| kind == Kind::Measure).or(written.hint);
        Some(Self { name, kind, label: written.label, lookml_type })
    }
}

/// Adds a query's own fields to those of its explore.
pub(super) fn add(known: &mut Fields, own: Vec<Dynamic>) {
    for field in own {
        let info =
            FieldInfo { name: field.name, label: field.label, lookml_type: field.lookml_type, ..FieldInfo::default() };
        match field.kind {
            Kind::Dimension => known.dimensions.push(info),
            Kind::Measure => known.measures.push(info),
            Kind::TableCalculation => known.table_calculations.push(info),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_field_is_known_by_its_own_key() {
        let text = r#"[
            {"table_calculation":"share","label":"Share","expression":"1","_kind_hint":"measure","_type_hint":"number"},
            {"measure":"cities","based_on":"users.city","type":"count_distinct"},
            {"dimension":"letter","expression":"substring(${users.city},1,1)","_type_hint":"string"},
            {"category":"unknown"}]"#;
        let mut known = Fields::default();
        add(&mut known, dynamic_fields(text));
        let told = |fields: &[FieldInfo]| {
            fields
                .iter()
                .map(|field| format!("{} {}", field.name, field.lookml_type.clone().unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&known.table_calculations), ["share number"]);
        assert_eq!(told(&known.measures), ["cities count_distinct"]);
        assert_eq!(told(&known.dimensions), ["letter string"]);
    }

    #[test]
    fn a_text_that_is_no_list_of_fields_defines_none() {
        assert!(dynamic_fields("").is_empty() && dynamic_fields("{}").is_empty());
    }
}
