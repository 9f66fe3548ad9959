//! What users were told by alerts.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::records::text;
use crate::typed::Row;

/// All notifications, in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct Notifications(Mutex<Vec<Row>>);

/// What is told of a check of an alert whose condition was met.
#[derive(Debug)]
pub(crate) struct Notice<'a> {
    /// The alert.
    pub(crate) alert: &'a Row,
    /// The value that met the condition.
    pub(crate) value: f64,
    /// When the query ran.
    pub(crate) ran_at: &'a str,
}

impl Notifications {
    fn with<T>(&self, what: impl FnOnce(&mut Vec<Row>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells a user (`AlertNotifications` of the specification).
    pub(crate) fn send(&self, user: &str, notice: &Notice<'_>) {
        let alert = notice.alert;
        self.with(|sent| {
            let notification = json!({
                "notification_id": (sent.len() + 1).to_string(),
                "alert_condition_id": alert.get("id"),
                "user_id": user,
                "is_read": false,
                "field_value": notice.value,
                "threshold_value": alert.get("threshold"),
                "ran_at": notice.ran_at,
                "alert": { "alert_id": alert.get("id"), "title": alert.get("custom_title") },
                "notification_type": "email",
                "triggering_field_title": alert.get("field").and_then(|field| field.get("title")),
            });
            sent.extend(notification.as_object().cloned());
        });
    }

    /// Those of a user, newest first.
    pub(crate) fn of(&self, user: &str) -> Vec<Row> {
        self.with(|sent| sent.iter().rev().filter(|row| text(row, "user_id") == Some(user)).cloned().collect())
    }

    /// Marks one as read, if it is the user's.
    pub(crate) fn read(&self, user: &str, id: &str) -> Option<Row> {
        self.with(|sent| {
            let is_it = |row: &&mut Row| text(row, "user_id") == Some(user) && text(row, "notification_id") == Some(id);
            let row = sent.iter_mut().find(is_it)?;
            row.insert("is_read".to_owned(), true.into());
            Some(row.clone())
        })
    }
}
