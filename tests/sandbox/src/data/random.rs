//! Numbers that look random and depend only on a table, a row and a column.

/// The source of all values of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row(u64);

impl Row {
    pub(super) fn new(table: u64, row: u64) -> Self {
        Self(mix(table.wrapping_mul(0xA076_1D64_78BD_642F) ^ row))
    }

    /// 64 even bits for a column of this row (SplitMix64).
    pub(super) fn bits(self, column: u64) -> u64 {
        mix(self.0 ^ column.wrapping_mul(0xE703_7ED1_A0B4_28DB))
    }

    /// A number in `0..bound`.
    pub(super) fn below(self, column: u64, bound: u64) -> u64 {
        let product = u128::from(self.bits(column)) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number in `0..bound` as a signed integer, for times and ids.
    pub(super) fn seconds(self, column: u64, bound: i64) -> i64 {
        self.below(column, bound.unsigned_abs()).cast_signed()
    }

    /// True in `percent` of 100 rows.
    pub(super) fn chance(self, column: u64, percent: u64) -> bool {
        self.below(column, 100) < percent
    }

    /// One of `choices`.
    pub(super) fn pick<T>(self, column: u64, choices: &[T]) -> Option<&T> {
        let index = self.below(column, choices.len() as u64);
        choices.get(usize::try_from(index).unwrap_or(0))
    }

    /// A sum of money with two decimals between `low` and `high` hundredths.
    pub(super) fn money(self, column: u64, low: u64, high: u64) -> f64 {
        cents(low + self.below(column, high.saturating_sub(low).max(1)))
    }
}

/// Hundredths as a decimal number.
#[expect(clippy::cast_precision_loss, reason = "prices are far below 2^53 hundredths")]
pub(super) fn cents(hundredths: u64) -> f64 {
    hundredths as f64 / 100.0
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
