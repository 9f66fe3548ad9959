//! Dimension fill: rows and columns for the values between the smallest and the largest that the database did not yield.

use std::cmp::Ordering;

use jiff::Span;
use jiff::civil::DateTime;
use rusqlite::types::Value;

use crate::errors::Failure;
use crate::format::value::number;
use crate::model::field::{Field, Source};
use crate::model::timeframe::{Reading, Timeframe};
use crate::query::compile::Plan;
use crate::uncertain;

/// The beginning of any time that is not said in full.
const FULL: &str = "0001-01-01 00:00:00.000000";

/// Most values that are filled in.
const MOST: usize = 100_000;

/// Which values a dimension can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Series {
    /// One after the other, as the units of a timeframe.
    Timeframe(Timeframe),
    /// These, in their order.
    Enumeration(Vec<String>),
}

/// What a dimension is filled in with; none if it cannot be.
fn series(field: &Field) -> Option<Series> {
    match &field.source {
        Source::Timeframe(_, timeframe, _) if timeframe.interval().is_some() => Some(Series::Timeframe(*timeframe)),
        Source::YesNo(_) => Some(Series::Enumeration(vec!["No".into(), "Yes".into()])),
        Source::Tier(..) => {
            Some(Series::Enumeration(field.enumerations.iter().map(|(_, value)| value.clone()).collect()))
        }
        _ => None,
    }
}

/// The filled dimensions by their places, and the series of a filled pivot.
type Fills = (Vec<(usize, Series)>, Option<Series>);

/// What `fill_fields` asks for.
pub(super) fn resolve(dimensions: &[Field], pivots: &[Field], fields: &[String]) -> Result<Fills, Failure> {
    let (mut fills, mut pivot_fill) = (Vec::new(), None);
    for name in fields {
        let found = dimensions.iter().chain(pivots).find(|field| field.name == *name);
        let series = found
            .and_then(series)
            .ok_or_else(|| Failure::bad_request(format!("The missing values of \"{name}\" cannot be filled in.")))?;
        match dimensions.iter().position(|field| field.name == *name) {
            Some(index) => fills.push((index, series)),
            None if pivots.len() == 1 => pivot_fill = Some(series),
            None => return Err(Failure::bad_request("Only a single pivot can be filled in.")),
        }
    }
    let filled = |index: usize| fills.iter().any(|(known, _)| *known == index);
    if !fills.is_empty()
        && let Some((_, other)) = dimensions.iter().enumerate().find(|(index, _)| !filled(*index))
    {
        return Err(uncertain::fill_beside_others(&other.name));
    }
    Ok((fills, pivot_fill))
}

impl Series {
    /// All values from the smallest to the largest of those that are there, in ascending order, null left out.
    pub(super) fn complete(&self, present: &[Value]) -> Vec<Value> {
        match self {
            Self::Enumeration(values) => values.iter().cloned().map(Value::Text).collect(),
            Self::Timeframe(timeframe) => {
                let mut present: Vec<&Value> = present.iter().filter(|value| **value != Value::Null).collect();
                present.sort_by(|one, other| compare(one, other));
                let (Some(first), Some(last)) = (present.first(), present.last()) else { return Vec::new() };
                let mut values = vec![(*first).clone()];
                let mut at = begin(first);
                while let Some(next) = at.and_then(|at| step(*timeframe, at)) {
                    let value = reading(timeframe.read(next));
                    if compare(&value, last).is_gt() || values.len() >= MOST {
                        break;
                    }
                    values.push(value);
                    at = Some(next);
                }
                values
            }
        }
    }
}

fn reading(reading: Reading) -> Value {
    match reading {
        Reading::Number(number) => Value::Integer(number),
        Reading::Text(text) => Value::Text(text),
    }
}

fn step(timeframe: Timeframe, at: DateTime) -> Option<DateTime> {
    let (unit, count) = timeframe.interval()?;
    let span = Span::new();
    let span = match unit {
        "millisecond" => span.milliseconds(count),
        "microsecond" => span.microseconds(count),
        "second" => span.seconds(count),
        "minute" => span.minutes(count),
        "hour" => span.hours(count),
        "day" => span.days(count),
        "week" => span.weeks(count),
        "month" => span.months(count),
        _ => span.years(count),
    };
    at.checked_add(span).ok()
}

/// The first instant of what a timeframe shows, such as `2024`, `2024-02`, `2024-02-29 17` or `FY2024-Q1`.
fn begin(value: &Value) -> Option<DateTime> {
    let text = match value {
        Value::Integer(year) => year.to_string(),
        Value::Text(text) => text.clone(),
        _ => return None,
    };
    if let Some(fiscal) = text.strip_prefix("FY") {
        let (year, quarter) = fiscal.split_once("-Q").unwrap_or((fiscal, "1"));
        let quarter: i64 = quarter.parse().ok()?;
        let months = i64::from(crate::model::timeframe::FISCAL_MONTH_OFFSET) + (quarter - 1) * 3;
        return begin(&Value::Text(year.to_owned()))?.checked_add(Span::new().months(months)).ok();
    }
    // What is left out is the beginning.
    format!("{text}{}", FULL.get(text.len()..)?).parse().ok()
}

/// The order of SQLite: null, numbers, text.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    let class = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) | Value::Blob(_) => 2,
    };
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        _ => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => class(one).cmp(&class(other)),
        },
    }
}

/// Adds the rows that are missing, and sorts all again.
pub(super) fn apply(rows: &mut Vec<Vec<Value>>, plan: &Plan, width: usize, total: Option<usize>) {
    let mut wanted: Vec<Vec<Value>> = vec![Vec::new()];
    for (index, series) in &plan.fills {
        let present: Vec<Value> = rows.iter().filter_map(|row| row.get(*index).cloned()).collect();
        let values = series.complete(&present);
        if wanted.len().saturating_mul(values.len()) > MOST {
            return;
        }
        let extended = |row: &Vec<Value>| {
            values.iter().map(|value| [row.as_slice(), std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
        };
        wanted = wanted.iter().flat_map(extended).collect();
    }
    let columns = plan.dimensions.len() + plan.measures.len() * width;
    let key =
        |row: &[Value]| -> Vec<Value> { plan.fills.iter().filter_map(|(index, _)| row.get(*index).cloned()).collect() };
    let mut present: Vec<Vec<Value>> = rows.iter().map(|row| key(row)).collect();
    present.sort_by(|one, other| compare_all(one, other));
    for values in wanted {
        if present.binary_search_by(|known| compare_all(known, &values)).is_ok() {
            continue;
        }
        let mut row = vec![Value::Null; columns];
        for ((index, _), value) in plan.fills.iter().zip(values) {
            if let Some(cell) = row.get_mut(*index) {
                *cell = value;
            }
        }
        rows.push(row);
    }
    let place = |field: &str, pivot: u64| {
        let dimension = plan.dimensions.iter().position(|known| known.name == field);
        dimension.or_else(|| {
            let measure = plan.measures.iter().position(|known| known.name == field)?;
            let column = usize::try_from(pivot).ok()? + usize::from(total == Some(0));
            Some(plan.dimensions.len() + measure * width + column)
        })
    };
    let orders: Vec<(usize, bool)> =
        plan.sorts.iter().filter_map(|sort| Some((place(&sort.field, sort.pivot)?, sort.descending))).collect();
    rows.sort_by(|one, other| {
        let order = |(at, descending): &(usize, bool)| {
            let null = Value::Null;
            let order = compare(one.get(*at).unwrap_or(&null), other.get(*at).unwrap_or(&null));
            if *descending { order.reverse() } else { order }
        };
        orders.iter().map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
}

fn compare_all(one: &[Value], other: &[Value]) -> Ordering {
    one.iter().zip(other).map(|(one, other)| compare(one, other)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(timeframe: &str, present: &[&str]) -> Vec<String> {
        let series = Series::Timeframe(Timeframe::from_name(timeframe).unwrap());
        let present: Vec<Value> = present.iter().map(|text| Value::Text((*text).to_owned())).collect();
        let texts = series.complete(&present).into_iter();
        texts.map(|value| if let Value::Text(text) = value { text } else { panic!() }).collect()
    }

    #[test]
    fn a_series_goes_from_the_first_to_the_last_in_steps_of_its_timeframe() {
        assert_eq!(texts("date", &["2024-03-01", "2024-02-28"]), ["2024-02-28", "2024-02-29", "2024-03-01"]);
        assert_eq!(texts("month", &["2023-12", "2024-02"]), ["2023-12", "2024-01", "2024-02"]);
        assert_eq!(texts("quarter", &["2023-10", "2024-04"]), ["2023-10", "2024-01", "2024-04"]);
        assert_eq!(texts("week", &["2023-12-25", "2024-01-08"]), ["2023-12-25", "2024-01-01", "2024-01-08"]);
        assert_eq!(texts("hour", &["2024-02-29 23", "2024-03-01 01"]).len(), 3);
        assert_eq!(texts("fiscal_quarter", &["FY2023-Q4", "FY2024-Q2"]), ["FY2023-Q4", "FY2024-Q1", "FY2024-Q2"]);
        let years =
            Series::Timeframe(Timeframe::Year).complete(&[Value::Integer(2025), Value::Null, Value::Integer(2023)]);
        assert_eq!(years, [2023, 2024, 2025].map(Value::Integer));
        assert!(Series::Timeframe(Timeframe::Date).complete(&[Value::Null]).is_empty());
    }
}
