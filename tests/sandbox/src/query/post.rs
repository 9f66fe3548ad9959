//! Measures that depend on other rows of the result, computed from top to bottom once all rows are there.

use rusqlite::types::Value;

use crate::format::value::number;
use crate::model::field::{Field, Post, Source};
use crate::sum::Sum;

/// Replaces the columns of such measures, each `width` cells wide, in rows that begin with `dimensions` other cells.
pub(crate) fn apply(rows: &mut [Vec<Value>], dimensions: usize, measures: &[Field], width: usize) {
    for (index, measure) in measures.iter().enumerate() {
        let Source::Post(post, _) = measure.source else { continue };
        for column in 0..width {
            let at = dimensions + index * width + column;
            let mut values: Vec<Option<f64>> = rows.iter().map(|row| row.get(at).and_then(number)).collect();
            compute(post, &mut values);
            for (row, value) in rows.iter_mut().zip(values) {
                if let Some(cell) = row.get_mut(at) {
                    *cell = value.map_or(Value::Null, Value::Real);
                }
            }
        }
    }
}

/// The totals row: a share is all of it, and nothing stands above it.
pub(crate) fn apply_to_totals(row: &mut [Value], dimensions: usize, measures: &[Field], width: usize) {
    for (index, measure) in measures.iter().enumerate() {
        let Source::Post(post, _) = measure.source else { continue };
        for cell in row.iter_mut().skip(dimensions + index * width).take(width) {
            *cell = if post == Post::PercentOfTotal { Value::Real(100.0) } else { Value::Null };
        }
    }
}

fn compute(post: Post, values: &mut [Option<f64>]) {
    let total = values.iter().flatten().copied().collect::<Sum>().value();
    let (mut running, mut previous) = (Sum::default(), None::<f64>);
    for value in values {
        let own = *value;
        *value = match post {
            Post::PercentOfTotal => own.filter(|_| total != 0.0).map(|own| 100.0 * own / total),
            Post::RunningTotal => own.map(|own| {
                running.add(own);
                running.value()
            }),
            Post::PercentOfPrevious => own
                .zip(previous.filter(|previous| *previous != 0.0))
                .map(|(own, previous)| 100.0 * (own - previous) / previous),
        };
        previous = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_running_totals_go_down_the_rows() {
        let run = |post| {
            let mut values = [Some(1.0), Some(3.0), None, Some(4.0)];
            compute(post, &mut values);
            values
        };
        assert_eq!(run(Post::PercentOfTotal), [Some(12.5), Some(37.5), None, Some(50.0)]);
        assert_eq!(run(Post::RunningTotal), [Some(1.0), Some(4.0), None, Some(8.0)]);
        assert_eq!(run(Post::PercentOfPrevious), [None, Some(200.0), None, None]);
    }
}
