//! Alerts that are followed and checked.

use axum::response::Response;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::errors::{Failure, no_content};
use crate::lists;
use crate::records::relations::Kind;
use crate::records::{rows, subjects, text};
use crate::typed::Row;
use crate::typed::sample::MOMENT;

fn alert(call: &Call) -> Result<Row, Failure> {
    rows::found(call, subjects::named("alerts").ok_or_else(Failure::internal)?, call.path("alert_id"))
}

/// `follow_alert`.
pub(crate) fn follow_alert(call: &Call) -> Result<Response, Failure> {
    let alert = alert(call)?;
    let user = call.session()?.user.id.to_string();
    call.state.relations.set(Kind::Follows, text(&alert, "id").unwrap_or_default(), &user, Value::Null);
    Ok(no_content())
}

/// `unfollow_alert`.
pub(crate) fn unfollow_alert(call: &Call) -> Result<Response, Failure> {
    let alert = alert(call)?;
    let user = call.session()?.user.id.to_string();
    call.state.relations.remove(Kind::Follows, text(&alert, "id").unwrap_or_default(), &user);
    Ok(no_content())
}

/// `enqueue_alert`: checks it now, and finds that it has come to pass.
pub(crate) fn enqueue_alert(call: &Call) -> Result<Response, Failure> {
    let alert = alert(call)?;
    call.state.alerts.count(text(&alert, "id").unwrap_or_default());
    Ok(no_content())
}

/// `alert_notifications`: one for each time that an alert of the caller, or one that the caller follows, was checked.
pub(crate) fn alert_notifications(call: &Call) -> Result<Response, Failure> {
    let user = call.session()?.user.id.to_string();
    let subject = subjects::named("alerts").ok_or_else(Failure::internal)?;
    let counts = call.state.alerts.read();
    let mut notifications = Vec::new();
    for alert in rows::stored(call, subject)? {
        let id = text(&alert, "id").unwrap_or_default();
        let follows = call.state.relations.get(Kind::Follows, id, &user).is_some();
        if !follows && text(&alert, "owner_id") != Some(user.as_str()) {
            continue;
        }
        for number in 0..counts.get(id).copied().unwrap_or_default() {
            notifications.push(json!({
                "notification_id": format!("{id}-{number}"),
                "alert_condition_id": id,
                "user_id": user,
                "is_read": false,
                "field_value": alert.get("threshold"),
                "threshold_value": alert.get("threshold"),
                "ran_at": MOMENT,
                "alert": null,
                "notification_type": "alert",
                "triggering_field_title": alert.get("field").and_then(|field| field.get("title")),
            }));
        }
    }
    lists::answer(call, &notifications, Value::clone)
}
