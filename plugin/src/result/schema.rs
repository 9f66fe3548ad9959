//! The Arrow schema of a query's result: one column a requested field, in the order of the request.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use connector_interface::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::metadata::{FieldInfo, Metadata, Role};
use super::types::Kind;
use crate::nearest::nearest;

/// How fields of LookML's number types are delivered. Looker does not say which of them are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["float", "exact"]), inline)]
pub enum Numbers {
    /// As `Float64`; a whole number that it cannot hold is an error.
    #[default]
    Float,
    /// As the text that Looker sent.
    Exact,
}

/// What was asked for, as far as it decides the columns.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Field names, in the order of the request.
    pub fields: Vec<String>,
    /// How number types are delivered.
    pub numbers: Numbers,
    /// Key-value metadata of the schema.
    pub metadata: HashMap<String, String>,
}

/// The prefix of all keys in schema and field metadata.
pub(crate) const KEY_PREFIX: &str = "LOOKER:";

/// One column, as the row decoder needs it.
#[derive(Debug)]
pub(super) struct ColumnPlan {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) role: Role,
}

/// The columns of a result.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) columns: Vec<ColumnPlan>,
}

impl Layout {
    pub(super) fn new(wanted: &Columns, metadata: &Metadata) -> Result<Self> {
        let mut columns = Vec::with_capacity(wanted.fields.len());
        let mut fields = Vec::with_capacity(wanted.fields.len());
        for name in &wanted.fields {
            let (role, info) = metadata.fields.find(name).ok_or_else(|| no_such_field(name, metadata))?;
            let kind = match Kind::of(info.lookml_type.as_deref().unwrap_or_default()) {
                Kind::Number if wanted.numbers == Numbers::Exact => Kind::Text,
                kind => kind,
            };
            fields.push(field(name, kind.arrow(), info));
            columns.push(ColumnPlan { name: name.clone(), kind, role });
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, wanted.metadata.clone()));
        Ok(Self { schema, columns })
    }
}

fn field(name: &str, data_type: DataType, info: &FieldInfo) -> Field {
    let facts = [
        ("type", &info.lookml_type),
        ("label", &info.label),
        ("category", &info.category),
        ("view", &info.view),
        ("description", &info.description),
        ("value_format", &info.value_format),
    ];
    let metadata: HashMap<String, String> = facts
        .into_iter()
        .filter_map(|(key, value)| {
            Some((format!("{KEY_PREFIX}{key}"), value.clone().filter(|value| !value.is_empty())?))
        })
        .collect();
    Field::new(name, data_type, true).with_metadata(metadata)
}

/// Looker leaves a field that it does not know, or that the user may not see, out of its answer.
fn no_such_field(name: &str, metadata: &Metadata) -> Error {
    let error = Error::new(
        ErrorKind::NotFound,
        format!(
            "Looker's answer does not have the field `{name}`: it does not exist in the explore, or this user may not see it"
        ),
    );
    let known: Vec<&str> = metadata.fields.names().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => error.advise(format!("Did you mean `{near}`?")),
        None => error.advise("Look the field up in the catalog; names are `view.field`"),
    }
}
