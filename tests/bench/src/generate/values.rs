//! The values of one row.

use arrow_array::types::Date32Type;

use super::random::Random;
use super::table::Table;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// The name of a product: two words and a number.
    Name,
    /// A day of seven years.
    Date,
    /// A second of seven years.
    Time,
    /// A whole number up to 500.
    Count,
    /// Money with up to four digits behind the point; a twentieth is null.
    Revenue,
    /// Money with up to two digits behind the point.
    Price,
    /// `Yes`, or in a third of the rows `No`.
    YesNo,
    /// One of 14 cities, some with commas, quotation marks and other letters; a fifth is null.
    City,
    /// The value of a pivot; which one is decided by the place.
    Category,
    /// Prose of 200 to 2000 bytes.
    Prose,
    /// A text of which a quarter must be escaped.
    Escaped,
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// There is none.
    #[default]
    Null,
    /// Text.
    Text(String),
    /// Days since 1970-01-01, and how they are written.
    Date(i32, String),
    /// Microseconds since 1970-01-01, and how they are written.
    Time(i64, String),
    /// A whole number.
    Whole(i64),
    /// The double that is nearest to a decimal number.
    Number(f64),
    /// Yes or no.
    YesNo(bool),
}

const ADJECTIVES: &[&str] = &[
    "Classic",
    "Vintage",
    "Lightweight",
    "Waterproof",
    "Cozy",
    "Professional",
    "Organic",
    "Reversible",
    "Urban",
    "Plain",
];
const NOUNS: &[&str] =
    &["Shirt", "Jacket", "Trousers", "Sweatshirt", "Swimsuit", "Scarf", "Sweater", "Overcoat", "Gloves", "Dress"];
const CITIES: &[&str] = &[
    "Berlin",
    "Köln",
    "São Paulo",
    "New York",
    "Washington, DC",
    "Paris",
    "Zürich",
    "東京",
    "The \"Big\" Easy",
    "Oslo",
    "Łódź",
    "Reykjavík",
    "Lima",
    "Back\\slash",
];
const WORDS: &[&str] = &[
    "the",
    "order",
    "arrived",
    "two",
    "days",
    "late",
    "but",
    "quality",
    "is",
    "excellent",
    "and",
    "colour",
    "fits",
    "naïve",
    "customer",
    "would",
    "buy",
    "again",
    "—",
    "size",
    "runs",
    "small",
    "delivery",
    "was",
    "quick",
];
const SPECIAL: &[char] = &['"', '\\', '\n', '\t', '/', 'é', 'ß', '漢', '\u{1F600}', '\u{1}'];

/// 2018-01-01 as days since 1970-01-01, and the days of seven years.
const FIRST_DAY: i32 = 17_532;
const DAYS: usize = 2_557;
const SECONDS_A_DAY: usize = 86_400;

/// The rows of a table, one after the other, without end.
#[derive(Debug)]
pub struct Rows {
    table: Table,
    random: Random,
    /// All days with their text.
    days: Vec<(i32, String)>,
}

impl Rows {
    /// The rows of a table; they are always the same.
    pub fn new(table: &Table) -> Self {
        let day = |day: i32| Some((day, Date32Type::to_naive_date_opt(day)?.format("%Y-%m-%d").to_string()));
        let days = (FIRST_DAY..).take(DAYS).filter_map(day).collect();
        Self { table: table.clone(), random: Random::new(0x4c6f_6f6b_6572), days }
    }

    /// The next row: for each column its value, or one for each value of the pivot.
    pub fn fill(&mut self, row: &mut Vec<Vec<Value>>) {
        row.resize_with(self.table.columns.len(), Vec::new);
        for (column, cells) in self.table.columns.iter().zip(row) {
            let count = if column.values.is_measure() { self.table.rows_each() } else { 1 };
            cells.clear();
            for _ in 0..count {
                cells.push(value(column.values, &mut self.random, &self.days));
            }
        }
    }
}

fn value(values: Values, random: &mut Random, days: &[(i32, String)]) -> Value {
    match values {
        Values::Name => {
            let (adjective, noun) = (random.pick(ADJECTIVES), random.pick(NOUNS));
            Value::Text(format!("{adjective} {noun} {}", 1000 + random.below(9000)))
        }
        Values::Date => {
            let (day, text) = random.pick(days);
            Value::Date(day, text)
        }
        Values::Time => {
            let ((day, text), second) = (random.pick(days), random.below(SECONDS_A_DAY));
            let text = format!("{text} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
            let seconds = i64::from(day) * 86_400 + i64::try_from(second).unwrap_or_default();
            Value::Time(seconds * 1_000_000, text)
        }
        Values::Count => Value::Whole(i64::try_from(random.below(500)).unwrap_or_default() + 1),
        Values::Revenue if random.chance(5) => Value::Null,
        Values::Revenue => Value::Number(decimal(random.below(100_000_000_000), 10_000.0)),
        Values::Price => Value::Number(decimal(random.below(100_000), 100.0)),
        Values::YesNo => Value::YesNo(!random.chance(33)),
        Values::City if random.chance(20) => Value::Null,
        Values::City => Value::Text(random.pick(CITIES).to_owned()),
        // The writer names the pivot's values in their order.
        Values::Category => Value::Null,
        Values::Prose => {
            let wanted = 200 + random.below(1800);
            let mut text = String::with_capacity(wanted + 16);
            while text.len() < wanted {
                text.push_str(random.pick(WORDS));
                text.push(' ');
            }
            Value::Text(text)
        }
        Values::Escaped => {
            let wanted = 40 + random.below(160);
            let mut letter = || {
                if random.chance(25) {
                    SPECIAL.get(random.below(SPECIAL.len())).copied().unwrap_or('"')
                } else {
                    char::from(b'a' + u8::try_from(random.below(26)).unwrap_or_default())
                }
            };
            Value::Text((0..wanted).map(|_| letter()).collect())
        }
    }
}

/// The double nearest to a decimal number: both are exact, so that the quotient is rounded once.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn decimal(units: usize, scale: f64) -> f64 {
    units as f64 / scale
}
