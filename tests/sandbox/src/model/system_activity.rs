//! The model `system__activity`: what this sandbox has been asked to run.

use super::field::Function;
use super::thelook::ViewBuilder;
use super::{Explore, Join, Model, Relationship};

pub(super) fn model() -> Model {
    let history = ViewBuilder::new("history", "History", "activity.history", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("user_id", "number")
        .hidden()
        .time_usual("created")
        .column("query_id", "string")
        .column("model", "string")
        .column("explore", "string")
        .column("source", "string")
        .column("result_format", "string")
        .column("status", "string")
        .column("message", "string")
        .column("row_count", "number")
        .column("runtime", "number")
        .named_format("decimal_2", "#,##0.00")
        .measure("count", "count", Function::Count, None)
        .drill(&["history.id", "history.created_time", "history.status"])
        .label("History Count")
        .measure("query_run_count", "count", Function::Count, None)
        .filtered("history.status", "complete")
        .measure("average_runtime", "average", Function::Average, Some("${runtime}"))
        .measure("max_runtime", "max", Function::Max, Some("${runtime}"))
        .measure("total_runtime", "sum", Function::Sum, Some("${runtime}"))
        .build();
    let user = ViewBuilder::new("user", "User", "activity.user", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("name", "string")
        .column("email", "string")
        .yesno("is_disabled", "${TABLE}.is_disabled = 1")
        .measure("count", "count", Function::Count, None)
        .build();
    Model {
        name: "system__activity",
        label: "System Activity",
        project: "system__activity",
        connection: "looker__internal__analytics",
        internal: true,
        views: vec![history, user],
        explores: vec![Explore {
            name: "history",
            label: "History",
            description: "One row per query that was run.",
            group_label: "System Activity",
            hidden: false,
            base: "history",
            joins: vec![Join {
                view: "user",
                to: "history",
                relationship: Relationship::ManyToOne,
                sql_on: "${history.user_id} = ${user.id}",
            }],
            always_filter: Vec::new(),
            conditionally_filter: Vec::new(),
            cancel_grouping: vec!["history.id"],
        }],
    }
}
