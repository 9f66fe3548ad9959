//! Triggers of what happens in an instance: content, people, alerts, schedules, operations.

use serde_json::{Map, Value};

use super::row::{Change, Detects, LISTS, List, Own, QUERIES, Told, Trigger, Watches, told};
use super::seen::Keys;
use crate::paging::id_text;
use crate::steps::{Group, Needs, may, needs};

const SYSTEM_ACTIVITY: Needs = Needs::all(&[&["see_system_activity"]]).besides("access to the model system__activity");

/// Seconds after which a query is stuck, where nobody says it.
const STUCK: f64 = 600.0;

const CONTENT: Detects = Detects::Changes {
    told: &[told(Change::New, "created"), told(Change::Changed, "changed"), told(Change::Removed, "deleted")],
    keys: Keys::Told,
};

const FOLDER: &str = "Only what is in this folder";

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        name: "look_changed",
        group: Group::Content,
        summary: "Each Look that was created, changed or deleted, as far as the user may see it",
        needs: Needs::all(&[&["see_looks"]]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "search_looks",
            parameters: r#"{"deleted":false,"fields":"id,title,updated_at,created_at,user_id,folder(id,name)"}"#,
            inputs: &[may("folder_id", FOLDER), may("title", "Only those of this title; % stands for any letters")],
            own: &[],
            keep: is_any,
            id: "id",
            content: &["updated_at"],
            page: Some("/looks/{id}"),
        }),
        detects: CONTENT,
    },
    Trigger {
        name: "dashboard_changed",
        group: Group::Content,
        summary: "Each dashboard that was created, changed or deleted, as far as the user may see it",
        needs: Needs::all(&[&["see_user_dashboards"]]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "search_dashboards",
            parameters: r#"{"deleted":"false","fields":"id,title,updated_at,created_at,user_id,folder(id,name)"}"#,
            inputs: &[may("folder_id", FOLDER), may("title", "Only those of this title; % stands for any letters")],
            own: &[],
            keep: is_any,
            id: "id",
            content: &["updated_at"],
            page: Some("/dashboards/{id}"),
        }),
        detects: CONTENT,
    },
    Trigger {
        name: "alert_fired",
        group: Group::Alerts,
        summary: "Each time that the condition of an alert of one's own was met",
        needs: Needs::all(&[&["follow_alerts"]]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "alert_notifications",
            parameters: "{}",
            inputs: &[],
            own: &[Own {
                name: "alert_id",
                schema: r#"{"type":"string","description":"Only this alert"}"#,
                required: false,
            }],
            keep: |notification, input| is_given(notification, "alert_condition_id", input, "alert_id"),
            id: "notification_id",
            content: &[],
            page: None,
        }),
        detects: Detects::Changes { told: &[told(Change::New, "fired")], keys: Keys::Hashed },
    },
    Trigger {
        name: "schedule_failed",
        group: Group::Schedules,
        summary: "Each delivery of a schedule that failed",
        needs: SYSTEM_ACTIVITY,
        interval: QUERIES,
        watches: Watches::Activity {
            request: r#"{"model":"system__activity","explore":"scheduled_plan","fields":["scheduled_job.id","scheduled_job.name","scheduled_job.status","scheduled_job.status_detail","scheduled_job.created_time","scheduled_job.finalized_time","scheduled_plan.id"],"filters":{"scheduled_job.status":"failure"},"query_timezone":"UTC","marker":"scheduled_job.finalized_time","key":"scheduled_job.id"}"#,
            filters: &[(may("scheduled_plan_id", "Only this schedule"), "scheduled_plan.id")],
        },
        detects: Detects::New("failed"),
    },
    Trigger {
        name: "user_changed",
        group: Group::People,
        summary: "Each user that was created, disabled, enabled or deleted",
        needs: Needs::all(&[&["see_users"]]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "search_users",
            parameters: r#"{"fields":"id,display_name,email,is_disabled,is_service_account,role_ids,group_ids"}"#,
            inputs: &[
                may("group_id", "Only those of this group"),
                may("email", "Only those of this address; % stands for any letters"),
            ],
            own: &[],
            keep: is_any,
            id: "id",
            content: &["is_disabled"],
            page: Some("/admin/users/{id}/edit"),
        }),
        detects: Detects::Changes {
            told: &[
                told(Change::New, "created"),
                Told { change: Change::Changed, kind: "disabled", when: |user| is_true(user, "is_disabled") },
                told(Change::Changed, "enabled"),
                told(Change::Removed, "deleted"),
            ],
            keys: Keys::Told,
        },
    },
    Trigger {
        name: "lookml_deployed",
        group: Group::Operations,
        summary: "That another commit of a project is in production, or in the workspace dev on the user's own branch",
        needs: Needs::all(&[&["develop"]]).besides("a model of the project"),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "git_branch",
            parameters: "{}",
            inputs: &[needs("project_id", "The id of the project")],
            own: &[],
            keep: is_any,
            id: "name",
            content: &["ref"],
            page: None,
        }),
        // The first commit of another branch is one in production, too.
        detects: Detects::Changes {
            told: &[told(Change::New, "deployed"), told(Change::Changed, "deployed")],
            keys: Keys::Hashed,
        },
    },
    Trigger {
        name: "datagroup_triggered",
        group: Group::Operations,
        summary: "Each time that a datagroup was triggered, so that its caches and tables are made anew",
        needs: Needs::all(&[&["see_datagroups"]]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "all_datagroups",
            parameters: "{}",
            inputs: &[],
            own: &[
                Own {
                    name: "datagroup",
                    schema: r#"{"type":"string","description":"Only the one of this name"}"#,
                    required: false,
                },
                Own {
                    name: "model",
                    schema: r#"{"type":"string","description":"Only those of this model"}"#,
                    required: false,
                },
            ],
            keep: |datagroup, input| {
                is_given(datagroup, "name", input, "datagroup") && is_given(datagroup, "model_name", input, "model")
            },
            id: "id",
            content: &["triggered_at"],
            page: None,
        }),
        detects: Detects::Changes { told: &[told(Change::Changed, "triggered")], keys: Keys::Hashed },
    },
    Trigger {
        name: "pdt_build_failed",
        group: Group::Operations,
        summary: "Each build of a persistent derived table that failed",
        needs: SYSTEM_ACTIVITY,
        interval: QUERIES,
        watches: Watches::Activity {
            request: r#"{"model":"system__activity","explore":"pdt_event_log","fields":["pdt_event_log.created_time","pdt_event_log.view_name","pdt_event_log.model_name","pdt_event_log.connection","pdt_event_log.action","pdt_event_log.action_data"],"filters":{"pdt_event_log.action":"%error%"},"query_timezone":"UTC","marker":"pdt_event_log.created_time"}"#,
            filters: &[
                (may("view_name", "Only this view"), "pdt_event_log.view_name"),
                (may("model_name", "Only this model"), "pdt_event_log.model_name"),
            ],
        },
        detects: Detects::New("failed"),
    },
    Trigger {
        name: "query_stuck",
        group: Group::Operations,
        summary: "Each query that has been running for long",
        needs: Needs::NOTHING.of_others(&["see_queries"]),
        interval: LISTS,
        watches: Watches::List(List {
            operation: "all_running_queries",
            parameters: "{}",
            inputs: &[],
            own: &[
                Own {
                    name: "seconds",
                    schema: r#"{"type":"number","minimum":1,"default":600,"description":"How long is long"}"#,
                    required: false,
                },
                Own {
                    name: "connection",
                    schema: r#"{"type":"string","description":"Only those of this connection"}"#,
                    required: false,
                },
            ],
            keep: |query, input| {
                let long = input.get("seconds").and_then(Value::as_f64).unwrap_or(STUCK);
                let runs = query.get("runtime").and_then(Value::as_f64).unwrap_or_default();
                runs >= long && is_given(query, "connection_name", input, "connection")
            },
            id: "id",
            content: &[],
            page: None,
        }),
        detects: Detects::Changes { told: &[told(Change::New, "stuck")], keys: Keys::Hashed },
    },
];

fn is_any(_: &Value, _: &Map<String, Value>) -> bool {
    true
}

fn is_true(element: &Value, member: &str) -> bool {
    element.get(member) == Some(&Value::Bool(true))
}

/// Whether a member is what an input says, if it says anything.
fn is_given(element: &Value, member: &str, input: &Map<String, Value>, name: &str) -> bool {
    let given = input.get(name).and_then(id_text);
    given.is_none_or(|given| element.get(member).and_then(id_text).is_some_and(|value| value == given))
}
