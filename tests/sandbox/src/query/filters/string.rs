//! Filter expressions of text: `a,b`, `-a`, `a%`, `%a%`, `NULL`, `EMPTY`, quotation marks and caret escapes.

use super::{Params, Terms, Unreadable};

/// One character of a term: as written, or a wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Literal(char),
    Any,
    One,
}

#[derive(Debug)]
struct Term {
    negated: bool,
    quoted: bool,
    pieces: Vec<Piece>,
}

/// The SQL condition of an expression about `sql`.
pub(crate) fn compile(expression: &str, sql: &str, params: &mut Params) -> Result<Option<String>, Unreadable> {
    let mut terms = Terms::default();
    for term in split(expression)? {
        if let Some(text) = term.plain() {
            terms.equal.push(params.bind_text(&text));
            continue;
        }
        let condition = term.condition(sql, params);
        if term.negated { terms.exclude.push(condition) } else { terms.admit.push(condition) }
    }
    Ok(terms.condition(sql))
}

/// Splits at commas outside of quotation marks; `^` takes the next character as it is.
fn split(expression: &str) -> Result<Vec<Term>, Unreadable> {
    let mut terms = Vec::new();
    let mut characters = expression.chars().peekable();
    loop {
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        let mut term = Term { negated: characters.next_if_eq(&'-').is_some(), quoted: false, pieces: Vec::new() };
        if characters.next_if_eq(&'"').is_some() {
            term.quoted = true;
            loop {
                match characters.next().ok_or(Unreadable)? {
                    '"' if characters.next_if_eq(&'"').is_none() => break,
                    '^' => term.pieces.push(Piece::Literal(characters.next().ok_or(Unreadable)?)),
                    '%' => term.pieces.push(Piece::Any),
                    '_' => term.pieces.push(Piece::One),
                    other => term.pieces.push(Piece::Literal(other)),
                }
            }
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            if characters.peek().is_some_and(|c| *c != ',') {
                return Err(Unreadable);
            }
        } else {
            while let Some(character) = characters.next_if(|c| *c != ',') {
                term.pieces.push(match character {
                    '^' => Piece::Literal(characters.next().ok_or(Unreadable)?),
                    '%' => Piece::Any,
                    '_' => Piece::One,
                    other => Piece::Literal(other),
                });
            }
            while term.pieces.last().is_some_and(|piece| matches!(piece, Piece::Literal(c) if c.is_whitespace())) {
                term.pieces.pop();
            }
        }
        if term.quoted || !term.pieces.is_empty() {
            terms.push(term);
        } else if term.negated {
            return Err(Unreadable);
        }
        if characters.next().is_none() {
            return if terms.is_empty() { Err(Unreadable) } else { Ok(terms) };
        }
    }
}

impl Term {
    fn literal(&self) -> Option<String> {
        self.pieces.iter().map(|piece| if let Piece::Literal(c) = piece { Some(*c) } else { None }).collect()
    }

    /// The text that is asked for, if the term is neither negated nor a pattern nor a word of the language.
    fn plain(&self) -> Option<String> {
        let text = self.literal().filter(|_| !self.negated)?;
        let is_word = text.eq_ignore_ascii_case("NULL") || text.eq_ignore_ascii_case("EMPTY");
        (self.quoted || !is_word).then_some(text)
    }

    fn condition(&self, sql: &str, params: &mut Params) -> String {
        let literal = self.literal();
        let keyword = literal.as_deref().filter(|_| !self.quoted);
        match keyword.map(str::to_ascii_uppercase).as_deref() {
            Some("NULL") if self.negated => return format!("{sql} IS NOT NULL"),
            Some("NULL") => return format!("{sql} IS NULL"),
            Some("EMPTY") if self.negated => return format!("({sql} IS NOT NULL AND LENGTH({sql}) <> 0)"),
            Some("EMPTY") => return format!("({sql} IS NULL OR LENGTH({sql}) = 0)"),
            _ => {}
        }
        let test = if let Some(text) = literal {
            format!("{sql} {} {}", if self.negated { "<>" } else { "=" }, params.bind_text(&text))
        } else {
            let pattern = params.bind_text(&self.pattern());
            format!("{sql} {} {pattern} ESCAPE '^'", if self.negated { "NOT LIKE" } else { "LIKE" })
        };
        if self.negated { format!("({test} OR {sql} IS NULL)") } else { test }
    }

    fn pattern(&self) -> String {
        let mut pattern = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Any => pattern.push('%'),
                Piece::One => pattern.push('_'),
                Piece::Literal(c) => {
                    if matches!(c, '%' | '_' | '^') {
                        pattern.push('^');
                    }
                    pattern.push(*c);
                }
            }
        }
        pattern
    }
}

/// Takes the carets out of a parameter's value: `sale^_price` means `sale_price`.
pub(crate) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '^' { characters.next().unwrap_or('^') } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    fn sql(expression: &str) -> (String, Vec<String>) {
        let mut params = Params::default();
        let sql = compile(expression, "x", &mut params).unwrap().unwrap();
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
    fn an_expression_without_a_term_is_refused() {
        for bad in ["\"open", "\"a\"b", "-", ",", "a^"] {
            assert_eq!(compile(bad, "x", &mut Params::default()), Err(Unreadable), "{bad}");
        }
    }
}
