//! The order of rows and of pivot columns.

use crate::errors::Failure;
use crate::model::field::{Aggregate, Category, Field, Function, Source};

/// One sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    /// Field.
    pub(crate) field: String,
    /// Largest first.
    pub(crate) descending: bool,
    /// Pivot column whose measure is meant, 0 being the first.
    pub(crate) pivot: u64,
}

/// A hidden measure that a dimension is sorted by in its place.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Name of the dimension.
    pub(crate) of: String,
    /// The smallest value of the other dimension; there is one for each value of this one.
    pub(crate) measure: Field,
}

/// The keys that sorting by some dimensions needs.
pub(crate) fn keys(dimensions: &[Field], sorts: &[Sort]) -> Vec<Key> {
    let sorted = dimensions.iter().filter(|field| sorts.iter().any(|sort| sort.field == field.name));
    sorted
        .filter_map(|field| {
            let sql = Some(format!("${{{}}}", field.order_by?));
            let aggregate =
                Aggregate { function: Function::Min, sql, distinct_key: None, filters: Vec::new(), condition: None };
            let view = (field.view.as_str(), field.view_label.as_str());
            let measure = Field::new(view, Category::Measure, "__sort", "min", Source::Aggregate(aggregate));
            Some(Key { of: field.name.clone(), measure })
        })
        .collect()
}

/// Wish for no order at all.
const UNSORTED: &str = "__UNSORTED__";

/// Reads `sorts`. None means: unsorted; an empty list: the default order.
pub(crate) fn parse(sorts: &[String]) -> Result<Option<Vec<Sort>>, Failure> {
    if sorts.iter().any(|sort| sort == UNSORTED) {
        return Ok(None);
    }
    sorts.iter().map(|sort| one(sort)).collect::<Result<Vec<_>, _>>().map(Some)
}

fn one(text: &str) -> Result<Sort, Failure> {
    let mut words = text.split_whitespace();
    let refuse = || Failure::bad_request(format!("The sort \"{text}\" is not valid."));
    let field = words.next().ok_or_else(refuse)?.to_owned();
    let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(refuse()),
    };
    let pivot = words.next().map_or(Ok(0), str::parse).map_err(|_| refuse())?;
    if words.next().is_some() { Err(refuse()) } else { Ok(Sort { field, descending, pivot }) }
}

/// Looker's order when none is asked for: the first date downwards, else the first measure downwards, else the first
/// dimension upwards.
pub(crate) fn default(dimensions: &[Field], measures: &[Field]) -> Vec<Sort> {
    let sort = |field: &Field, descending| vec![Sort { field: field.name.clone(), descending, pivot: 0 }];
    if let Some(time) = dimensions.iter().find(|field| field.is_time()) {
        sort(time, true)
    } else if let Some(measure) = measures.first() {
        sort(measure, true)
    } else {
        dimensions.first().map_or_else(Vec::new, |first| sort(first, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_a_field_a_direction_and_a_pivot_column() {
        let sorts = parse(&["a.b".into(), "a.c desc".into(), "a.d desc 2".into()]).unwrap().unwrap();
        let found: Vec<_> = sorts.iter().map(|s| (s.field.as_str(), s.descending, s.pivot)).collect();
        assert_eq!(found, [("a.b", false, 0), ("a.c", true, 0), ("a.d", true, 2)]);
        assert_eq!(parse(&[UNSORTED.into()]), Ok(None));
        assert!(parse(&["a.b downwards".into()]).is_err());
    }
}
