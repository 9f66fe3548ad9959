//! Aggregate SQL functions: medians, percentiles, and sums that count each key once however joins repeat it.

use std::collections::HashSet;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Result};

use crate::sum::Sum;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC.union(FunctionFlags::SQLITE_UTF8);

/// Registers all of them.
pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_aggregate_function("LOOKER_SUM_DISTINCT", 2, FLAGS, Distinct { average: false })?;
    connection.create_aggregate_function("LOOKER_AVERAGE_DISTINCT", 2, FLAGS, Distinct { average: true })?;
    connection.create_aggregate_function("LOOKER_PERCENTILE", 2, FLAGS, Percentile { keyed: false })?;
    connection.create_aggregate_function("LOOKER_PERCENTILE_DISTINCT", 3, FLAGS, Percentile { keyed: true })
}

/// A key of any type, so that integer and text keys both work.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Other(Vec<u8>),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        Some(match value {
            ValueRef::Null => return None,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Other(number.to_bits().to_be_bytes().to_vec()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Self::Other(bytes.to_vec()),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums and percentiles are floating point numbers")]
fn number(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        _ => None,
    }
}

/// `(key, value)`: sum or average over distinct keys.
struct Distinct {
    average: bool,
}

#[derive(Default)]
struct Distinctly {
    seen: HashSet<Key>,
    count: u32,
    integers: i64,
    real: Sum,
    is_real: bool,
}

impl Aggregate<Distinctly, ToSqlOutput<'static>> for Distinct {
    fn init(&self, _: &mut Context<'_>) -> Result<Distinctly> {
        Ok(Distinctly::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Distinctly) -> Result<()> {
        let value = context.get_raw(1);
        if let Some(number) = number(value)
            && let Some(key) = Key::of(context.get_raw(0))
            && sum.seen.insert(key)
        {
            sum.count += 1;
            sum.real.add(number);
            match value {
                ValueRef::Integer(number) => sum.integers = sum.integers.wrapping_add(number),
                _ => sum.is_real = true,
            }
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Distinctly>) -> Result<ToSqlOutput<'static>> {
        Ok(ToSqlOutput::Owned(match sum {
            Some(sum) if sum.count > 0 && self.average => Value::Real(sum.real.value() / f64::from(sum.count)),
            Some(sum) if sum.count > 0 && sum.is_real => Value::Real(sum.real.value()),
            Some(sum) if sum.count > 0 => Value::Integer(sum.integers),
            _ => Value::Null,
        }))
    }
}

/// `([key,] value, percent)`: linear interpolation between the nearest ranks.
struct Percentile {
    keyed: bool,
}

#[derive(Default)]
struct Sample {
    seen: HashSet<Key>,
    values: Vec<f64>,
    percent: f64,
}

impl Aggregate<Sample, Option<f64>> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> Result<Sample> {
        Ok(Sample::default())
    }

    fn step(&self, context: &mut Context<'_>, state: &mut Sample) -> Result<()> {
        let at = usize::from(self.keyed);
        let Some(value) = number(context.get_raw(at)) else { return Ok(()) };
        if self.keyed {
            let is_new = Key::of(context.get_raw(0)).is_some_and(|key| state.seen.insert(key));
            if !is_new {
                return Ok(());
            }
        }
        state.percent = number(context.get_raw(at + 1)).unwrap_or(50.0);
        state.values.push(value);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<Sample>) -> Result<Option<f64>> {
        Ok(state.and_then(|mut state| {
            state.values.sort_by(f64::total_cmp);
            percentile(&state.values, state.percent)
        }))
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is a small number that is not negative"
)]
fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let rank = (sorted.len().checked_sub(1)?) as f64 * (percent / 100.0).clamp(0.0, 1.0);
    let low = *sorted.get(rank.floor() as usize)?;
    let high = *sorted.get(rank.ceil() as usize)?;
    Some(low + (high - low) * rank.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Value {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_repeated_key_counts_once() {
        let rows = "(SELECT 1 AS k, 10 AS v UNION ALL SELECT 1, 10 UNION ALL SELECT 2, 10 UNION ALL SELECT 3, NULL)";
        assert_eq!(one(&format!("SELECT LOOKER_SUM_DISTINCT(k, v) FROM {rows}")), Value::Integer(20));
        assert_eq!(one(&format!("SELECT LOOKER_AVERAGE_DISTINCT(k, v) FROM {rows}")), Value::Real(10.0));
        assert_eq!(one(&format!("SELECT LOOKER_SUM_DISTINCT(k, v) FROM {rows} WHERE k > 9")), Value::Null);
    }

    #[test]
    fn a_median_lies_between_the_middle_values() {
        let rows = "(SELECT 1 AS v UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 100)";
        assert_eq!(one(&format!("SELECT LOOKER_PERCENTILE(v, 50) FROM {rows}")), Value::Real(3.0));
        assert_eq!(one(&format!("SELECT LOOKER_PERCENTILE_DISTINCT(v / 2, v, 100) FROM {rows}")), Value::Real(100.0));
    }
}
