//! Actions on scheduled deliveries.

use super::row::{Action, Does, call};
use super::schedule_failures;
use crate::steps::{Group, Input, Needs, may, needs};
use looker_operations::Effect;

const GROUP: Group = Group::Schedules;
const PLAN: &str = "The id of the schedule";
/// One for each kind of destination.
const SEND: Needs = Needs::all(&[&[
    "schedule_look_emails",
    "schedule_external_look_emails",
    "send_to_s3",
    "send_to_sftp",
    "send_outgoing_webhook",
    "send_to_integration",
]]);

const KEYS: &[Input] = &[
    needs("name", "Its name"),
    may("look_id", "The Look to deliver"),
    may("dashboard_id", "The dashboard to deliver"),
    may("lookml_dashboard_id", "The LookML dashboard to deliver"),
    may("crontab", "When, as minute hour day month weekday, such as 0 7 * * 1 for Mondays at seven"),
    may("datagroup", "The datagroup after whose trigger it is delivered, instead of a time"),
    may("timezone", "The time zone of the time, such as Europe/Berlin"),
    needs(
        "scheduled_plan_destination",
        "Where to, one or several: each with type (email, webhook, s3, sftp, ...), address and format (such as csv or wysiwyg_pdf)",
    ),
    may("filters_string", "The filters of the dashboard, as they stand in its address"),
    may("require_results", "Deliver only when there are rows"),
    may("require_no_results", "Deliver only when there are no rows"),
    may("require_change", "Deliver only when the rows have changed; for Looks alone"),
    may("send_all_results", "Deliver all rows instead of those within the limit"),
    may("include_links", "Put links to Looker into what is delivered"),
];

pub(super) const ACTIONS: &[Action] = &[
    call(
        GROUP,
        "list_schedules",
        "List the schedules of a user, or of all",
        Needs::NOTHING.of_others(&["see_schedules"]),
        "all_scheduled_plans",
        &[
            may("user_id", "The id of their owner; without it, one's own"),
            may("all_users", "Those of everybody"),
            may("fields", "The keys that are wanted, such as id,name,next_run_at"),
        ],
    ),
    call(
        GROUP,
        "create_schedule",
        "Deliver a Look or a dashboard again and again",
        SEND,
        "create_scheduled_plan",
        KEYS,
    )
    // One that rests would deliver nothing.
    .with(r#"{"enabled":true}"#),
    call(
        GROUP,
        "update_schedule",
        "Change a schedule: when, where to, or what",
        SEND,
        "update_scheduled_plan",
        &[
            needs("scheduled_plan_id", PLAN),
            may("name", "Its name"),
            may("crontab", "When, as minute hour day month weekday"),
            may("datagroup", "The datagroup after whose trigger it is delivered"),
            may("timezone", "The time zone of the time"),
            may("scheduled_plan_destination", "Where to; in place of all that were there"),
            may("filters_string", "The filters of the dashboard"),
            may("enabled", "Whether it delivers"),
        ],
    ),
    call(
        GROUP,
        "pause_schedule",
        "Let a schedule rest",
        SEND,
        "update_scheduled_plan",
        &[needs("scheduled_plan_id", PLAN)],
    )
    .with(r#"{"enabled":false}"#),
    call(
        GROUP,
        "resume_schedule",
        "Let a schedule that rests deliver again",
        SEND,
        "update_scheduled_plan",
        &[needs("scheduled_plan_id", PLAN)],
    )
    .with(r#"{"enabled":true}"#),
    call(
        GROUP,
        "send_schedule_now",
        "Deliver now what a schedule delivers, besides its times",
        SEND,
        "scheduled_plan_run_once_by_id",
        &[needs("scheduled_plan_id", PLAN)],
    )
    .twice("each delivers once more"),
    call(
        GROUP,
        "delete_schedule",
        "Remove a schedule for good",
        SEND,
        "delete_scheduled_plan",
        &[needs("scheduled_plan_id", PLAN)],
    ),
    Action {
        name: schedule_failures::NAME,
        group: GROUP,
        summary: schedule_failures::SUMMARY,
        needs: Needs::all(&[&["see_system_activity"]]),
        repeat: None,
        page: None,
        does: Does::Code {
            effect: Effect::Read,
            input: schedule_failures::input,
            output: schedule_failures::output,
            run: schedule_failures::run,
        },
    },
];
