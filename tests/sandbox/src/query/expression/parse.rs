//! Reading a formula.

use super::{Expression, FUNCTIONS};

/// Bytes that a formula may have: each operator nests one deeper.
const MAX_LENGTH: usize = 4096;

/// Nesting that a formula may have: it is read recursively.
const MAX_DEPTH: usize = 64;

/// Reads a formula; the error is a phrase that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > MAX_LENGTH {
        return Err("too long".into());
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let expression = parser.level(0)?;
    parser.skip();
    if parser.rest.is_empty() { Ok(expression) } else { Err(format!("unexpected \"{}\"", parser.rest)) }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// Operators from loose to tight: each as written, and in SQL. Longer ones stand first.
const LEVELS: [&[(&str, &str)]; 5] = [
    &[("OR", "OR")],
    &[("AND", "AND")],
    &[("<=", "<="), (">=", ">="), ("<>", "<>"), ("!=", "<>"), ("=", "="), ("<", "<"), (">", ">")],
    &[("+", "+"), ("-", "-")],
    &[("*", "*"), ("/", "/")],
];

impl Parser<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let Some(head) = self.rest.get(..token.len()) else { return false };
        let tail = self.rest.get(token.len()..).unwrap_or_default();
        let word = token.starts_with(char::is_alphabetic);
        if !head.eq_ignore_ascii_case(token) || (word && tail.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
            return false;
        }
        self.rest = tail;
        true
    }

    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else { return self.atom() };
        if level == 2 && self.take("NOT") {
            return Ok(Expression::Not(Box::new(self.nested(2)?)));
        }
        let mut left = self.level(level + 1)?;
        while let Some((_, sql)) = operators.iter().find(|(written, _)| self.take(written)) {
            left = Expression::Binary(sql, Box::new(left), Box::new(self.level(level + 1)?));
        }
        Ok(left)
    }

    fn nested(&mut self, level: usize) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("too deeply nested".into());
        }
        let inner = self.level(level);
        self.depth -= 1;
        inner
    }

    fn atom(&mut self) -> Result<Expression, String> {
        self.skip();
        if self.take("(") {
            let inner = self.nested(0)?;
            return if self.take(")") { Ok(inner) } else { Err("a parenthesis is not closed".into()) };
        }
        if self.take("-") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err("too deeply nested".into());
            }
            let inner = self.atom()?;
            self.depth -= 1;
            return Ok(Expression::Binary("-", Box::new(Expression::Number(0.0)), Box::new(inner)));
        }
        if let Some(rest) = self.rest.strip_prefix("${") {
            let (name, rest) = rest.split_once('}').ok_or("a field is not closed")?;
            self.rest = rest;
            return Ok(Expression::Field(name.trim().to_owned()));
        }
        if let Some(quote) = self.rest.chars().next().filter(|c| *c == '"' || *c == '\'') {
            let rest = self.rest.get(1..).unwrap_or_default();
            let (text, rest) = rest.split_once(quote).ok_or("a text is not closed")?;
            self.rest = rest;
            return Ok(Expression::Text(text.to_owned()));
        }
        let digits = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            self.rest = rest;
            return number.parse().map(Expression::Number).map_err(|_| format!("\"{number}\" is no number"));
        }
        for (word, constant) in [("yes", Some(true)), ("no", Some(false)), ("null", None)] {
            if self.take(word) {
                return Ok(Expression::Constant(constant));
            }
        }
        self.call()
    }

    fn call(&mut self) -> Result<Expression, String> {
        let Some((name, arity, _)) = FUNCTIONS.iter().find(|(name, ..)| self.take(name)) else {
            return Err(format!("the sandbox does not know \"{}\"", self.rest));
        };
        if !self.take("(") {
            return Err(format!("{name} needs its arguments in parentheses"));
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.nested(0)?);
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return Err(format!("the arguments of {name} are not closed"));
                }
            }
        }
        if arity.is_some_and(|arity| arity != arguments.len()) {
            return Err(format!("{name} has the wrong number of arguments"));
        }
        Ok(Expression::Call(name, arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "1 +",
            "lookup(${a}, 1)",
            "(1",
            "${a",
            "1 2",
            "round(1)",
            &"(".repeat(500),
            &"-".repeat(500),
            &"1+".repeat(5000),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
