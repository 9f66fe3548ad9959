//! Filter expressions: the first byte of an input chooses the family, the rest is the expression.

use looker_filters::{Family, parse};

const FAMILIES: &[&str] = &["string", "number", "date_time", "tier", "yesno", "location", "unquoted"];

/// An expression that is read is written so that it is read again as the same, and can be explained.
pub fn filter(input: &[u8]) {
    let [family, text @ ..] = input else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let lookml_type = FAMILIES[usize::from(*family) % FAMILIES.len()];
    let Some(family) = Family::of(lookml_type) else { return };
    let Ok(filter) = parse(family, text) else { return };
    let written = filter.to_string();
    let again = parse(family, &written).unwrap_or_else(|error| panic!("{text:?} is written as {written:?}: {error}"));
    assert_eq!(again, filter, "{text:?} is written as {written:?}");
    assert!(!filter.summary().is_empty(), "{text:?} has no words");
}
