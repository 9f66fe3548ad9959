//! Values of a formula, column by column: a table calculation may look at every row of the result.

use rusqlite::types::Value;

use super::Expression;
use crate::format::value::number;
use crate::sum::Sum;

impl Expression {
    /// The values for `rows` rows; `field` yields those of a column, as many.
    pub(crate) fn evaluate(&self, rows: usize, field: &dyn Fn(&str) -> Vec<Value>) -> Vec<Value> {
        match self {
            Self::Number(number) => vec![Value::Real(*number); rows],
            Self::Text(text) => vec![Value::Text(text.clone()); rows],
            Self::Constant(constant) => vec![constant.map_or(Value::Null, yesno); rows],
            Self::Field(name) => field(name),
            Self::Not(inner) => {
                let values = inner.evaluate(rows, field);
                values.iter().map(|value| truth(value).map_or(Value::Null, |truth| yesno(!truth))).collect()
            }
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.evaluate(rows, field), right.evaluate(rows, field));
                left.iter().zip(&right).map(|(left, right)| binary(operator, left, right)).collect()
            }
            Self::Call(name, arguments) => {
                let columns: Vec<Vec<Value>> =
                    arguments.iter().map(|argument| argument.evaluate(rows, field)).collect();
                over_table(name, &columns, rows).unwrap_or_else(|| {
                    let row = |at: usize| columns.iter().filter_map(|column| column.get(at).cloned()).collect();
                    (0..rows).map(|at| call(name, row(at))).collect()
                })
            }
        }
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

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        other => number(other).map(|number| number.to_string()),
    }
}

fn binary(operator: &str, left: &Value, right: &Value) -> Value {
    if let "AND" | "OR" = operator {
        let (left, right) = (truth(left), truth(right));
        let decisive = Some(operator == "OR");
        let result = if left == decisive || right == decisive { decisive } else { left.zip(right).map(|(l, _)| l) };
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

/// A function of the values of one row.
fn call(name: &str, values: Vec<Value>) -> Value {
    let numbers = |at: usize| values.get(at).and_then(number);
    let texts = || values.first().and_then(text);
    let null = Value::Null;
    match name {
        "abs" => numbers(0).map_or(null, |n| Value::Real(n.abs())),
        "round" => numbers(0).zip(numbers(1)).map_or(null, |(n, digits)| {
            let scale = 10_f64.powf(digits);
            Value::Real((n * scale).round() / scale)
        }),
        "if" => {
            let chosen = if values.first().and_then(truth) == Some(true) { 1 } else { 2 };
            values.into_iter().nth(chosen).unwrap_or(null)
        }
        "coalesce" => values.into_iter().find(|value| *value != Value::Null).unwrap_or(null),
        "concat" => Value::Text(values.iter().filter_map(text).collect()),
        "is_null" => yesno(values.first().is_none_or(|value| *value == Value::Null)),
        "upper" => texts().map_or(null, |t| Value::Text(t.to_uppercase())),
        "lower" => texts().map_or(null, |t| Value::Text(t.to_lowercase())),
        "length" => texts().map_or(null, |t| count(t.chars().count())),
        _ => null,
    }
}

fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A function of whole columns; none for the others.
fn over_table(name: &str, columns: &[Vec<Value>], rows: usize) -> Option<Vec<Value>> {
    let column = columns.first().map(Vec::as_slice).unwrap_or_default();
    let numbers = || column.iter().filter_map(number);
    let all = |value: Option<f64>| vec![value.map_or(Value::Null, Value::Real); rows];
    Some(match name {
        "row" => (1..=rows).map(count).collect(),
        "running_total" => {
            let mut total = Sum::default();
            let sums = column.iter().map(|value| {
                total.add(number(value)?);
                Some(Value::Real(total.value()))
            });
            sums.map(|sum| sum.unwrap_or(Value::Null)).collect()
        }
        "offset" => (0..rows).map(|at| moved(columns, at).cloned().unwrap_or(Value::Null)).collect(),
        "sum" => all(Some(numbers().collect::<Sum>().value())),
        #[expect(clippy::cast_precision_loss, reason = "a mean is floating point")]
        "mean" => all((numbers().count() > 0).then(|| numbers().collect::<Sum>().value() / numbers().count() as f64)),
        "max" => all(numbers().reduce(f64::max)),
        "min" => all(numbers().reduce(f64::min)),
        // rank(value, column): how many are larger, and one.
        "rank" => {
            let mut others: Vec<f64> = columns.get(1).into_iter().flatten().filter_map(number).collect();
            others.sort_by(f64::total_cmp);
            let rank = |own: f64| count(others.len() - others.partition_point(|other| *other <= own) + 1);
            column.iter().map(|value| number(value).map_or(Value::Null, rank)).collect()
        }
        _ => return None,
    })
}

/// `offset(x, n)`: the value `n` rows below.
fn moved(columns: &[Vec<Value>], at: usize) -> Option<&Value> {
    #[expect(clippy::cast_possible_truncation, reason = "a number of rows; far ones are not there")]
    let by = number(columns.get(1)?.get(at)?)? as isize;
    columns.first()?.get(at.checked_add_signed(by)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, column: &[Value]) -> Vec<Value> {
        let expression = Expression::parse(text).unwrap();
        expression.evaluate(column.len(), &|name| match name {
            "a" => column.to_vec(),
            "s" => vec![Value::Text("x".into()); column.len()],
            _ => vec![Value::Null; column.len()],
        })
    }

    fn value(text: &str) -> Value {
        values(text, &[Value::Integer(7)]).remove(0)
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
        assert_eq!(value("${missing} > 5 AND ${s} = \"y\""), Value::Text("No".into()));
        assert_eq!(value("${missing} > 5 OR ${s} = \"y\""), Value::Null);
        assert_eq!(value("if(is_null(${missing}), coalesce(null, 3), 4)"), Value::Real(3.0));
        assert_eq!(value("concat(${s}, \"-\", ${a})"), Value::Text("x-7".into()));
    }

    #[test]
    fn table_functions_look_at_every_row() {
        let column = [Value::Integer(1), Value::Null, Value::Integer(4)];
        let show = |text: &str| -> Vec<Option<f64>> { values(text, &column).iter().map(number).collect() };
        assert_eq!(show("running_total(${a} * 2)"), [Some(2.0), None, Some(10.0)]);
        assert_eq!(show("${a} / sum(${a})"), [Some(0.2), None, Some(0.8)]);
        assert_eq!(show("mean(${a}) + row()"), [Some(3.5), Some(4.5), Some(5.5)]);
        assert_eq!(show("offset(${a}, 1)"), [None, Some(4.0), None]);
        assert_eq!(show("offset(${a}, -1)"), [None, Some(1.0), None]);
        assert_eq!(show("rank(${a}, ${a})"), [Some(2.0), None, Some(1.0)]);
        assert_eq!(Expression::parse("1 + abs(sum(${a}))").unwrap().table_function(), Some("sum"));
    }
}
