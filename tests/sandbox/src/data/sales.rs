//! Orders, their items, the inventory that they came from, and the events of the web shop.

use rusqlite::{Transaction, params};

use super::catalog::Price;
use super::random::{Row, cents};
use super::words::{BROWSERS, EVENT_TYPES};
use super::{DAY, END, START, Sizes};

const ORDERS: u64 = 3;
const ITEMS: u64 = 4;
const EVENTS: u64 = 5;

/// Above 2^53, where a reader that goes through a double loses digits.
const FIRST_TRACKING_NUMBER: i64 = 9_007_199_254_740_993;

/// A status and what has happened to the parcel by then.
fn status(row: Row) -> (Option<&'static str>, [bool; 3]) {
    match row.below(1, 100) {
        0 => (None, [false; 3]),
        1..=30 => (Some("Complete"), [true, true, false]),
        31..=58 => (Some("Shipped"), [true, false, false]),
        59..=78 => (Some("Processing"), [false; 3]),
        79..=89 => (Some("Cancelled"), [false; 3]),
        _ => (Some("Returned"), [true, true, true]),
    }
}

pub(super) fn orders(transaction: &Transaction<'_>, sizes: Sizes, prices: &[Price]) -> rusqlite::Result<()> {
    let mut order = transaction.prepare("INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut item =
        transaction.prepare("INSERT INTO order_items VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
    let mut inventory = transaction.prepare("INSERT INTO inventory_items VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let total = sizes.order_items.cast_signed();
    let (mut next_item, mut order_id) = (1_i64, 0_i64);
    while next_item <= total {
        order_id += 1;
        let row = Row::new(ORDERS, order_id.unsigned_abs());
        let items = (1 + row.seconds(0, 4) * row.seconds(2, 2)).min(total - next_item + 1);
        // Orders spread evenly over the period: the number of the first item says when.
        let even = i128::from(END - START - DAY) * i128::from(next_item - 1) / i128::from(total);
        let created = START + i64::try_from(even).unwrap_or(0) + row.seconds(3, DAY);
        let (status, [has_shipped, has_delivered, has_returned]) = status(row);
        let shipped = has_shipped.then(|| created + row.seconds(4, 3 * DAY));
        let delivered = shipped.filter(|_| has_delivered).map(|at| at + row.seconds(5, 5 * DAY));
        let returned = delivered.filter(|_| has_returned).map(|at| at + row.seconds(6, 20 * DAY));
        let user = 1 + row.seconds(7, sizes.users.cast_signed());
        order.execute(params![order_id, user, status, items, created, shipped, delivered, returned])?;
        for id in next_item..next_item + items {
            let row = Row::new(ITEMS, id.unsigned_abs());
            let product = row.below(0, sizes.products);
            let price = usize::try_from(product).ok().and_then(|at| prices.get(at)).copied();
            let price = price.unwrap_or(Price { retail: 1000, cost: 500 });
            let sale = cents(price.retail * (70 + row.below(1, 31)) / 100);
            item.execute(params![
                id,
                order_id,
                user,
                id,
                status,
                sale,
                created,
                shipped,
                delivered,
                returned,
                FIRST_TRACKING_NUMBER + id * 2
            ])?;
            let stocked = created - row.seconds(2, 60 * DAY);
            inventory.execute(params![id, product.cast_signed() + 1, cents(price.cost), stocked, created])?;
        }
        next_item += items;
    }
    // A tenth more was bought than sold.
    for id in total + 1..=total + total / 10 {
        let row = Row::new(ITEMS, id.unsigned_abs());
        let product = row.below(0, sizes.products);
        let cost = row.money(1, 200, 9000);
        inventory.execute(params![
            id,
            product.cast_signed() + 1,
            cost,
            START + row.seconds(2, END - START),
            None::<i64>
        ])?;
    }
    Ok(())
}

pub(super) fn events(transaction: &Transaction<'_>, sizes: Sizes) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for id in 1..=sizes.events {
        let row = Row::new(EVENTS, id);
        let user = (!row.chance(0, 30)).then(|| 1 + row.seconds(1, sizes.users.cast_signed()));
        let kind = row.pick(2, &EVENT_TYPES).copied().unwrap_or_default();
        let session = format!("{:08x}", row.bits(3) & 0xFFFF_FFFF);
        insert.execute(params![
            id.cast_signed(),
            user,
            session,
            kind,
            row.pick(4, &BROWSERS),
            format!("/{kind}/{}", row.below(5, 500)),
            START + row.seconds(6, END - START)
        ])?;
    }
    Ok(())
}
