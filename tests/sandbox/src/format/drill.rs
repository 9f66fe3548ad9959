//! Where a click on a measure leads: the explore, filtered to the rows behind the cell.

use rusqlite::types::ValueRef;
use url::form_urlencoded::Serializer;

use super::{Facts, Shape, filterable, value};

/// The address of the rows behind the cell at a place of a row.
pub(super) fn address(facts: &Facts, shape: &Shape, cells: &[ValueRef<'_>], at: usize) -> String {
    let mut query = Serializer::new(String::new());
    let drill_fields = shape.column(at).map(|column| column.drill_fields.join(",")).unwrap_or_default();
    query.append_pair("fields", &drill_fields);
    let mut filter = |field: &str, expression: &str| {
        query.append_pair(&format!("f[{field}]"), expression);
    };
    for (column, cell) in shape.dimensions.iter().zip(cells) {
        let differs = column.field.as_ref().and_then(|field| filterable::filterable(field, *cell));
        filter(&column.name, &differs.unwrap_or_else(|| value::plain(*cell)));
    }
    let pivot = at.checked_sub(shape.dimensions.len()).map(|index| index % shape.width().max(1));
    for (name, value) in pivot.and_then(|pivot| shape.pivots.get(pivot)).into_iter().flat_map(|pivot| &pivot.data) {
        let text = value::plain(ValueRef::from(value));
        filter(name, if text.is_empty() { "NULL" } else { &text });
    }
    for (field, expression) in &facts.filters {
        if !shape.dimensions.iter().any(|column| column.name == *field) {
            filter(field, expression);
        }
    }
    query.append_pair("limit", "500");
    format!("{}/explore/{}/{}?{}", facts.path_prefix, facts.model, facts.explore.0, query.finish())
}
