//! Sums of floating point numbers as SQLite makes them, so that a measure is the same number however it is computed.

/// A sum that also adds up what rounding has lost (Kahan and Babuska, in Neumaier's form).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a number.
    pub(crate) fn add(&mut self, number: f64) {
        let total = self.sum + number;
        self.lost +=
            if self.sum.abs() > number.abs() { (self.sum - total) + number } else { (number - total) + self.sum };
        self.sum = total;
    }

    /// The sum so far.
    pub(crate) fn value(self) -> f64 {
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut sum = Self::default();
        numbers.into_iter().for_each(|number| sum.add(number));
        sum
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_sum_is_that_of_sqlite() {
        let numbers: Vec<f64> =
            (1..5000_i32).map(|n| f64::from(n * 7919 % 100_003) / 100.0).chain([1e15, -1e15]).collect();
        let naive: f64 = numbers.iter().sum();
        let json = serde_json::to_string(&numbers).unwrap();
        let connection = Connection::open_in_memory().unwrap();
        let sqlite: f64 =
            connection.query_row("SELECT SUM(value) FROM json_each(?1)", [json], |row| row.get(0)).unwrap();
        let own = numbers.into_iter().collect::<Sum>().value();
        assert_eq!(own.to_bits(), sqlite.to_bits());
        assert_ne!(own.to_bits(), naive.to_bits(), "or nothing is shown");
    }
}
