//! Filters of numbers.

use looker_filters::{Number, NumberFilter, NumberTest};
use rusqlite::types::Value;

use super::{Params, Terms, Unreadable};

/// The SQL condition of a filter of `sql`.
pub(super) fn compile(filter: &NumberFilter, sql: &str, params: &mut Params) -> Result<Option<String>, Unreadable> {
    let mut terms = Terms::default();
    for term in filter.terms() {
        let condition = match (&term.test, term.negated) {
            (NumberTest::Is(number), false) => {
                terms.equal.push(bind(number, params)?);
                continue;
            }
            (NumberTest::Is(number), true) => format!("({sql} <> {} OR {sql} IS NULL)", bind(number, params)?),
            (NumberTest::Null, true) => format!("{sql} IS NOT NULL"),
            (test, true) => format!("(NOT ({}) OR {sql} IS NULL)", positive(test, sql, params)?),
            (test, false) => positive(test, sql, params)?,
        };
        if term.negated { terms.exclude.push(condition) } else { terms.admit.push(condition) }
    }
    Ok(terms.condition(sql))
}

fn positive(test: &NumberTest, sql: &str, params: &mut Params) -> Result<String, Unreadable> {
    Ok(match test {
        NumberTest::Is(number) => format!("{sql} = {}", bind(number, params)?),
        NumberTest::Compare(side, number) => format!("{sql} {} {}", side.sign(), bind(number, params)?),
        NumberTest::Between { low, high, bounds } => {
            let (low, high) = (bind(low, params)?, bind(high, params)?);
            let (above, below) = (if bounds.low { ">=" } else { ">" }, if bounds.high { "<=" } else { "<" });
            format!("({sql} {above} {low} AND {sql} {below} {high})")
        }
        NumberTest::Null => format!("{sql} IS NULL"),
        NumberTest::UserAttribute(_) => return Err(Unreadable),
    })
}

/// A number; whole ones stay exact.
fn bind(number: &Number, params: &mut Params) -> Result<String, Unreadable> {
    let value = match number.as_str().parse::<i64>() {
        Ok(whole) => Value::Integer(whole),
        Err(_) => Value::Real(Some(number.as_f64()).filter(|number| number.is_finite()).ok_or(Unreadable)?),
    };
    Ok(params.bind(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(expression: &str, params: &mut Params) -> Result<Option<String>, Unreadable> {
        compile(&expression.parse()?, "x", params)
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
            ("(1, inf)", "x > ?1"),
            ("NOT 5", "(x <> ?1 OR x IS NULL)"),
            ("<>5", "(x <> ?1 OR x IS NULL)"),
            ("NOT 5, 6", "(x <> ?1 OR x IS NULL) AND (x <> ?2 OR x IS NULL)"),
            ("NOT >5", "(NOT (x > ?1) OR x IS NULL)"),
            ("NULL", "x IS NULL"),
            ("NOT NULL", "x IS NOT NULL"),
            (">1 AND <5", "(x > ?1 AND x < ?2)"),
            (">5 OR <1", "(x > ?1 OR x < ?2)"),
            ("[1,2],7", "(x = ?3 OR (x >= ?1 AND x <= ?2))"),
        ] {
            assert_eq!(compiled(expression, &mut Params::default()), Ok(Some(expected.into())), "{expression}");
        }
    }

    #[test]
    fn whole_numbers_above_2_to_the_53_stay_exact() {
        let mut params = Params::default();
        compiled("9007199254740993", &mut params).unwrap();
        assert_eq!(params.0, [Value::Integer(9_007_199_254_740_993)]);
    }

    #[test]
    fn what_is_no_number_here_is_refused() {
        for bad in ["five", "1e999", "{{ _user_attributes['id'] }}"] {
            assert_eq!(compiled(bad, &mut Params::default()), Err(Unreadable), "{bad}");
        }
    }
}
