//! The data set: an online shop from 2023-01-01 until noon of 2025-12-31, the same bytes on every run.

mod catalog;
pub(crate) mod dashboards;
pub(crate) mod looks;
mod random;
mod sales;
mod words;

use rusqlite::Connection;

/// First instant of the data, 2023-01-01 00:00:00 UTC, in seconds since 1970.
pub(crate) const START: i64 = 1_672_531_200;
/// First instant after the data, 2025-12-31 12:00:00 UTC, in seconds since 1970.
pub(crate) const END: i64 = 1_767_182_400;

const DAY: i64 = 86_400;

const SCHEMA: &str = "
CREATE TABLE distribution_centers (id INTEGER PRIMARY KEY, name TEXT, latitude REAL, longitude REAL);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, brand TEXT, category TEXT, department TEXT, sku TEXT,
  retail_price REAL, cost REAL, distribution_center_id INTEGER, released_on INTEGER);
CREATE TABLE users (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, age INTEGER, gender TEXT,
  city TEXT, state TEXT, country TEXT, zip TEXT, latitude REAL, longitude REAL, traffic_source TEXT,
  is_subscribed INTEGER, birth_date INTEGER, created_at INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT, num_items INTEGER, created_at INTEGER,
  shipped_at INTEGER, delivered_at INTEGER, returned_at INTEGER);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, user_id INTEGER, inventory_item_id INTEGER,
  status TEXT, sale_price REAL, created_at INTEGER, shipped_at INTEGER, delivered_at INTEGER, returned_at INTEGER,
  tracking_number INTEGER);
CREATE TABLE inventory_items (id INTEGER PRIMARY KEY, product_id INTEGER, cost REAL, created_at INTEGER,
  sold_at INTEGER);
CREATE TABLE events (id INTEGER PRIMARY KEY, user_id INTEGER, session_id TEXT, event_type TEXT, browser TEXT,
  uri TEXT, created_at INTEGER);
";

/// How many rows each table gets for a number of order items.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    order_items: u64,
    users: u64,
    products: u64,
    events: u64,
}

impl Sizes {
    fn of(order_items: u64) -> Self {
        Self {
            order_items,
            users: (order_items / 8).max(20),
            products: (order_items / 40).clamp(60, 30_000),
            events: (order_items / 4).clamp(200, 100_000),
        }
    }
}

/// Creates and fills every table of an empty database.
pub(crate) fn create(connection: &mut Connection, order_items: u64) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)?;
    let sizes = Sizes::of(order_items);
    let transaction = connection.transaction()?;
    catalog::distribution_centers(&transaction)?;
    let prices = catalog::products(&transaction, sizes)?;
    catalog::users(&transaction, sizes)?;
    sales::orders(&transaction, sizes, &prices)?;
    sales::events(&transaction, sizes)?;
    // Items are written in the order of their orders, so the index is built from sorted input.
    transaction.execute_batch("CREATE INDEX order_items_order_id ON order_items (order_id);")?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(connection: &Connection, sql: &str) -> String {
        connection.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).map(|v| format!("{v:?}")).unwrap()
    }

    #[test]
    fn rows_means_order_items_and_two_runs_are_equal() {
        let digest =
            "SELECT group_concat(id || status || sale_price || created_at || tracking_number) FROM order_items";
        let mut seen = Vec::new();
        for _ in 0..2 {
            let mut connection = Connection::open_in_memory().unwrap();
            create(&mut connection, 777).unwrap();
            assert_eq!(text(&connection, "SELECT count(*) FROM order_items"), "Integer(777)");
            seen.push(text(&connection, digest));
        }
        assert_eq!(seen[0], seen[1]);
    }

    #[test]
    fn the_data_has_nulls_empty_text_quotes_commas_other_scripts_and_a_leap_day() {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&mut connection, 5000).unwrap();
        for condition in [
            "users WHERE gender IS NULL",
            "users WHERE traffic_source IS NULL",
            "users WHERE city = ''",
            "users WHERE length(CAST(first_name AS BLOB)) > length(first_name)",
            "products WHERE name LIKE '%\"%' AND name LIKE '%,%'",
            "orders WHERE status IS NULL",
            "order_items WHERE tracking_number > 9007199254740993",
            "orders WHERE date(created_at, 'unixepoch') = '2024-02-29'",
            "users WHERE strftime('%m-%d', birth_date, 'unixepoch') = '02-29'",
        ] {
            let found = text(&connection, &format!("SELECT count(*) > 0 FROM {condition}"));
            assert_eq!(found, "Integer(1)", "{condition}");
        }
    }

    #[test]
    fn every_reference_points_to_a_row_and_no_sale_is_outside_the_period() {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&mut connection, 2000).unwrap();
        for (sql, expected) in [
            ("SELECT count(*) FROM order_items JOIN orders ON orders.id = order_id JOIN users ON users.id = orders.user_id
              JOIN inventory_items i ON i.id = inventory_item_id JOIN products ON products.id = i.product_id
              JOIN distribution_centers d ON d.id = distribution_center_id", 2000),
            ("SELECT count(*) FROM orders WHERE created_at < 1672531200 OR created_at >= 1767182400", 0),
            ("SELECT count(*) FROM orders WHERE num_items <> (SELECT count(*) FROM order_items WHERE order_id = orders.id)", 0),
        ] {
            assert_eq!(text(&connection, sql), format!("Integer({expected})"), "{sql}");
        }
    }
}
