//! Alerts that are followed and checked.

use std::collections::BTreeSet;

use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use crate::content::time;
use crate::dispatch::Call;
use crate::errors::{Failure, no_content};
use crate::lists;
use crate::notifications::Notice;
use crate::records::relations::Kind;
use crate::records::{rows, subjects, text};
use crate::state::State;
use crate::typed::Row;

/// An alert by its id.
pub(crate) fn found(call: &Call, id: &str) -> Result<Row, Failure> {
    rows::found(call, subjects::named("alerts").ok_or_else(Failure::internal)?, id)
}

fn alert(call: &Call) -> Result<Row, Failure> {
    found(call, call.path("alert_id"))
}

/// `follow_alert`.
pub(crate) fn follow_alert(call: &Call) -> Result<Response, Failure> {
    let alert = alert(call)?;
    let user = caller(call)?;
    call.state.relations.set(Kind::Follows, text(&alert, "id").unwrap_or_default(), &user, Value::Null);
    Ok(no_content())
}

/// `unfollow_alert`.
pub(crate) fn unfollow_alert(call: &Call) -> Result<Response, Failure> {
    let alert = alert(call)?;
    let user = caller(call)?;
    call.state.relations.remove(Kind::Follows, text(&alert, "id").unwrap_or_default(), &user);
    Ok(no_content())
}

/// A check of an alert that finds its condition met: its owner is told, and who follows it.
pub(crate) fn check(state: &State, alert: &Row, value: Option<f64>) {
    let id = text(alert, "id").unwrap_or_default();
    state.alerts.count(id);
    let threshold = alert.get("threshold").and_then(Value::as_f64).unwrap_or_default();
    let ran_at = time(Timestamp::now());
    let notice = Notice { alert, value: value.unwrap_or(threshold), ran_at: &ran_at };
    let followers = state.relations.seconds(Kind::Follows, id).into_iter().map(|(user, _)| user);
    let told: BTreeSet<String> = followers.chain(text(alert, "owner_id").map(str::to_owned)).collect();
    for user in told {
        state.notifications.send(&user, &notice);
    }
}

/// `enqueue_alert`: checks it now, and finds that it has come to pass.
pub(crate) fn enqueue_alert(call: &Call) -> Result<Response, Failure> {
    check(&call.state, &alert(call)?, None);
    Ok(no_content())
}

fn caller(call: &Call) -> Result<String, Failure> {
    Ok(call.session()?.user.id.to_string())
}

/// `alert_notifications`: those of the caller, newest first.
pub(crate) fn alert_notifications(call: &Call) -> Result<Response, Failure> {
    let sent = call.state.notifications.of(&caller(call)?);
    lists::answer(call, &sent, |row| Value::Object(row.clone()))
}

/// `read_alert_notification`: marks one of the caller's as read.
pub(crate) fn read_alert_notification(call: &Call) -> Result<Response, Failure> {
    let read = call.state.notifications.read(&caller(call)?, call.path("alert_notification_id"));
    call.answer(Value::Object(read.ok_or(Failure::NotFound)?))
}
