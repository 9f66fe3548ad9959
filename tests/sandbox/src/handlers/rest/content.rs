//! Copying and moving Looks and dashboards, and where folders are.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::content::look::Look;
use crate::content::now_after;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem};
use crate::records::subjects::{self, Part, Subject};
use crate::records::{rows, text, write};
use crate::typed::Row;

/// The folder that is asked for, which must be there.
fn folder(call: &Call) -> Result<Option<String>, Failure> {
    match call.parameter("folder_id").filter(|id| !id.is_empty()) {
        Some(id) if rows::exists(call, "folders", id) => Ok(Some(id.to_owned())),
        Some(_) => Err(Failure::Validation(vec![Problem::invalid("folder_id", "does not exist.")])),
        None => Ok(None),
    }
}

fn look(call: &Call) -> Result<Arc<Look>, Failure> {
    call.state.content.look(call.session()?, call.path("look_id")).ok_or(Failure::NotFound)
}

/// `copy_look`.
pub(crate) fn copy_look(call: &Call) -> Result<Response, Failure> {
    let mut copy = Look::clone(&*look(call)?);
    copy.folder_id = folder(call)?.unwrap_or(copy.folder_id);
    copy.user_id = call.session()?.user.id;
    copy.created_at = Timestamp::now();
    copy.updated_at = copy.created_at;
    call.answer(call.state.content.add_look(copy).describe_with_query(call))
}

/// `move_look`.
pub(crate) fn move_look(call: &Call) -> Result<Response, Failure> {
    let mut moved = Look::clone(&*look(call)?);
    moved.folder_id = folder(call)?.unwrap_or(moved.folder_id);
    moved.updated_at = now_after(moved.updated_at);
    call.answer(call.state.content.replace_look(moved).describe_with_query(call))
}

fn subject(name: &str) -> Result<&'static Subject, Failure> {
    subjects::named(name).ok_or_else(Failure::internal)
}

/// A row as what a client would write to make another like it.
fn copied(mut row: Row) -> Row {
    for column in ["id", "slug", "url", "created_at", "updated_at", "user_id", "user_name", "content_metadata_id"] {
        row.remove(column);
    }
    row
}

/// `copy_dashboard`: with its tiles and filters, in a layout of its own.
pub(crate) fn copy_dashboard(call: &Call) -> Result<Response, Failure> {
    let dashboards = subject("dashboards")?;
    let known = rows::found(call, dashboards, call.path("dashboard_id"))?;
    let mut given = copied(known.clone());
    given.retain(|column, _| {
        !dashboards.parts.iter().any(|part| matches!(part, Part::Many(name, ..) if name == column))
    });
    if let Some(folder) = folder(call)? {
        given.insert("folder_id".to_owned(), folder.into());
    }
    let copy = write::make(call, dashboards, given)?;
    for part in dashboards.parts {
        let Part::Many(_, name @ ("dashboard_elements" | "dashboard_filters"), column) = part else { continue };
        let other = subject(name)?;
        let belongs = |row: &Row| text(row, column) == text(&known, "id");
        for row in rows::stored(call, other)?.into_iter().filter(belongs) {
            let mut given = copied(row);
            given.insert((*column).to_owned(), copy.get("id").cloned().unwrap_or_default());
            write::make(call, other, given)?;
        }
    }
    rows::answer(call, dashboards, copy)
}

/// `move_dashboard`.
pub(crate) fn move_dashboard(call: &Call) -> Result<Response, Failure> {
    let columns = folder(call)?.map(|id| ("folder_id".to_owned(), Value::from(id)));
    let row = write::change(call, subject("dashboards")?, call.path("dashboard_id"), columns.into_iter().collect())?;
    rows::answer(call, subject("dashboards")?, row)
}

/// `folder_parent`.
pub(crate) fn folder_parent(call: &Call) -> Result<Response, Failure> {
    let folders = subject("folders")?;
    let folder = rows::found(call, folders, call.path("folder_id"))?;
    rows::one(call, folders, text(&folder, "parent_id").ok_or(Failure::NotFound)?)
}

/// `folder_ancestors`: the outermost first.
pub(crate) fn folder_ancestors(call: &Call) -> Result<Response, Failure> {
    let folders = subject("folders")?;
    let mut folder = rows::found(call, folders, call.path("folder_id"))?;
    let mut ancestors = Vec::new();
    // A folder may have been put into itself.
    while let Some(parent) = text(&folder, "parent_id").filter(|_| ancestors.len() < 100) {
        folder = rows::found(call, folders, parent)?;
        ancestors.push(Value::Object(rows::told(folders, rows::dressed(call, folders, folder.clone())?)));
    }
    ancestors.reverse();
    call.answer(json!(ancestors))
}
