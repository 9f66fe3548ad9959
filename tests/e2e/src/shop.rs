//! A shop for actions: a sandbox with one of everything that they are about, and for each an input that it can do.

use connector_interface::error::Result;
use connector_interface::load::Session;
use connector_interface::services::Level;
use serde_json::{Value, json};

use crate::loaded::connect_as;
use crate::recorder::Recorder;
use crate::runs::{DEADLINE, Delivered, deliver};
use crate::sandbox::Sandbox;

/// Runs an action to its end.
pub fn invoke(session: &Session, action: &str, input: &Value) -> Result<Delivered> {
    deliver(session, "invoke", &json!({ "action": action, "input": input }), DEADLINE).0
}

/// The value of an action that must succeed.
#[track_caller]
pub fn value(session: &Session, action: &str, input: &Value) -> Value {
    match invoke(session, action, input) {
        Ok(Delivered::Value(value)) => value,
        Ok(other) => panic!("{action}: no value but {other:?}"),
        Err(error) => panic!("{action}: {}", error.report()),
    }
}

/// A sandbox with one of everything that actions are about.
#[derive(Debug)]
pub struct Shop {
    /// The server.
    pub sandbox: Sandbox,
    /// A session of the administrator.
    pub admin: Session,
    /// The id of a scheduled plan.
    pub plan: String,
    /// The id of an alert of the administrator's.
    pub alert: String,
    query: String,
    build: String,
}

impl Shop {
    /// Opens one: it has a scheduled plan with a failed delivery, an alert, a query, and a table being built.
    pub fn open() -> Self {
        let sandbox = Sandbox::start(&[]);
        let admin = connect_as(&sandbox, "admin", &json!({ "allow_sql_runner": true }), Recorder::new(Level::Warn));
        let call = |operation: &str, body: Value| {
            value(&admin, "call_operation", &json!({ "operation": operation, "body": body }))
        };
        let id = |made: Value| made["id"].as_str().unwrap().to_owned();
        let destination = json!([{ "type": "email", "address": "ops@example.com", "format": "csv" }]);
        let plan = id(call(
            "create_scheduled_plan",
            json!({ "name": "Daily", "look_id": "1", "crontab": "0 7 * * *", "scheduled_plan_destination": destination }),
        ));
        sandbox.happen("schedule_failures", &json!({ "scheduled_plan_id": plan, "detail": "No such bucket" }));
        let alert = id(call(
            "create_alert",
            json!({
                "cron": "0 * * * *", "owner_id": "1", "threshold": 5, "comparison_type": "GREATER_THAN",
                "destinations": [{ "destination_type": "EMAIL", "email_address": "ops@example.com" }],
                "field": { "title": "Orders", "name": "orders.count" },
            }),
        ));
        let query = id(call(
            "create_query",
            json!({ "model": "thelook", "view": "order_items", "fields": ["order_items.count"] }),
        ));
        let build = json!({ "operation": "start_pdt_build", "parameters": { "model_name": "thelook", "view_name": "order_facts" } });
        let build = value(&admin, "call_operation", &build)["materialization_id"].as_str().unwrap().to_owned();
        Self { sandbox, admin, plan, alert, query, build }
    }

    /// A session of another user.
    pub fn as_user(&self, name: &str) -> Session {
        connect_as(&self.sandbox, name, &json!({}), Recorder::new(Level::Error))
    }

    /// Every action with an input that it can do.
    pub fn inputs(&self) -> Vec<(&'static str, Value)> {
        let destination = json!([{ "type": "email", "address": "ops@example.com", "format": "csv" }]);
        let query = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.count"] });
        vec![
            ("run_look", json!({ "look": 1, "limit": 3 })),
            ("run_query", query.clone()),
            ("run_saved_query", json!({ "query": self.query })),
            ("run_dashboard", json!({ "dashboard": 1 })),
            ("generated_sql", query.clone()),
            (
                "governed_sql",
                json!({ "open_sql": "SELECT AGGREGATE(`order_items.count`) FROM `thelook`.`order_items`" }),
            ),
            ("run_sql", json!({ "sql": "SELECT 1 AS one", "model": "thelook" })),
            ("render_look", json!({ "look": 1 })),
            ("render_tile", json!({ "dashboard": 1, "tile": "Sales by Month", "format": "jpg" })),
            ("render_dashboard", json!({ "dashboard": 1, "format": "pdf" })),
            ("get_value", query),
            ("find_content", json!({ "terms": "orders" })),
            ("find_looks", json!({ "title": "%orders%" })),
            ("find_dashboards", json!({ "title": "%" })),
            ("get_look", json!({ "look_id": 1 })),
            ("get_dashboard", json!({ "dashboard_id": "1" })),
            ("create_look", json!({ "title": "Mine", "query_id": self.query, "folder_id": 1 })),
            ("copy_look", json!({ "look_id": "1", "folder_id": "2" })),
            ("copy_dashboard", json!({ "dashboard_id": "1", "folder_id": "2" })),
            ("move_look", json!({ "look_id": "2", "folder_id": "2" })),
            ("move_dashboard", json!({ "dashboard_id": "1", "folder_id": "2" })),
            ("trash_look", json!({ "look_id": "3" })),
            ("restore_look", json!({ "look_id": "3" })),
            ("trash_dashboard", json!({ "dashboard_id": "1" })),
            ("restore_dashboard", json!({ "dashboard_id": "1" })),
            ("create_folder", json!({ "name": "Reports", "parent_id": "1" })),
            ("list_schedules", json!({})),
            (
                "create_schedule",
                json!({ "name": "Weekly", "look_id": "1", "crontab": "0 7 * * 1", "scheduled_plan_destination": destination }),
            ),
            ("update_schedule", json!({ "scheduled_plan_id": self.plan, "name": "Hourly" })),
            ("pause_schedule", json!({ "scheduled_plan_id": self.plan })),
            ("resume_schedule", json!({ "scheduled_plan_id": self.plan })),
            ("send_schedule_now", json!({ "scheduled_plan_id": self.plan })),
            ("who_am_i", json!({})),
            ("find_users", json!({ "email": "%example.com" })),
            ("find_or_create_user", json!({ "email": "new@example.com", "first_name": "New", "role_ids": [1] })),
            ("disable_user", json!({ "user_id": "3" })),
            ("enable_user", json!({ "user_id": "3" })),
            ("set_user_attribute", json!({ "user_id": "3", "user_attribute_id": "3", "value": "Levi" })),
            ("find_groups", json!({ "name": "%" })),
            ("add_user_to_group", json!({ "group_id": "2", "user_id": "3" })),
            ("remove_user_from_group", json!({ "group_id": "2", "user_id": "3" })),
            ("find_roles", json!({ "name": "%" })),
            ("set_user_roles", json!({ "user_id": "3", "role_ids": [1] })),
            ("front_end_token", json!({})),
            ("list_alerts", json!({})),
            ("enable_alert", json!({ "alert_id": self.alert })),
            ("disable_alert", json!({ "alert_id": self.alert, "disabled_reason": "quiet" })),
            ("alert_history", json!({})),
            ("start_pdt_build", json!({ "model_name": "thelook", "view_name": "order_facts" })),
            ("check_pdt_build", json!({ "materialization_id": self.build })),
            ("stop_pdt_build", json!({ "materialization_id": self.build })),
            ("list_running_queries", json!({})),
            ("validate_project", json!({ "project_id": "thelook" })),
            ("deploy_project", json!({ "project_id": "thelook" })),
            ("test_connection", json!({ "connection_name": "thelook" })),
            (
                "embed_url",
                json!({ "target_url": "https://looker.example/embed/looks/1", "external_user_id": "7", "permissions": ["access_data"], "models": ["thelook"] }),
            ),
            ("embed_url_as_me", json!({ "target_url": "https://looker.example/embed/looks/1" })),
            ("call_operation", json!({ "operation": "me" })),
            ("schedule_failures", json!({ "scheduled_plan_id": self.plan })),
            ("permission_doctor", json!({ "user": 2 })),
            ("reset_datagroup", json!({ "datagroup": "thelook::daily" })),
            ("delete_schedule", json!({ "scheduled_plan_id": self.plan })),
            // The query has ended before anyone could name it.
            ("kill_query", json!({ "query_task_id": "none" })),
        ]
    }
}
