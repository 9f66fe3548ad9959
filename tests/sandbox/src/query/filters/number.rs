//! Filter expressions of numbers: `5`, `>5`, `[1,10)`, `1 to 5`, `NOT 5`, `5,6`, `NULL`, `AND`, `OR`.

use rusqlite::types::Value;

use super::{Params, Terms, Unreadable, strip_word};

/// The SQL condition of an expression about `sql`.
pub(crate) fn compile(expression: &str, sql: &str, params: &mut Params) -> Result<Option<String>, Unreadable> {
    let mut terms = Terms::default();
    for part in split(expression) {
        if let Ok(value) = bind(part, params) {
            terms.equal.push(value);
            continue;
        }
        let mut conditions = Vec::new();
        let mut excludes = true;
        for piece in words(part, "AND") {
            let (negated, condition) = term(piece.trim(), sql, params)?;
            excludes &= negated;
            conditions.push(condition);
        }
        let condition = if let [single] = conditions.as_slice() {
            single.clone()
        } else {
            format!("({})", conditions.join(" AND "))
        };
        if excludes { terms.exclude.push(condition) } else { terms.admit.push(condition) }
    }
    Ok(terms.condition(sql))
}

/// Splits at commas and `OR`, but not inside an interval.
fn split(expression: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut inside) = (0, false);
    for (at, byte) in expression.bytes().enumerate() {
        match byte {
            b'[' | b'(' => inside = true,
            b']' | b')' => inside = false,
            b',' if !inside => {
                parts.push(expression.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(expression.get(start..).unwrap_or_default());
    parts.into_iter().flat_map(|part| words(part, "OR")).collect()
}

/// Splits at a word that stands alone.
fn words<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    for piece in text.split_inclusive(char::is_whitespace) {
        if piece.trim().eq_ignore_ascii_case(word) {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + piece.len();
        }
        at += piece.len();
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// The condition of one term, and whether it excludes.
fn term(text: &str, sql: &str, params: &mut Params) -> Result<(bool, String), Unreadable> {
    if let Some(rest) = strip_word(text, "NOT") {
        let condition = match rest.to_ascii_uppercase().as_str() {
            "NULL" => format!("{sql} IS NOT NULL"),
            _ => format!("(NOT ({}) OR {sql} IS NULL)", positive(rest, sql, params)?),
        };
        return Ok((true, condition));
    }
    if text.eq_ignore_ascii_case("-NULL") {
        return Ok((true, format!("{sql} IS NOT NULL")));
    }
    if let Some(rest) = text.strip_prefix("<>").or_else(|| text.strip_prefix("!=")) {
        return Ok((true, format!("({sql} <> {} OR {sql} IS NULL)", bind(rest, params)?)));
    }
    Ok((false, positive(text, sql, params)?))
}

fn positive(text: &str, sql: &str, params: &mut Params) -> Result<String, Unreadable> {
    if text.eq_ignore_ascii_case("NULL") {
        return Ok(format!("{sql} IS NULL"));
    }
    for operator in [">=", "<=", ">", "<", "="] {
        if let Some(rest) = text.strip_prefix(operator) {
            return Ok(format!("{sql} {operator} {}", bind(rest, params)?));
        }
    }
    if text.starts_with(['[', '(']) {
        return interval(text, sql, params);
    }
    if let [low, high] = words(text, "to").as_slice() {
        return Ok(format!("({sql} >= {} AND {sql} <= {})", bind(low, params)?, bind(high, params)?));
    }
    Ok(format!("{sql} = {}", bind(text, params)?))
}

fn interval(text: &str, sql: &str, params: &mut Params) -> Result<String, Unreadable> {
    let above = if text.starts_with('[') { ">=" } else { ">" };
    let below = if text.ends_with(']') {
        "<="
    } else if text.ends_with(')') {
        "<"
    } else {
        return Err(Unreadable);
    };
    let inner = text.get(1..text.len() - 1).ok_or(Unreadable)?;
    let (low, high) = inner.split_once(',').ok_or(Unreadable)?;
    let mut bounds = Vec::new();
    for (bound, operator, endless) in [(low, above, "-inf"), (high, below, "inf")] {
        if !bound.trim().eq_ignore_ascii_case(endless) {
            bounds.push(format!("{sql} {operator} {}", bind(bound, params)?));
        }
    }
    if bounds.is_empty() { Ok(format!("{sql} IS NOT NULL")) } else { Ok(format!("({})", bounds.join(" AND "))) }
}

/// A number; whole ones stay exact.
fn bind(text: &str, params: &mut Params) -> Result<String, Unreadable> {
    let text = text.trim();
    let value = match text.parse::<i64>() {
        Ok(whole) => Value::Integer(whole),
        Err(_) => Value::Real(text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or(Unreadable)?),
    };
    Ok(params.bind(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(expression: &str) -> String {
        compile(expression, "x", &mut Params::default()).unwrap().unwrap()
    }

    #[test]
    fn numbers_ranges_and_lists_become_conditions() {
        for (expression, expected) in [
            ("5", "x = ?1"),
            (">5", "x > ?1"),
            ("<= 5.5", "x <= ?1"),
            ("5, 6", "x IN (?1, ?2)"),
            ("1 to 5", "(x >= ?1 AND x <= ?2)"),
            ("[1,10)", "(x >= ?1 AND x < ?2)"),
            ("(1, inf)", "(x > ?1)"),
            ("NOT 5", "(NOT (x = ?1) OR x IS NULL)"),
            ("<>5", "(x <> ?1 OR x IS NULL)"),
            ("NOT 5, NOT 6", "(NOT (x = ?1) OR x IS NULL) AND (NOT (x = ?2) OR x IS NULL)"),
            ("NULL", "x IS NULL"),
            ("NOT NULL", "x IS NOT NULL"),
            (">1 AND <5", "(x > ?1 AND x < ?2)"),
            (">5 OR <1", "(x > ?1 OR x < ?2)"),
            ("[1,2],7", "(x = ?3 OR (x >= ?1 AND x <= ?2))"),
        ] {
            assert_eq!(sql(expression), expected, "{expression}");
        }
    }

    #[test]
    fn whole_numbers_above_2_to_the_53_stay_exact() {
        let mut params = Params::default();
        compile("9007199254740993", "x", &mut params).unwrap();
        assert_eq!(params.0, [Value::Integer(9_007_199_254_740_993)]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["five", ">", "[1,2", "[1]", "1 to", "NOT", "nan", "1e999", "5;6", "["] {
            assert_eq!(compile(bad, "x", &mut Params::default()), Err(Unreadable), "{bad}");
        }
    }
}
