//! Filters of text, and values of parameters.

use looker_filters::{ParameterValue, Pattern, Piece, StringFilter, StringTest};

use super::{Params, Terms, Unreadable};

/// The SQL condition of a filter of `sql`.
pub(super) fn compile(filter: &StringFilter, sql: &str, params: &mut Params) -> Result<Option<String>, Unreadable> {
    let mut terms = Terms::default();
    for term in filter.terms() {
        let condition = match (&term.test, term.negated) {
            (StringTest::Is(text), false) => {
                terms.equal.push(params.bind_text(text));
                continue;
            }
            (StringTest::Is(text), true) => format!("({sql} <> {} OR {sql} IS NULL)", params.bind_text(text)),
            (StringTest::Like(pattern), false) => format!("{sql} LIKE {} ESCAPE '^'", like(pattern, params)),
            (StringTest::Like(pattern), true) => {
                format!("({sql} NOT LIKE {} ESCAPE '^' OR {sql} IS NULL)", like(pattern, params))
            }
            (StringTest::Null, false) => format!("{sql} IS NULL"),
            (StringTest::Null, true) => format!("{sql} IS NOT NULL"),
            (StringTest::Blank, false) => format!("({sql} IS NULL OR LENGTH({sql}) = 0)"),
            (StringTest::Blank, true) => format!("({sql} IS NOT NULL AND LENGTH({sql}) <> 0)"),
            (StringTest::UserAttribute(_), _) => return Err(Unreadable),
        };
        if term.negated { terms.exclude.push(condition) } else { terms.admit.push(condition) }
    }
    Ok(terms.condition(sql))
}

fn like(pattern: &Pattern, params: &mut Params) -> String {
    let mut sql = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Any => sql.push('%'),
            Piece::One => sql.push('_'),
            Piece::Text(text) => {
                for character in text.chars() {
                    if matches!(character, '%' | '_' | '^') {
                        sql.push('^');
                    }
                    sql.push(character);
                }
            }
        }
    }
    params.bind_text(&sql)
}

/// Takes the carets out of a parameter's value: `sale^_price` means `sale_price`.
pub(crate) fn unescape(text: &str) -> String {
    let Ok(value) = text.parse::<ParameterValue>();
    value.value().to_owned()
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    fn sql(expression: &str) -> (String, Vec<String>) {
        let mut params = Params::default();
        let sql = compile(&expression.parse().unwrap(), "x", &mut params).unwrap().unwrap();
        let values = params.0.into_iter().map(|v| if let Value::Text(text) = v { text } else { panic!() });
        (sql, values.collect())
    }

    #[test]
    fn terms_are_alternatives_and_negations_exclude() {
        assert_eq!(sql("a, b"), ("x IN (?1, ?2)".into(), vec!["a".into(), "b".into()]));
        assert_eq!(sql("-a").0, "(x <> ?1 OR x IS NULL)");
        assert_eq!(sql("a%,-%b").0, "x LIKE ?1 ESCAPE '^' AND (x NOT LIKE ?2 ESCAPE '^' OR x IS NULL)");
    }

    #[test]
    fn null_and_empty_are_words_unless_quoted() {
        assert_eq!(sql("NULL").0, "x IS NULL");
        assert_eq!(sql("-NULL").0, "x IS NOT NULL");
        assert_eq!(sql("EMPTY").0, "(x IS NULL OR LENGTH(x) = 0)");
        assert_eq!(sql("-EMPTY").0, "(x IS NOT NULL AND LENGTH(x) <> 0)");
        assert_eq!(sql("\"NULL\""), ("x = ?1".into(), vec!["NULL".into()]));
    }

    #[test]
    fn quotes_keep_commas_and_carets_keep_wildcards() {
        assert_eq!(sql("\"a, b\",c").1, ["a, b", "c"]);
        assert_eq!(sql("50^%").1, ["50%"]);
        assert_eq!(sql("50^%%").1, ["50^%%"]);
        assert_eq!(sql("^-5").1, ["-5"]);
        assert_eq!(unescape("sale^_price"), "sale_price");
    }

    #[test]
    fn a_user_attribute_is_refused_as_nobody_here_has_one() {
        let filter = "{{ _user_attributes['id'] }}".parse().unwrap();
        assert_eq!(compile(&filter, "x", &mut Params::default()), Err(Unreadable));
    }
}
