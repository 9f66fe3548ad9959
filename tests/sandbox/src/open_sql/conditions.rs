//! Conditions of SQL as the formulas that filters are made of.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, UnaryOperator, Value};

use super::parse::{field, measure};
use crate::query::expression::Expression;

/// Values that a list may have: each nests one deeper.
const MOST_VALUES: usize = 200;

/// The formula of a condition; measures are allowed `in_having` only.
pub(super) fn condition(expr: &Expr, in_having: bool) -> Result<Expression, String> {
    let unknown = || format!("The SQL interface of this sandbox does not know the condition {expr}.");
    let value = |expr: &Expr| value(expr, in_having);
    let negated = |negated: bool, inner: Expression| if negated { not(inner) } else { inner };
    Ok(match expr {
        Expr::Nested(inner) => condition(inner, in_having)?,
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => not(condition(expr, in_having)?),
        Expr::IsNull(inner) => is_null(value(inner)?),
        Expr::IsNotNull(inner) => not(is_null(value(inner)?)),
        Expr::Between { expr, negated: is_not, low, high } => {
            let inside =
                binary("AND", binary(">=", value(expr)?, value(low)?), binary("<=", value(expr)?, value(high)?));
            negated(*is_not, inside)
        }
        Expr::In { expr, target: InTarget::List(list), negated: is_not, global: false } => {
            if list.len() > MOST_VALUES {
                return Err(format!("A list has {MOST_VALUES} values at most."));
            }
            let mut any: Option<Expression> = None;
            for one in list {
                let equal = binary("=", value(expr)?, value(one)?);
                any = Some(match any {
                    Some(others) => binary("OR", others, equal),
                    None => equal,
                });
            }
            negated(*is_not, any.ok_or_else(unknown)?)
        }
        Expr::BinaryOp { left, op, right } => {
            if let Some(joiner) = match op {
                BinaryOperator::And => Some("AND"),
                BinaryOperator::Or => Some("OR"),
                _ => None,
            } {
                return Ok(binary(joiner, condition(left, in_having)?, condition(right, in_having)?));
            }
            let operator = match op {
                BinaryOperator::Eq => "=",
                BinaryOperator::NotEq => "<>",
                BinaryOperator::Lt => "<",
                BinaryOperator::LtEq => "<=",
                BinaryOperator::Gt => ">",
                BinaryOperator::GtEq => ">=",
                _ => return Err(unknown()),
            };
            binary(operator, value(left)?, value(right)?)
        }
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => value(expr)?,
        _ => return Err(unknown()),
    })
}

fn value(expr: &Expr, in_having: bool) -> Result<Expression, String> {
    let unknown = || format!("The SQL interface of this sandbox does not know the value {expr}.");
    if let Some(name) = measure(expr) {
        return if in_having {
            Ok(Expression::Field(name.to_owned()))
        } else {
            Err("A measure is filtered in HAVING.".into())
        };
    }
    if let Some(name) = field(expr) {
        return Ok(Expression::Field(name.to_owned()));
    }
    Ok(match expr {
        Expr::Nested(inner) => value(inner, in_having)?,
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            binary("-", Expression::Number(0.0), value(expr, in_having)?)
        }
        Expr::Value(known) => literal(&known.value).ok_or_else(unknown)?,
        // DATE '2024-01-31' compares as the text that fields have.
        Expr::TypedString(typed) => literal(&typed.value.value).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    })
}

fn literal(value: &Value) -> Option<Expression> {
    Some(match value {
        Value::Number(digits, _) => Expression::Number(digits.parse().ok()?),
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Expression::Text(text.clone()),
        Value::Boolean(truth) => Expression::Constant(Some(*truth)),
        Value::Null => Expression::Constant(None),
        _ => return None,
    })
}

fn binary(operator: &'static str, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

fn is_null(inner: Expression) -> Expression {
    Expression::Call("is_null", vec![inner])
}
