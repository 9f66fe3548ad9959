//! What is delivered, and how the instance looks and is set.

use super::Action::{Children, Create, Delete, List, One, Search, Update};
use super::{PLAIN, Subject};
use crate::records::{rights, rows, seeds, write};

/// The subjects.
pub(super) static SUBJECTS: &[Subject] = &[
    Subject {
        name: "alerts",
        kind: "Alert",
        key: "alert_id",
        operations: &[
            ("get_alert", One),
            ("create_alert", Create),
            ("update_alert", Update),
            ("update_alert_field", Update),
            ("delete_alert", Delete),
            ("search_alerts", Search),
        ],
        sees: rights::sees_alert,
        references: &[("dashboard_element_id", "dashboard_elements")],
        ..PLAIN
    },
    Subject {
        name: "themes",
        kind: "Theme",
        key: "theme_id",
        operations: &[
            ("all_themes", List),
            ("theme", One),
            ("create_theme", Create),
            ("update_theme", Update),
            ("delete_theme", Delete),
            ("search_themes", Search),
            ("active_themes", Search),
        ],
        base: seeds::themes,
        ..PLAIN
    },
    Subject {
        name: "scheduled_plans",
        kind: "ScheduledPlan",
        key: "scheduled_plan_id",
        operations: &[
            ("all_scheduled_plans", List),
            ("scheduled_plan", One),
            ("create_scheduled_plan", Create),
            ("update_scheduled_plan", Update),
            ("delete_scheduled_plan", Delete),
            ("search_scheduled_plans", Search),
            ("scheduled_plans_for_look", Children("look_id", "look_id")),
            ("scheduled_plans_for_dashboard", Children("dashboard_id", "dashboard_id")),
            ("scheduled_plans_for_lookml_dashboard", Children("lookml_dashboard_id", "lookml_dashboard_id")),
        ],
        sees: rights::sees_plan,
        dress: rows::dress_plan,
        note: write::note_plan,
        references: &[("look_id", "looks"), ("dashboard_id", "dashboards")],
        ..PLAIN
    },
    Subject {
        name: "datagroups",
        kind: "Datagroup",
        key: "datagroup_id",
        operations: &[("all_datagroups", List), ("datagroup", One), ("update_datagroup", Update)],
        base: seeds::datagroups,
        ..PLAIN
    },
    Subject {
        name: "connections",
        kind: "DBConnection",
        id: "name",
        key: "connection_name",
        operations: &[
            ("all_connections", List),
            ("connection", One),
            ("create_connection", Create),
            ("update_connection", Update),
            ("delete_connection", Delete),
        ],
        base: rows::connections,
        ..PLAIN
    },
    Subject {
        name: "color_collections",
        kind: "ColorCollection",
        key: "collection_id",
        operations: &[
            ("all_color_collections", List),
            ("color_collection", One),
            ("create_color_collection", Create),
            ("update_color_collection", Update),
            ("delete_color_collection", Delete),
        ],
        ..PLAIN
    },
];
