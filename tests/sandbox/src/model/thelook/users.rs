//! The views `users` and `events`.

use crate::model::View;
use crate::model::field::Function;
use crate::model::thelook::ViewBuilder;
use crate::model::timeframe::Timeframe;

pub(super) fn view() -> View {
    const DETAIL: [&str; 5] = ["users.id", "users.name", "users.age", "users.city", "users.country"];
    ViewBuilder::new("users", "Users", "users", "${TABLE}.id")
        .set("detail", &DETAIL)
        .column("id", "number")
        .key()
        .column("first_name", "string")
        .column("last_name", "string")
        .dimension("name", "string", "${first_name} || ' ' || ${last_name}")
        .column("email", "string")
        .tags(&["email"])
        .column("age", "number")
        .tier("age_tier", "${age}", &[10, 20, 30, 40, 50, 60, 70])
        .column("gender", "string")
        .about("Null for a few users.")
        .column("city", "string")
        .about("Empty for a few users.")
        .column("state", "string")
        .column("country", "string")
        .column("zip", "zipcode")
        .column("latitude", "number")
        .hidden()
        .column("longitude", "number")
        .hidden()
        .location("location", "${latitude}", "${longitude}")
        .column("traffic_source", "string")
        .yesno("is_subscribed", "${TABLE}.is_subscribed = 1")
        .about("Null for a few users.")
        .time("birth", "${TABLE}.birth_date", false, &[Timeframe::Date, Timeframe::Year])
        .time_usual("created")
        .measure("count", "count", Function::Count, None)
        .drill(&DETAIL)
        .measure("average_age", "average", Function::Average, Some("${age}"))
        .named_format("decimal_1", "#,##0.0")
        .measure("total_age", "sum", Function::Sum, Some("${age}"))
        .hidden()
        .measure("cities", "list", Function::List, Some("${city}"))
        .build()
}

pub(super) fn events() -> View {
    ViewBuilder::new("events", "Web Events", "events", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("user_id", "number")
        .hidden()
        .column("session_id", "string")
        .column("event_type", "string")
        .column("browser", "string")
        .column("uri", "string")
        .time_usual("created")
        .measure("count", "count", Function::Count, None)
        .measure("session_count", "count_distinct", Function::CountDistinct, Some("${session_id}"))
        .build()
}
