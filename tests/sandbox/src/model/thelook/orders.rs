//! The view `orders`.

use crate::model::View;
use crate::model::field::Function;
use crate::model::thelook::ViewBuilder;

const DETAIL: [&str; 4] = ["orders.id", "users.name", "orders.status", "orders.created_time"];

/// Such as `Feb 2024`.
const MONTH_LABEL: &str = "substr('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * CAST(substr(${created_month}, 6) AS INTEGER) - 2, 3) \
                           || ' ' || substr(${created_month}, 1, 4)";

pub(super) fn view() -> View {
    builder().build()
}

/// The view in development.
pub(super) fn dev_view() -> View {
    builder().dimension("dev_note", "string", "'Note on ' || ${TABLE}.id").about("Not in production yet.").build()
}

fn builder() -> ViewBuilder {
    ViewBuilder::new("orders", "Orders", "orders", "${TABLE}.id")
        .set("detail", &DETAIL)
        .column("id", "number")
        .key()
        .column("user_id", "number")
        .hidden()
        .column("status", "string")
        .about("Null for a few orders.")
        .column("num_items", "int")
        .label("Number of Items")
        .yesno("is_complete", "${status} = 'Complete'")
        .time_usual("created")
        .time_usual("shipped")
        .time_usual("delivered")
        .time_usual("returned")
        .dimension("month_label", "string", MONTH_LABEL)
        .ordered_by("orders.created_month")
        .about("Sorted by the month, not by its name.")
        .measure("count", "count", Function::Count, None)
        .drill(&DETAIL)
        .measure("complete_count", "count", Function::Count, None)
        .filtered("orders.status", "Complete")
        .measure("total_items", "sum", Function::Sum, Some("${num_items}"))
        .measure("average_items", "average", Function::Average, Some("${num_items}"))
        .named_format("decimal_2", "#,##0.00")
        .measure("median_items", "median", Function::Percentile(50), Some("${num_items}"))
}
