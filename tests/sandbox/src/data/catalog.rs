//! Distribution centers, products and users: what exists before anything is sold.

use rusqlite::{Transaction, params};

use super::random::{Row, cents};
use super::words::{BRANDS, CATEGORIES, DISTRIBUTION_CENTERS, FIRST_NAMES, LAST_NAMES, PLACES, TRAFFIC_SOURCES};
use super::{DAY, END, START, Sizes};

const PRODUCTS: u64 = 1;
const USERS: u64 = 2;

/// 1992-02-29 in days since 1970: every hundredth user was born on a leap day.
const LEAP_BIRTHDAY: i64 = 8094;

pub(super) fn distribution_centers(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO distribution_centers VALUES (?1, ?2, ?3, ?4)")?;
    for (id, (name, latitude, longitude)) in (1_i64..).zip(DISTRIBUTION_CENTERS) {
        insert.execute(params![id, name, latitude, longitude])?;
    }
    Ok(())
}

/// What a sale needs to know of a product, in hundredths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    pub(super) retail: u64,
    pub(super) cost: u64,
}

pub(super) fn products(transaction: &Transaction<'_>, sizes: Sizes) -> rusqlite::Result<Vec<Price>> {
    let mut insert = transaction.prepare("INSERT INTO products VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    let mut prices = Vec::new();
    for id in 1..=sizes.products {
        let row = Row::new(PRODUCTS, id);
        let brand = row.pick(0, &BRANDS).copied().unwrap_or_default();
        let (category, piece) = row.pick(1, &CATEGORIES).copied().unwrap_or_default();
        let department = if row.chance(2, 50) { "Women" } else { "Men" };
        let size = 28 + row.below(3, 16);
        let name = match id % 10 {
            0 => format!("{brand} {piece}, {size}\" waist"),
            _ => format!("{brand} {piece} {size}"),
        };
        let retail = 499 + row.below(4, 19_500);
        let price = Price { retail, cost: retail * (35 + row.below(5, 30)) / 100 };
        let released = (!row.chance(6, 5)).then(|| (START - row.seconds(7, 900) * DAY).div_euclid(DAY) * DAY);
        insert.execute(params![
            id.cast_signed(),
            name,
            brand,
            category,
            department,
            format!("{:016X}", row.bits(8)),
            cents(price.retail),
            cents(price.cost),
            1 + row.seconds(9, 10),
            released
        ])?;
        prices.push(price);
    }
    Ok(prices)
}

pub(super) fn users(transaction: &Transaction<'_>, sizes: Sizes) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")?;
    for id in 1..=sizes.users {
        let row = Row::new(USERS, id);
        let first = row.pick(0, &FIRST_NAMES).copied().unwrap_or_default();
        let last = row.pick(1, &LAST_NAMES).copied().unwrap_or_default();
        let (city, state, country, zip, latitude, longitude) = row.pick(2, &PLACES).copied().unwrap_or_default();
        let gender = match row.below(3, 100) {
            0..=3 => None,
            4..=52 => Some("Female"),
            _ => Some("Male"),
        };
        let source = (!row.chance(4, 4)).then(|| row.pick(5, &TRAFFIC_SOURCES).copied()).flatten();
        let age = (!row.chance(6, 3)).then(|| 12 + row.seconds(7, 69));
        let birth = if id % 100 == 1 { LEAP_BIRTHDAY } else { -9000 + row.seconds(8, 22_000) };
        let subscribed = (!row.chance(9, 5)).then(|| row.chance(10, 40));
        insert.execute(params![
            id.cast_signed(),
            first,
            last,
            format!("user{id}@example.com"),
            age,
            gender,
            city,
            state,
            country,
            zip,
            latitude,
            longitude,
            source,
            subscribed,
            birth * DAY,
            START + row.seconds(11, END - START)
        ])?;
    }
    Ok(())
}
