//! What is there from the start of what has no code of its own.

use serde_json::{Value, json};

use super::write::fresh;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::table;
use crate::typed::Row;
use crate::typed::sample::MOMENT;

/// Rows of a type, with what Looker says of new ones.
fn seeds(call: &Call, kind: &str, values: Value) -> Result<Vec<Row>, Failure> {
    let object = table::object(kind).ok_or_else(Failure::internal)?;
    let values = if let Value::Array(values) = values { values } else { Vec::new() };
    let seed = |value: Value| {
        let given = if let Value::Object(row) = value { row } else { Row::new() };
        let mut row = fresh(call, object, Row::new())?;
        for column in ["created_at", "updated_at"].iter().filter(|column| object.property(column).is_some()) {
            row.insert((*column).to_owned(), MOMENT.into());
        }
        row.extend(given);
        Ok(row)
    };
    values.into_iter().map(seed).collect()
}

/// Groups: those that the sandbox's users are in.
pub(crate) fn groups(call: &Call) -> Result<Vec<Row>, Failure> {
    let values = json!([
        { "id": "1", "name": "All Users", "include_by_default": true },
        { "id": "2", "name": "Embedded" },
        { "id": "3", "name": "Analysts" },
    ]);
    seeds(call, "Group", values)
}

/// User attributes.
pub(crate) fn user_attributes(call: &Call) -> Result<Vec<Row>, Failure> {
    let system = json!({ "is_system": true, "is_permanent": true, "user_can_view": true });
    let own = json!({ "user_can_view": true, "user_can_edit": true });
    let attribute = |id: &str, name: &str, label: &str, default: Option<&str>, more: &Value| {
        let mut row = json!({ "id": id, "name": name, "label": label, "type": "string", "default_value": default });
        if let (Some(row), Some(more)) = (row.as_object_mut(), more.as_object()) {
            row.extend(more.clone());
        }
        row
    };
    let values = json!([
        attribute("1", "email", "Email", None, &system),
        attribute("2", "locale", "Locale", Some("en"), &system),
        attribute("3", "brand", "Brand", Some("%"), &own),
    ]);
    seeds(call, "UserAttribute", values)
}

/// Themes.
pub(crate) fn themes(call: &Call) -> Result<Vec<Row>, Failure> {
    let settings = json!({ "background_color": "#f6f8fa", "font_family": "Roboto", "show_title": true });
    seeds(call, "Theme", json!([{ "id": "1", "name": "Looker", "settings": settings }]))
}

/// Datagroups.
pub(crate) fn datagroups(call: &Call) -> Result<Vec<Row>, Failure> {
    let datagroup = |id: &str, name: &str| {
        json!({ "id": id, "model_name": "thelook", "name": name, "created_at": 1_748_854_800, "stale_before": null,
                "triggered_at": 1_748_854_800, "trigger_check_at": 1_748_854_800, "trigger_value": "2025-06-02" })
    };
    seeds(call, "Datagroup", json!([datagroup("1", "daily"), datagroup("2", "hourly")]))
}
