//! Making, changing and deleting rows.

use axum::response::Response;
use jiff::Timestamp;
use looker_operations::Type;
use looker_operations::types::{Object, Property};
use serde_json::{Value, json};

use super::find::is_deleted;
use super::rows;
use super::subjects::{Part, Subject};
use super::{subjects, text};
use crate::content::{now_after, time};
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::table;
use crate::typed::check::is_writable;
use crate::typed::{Row, object_of, sample, tell};

/// What a client may write of a row, as its body says it.
pub(crate) fn given(call: &Call) -> Row {
    let row = call.content.object.clone();
    let facts = table::operation(call.operation.id).and_then(|facts| facts.body.as_ref());
    let Some(object) = facts.and_then(|body| object_of(&body.value)) else { return row };
    let any = !is_writable(object);
    let written = row.into_iter().filter_map(|(key, value)| {
        let property = object.property(&key).filter(|property| any || !property.read_only)?;
        Some((key, tell(value, &property.value)))
    });
    written.collect()
}

/// A new row: what is given, and what Looker says of what has just been made.
pub(crate) fn fresh(call: &Call, object: &Object, mut given: Row) -> Result<Row, Failure> {
    let caller = call.session()?.user.id.to_string();
    let now = time(Timestamp::now());
    let value = |property: &Property| match (property.name.as_str(), &property.value) {
        ("id", _) => Value::Null,
        ("user_id" | "creator_id" | "owner_id" | "last_updater_id", _) => caller.as_str().into(),
        ("created_at" | "updated_at", Type::DateTime) => now.as_str().into(),
        // A plan that nobody has switched off runs.
        ("enabled", _) => true.into(),
        (_, Type::Boolean) => false.into(),
        (_, Type::List(_)) => json!([]),
        (_, Type::Map(_) | Type::Uri) if property.read_only => sample::property_value(property, 0, 0),
        (_, Type::Integer) if property.read_only => 0.into(),
        _ => Value::Null,
    };
    let column = |property: &Property| {
        let value = given.shift_remove(&property.name).unwrap_or_else(|| value(property));
        (property.name.clone(), value)
    };
    let mut row: Row = object.properties.iter().map(column).collect();
    // What the type of the answer does not tell may still be needed.
    row.extend(given);
    Ok(row)
}

/// Checks that what a row names is there.
fn check(call: &Call, subject: &Subject, row: &Row) -> Result<(), Failure> {
    let is_unknown =
        |(column, other): &&(&str, &str)| text(row, column).is_some_and(|id| !rows::exists(call, other, id));
    let unknown = subject.references.iter().filter(is_unknown);
    let problems: Vec<Problem> = unknown.map(|(column, _)| Problem::invalid(column, "does not exist.")).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Validation(problems)) }
}

/// Adds a row with the next id.
pub(crate) fn add(call: &Call, subject: &Subject, given: Row) -> Result<Row, Failure> {
    check(call, subject, &given)?;
    let object = table::object(subject.kind).ok_or_else(Failure::internal)?;
    let row = fresh(call, object, given)?;
    let id = |count: u64| subject.first + count;
    // Content is found by its slug, too.
    let slug = (object.property("slug").is_some() && text(&row, "slug").is_none()).then_some("slug");
    let row = call.state.records.add(subject, id, slug, row);
    (subject.note)(call, &row)?;
    Ok(row)
}

/// Adds a row, and what Looker makes beside it.
pub(crate) fn make(call: &Call, subject: &Subject, given: Row) -> Result<Row, Failure> {
    let row = add(call, subject, given)?;
    (subject.then)(call, &row)?;
    Ok(row)
}

/// Makes a row.
pub(crate) fn create(call: &Call, subject: &Subject) -> Result<Response, Failure> {
    let given = given(call);
    // What is known by its name is not made twice.
    if subject.id != "id" {
        let name = text(&given, subject.id).ok_or_else(|| Failure::Validation(vec![Problem::missing(subject.id)]))?;
        if rows::found(call, subject, name).is_ok() {
            return Err(Failure::Validation(vec![Problem::invalid(subject.id, "is there already.")]));
        }
    }
    let row = make(call, subject, given)?;
    rows::answer(call, subject, row)
}

/// Says when a row was put away and by whom, where columns put it away or take it back.
fn put_away(call: &Call, known: &Row, columns: &mut Row, now: &str) -> Result<(), Failure> {
    let is_wanted = columns.contains_key("deleted") && known.contains_key("deleted_at");
    let deleted = is_deleted(columns);
    if is_wanted && deleted != is_deleted(known) {
        let caller = call.session()?.user.id.to_string();
        columns.insert("deleted_at".to_owned(), deleted.then_some(now).into());
        columns.insert("deleter_id".to_owned(), deleted.then_some(caller).into());
    }
    Ok(())
}

/// Writes columns of a row that is there.
pub(crate) fn change(call: &Call, subject: &Subject, id: &str, mut columns: Row) -> Result<Row, Failure> {
    let known = rows::found(call, subject, id)?;
    check(call, subject, &columns)?;
    if known.contains_key("updated_at") {
        let before = text(&known, "updated_at").and_then(|at| at.parse().ok()).unwrap_or_default();
        let now = time(now_after(before));
        put_away(call, &known, &mut columns, &now)?;
        columns.insert("updated_at".to_owned(), now.into());
    }
    // It keeps what it is known by, and may have been found by its slug.
    columns.remove(subject.id);
    let id = text(&known, subject.id).unwrap_or(id);
    call.state.records.change(subject, id, columns);
    let row = rows::found(call, subject, id)?;
    (subject.note)(call, &row)?;
    Ok(row)
}

/// Changes a row.
pub(crate) fn update(call: &Call, subject: &Subject) -> Result<Response, Failure> {
    let row = change(call, subject, call.path(subject.key), given(call))?;
    rows::answer(call, subject, row)
}

/// Deletes a row for good.
pub(crate) fn delete(call: &Call, subject: &Subject) -> Result<Response, Failure> {
    let known = rows::found(call, subject, call.path(subject.key))?;
    remove(call, subject, text(&known, subject.id).unwrap_or_default())?;
    Ok(no_content())
}

/// Removes a row, and with it what is part of it alone.
fn remove(call: &Call, subject: &Subject, id: &str) -> Result<(), Failure> {
    let parts = subject.parts.iter().filter_map(|part| match part {
        Part::Many(_, name, column) => Some((*name, *column)),
        Part::Single(..) => None,
    });
    for (name, column) in parts.chain(subject.owns.iter().copied()) {
        let Some(other) = subjects::named(name) else { continue };
        for row in rows::stored(call, other)?.iter().filter(|row| text(row, column) == Some(id)) {
            remove(call, other, text(row, other.id).unwrap_or_default())?;
        }
    }
    call.state.records.remove(subject, id);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "as what makes more")]
/// Looker makes nothing else.
pub(crate) fn nothing_more(_: &Call, _: &Row) -> Result<(), Failure> {
    Ok(())
}

/// System Activity knows of a scheduled plan.
pub(crate) fn note_plan(call: &Call, plan: &Row) -> Result<(), Failure> {
    call.state.database.record_plan(plan).map_err(|_| Failure::internal())
}

fn row_of(value: Value) -> Row {
    if let Value::Object(row) = value { row } else { Row::new() }
}

/// A dashboard has a layout from the start.
pub(crate) fn lay_out(call: &Call, dashboard: &Row) -> Result<(), Failure> {
    let Some(layouts) = subjects::named("dashboard_layouts") else { return Ok(()) };
    let layout = json!({ "dashboard_id": dashboard.get("id"), "type": "newspaper", "active": true,
                         "dashboard_title": dashboard.get("title") });
    add(call, layouts, row_of(layout)).map(|_| ())
}

/// A tile has a place in the layout of its dashboard: two are in a line of 24 columns.
pub(crate) fn place(call: &Call, element: &Row) -> Result<(), Failure> {
    let named = |name: &str| subjects::named(name).ok_or_else(Failure::internal);
    let components = named("dashboard_layout_components")?;
    let of_dashboard =
        |row: &Row| row.get("dashboard_id") == element.get("dashboard_id") && row.get("active") == Some(&true.into());
    let Some(layout) = rows::stored(call, named("dashboard_layouts")?)?.into_iter().find(of_dashboard) else {
        return Ok(());
    };
    let in_layout = |row: &&Row| row.get("dashboard_layout_id") == layout.get("id");
    let index = rows::stored(call, components)?.iter().filter(in_layout).count();
    let component = json!({ "dashboard_layout_id": layout.get("id"), "dashboard_element_id": element.get("id"),
                            "row": index / 2 * 6, "column": index % 2 * 12, "width": 12, "height": 6,
                            "element_title": element.get("title") });
    add(call, components, row_of(component)).map(|_| ())
}
