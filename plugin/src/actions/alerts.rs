//! Actions on alerts.

use super::row::{Action, call};
use crate::steps::{Group, Needs, may, needs};

const GROUP: Group = Group::Alerts;
const ALERT: &str = "The id of the alert";
const FOLLOW: Needs = Needs::all(&[&["follow_alerts"]]);
const OWN: Needs = Needs::all(&[&["create_alerts"]]).of_others(&["see_alerts"]);

pub(super) const ACTIONS: &[Action] = &[
    call(
        GROUP,
        "list_alerts",
        "List alerts",
        FOLLOW,
        "search_alerts",
        &[
            may("disabled", "Those that are disabled, or are not"),
            may("condition_met", "Those whose condition was met when they were last looked at"),
            may("all_owners", "Those of everybody, for administrators"),
            may("fields", "The keys that are wanted"),
            may("limit", "The most results"),
            may("offset", "How many results to leave out at the beginning"),
        ],
    ),
    call(
        GROUP,
        "enable_alert",
        "Let an alert be looked at again",
        OWN,
        "update_alert_field",
        &[needs("alert_id", ALERT)],
    )
    .with(r#"{"is_disabled":false}"#),
    call(
        GROUP,
        "disable_alert",
        "Keep an alert from being looked at",
        OWN,
        "update_alert_field",
        &[needs("alert_id", ALERT), may("disabled_reason", "Why")],
    )
    .with(r#"{"is_disabled":true}"#),
    call(
        GROUP,
        "alert_history",
        "List when alerts of one's own were met",
        FOLLOW,
        "alert_notifications",
        &[may("limit", "The most results"), may("offset", "How many results to leave out at the beginning")],
    ),
];
