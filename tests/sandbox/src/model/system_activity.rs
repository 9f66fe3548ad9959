//! The model `system__activity`: what this sandbox has been asked to run, what it has delivered and built. The names of
//! explores and fields are those of Looker's own dashboards of System Activity.

use super::field::Function;
use super::thelook::ViewBuilder;
use super::{Explore, Join, Model, Relationship, View};

fn history() -> View {
    ViewBuilder::new("history", "History", "activity.history", "${TABLE}.id")
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
        .build()
}

fn user() -> View {
    ViewBuilder::new("user", "User", "activity.user", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("name", "string")
        .column("email", "string")
        .yesno("is_disabled", "${TABLE}.is_disabled = 1")
        .measure("count", "count", Function::Count, None)
        .build()
}

fn scheduled_plan() -> View {
    ViewBuilder::new("scheduled_plan", "Scheduled Plan", "activity.scheduled_plan", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("name", "string")
        .dimension("title", "string", "${TABLE}.name")
        .column("user_id", "number")
        .hidden()
        .column("look_id", "number")
        .column("dashboard_id", "number")
        .column("lookml_dashboard_id", "string")
        .column("query_id", "string")
        .column("cron_schedule", "string")
        .column("datagroup", "string")
        .yesno("enabled", "${TABLE}.enabled = 1")
        .yesno("run_once", "${TABLE}.run_once = 1")
        .measure("count", "count", Function::Count, None)
        .build()
}

fn scheduled_job() -> View {
    ViewBuilder::new("scheduled_job", "Scheduled Job", "activity.scheduled_job", "${TABLE}.id")
        .column("id", "number")
        .key()
        .column("scheduled_plan_id", "number")
        .column("name", "string")
        .column("user_id", "number")
        .time_usual("created")
        .time_usual("finalized")
        .column("status", "string")
        .column("status_detail", "string")
        .measure("count", "count", Function::Count, None)
        .drill(&["scheduled_job.id", "scheduled_job.finalized_time", "scheduled_job.status"])
        .build()
}

fn pdt_event_log() -> View {
    ViewBuilder::new("pdt_event_log", "PDT Event Log", "activity.pdt_event_log", "${TABLE}.id")
        .column("id", "number")
        .key()
        .time_usual("created")
        .column("model_name", "string")
        .column("view_name", "string")
        .column("connection", "string")
        .column("action", "string")
        .column("action_data", "string")
        .measure("count", "count", Function::Count, None)
        .measure("pdt_create_failures", "count", Function::Count, None)
        .filtered("pdt_event_log.action", "create error")
        .measure("successful_pdt_builds", "count", Function::Count, None)
        .filtered("pdt_event_log.action", "create complete")
        .build()
}

/// An explore of a view, with others joined to it.
fn explore(base: &'static str, label: &'static str, description: &'static str, joins: Vec<Join>) -> Explore {
    Explore {
        name: base,
        label,
        description,
        group_label: "System Activity",
        hidden: false,
        base,
        joins,
        always_filter: Vec::new(),
        conditionally_filter: Vec::new(),
        cancel_grouping: Vec::new(),
    }
}

pub(super) fn model() -> Model {
    let owner = |to: &'static str, sql_on: &'static str| Join {
        view: "user",
        to,
        relationship: Relationship::ManyToOne,
        sql_on,
    };
    let job = Join {
        view: "scheduled_job",
        to: "scheduled_plan",
        relationship: Relationship::OneToMany,
        sql_on: "${scheduled_plan.id} = ${scheduled_job.scheduled_plan_id}",
    };
    let of_history = vec![owner("history", "${history.user_id} = ${user.id}")];
    let of_plans = vec![job, owner("scheduled_plan", "${scheduled_plan.user_id} = ${user.id}")];
    Model {
        name: "system__activity",
        label: "System Activity",
        project: "system__activity",
        connection: "looker__internal__analytics",
        internal: true,
        views: vec![history(), user(), scheduled_plan(), scheduled_job(), pdt_event_log()],
        explores: vec![
            Explore {
                cancel_grouping: vec!["history.id"],
                ..explore("history", "History", "One row per query that was run.", of_history)
            },
            explore("scheduled_plan", "Scheduled Plan", "Scheduled plans, and each delivery of them.", of_plans),
            explore("pdt_event_log", "PDT Event Log", "What happened to persistent derived tables.", Vec::new()),
        ],
    }
}
