//! The views `products`, `inventory_items` and `distribution_centers`.

use crate::model::View;
use crate::model::field::Function;
use crate::model::thelook::ViewBuilder;
use crate::model::timeframe::Timeframe;

pub(super) fn view() -> View {
    const DETAIL: [&str; 4] = ["products.id", "products.name", "products.brand", "products.category"];
    ViewBuilder::new("products", "Products", "products", "${TABLE}.id")
        .set("detail", &DETAIL)
        .column("id", "number")
        .key()
        .column("name", "string")
        .about("Some names hold quotation marks and commas.")
        .column("brand", "string")
        .html("<b>{{ value }}</b>")
        .column("category", "string")
        .column("department", "string")
        .column("sku", "string")
        .column("retail_price", "number")
        .usd()
        .column("cost", "number")
        .usd()
        .column("distribution_center_id", "number")
        .hidden()
        .time("released", "${TABLE}.released_on", false, &[Timeframe::Date, Timeframe::Month, Timeframe::Year])
        .measure("count", "count", Function::Count, None)
        .drill(&DETAIL)
        .measure("brand_count", "count_distinct", Function::CountDistinct, Some("${brand}"))
        .measure("average_retail_price", "average", Function::Average, Some("${retail_price}"))
        .usd()
        .measure("categories", "list", Function::List, Some("${category}"))
        .build()
}

pub(super) fn inventory_items() -> View {
    ViewBuilder::new("inventory_items", "Inventory Items", "inventory_items", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("product_id", "number")
        .hidden()
        .column("cost", "number")
        .usd()
        .yesno("is_sold", "${TABLE}.sold_at IS NOT NULL")
        .time_usual("created")
        .time_usual("sold")
        .duration("in_inventory", "${TABLE}.created_at", "${TABLE}.sold_at", &["day", "week"])
        .measure("count", "count", Function::Count, None)
        .measure("total_cost", "sum", Function::Sum, Some("${cost}"))
        .usd()
        .measure("average_cost", "average", Function::Average, Some("${cost}"))
        .usd()
        .build()
}

pub(super) fn distribution_centers() -> View {
    ViewBuilder::new("distribution_centers", "Distribution Centers", "distribution_centers", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("name", "string")
        .column("latitude", "number")
        .hidden()
        .column("longitude", "number")
        .hidden()
        .location("location", "${latitude}", "${longitude}")
        .measure("count", "count", Function::Count, None)
        .build()
}
