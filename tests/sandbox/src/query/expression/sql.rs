//! A formula as SQL over rows. SQL knows conditions, formulas know `Yes` and `No`, so each is written in two ways.

use rusqlite::types::Value;

use super::Expression;
use crate::errors::Failure;

/// What SQL is written with.
pub(crate) trait Names {
    /// The SQL of a field.
    fn field(&mut self, name: &str) -> Result<String, Failure>;
    /// The name of a bound value.
    fn bind(&mut self, value: Value) -> String;
}

impl Expression {
    /// SQL of its value.
    pub(crate) fn sql(&self, names: &mut dyn Names) -> Result<String, Failure> {
        Ok(match self {
            Self::Number(number) => names.bind(Value::Real(*number)),
            Self::Text(text) => names.bind(Value::Text(text.clone())),
            Self::Constant(None) => "NULL".into(),
            Self::Constant(Some(true)) => "'Yes'".into(),
            Self::Constant(Some(false)) => "'No'".into(),
            Self::Field(name) => names.field(name)?,
            Self::Binary("/", left, right) => {
                // Whole numbers divide like any other.
                format!("(1.0 * {} / NULLIF({}, 0))", left.sql(names)?, right.sql(names)?)
            }
            Self::Binary(operator @ ("+" | "-" | "*"), left, right) => {
                format!("({} {operator} {})", left.sql(names)?, right.sql(names)?)
            }
            Self::Call("is_null", _) | Self::Not(_) | Self::Binary(..) => {
                format!("CASE ({}) WHEN 1 THEN 'Yes' WHEN 0 THEN 'No' END", self.condition(names)?)
            }
            Self::Call("if", arguments) => match arguments.as_slice() {
                [condition, yes, no] => {
                    format!("IIF({}, {}, {})", condition.condition(names)?, yes.sql(names)?, no.sql(names)?)
                }
                _ => "NULL".into(),
            },
            Self::Call(name, arguments) => {
                if let Some(function) = self.table_function() {
                    let message = format!("\"{function}\" can only be used in a table calculation.");
                    return Err(Failure::bad_request(message));
                }
                let arguments: Vec<String> =
                    arguments.iter().map(|argument| argument.sql(names)).collect::<Result<_, _>>()?;
                match (*name, arguments.as_slice()) {
                    ("concat", []) => "''".into(),
                    ("concat", parts) => {
                        let parts: Vec<String> = parts.iter().map(|part| format!("COALESCE({part}, '')")).collect();
                        format!("({})", parts.join(" || "))
                    }
                    ("coalesce", []) => "NULL".into(),
                    ("coalesce", [one]) => one.clone(),
                    (name, arguments) => format!("{name}({})", arguments.join(", ")),
                }
            }
        })
    }

    /// SQL of a condition that holds where its value is `Yes`.
    pub(crate) fn condition(&self, names: &mut dyn Names) -> Result<String, Failure> {
        Ok(match self {
            Self::Not(inner) => format!("NOT ({})", inner.condition(names)?),
            Self::Binary(operator @ ("AND" | "OR"), left, right) => {
                format!("({} {operator} {})", left.condition(names)?, right.condition(names)?)
            }
            Self::Binary(operator @ ("=" | "<>" | "<" | "<=" | ">" | ">="), left, right) => {
                format!("({} {operator} {})", left.sql(names)?, right.sql(names)?)
            }
            Self::Call("is_null", arguments) => match arguments.first() {
                Some(argument) => format!("({} IS NULL)", argument.sql(names)?),
                None => "1".into(),
            },
            Self::Constant(Some(truth)) => i32::from(*truth).to_string(),
            other => format!("({} = 'Yes')", other.sql(names)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain(Vec<Value>);

    impl Names for Plain {
        fn field(&mut self, name: &str) -> Result<String, Failure> {
            Ok(name.to_owned())
        }

        fn bind(&mut self, value: Value) -> String {
            self.0.push(value);
            format!("?{}", self.0.len())
        }
    }

    #[test]
    fn conditions_and_values_are_written_in_their_own_ways() {
        let write = |text: &str, condition: bool| {
            let (expression, mut names) = (Expression::parse(text).unwrap(), Plain(Vec::new()));
            if condition { expression.condition(&mut names).unwrap() } else { expression.sql(&mut names).unwrap() }
        };
        assert_eq!(write("${a} > 1", true), "(a > ?1)");
        assert_eq!(write("${a} > 1", false), "CASE ((a > ?1)) WHEN 1 THEN 'Yes' WHEN 0 THEN 'No' END");
        assert_eq!(write("${a} OR NOT ${b}", true), "((a = 'Yes') OR NOT ((b = 'Yes')))");
        assert_eq!(write("${a} / ${b}", false), "(1.0 * a / NULLIF(b, 0))");
        assert_eq!(write("if(${a}, 1, 2)", false), "IIF((a = 'Yes'), ?1, ?2)");
        let table = Expression::parse("running_total(${a})").unwrap();
        assert!(table.sql(&mut Plain(Vec::new())).is_err());
    }
}
