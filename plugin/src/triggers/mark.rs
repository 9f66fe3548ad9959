//! A value by which rows come one after the other: a number, a day or a moment.

use std::cmp::Ordering;

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::{DataType, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::cell;

const MICROSECONDS: f64 = 1e6;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Late rows are waited for so long by themselves: an hour, which also covers the hour that a clock is set back in autumn; a
/// day where a field has only days; a thousand where it counts.
const HOUR: f64 = 3_600.0;
const COUNT: f64 = 1_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    Integer(i64),
    Real(f64),
    /// Days since 1970.
    Day(i32),
    /// Microseconds since 1970, in the query's time zone.
    Moment(i64),
}

impl Mark {
    /// Whether values of a column can be one.
    pub(super) fn is_of(column: &DataType) -> bool {
        matches!(
            column,
            DataType::Int64 | DataType::Float64 | DataType::Date32 | DataType::Timestamp(TimeUnit::Microsecond, _)
        )
    }

    /// The value of a row; none where there is none.
    pub(super) fn of(column: &dyn Array, row: usize) -> Option<Self> {
        if row >= column.len() || column.is_null(row) {
            return None;
        }
        match column.data_type() {
            DataType::Int64 => Some(Self::Integer(column.as_primitive::<Int64Type>().value(row))),
            DataType::Float64 => Some(Self::Real(column.as_primitive::<Float64Type>().value(row))),
            DataType::Date32 => Some(Self::Day(column.as_primitive::<Date32Type>().value(row))),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Some(Self::Moment(column.as_primitive::<TimestampMicrosecondType>().value(row)))
            }
            _ => None,
        }
    }

    /// A number that is written out.
    pub(super) fn number(text: &str) -> Option<Self> {
        let whole = text.parse().ok().map(Self::Integer);
        whole.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Real))
    }

    /// Where the window of late rows begins that ends here: seconds before a day or a moment, and so much less of a number.
    pub(super) fn back(self, overlap: Option<f64>) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        match self {
            Self::Integer(value) => Self::Integer(value.saturating_sub(overlap.unwrap_or(COUNT).ceil() as i64)),
            Self::Real(value) => Self::Real(value - overlap.unwrap_or_default()),
            Self::Day(days) => {
                let back = overlap.unwrap_or(SECONDS_OF_A_DAY) / SECONDS_OF_A_DAY;
                Self::Day(days.saturating_sub(back.ceil() as i32))
            }
            Self::Moment(moment) => {
                Self::Moment(moment.saturating_sub((overlap.unwrap_or(HOUR) * MICROSECONDS).ceil() as i64))
            }
        }
    }

    /// The order of two values of one column.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) | (Self::Moment(one), Self::Moment(other)) => one.cmp(&other),
            (Self::Day(one), Self::Day(other)) => one.cmp(&other),
            (Self::Real(one), Self::Real(other)) => one.total_cmp(&other),
            (one, other) => one.size().total_cmp(&other.size()),
        }
    }

    /// The later one of two.
    pub(super) fn later(self, other: Self) -> Self {
        if self.order(other) == Ordering::Less { other } else { self }
    }

    fn size(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "only where a column has changed its type")]
        match self {
            Self::Integer(value) | Self::Moment(value) => value as f64,
            Self::Real(value) => value,
            Self::Day(days) => f64::from(days),
        }
    }

    /// The filter expression of what is not before it. It begins a little earlier, as what is before it is left out anyway:
    /// by a day or a second, for `after` is told both ways, with the moment itself and without.
    pub(super) fn not_before(self) -> Option<String> {
        match self {
            Self::Integer(value) => Some(format!(">={value}")),
            // Digits behind the point may be lost on the way.
            Self::Real(value) => Some(format!(">={}", value.floor())),
            Self::Day(days) => cell::day(days.checked_sub(1)?).map(|day| format!("after {day}")),
            Self::Moment(moment) => {
                let text = cell::moment(moment.checked_sub(1_000_000)?)?;
                let (day, time) = text.split_once('T')?;
                Some(format!("after {day} {}", time.get(..8)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float64Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn what_is_not_before_a_value_is_asked_for_with_room() {
        assert_eq!(Mark::Integer(7).not_before().unwrap(), ">=7");
        assert_eq!(Mark::Real(7.5).not_before().unwrap(), ">=7");
        assert_eq!(Mark::Day(19_723).not_before().unwrap(), "after 2023-12-31");
        assert_eq!(Mark::Moment(1_704_067_200_500_000).not_before().unwrap(), "after 2023-12-31 23:59:59");
        assert_eq!(Mark::Day(i32::MIN).not_before(), None);
    }

    #[test]
    fn the_window_of_late_rows_ends_at_a_value() {
        assert_eq!(Mark::Moment(5_000_000).back(Some(2.0)), Mark::Moment(3_000_000));
        assert_eq!(Mark::Day(9).back(Some(1.0)), Mark::Day(8), "a part of a day is a day");
        assert_eq!(Mark::Integer(i64::MIN).back(None), Mark::Integer(i64::MIN));
        assert_eq!(Mark::Integer(5_000).back(None), Mark::Integer(4_000));
        assert_eq!(Mark::Real(1.5).back(None), Mark::Real(1.5));
    }

    #[test]
    fn values_of_a_column_have_an_order_and_other_columns_have_none() {
        let numbers = Int64Array::from(vec![Some(3), None, Some(-4)]);
        assert_eq!(Mark::of(&numbers, 0).unwrap().order(Mark::of(&numbers, 2).unwrap()), Ordering::Greater);
        assert_eq!(Mark::of(&numbers, 1), None);
        assert_eq!(Mark::number("9007199254740993"), Some(Mark::Integer(9_007_199_254_740_993)));
        assert_eq!((Mark::number("1.5"), Mark::number("inf")), (Some(Mark::Real(1.5)), None));
        assert!(Mark::is_of(Float64Array::from(vec![1.0]).data_type()));
        assert!(!Mark::is_of(StringArray::from(vec!["1"]).data_type()));
    }
}
