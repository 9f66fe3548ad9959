//! The view `order_items`: a row per item, and measures of every type.

use crate::model::View;
use crate::model::field::{Function, Post};
use crate::model::thelook::ViewBuilder;

const DETAIL: [&str; 5] =
    ["order_items.id", "orders.created_time", "products.name", "users.name", "order_items.sale_price"];

pub(super) fn view() -> View {
    let view = ViewBuilder::new("order_items", "Order Items", "order_items", "${TABLE}.id")
        .set("detail", &DETAIL)
        .column("id", "number")
        .key()
        .column("order_id", "number")
        .hidden()
        .column("inventory_item_id", "number")
        .hidden()
        .column("tracking_number", "int")
        .hidden()
        .about("Parcel number; larger than 2^53, so a reader through a double changes it.")
        .dimension("broken_sql", "string", "${TABLE}.no_such_column")
        .hidden()
        .about("Fails in the database: for trying out errors.")
        .column("status", "string")
        .column("sale_price", "number")
        .usd()
        .tags(&["price"])
        .dimension("gross_margin", "number", "${sale_price} - ${inventory_items.cost}")
        .usd()
        .tier("sale_price_tier", "${sale_price}", &[0, 25, 50, 100, 150])
        .yesno("is_returned", "${TABLE}.returned_at IS NOT NULL")
        .yesno("is_dear", "${sale_price} >= CAST({% parameter order_items.dear_from %} AS REAL)")
        .about("Depends on the parameter Dear From.")
        .dimension(
            "created_dynamic",
            "string",
            "CASE {% parameter order_items.timeframe %} WHEN 'day' THEN ${created_date} WHEN 'week' THEN ${created_week} \
             ELSE ${created_month} END",
        )
        .about("Depends on the parameter Timeframe.")
        .time_all("created", "${TABLE}.created_at")
        .time_usual("shipped")
        .time_usual("delivered")
        .time_usual("returned")
        .duration(
            "to_deliver",
            "${TABLE}.created_at",
            "${TABLE}.delivered_at",
            &["second", "minute", "hour", "day", "week", "month", "quarter", "year"],
        )
        .distance(
            "distance_to_customer",
            ["${distribution_centers.latitude}", "${distribution_centers.longitude}", "${users.latitude}", "${users.longitude}"],
        );
    measures(view)
        .filter("period", "date")
        .about("Filters Sales in Period only.")
        .parameter("timeframe", "unquoted")
        .values(&[("Day", "day"), ("Week", "week"), ("Month", "month")], "month")
        .parameter("dear_from", "number")
        .values(&[], "100")
        .parameter("label", "string")
        .values(&[("On sale", "on^_sale"), ("Regular", "regular")], "regular")
        .build()
}

fn measures(view: ViewBuilder) -> ViewBuilder {
    let price = Some("${sale_price}");
    view.measure("count", "count", Function::Count, None)
        .drill(&DETAIL)
        .measure("returned_count", "count", Function::Count, None)
        .filtered("order_items.is_returned", "Yes")
        .measure("order_count", "count_distinct", Function::CountDistinct, Some("${order_id}"))
        .drill(&DETAIL)
        .measure("total_sale_price", "sum", Function::Sum, price)
        .usd()
        .drill(&DETAIL)
        .measure("average_sale_price", "average", Function::Average, price)
        .usd()
        .drill(&DETAIL)
        .measure("min_sale_price", "min", Function::Min, price)
        .usd()
        .measure("max_sale_price", "max", Function::Max, price)
        .usd()
        .measure("median_sale_price", "median", Function::Percentile(50), price)
        .usd()
        .measure("p90_sale_price", "percentile", Function::Percentile(90), price)
        .usd()
        .label("90th Percentile Sale Price")
        .measure("total_gross_margin", "sum", Function::Sum, Some("${gross_margin}"))
        .usd()
        .expression(
            "gross_margin_percent",
            "number",
            "1.0 * ${total_gross_margin} / NULLIF(${total_sale_price}, 0)",
        )
        .named_format("percent_2", "0.00%")
        .measure("sales_in_period", "sum", Function::Sum, Some(
            "CASE WHEN {% condition order_items.period %} ${TABLE}.created_at {% endcondition %} THEN ${sale_price} END",
        ))
        .usd()
        .measure("total_order_value", "sum_distinct", Function::Sum, Some("${orders.num_items}"))
        .distinct_on("${orders.id}")
        .measure("average_order_size", "average_distinct", Function::Average, Some("${orders.num_items}"))
        .distinct_on("${orders.id}")
        .measure("median_order_size", "median_distinct", Function::Percentile(50), Some("${orders.num_items}"))
        .distinct_on("${orders.id}")
        .measure("p90_order_size", "percentile_distinct", Function::Percentile(90), Some("${orders.num_items}"))
        .distinct_on("${orders.id}")
        .post("percent_of_sales", "percent_of_total", Post::PercentOfTotal, "total_sale_price")
        .format("0.00\\%")
        .post("sales_growth", "percent_of_previous", Post::PercentOfPrevious, "total_sale_price")
        .format("0.00\\%")
        .post("cumulative_sales", "running_total", Post::RunningTotal, "total_sale_price")
        .usd()
        .measure("statuses", "list", Function::List, Some("${status}"))
        .expression("has_returns", "yesno", "${returned_count} > 0")
        .expression("verdict", "string", "CASE WHEN ${average_sale_price} >= 60 THEN 'high' ELSE 'low' END")
        .expression(
            "first_order",
            "date",
            "LOOKER_TIMEFRAME('date', ${first_created}, 'UTC')",
        )
        .measure("first_created", "min", Function::Min, Some("${TABLE}.created_at"))
        .hidden()
}
