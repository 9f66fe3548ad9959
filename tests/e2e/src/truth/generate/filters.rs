//! Filters and parameters, each in Looker's words and in SQL.

use crate::truth::question::{Filter, Parameter};

const fn filter(field: &'static str, expression: &'static str, condition: &'static str) -> Filter {
    Filter { field, expression, condition }
}

/// Filters of every family, on fields of every kind.
pub(super) const FILTERS: &[Filter] = &[
    filter("users.age", ">40", "{} > 40"),
    filter("users.age", "[20,30)", "{} >= 20 AND {} < 30"),
    filter("users.age", "30 to 40", "{} BETWEEN 30 AND 40"),
    filter("users.age", "NOT 30", "{} IS NOT 30"),
    filter("users.age", "NULL", "{} IS NULL"),
    filter("users.age", "NOT NULL", "{} IS NOT NULL"),
    filter("users.age", "<20 OR >70", "{} < 20 OR {} > 70"),
    filter("users.age", "21, 34, 55", "{} IN (21, 34, 55)"),
    filter("orders.num_items", "NOT 1, 2", "{} IS NULL OR {} NOT IN (1, 2)"),
    filter("order_items.sale_price", ">=99.5", "{} >= 99.5"),
    filter("order_items.gross_margin", "(10, 12.75]", "{} > 10 AND {} <= 12.75"),
    filter("order_items.tracking_number", "9007199254741001", "{} = 9007199254741001"),
    filter("order_items.days_to_deliver", "<=3", "{} <= 3"),
    filter("order_items.created_hour_of_day", "[6, 9]", "{} BETWEEN 6 AND 9"),
    filter("order_items.created_week_of_year", "1, 53", "{} IN (1, 53)"),
    filter("order_items.distance_to_customer", "<500", "{} < 500"),
    filter("orders.status", "Complete,Returned", "{} IN ('Complete', 'Returned')"),
    filter("orders.status", "-Complete", "{} IS NOT 'Complete'"),
    filter("orders.status", "%ed", "{} LIKE '%ed'"),
    filter("orders.status", "-%ed", "{} IS NULL OR {} NOT LIKE '%ed'"),
    filter("orders.status", "NULL", "{} IS NULL"),
    filter("orders.status", "-NULL", "{} IS NOT NULL"),
    filter("users.city", "EMPTY", "{} IS NULL OR {} = ''"),
    filter("users.city", "-EMPTY", "{} <> ''"),
    filter("users.city", "Zürich,東京", "{} IN ('Zürich', '東京')"),
    filter("users.city", "San%", "{} LIKE 'San%'"),
    filter("users.last_name", "O'Brien,\"King, Jr.\"", "{} IN ('O''Brien', 'King, Jr.')"),
    filter("users.traffic_source", "-Search,-Email", "{} IS NULL OR {} NOT IN ('Search', 'Email')"),
    filter("users.zip", "1%", "{} LIKE '1%'"),
    filter("users.age_tier", "20 to 29,Undefined", "{} IN ('20 to 29', 'Undefined')"),
    filter("products.brand", "The ^\"Good^\" Co.,Levi's", "{} IN ('The \"Good\" Co.', 'Levi''s')"),
    filter("products.category", "%&%", "{} LIKE '%&%'"),
    filter("order_items.created_day_of_week", "Monday,Sunday", "{} IN ('Monday', 'Sunday')"),
    filter("orders.is_complete", "Yes", "{}"),
    filter("orders.is_complete", "No", "NOT {}"),
    filter("users.is_subscribed", "No", "NOT {}"),
    filter("inventory_items.is_sold", "No", "NOT {}"),
    filter("order_items.created_date", "2024", "{} >= unixepoch('2024-01-01') AND {} < unixepoch('2025-01-01')"),
    filter("order_items.created_date", "2024-02-29", "{} >= unixepoch('2024-02-29') AND {} < unixepoch('2024-03-01')"),
    filter("order_items.created_month", "2024-02", "{} >= unixepoch('2024-02-01') AND {} < unixepoch('2024-03-01')"),
    filter("order_items.created_quarter", "2024-Q3", "{} >= unixepoch('2024-07-01') AND {} < unixepoch('2024-10-01')"),
    filter("order_items.created_date", "FY2024", "{} >= unixepoch('2024-04-01') AND {} < unixepoch('2025-04-01')"),
    filter("order_items.created_date", "7 days", "{} >= unixepoch('2025-12-25') AND {} < unixepoch('2026-01-01')"),
    filter("order_items.created_date", "last month", "{} >= unixepoch('2025-11-01') AND {} < unixepoch('2025-12-01')"),
    filter("order_items.created_week", "this week", "{} >= unixepoch('2025-12-29') AND {} < unixepoch('2026-01-05')"),
    filter("orders.created_date", "before 2023-03-01", "{} < unixepoch('2023-03-01')"),
    filter("orders.created_time", "after 2025-10-01", "{} >= unixepoch('2025-10-01')"),
    filter(
        "orders.created_date",
        "2024-06-06 for 30 days, 2023-02",
        "({} >= unixepoch('2024-06-06') AND {} < unixepoch('2024-07-06')) \
         OR ({} >= unixepoch('2023-02-01') AND {} < unixepoch('2023-03-01'))",
    ),
    filter("orders.delivered_date", "NULL", "{} IS NULL"),
    filter("orders.returned_date", "NOT NULL", "{} IS NOT NULL"),
    filter("users.birth_date", "before 1970-01-01", "{} < 0"),
    filter("products.released_date", "NULL", "{} IS NULL"),
    filter("events.created_date", "2024", "{} >= unixepoch('2024-01-01') AND {} < unixepoch('2025-01-01')"),
    filter("events.event_type", "purchase,cancel", "{} IN ('purchase', 'cancel')"),
    filter("order_items.count", ">3", "{} > 3"),
    filter("order_items.average_sale_price", "[50, 80]", "{} BETWEEN 50 AND 80"),
    filter("order_items.total_sale_price", "NOT >100", "NOT ({} > 100) OR {} IS NULL"),
    filter("users.count", "1", "{} = 1"),
];

const fn parameter(field: &'static str, expression: &'static str, name: &'static str, sql: &'static str) -> Parameter {
    Parameter { field, expression, sql: (name, sql) }
}

/// Values of parameters, and a field that each changes.
pub(super) const PARAMETERS: &[(Parameter, &str)] = &[
    (parameter("order_items.timeframe", "day", "{timeframe}", "'day'"), "order_items.created_dynamic"),
    (parameter("order_items.timeframe", "week", "{timeframe}", "'week'"), "order_items.created_dynamic"),
    (parameter("order_items.dear_from", "150.5", "{dear_from}", "150.5"), "order_items.is_dear"),
    (
        parameter(
            "order_items.period",
            "2024-Q1",
            "{period}",
            "order_items.created_at >= unixepoch('2024-01-01') AND order_items.created_at < unixepoch('2024-04-01')",
        ),
        "order_items.sales_in_period",
    ),
];
