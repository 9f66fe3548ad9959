//! Looker expressions: the formulas of table calculations and of `filter_expression`, as far as the sandbox has them.
//! Numbers, text, `${field}`, `+ - * /`, comparisons, `AND OR NOT`, parentheses and the functions in [`FUNCTIONS`].

use rusqlite::types::Value;

use crate::errors::Failure;

/// Functions by name, with the number of their arguments (none: any number).
pub(crate) const FUNCTIONS: [(&str, Option<usize>); 8] = [
    ("abs", Some(1)),
    ("round", Some(2)),
    ("if", Some(3)),
    ("coalesce", None),
    ("concat", None),
    ("is_null", Some(1)),
    ("upper", Some(1)),
    ("lower", Some(1)),
];

/// A formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// A number.
    Number(f64),
    /// Text in quotation marks.
    Text(String),
    /// `yes`, `no`, `null`.
    Constant(Option<bool>),
    /// `${view.field}`.
    Field(String),
    /// `NOT x`.
    Not(Box<Expression>),
    /// `x op y`; the operator as written in SQL.
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// A function call.
    Call(&'static str, Vec<Expression>),
}

/// Bytes that a formula may have: each operator nests one deeper.
const MAX_LENGTH: usize = 4096;

/// Nesting that a formula may have: it is read recursively.
const MAX_DEPTH: usize = 64;

impl Expression {
    /// Reads a formula; the error is a phrase that says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err("too long".into());
        }
        let mut parser = Parser { rest: text, depth: 0 };
        let expression = parser.level(0)?;
        parser.skip();
        if parser.rest.is_empty() { Ok(expression) } else { Err(format!("unexpected \"{}\"", parser.rest)) }
    }

    /// Names of the fields that it mentions.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Field(name) => vec![name],
            Self::Not(inner) => inner.fields(),
            Self::Binary(_, left, right) => left.fields().into_iter().chain(right.fields()).collect(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::fields).collect(),
            Self::Number(_) | Self::Text(_) | Self::Constant(_) => Vec::new(),
        }
    }

    /// The value for one row; `field` yields the value of a column.
    pub(crate) fn evaluate(&self, field: &dyn Fn(&str) -> Value) -> Value {
        match self {
            Self::Number(number) => Value::Real(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Constant(constant) => constant.map_or(Value::Null, yesno),
            Self::Field(name) => field(name),
            Self::Not(inner) => truth(&inner.evaluate(field)).map_or(Value::Null, |truth| yesno(!truth)),
            Self::Binary(operator, left, right) => binary(operator, &left.evaluate(field), &right.evaluate(field)),
            Self::Call(name, arguments) => {
                let values: Vec<Value> = arguments.iter().map(|argument| argument.evaluate(field)).collect();
                call(name, &values)
            }
        }
    }

    /// SQL for a condition over rows. `field` yields the SQL of a field, `bind` the name of a bound value.
    pub(crate) fn sql(
        &self,
        field: &mut dyn FnMut(&str) -> Result<String, Failure>,
        bind: &mut dyn FnMut(Value) -> String,
    ) -> Result<String, Failure> {
        Ok(match self {
            Self::Number(number) => bind(Value::Real(*number)),
            Self::Text(text) => bind(Value::Text(text.clone())),
            Self::Constant(constant) => match constant {
                None => "NULL".into(),
                Some(true) => "'Yes'".into(),
                Some(false) => "'No'".into(),
            },
            Self::Field(name) => field(name)?,
            Self::Not(inner) => format!("NOT ({})", inner.sql(field, bind)?),
            Self::Binary(operator, left, right) => {
                format!("({} {operator} {})", left.sql(field, bind)?, right.sql(field, bind)?)
            }
            Self::Call(name, arguments) => {
                let arguments: Vec<String> =
                    arguments.iter().map(|argument| argument.sql(field, bind)).collect::<Result<_, _>>()?;
                let list = arguments.join(", ");
                match *name {
                    "if" => format!("IIF({list})"),
                    "is_null" => format!("({list} IS NULL)"),
                    "concat" => format!("({})", arguments.join(" || ")),
                    name => format!("{name}({list})"),
                }
            }
        })
    }
}

fn yesno(truth: bool) -> Value {
    Value::Text(if truth { "Yes" } else { "No" }.into())
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Text(text) => Some(text == "Yes"),
        Value::Null => None,
        other => number(other).map(|number| number != 0.0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "table calculations are floating point")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        other => number(other).map(|number| number.to_string()),
    }
}

fn binary(operator: &str, left: &Value, right: &Value) -> Value {
    if let "AND" | "OR" = operator {
        let (left, right) = (truth(left), truth(right));
        let result = if operator == "AND" {
            left.zip(right).map(|(l, r)| l && r)
        } else {
            left.or(right).map(|_| left == Some(true) || right == Some(true))
        };
        return result.map_or(Value::Null, yesno);
    }
    if let (Value::Text(left), Value::Text(right)) = (left, right) {
        return compare(operator, left.cmp(right)).map_or(Value::Null, yesno);
    }
    let (Some(l), Some(r)) = (number(left), number(right)) else { return Value::Null };
    let result = match operator {
        "+" => l + r,
        "-" => l - r,
        "*" => l * r,
        "/" if r == 0.0 => return Value::Null,
        "/" => l / r,
        _ => return l.partial_cmp(&r).and_then(|order| compare(operator, order)).map_or(Value::Null, yesno),
    };
    Value::Real(result)
}

fn compare(operator: &str, order: std::cmp::Ordering) -> Option<bool> {
    Some(match operator {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        _ => return None,
    })
}

fn call(name: &str, values: &[Value]) -> Value {
    let numbers = |at: usize| values.get(at).and_then(number);
    let null = Value::Null;
    match name {
        "abs" => numbers(0).map_or(null, |n| Value::Real(n.abs())),
        "round" => numbers(0).zip(numbers(1)).map_or(null, |(n, digits)| {
            let scale = 10_f64.powf(digits);
            Value::Real((n * scale).round() / scale)
        }),
        "if" => {
            let chosen = if values.first().and_then(truth) == Some(true) { 1 } else { 2 };
            values.get(chosen).cloned().unwrap_or(null)
        }
        "coalesce" => values.iter().find(|value| **value != Value::Null).cloned().unwrap_or(null),
        "concat" => Value::Text(values.iter().filter_map(text).collect()),
        "is_null" => yesno(values.first().is_none_or(|value| *value == Value::Null)),
        "upper" => values.first().and_then(text).map_or(null, |t| Value::Text(t.to_uppercase())),
        "lower" => values.first().and_then(text).map_or(null, |t| Value::Text(t.to_lowercase())),
        _ => null,
    }
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
        let Some((name, arity)) = FUNCTIONS.iter().find(|(name, _)| self.take(name)) else {
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

    fn value(text: &str) -> Value {
        Expression::parse(text).unwrap().evaluate(&|name| match name {
            "a" => Value::Integer(7),
            "s" => Value::Text("x".into()),
            _ => Value::Null,
        })
    }

    #[test]
    fn operators_bind_as_in_arithmetic_and_null_spreads() {
        assert_eq!(value("1 + ${a} * 2"), Value::Real(15.0));
        assert_eq!(value("(1 + ${a}) * -2"), Value::Real(-16.0));
        assert_eq!(value("${missing} + 1"), Value::Null);
        assert_eq!(value("${a} / 0"), Value::Null);
    }

    #[test]
    fn conditions_yield_yes_and_no() {
        assert_eq!(value("${a} > 5 AND NOT ${s} = \"y\""), Value::Text("Yes".into()));
        assert_eq!(value("if(is_null(${missing}), coalesce(null, 3), 4)"), Value::Real(3.0));
        assert_eq!(value("concat(${s}, \"-\", ${a})"), Value::Text("x-7".into()));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "1 +",
            "offset(${a}, 1)",
            "(1",
            "${a",
            "1 2",
            "round(1)",
            &"(".repeat(500),
            &"-".repeat(500),
            &"1+".repeat(5000),
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
