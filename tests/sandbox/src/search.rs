//! How `search_*` operations compare: text with wildcards, ids in lists, conditions joined by "and" or "or".

use crate::dispatch::Call;

/// Whether a text matches a pattern: `%` is any text, `_` any letter, case does not matter. `IS NULL` and `NOT NULL`
/// ask for the absence and presence of a value.
pub(crate) fn text(pattern: &str, value: Option<&str>) -> bool {
    match (pattern, value) {
        ("IS NULL", value) => value.is_none(),
        ("NOT NULL", value) => value.is_some(),
        (_, None) => false,
        (pattern, Some(value)) => like(pattern, value),
    }
}

fn like(pattern: &str, value: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let value: Vec<char> = value.to_lowercase().chars().collect();
    let (mut at, mut read) = (0, 0);
    // The last `%`, and how far the text was read when it began.
    let mut wild: Option<(usize, usize)> = None;
    while let Some(letter) = value.get(read) {
        match (pattern.get(at), wild) {
            (Some('%'), _) => {
                wild = Some((at, read));
                at += 1;
            }
            (Some(wanted), _) if *wanted == '_' || wanted == letter => {
                at += 1;
                read += 1;
            }
            (_, Some((percent, begun))) => {
                wild = Some((percent, begun + 1));
                at = percent + 1;
                read = begun + 1;
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '%')
}

/// Whether an id stands in a list with commas.
pub(crate) fn id(list: &str, value: i64) -> bool {
    list.split(',').any(|id| id.trim().parse() == Ok(value))
}

/// A boolean condition: only `true` and `false` get here.
pub(crate) fn boolean(wanted: &str, value: bool) -> bool {
    (wanted == "true") == value
}

/// A condition of a search: the name of its parameter, and whether a wish given there holds.
pub(crate) type Condition<'a> = (&'a str, &'a dyn Fn(&str) -> bool);

/// Whether the conditions that a call names hold: all of them, or any with `filter_or=true`.
pub(crate) fn matches(call: &Call, conditions: &[Condition<'_>]) -> bool {
    let mut given = conditions.iter().filter_map(|(name, holds)| Some(holds(call.parameter(name)?))).peekable();
    if given.peek().is_none() {
        return true;
    }
    if call.flag("filter_or") { given.any(|holds| holds) } else { given.all(|holds| holds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_sql_and_case_does_not_matter() {
        for (pattern, value) in
            [("dan%", "Danzig"), ("D_m%", "dump"), ("%son1_", "person10"), ("%", ""), ("a%b%c", "aXbbYc")]
        {
            assert!(text(pattern, Some(value)), "{pattern} {value}");
        }
        for (pattern, value) in [("dan%", "David"), ("dan", "Danzig"), ("_", ""), ("a%c", "ab"), ("", "a")] {
            assert!(!text(pattern, Some(value)), "{pattern} {value}");
        }
    }

    #[test]
    fn null_is_asked_for_by_name() {
        assert!(text("IS NULL", None) && text("NOT NULL", Some("")));
        assert!(!text("%", None) && !text("NOT NULL", None) && !text("IS NULL", Some("x")));
    }

    #[test]
    fn ids_come_in_lists() {
        assert!(id("7", 7) && id("1, 7", 7));
        assert!(!id("17", 7) && !id("", 7) && !id("x", 7));
    }
}
