//! What a cell of `json_detail` says for filtering and for sorting by it.

use rusqlite::types::ValueRef;

use super::value;
use crate::model::field::{Category, Field, FilterFamily, Source};
use crate::model::timeframe::{Timeframe, month_name};

/// The filter expression that finds the rows of a cell, if it differs from the value.
pub(super) fn filterable(field: &Field, cell: ValueRef<'_>) -> Option<String> {
    if field.category != Category::Dimension {
        return None;
    }
    let text = value::plain(cell);
    Some(match (cell, &field.source) {
        (ValueRef::Null, _) if field.family() == FilterFamily::String => "EMPTY".to_owned(),
        (ValueRef::Null, _) => "NULL".to_owned(),
        (_, Source::Timeframe(_, Timeframe::Week, _)) => format!("{text} for 7 days"),
        (_, Source::Timeframe(_, Timeframe::Quarter, _)) => format!("{text} for 3 months"),
        // A decimal stays one.
        (ValueRef::Real(number), _) if number.fract() == 0.0 => format!("{number:?}"),
        (ValueRef::Text(_), _) if text.contains(['&', ',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
        _ => return None,
    })
}

/// The place of a value among those that the dimension can have.
pub(super) fn sort_value(field: &Field, cell: ValueRef<'_>) -> Option<usize> {
    let ValueRef::Text(_) = cell else { return None };
    let text = value::plain(cell);
    match &field.source {
        Source::Tier(..) => field.enumerations.iter().position(|(_, value)| *value == text),
        Source::Timeframe(_, Timeframe::MonthName, _) => (1..=12).position(|month| month_name(month) == text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::model;

    #[test]
    fn a_filterable_value_is_there_only_if_it_differs() {
        let field = |name: &str| {
            let thelook = model("production", "thelook").unwrap();
            thelook.field(thelook.explore("order_items").unwrap(), name).unwrap()
        };
        let of = |name: &str, cell: ValueRef<'_>| filterable(field(name), cell);
        assert_eq!(of("order_items.created_week", ValueRef::Text(b"2022-06-06")).unwrap(), "2022-06-06 for 7 days");
        assert_eq!(of("order_items.created_date", ValueRef::Text(b"2022-06-06")), None);
        assert_eq!(of("order_items.status", ValueRef::Null).unwrap(), "EMPTY");
        assert_eq!(of("order_items.sale_price", ValueRef::Real(0.0)).unwrap(), "0.0");
        assert_eq!(of("products.category", ValueRef::Text(b"Tops & Tees")).unwrap(), "\"Tops & Tees\"");
        assert_eq!(of("order_items.count", ValueRef::Integer(7)), None);
        assert_eq!(sort_value(field("order_items.sale_price_tier"), ValueRef::Text(b"25 to 49")), Some(2));
        assert_eq!(sort_value(field("order_items.created_month_name"), ValueRef::Text(b"March")), Some(2));
    }
}
