//! The Arrow schema of a result, and where each of its columns comes from.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields as ArrowFields, Schema, SchemaRef};
use connector_interface::{Error, ErrorKind, Result};

use super::columns::{Columns, PivotShape, Wire};
use super::fields::{FieldInfo, Fields, Role};
use super::metadata::{Metadata, Pivot};
use super::types::Kind;
use looker_words::nearest;

/// The prefix of all keys in schema and field metadata.
pub const KEY_PREFIX: &str = "LOOKER:";

/// What Looker joins the parts of a pivot's key with, and the name of a wide column.
pub(super) const JOINER: &str = "|FIELD|";

/// A column of a batch; the children of a struct are columns, too.
#[derive(Debug)]
pub(super) struct Leaf {
    /// The field that it is of.
    pub(super) field: String,
    pub(super) kind: Kind,
    pub(super) source: Source,
}

/// Where the values of a column stand in a row of Looker's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In the cell of the field.
    Cell,
    /// In the cell of the field for one column of the pivot.
    PivotCell(usize),
    /// In the cells of the field, one a column of the pivot, and each becomes a row.
    EachPivot,
    /// In no cell: in what the pivot's column stands for.
    PivotValue,
}

/// The columns of a result.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) leaves: Vec<Leaf>,
    /// Whether each column of the pivot becomes a row.
    pub(super) is_long: bool,
}

impl Layout {
    pub(super) fn new(wanted: &Columns, metadata: &Metadata) -> Result<Self> {
        let is_pivoted = !metadata.fields.pivots.is_empty();
        let is_long = is_pivoted && wanted.pivot_shape == PivotShape::Long;
        if is_pivoted && !is_long && matches!(wanted.wire, Wire::Json | Wire::Csv) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("The columns of a pivot are not known before its rows in the format {}", wanted.wire.format()),
            )
            .advise("Ask for them with the wire format json_bi, or in the pivot shape `long`"));
        }
        let mut builder = Builder { wanted, pivots: &metadata.pivots, fields: Vec::new(), leaves: Vec::new() };
        for (role, info) in selected(wanted, &metadata.fields)? {
            // A table calculation may be of the whole row.
            let is_of_row = role == Role::TableCalculation && info.measure == Some(false);
            match role {
                Role::Pivot if is_pivoted && !is_long => {}
                Role::Pivot if is_pivoted => builder.leaf(info, Source::PivotValue),
                Role::Measure | Role::TableCalculation if is_long && !is_of_row => {
                    builder.leaf(info, Source::EachPivot);
                }
                Role::Measure | Role::TableCalculation if is_pivoted && !is_of_row => builder.spread(info),
                _ => builder.leaf(info, Source::Cell),
            }
        }
        let Builder { fields, leaves, .. } = builder;
        let schema = Arc::new(Schema::new_with_metadata(fields, wanted.metadata.clone()));
        Ok(Self { schema, leaves, is_long })
    }
}

/// The fields of the result, in its order.
fn selected<'a>(wanted: &Columns, fields: &'a Fields) -> Result<Vec<(Role, &'a FieldInfo)>> {
    match &wanted.fields {
        Some(names) => names.iter().map(|name| fields.find(name).ok_or_else(|| no_such_field(name, fields))).collect(),
        None => Ok(fields.all().collect()),
    }
}

struct Builder<'a> {
    wanted: &'a Columns,
    pivots: &'a [Pivot],
    fields: Vec<Field>,
    leaves: Vec<Leaf>,
}

impl Builder<'_> {
    /// Adds a column.
    fn leaf(&mut self, info: &FieldInfo, source: Source) {
        let kind = self.kind(info);
        self.fields.push(field(&info.name, kind.arrow(), metadata_of(info)));
        self.leaves.push(Leaf { field: info.name.clone(), kind, source });
    }

    /// Adds a column for each column of the pivot, or one with children.
    fn spread(&mut self, info: &FieldInfo) {
        let kind = self.kind(info);
        let is_struct = self.wanted.pivot_shape == PivotShape::Struct;
        let children: Vec<Field> = self
            .pivots
            .iter()
            .map(|pivot| {
                let name = if is_struct { pivot.key.clone() } else { format!("{}{JOINER}{}", info.name, pivot.key) };
                let mut metadata = if is_struct { HashMap::new() } else { metadata_of(info) };
                metadata.insert(format!("{KEY_PREFIX}pivot_key"), pivot.key.clone());
                metadata.insert(format!("{KEY_PREFIX}is_total"), pivot.is_total().to_string());
                field(&name, kind.arrow(), metadata)
            })
            .collect();
        let places = 0..self.pivots.len();
        self.leaves.extend(places.map(|at| Leaf { field: info.name.clone(), kind, source: Source::PivotCell(at) }));
        if is_struct {
            self.fields.push(field(&info.name, DataType::Struct(ArrowFields::from(children)), metadata_of(info)));
        } else {
            self.fields.extend(children);
        }
    }

    fn kind(&self, info: &FieldInfo) -> Kind {
        Kind::wanted(info.lookml_type.as_deref().unwrap_or_default(), self.wanted)
    }
}

fn field(name: &str, data_type: DataType, metadata: HashMap<String, String>) -> Field {
    Field::new(name, data_type, true).with_metadata(metadata)
}

fn metadata_of(info: &FieldInfo) -> HashMap<String, String> {
    let tags = (!info.tags.is_empty()).then(|| info.tags.join(","));
    let facts = [
        ("type", &info.lookml_type),
        ("label", &info.label),
        ("category", &info.category),
        ("view", &info.view),
        ("description", &info.description),
        ("value_format", &info.value_format),
        ("tags", &tags),
    ];
    let told = facts.into_iter().filter_map(|(key, value)| Some((key, value.as_ref().filter(|it| !it.is_empty())?)));
    told.map(|(key, value)| ([KEY_PREFIX, key].concat(), value.clone())).collect()
}

/// Looker leaves a field that it does not know, or that the user may not see, out of its answer.
fn no_such_field(name: &str, fields: &Fields) -> Error {
    let error = Error::new(
        ErrorKind::NotFound,
        format!(
            "Looker's answer does not have the field `{name}`: it does not exist in the explore, or this user may not see it"
        ),
    );
    let known: Vec<&str> = fields.names().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => error.advise(format!("Did you mean `{near}`?")),
        None => error.advise("Look the field up in the catalog; names are `view.field`"),
    }
}
