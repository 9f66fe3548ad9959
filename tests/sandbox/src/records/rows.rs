//! Reading rows: those that are there from the start, what clients made of them, and what stands in them from elsewhere.

use axum::response::Response;
use serde_json::{Value, json};

use super::relations::Kind;
use super::subjects::{self, Part, Subject};
use super::text;
use crate::content::element::Element;
use crate::content::folder::{FOLDERS, Folder};
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::handlers::{connections, roles, users};
use crate::roles::{MODEL_SETS, PERMISSION_SETS, ROLES};
use crate::typed::{Row, answered, shape};
use crate::{table, uncertain};

/// What is there from the start.
pub(crate) type Base = fn(&Call) -> Result<Vec<Row>, Failure>;

/// The rows of a subject that exist for the caller, without what stands in them from elsewhere.
pub(crate) fn stored(call: &Call, subject: &Subject) -> Result<Vec<Row>, Failure> {
    let mut rows = call.state.records.over(subject, (subject.base)(call)?);
    rows.retain(|row| (subject.sees)(call, row));
    Ok(rows)
}

/// A row by its id, or by its slug where it has one.
pub(crate) fn found(call: &Call, subject: &Subject, id: &str) -> Result<Row, Failure> {
    let is_it = |row: &Row| text(row, subject.id) == Some(id) || text(row, "slug") == Some(id);
    stored(call, subject)?.into_iter().find(is_it).ok_or(Failure::NotFound)
}

/// Whether a row exists for the caller.
pub(crate) fn exists(call: &Call, subject: &str, id: &str) -> bool {
    subjects::named(subject).is_some_and(|subject| found(call, subject, id).is_ok())
}

/// A row with what stands in it from elsewhere.
pub(crate) fn dressed(call: &Call, subject: &Subject, mut row: Row) -> Result<Row, Failure> {
    for part in subject.parts {
        let Some(other) = subjects::named(part.subject()) else { continue };
        let (property, value) = match part {
            Part::Many(property, _, column) => {
                let mut rows = stored(call, other)?;
                rows.retain(|one| text(one, column).is_some() && text(one, column) == text(&row, subject.id));
                let rows = rows.into_iter().map(|one| part_of(call, other, one));
                (property, Some(rows.collect::<Result<Value, Failure>>()?))
            }
            Part::Single(property, _, column) => {
                let found = text(&row, column).and_then(|id| found(call, other, id).ok());
                (property, found.map(|one| part_of(call, other, one)).transpose()?)
            }
        };
        if let Some(value) = value {
            row.insert((*property).to_owned(), value);
        }
    }
    (subject.dress)(call, &mut row);
    Ok(row)
}

fn part_of(call: &Call, subject: &Subject, row: Row) -> Result<Value, Failure> {
    let row = dressed(call, subject, row)?;
    Ok(Value::Object(told(subject, row)))
}

/// A row without what its type does not have.
pub(crate) fn told(subject: &Subject, row: Row) -> Row {
    match table::object(subject.kind) {
        Some(object) => shape(object, row),
        None => row,
    }
}

/// Answers with a row, as the type of the answer has it.
pub(crate) fn answer(call: &Call, subject: &Subject, row: Row) -> Result<Response, Failure> {
    let row = dressed(call, subject, row)?;
    let row = match table::operation(call.operation.id).and_then(answered) {
        Some(object) => shape(object, row),
        None => row,
    };
    call.answer(Value::Object(row))
}

/// Answers with the row that has an id.
pub(crate) fn one(call: &Call, subject: &Subject, id: &str) -> Result<Response, Failure> {
    answer(call, subject, found(call, subject, id)?)
}

fn rows(values: impl IntoIterator<Item = Value>) -> Vec<Row> {
    let objects = values.into_iter().filter_map(|value| if let Value::Object(row) = value { Some(row) } else { None });
    objects.collect()
}

#[expect(clippy::unnecessary_wraps, reason = "every base has this signature")]
/// Nothing is there from the start.
pub(crate) fn nothing(_: &Call) -> Result<Vec<Row>, Failure> {
    Ok(Vec::new())
}

/// Users.
pub(crate) fn users(call: &Call) -> Result<Vec<Row>, Failure> {
    let caller = &call.session()?.user;
    let seen = call.state.people.all().iter().filter(|user| users::sees(caller, user));
    Ok(rows(seen.map(|user| users::describe(call, caller, user))))
}

/// Roles.
pub(crate) fn roles(call: &Call) -> Result<Vec<Row>, Failure> {
    let may = uncertain::may_see_roles(&call.session()?.user);
    Ok(rows(ROLES.iter().filter(|_| may).map(|role| roles::describe(call, role))))
}

/// Permission sets.
pub(crate) fn permission_sets(call: &Call) -> Result<Vec<Row>, Failure> {
    let may = uncertain::may_see_roles(&call.session()?.user);
    Ok(rows(PERMISSION_SETS.iter().filter(|_| may).map(|set| roles::permissions(call, set))))
}

/// Model sets.
pub(crate) fn model_sets(call: &Call) -> Result<Vec<Row>, Failure> {
    let may = uncertain::may_see_roles(&call.session()?.user);
    Ok(rows(MODEL_SETS.iter().filter(|_| may).map(|set| roles::models(call, set))))
}

/// Folders.
pub(crate) fn folders(call: &Call) -> Result<Vec<Row>, Failure> {
    let user = &call.session()?.user;
    let seen = FOLDERS.iter().filter(|folder| folder.is_seen_by(user));
    Ok(rows(seen.map(Folder::describe)))
}

/// Looks, without those that were put away.
pub(crate) fn looks(call: &Call) -> Result<Vec<Row>, Failure> {
    let looks = call.state.content.looks(call.session()?);
    Ok(rows(looks.iter().map(|look| look.describe_with_query(call))))
}

/// Dashboards.
pub(crate) fn dashboards(call: &Call) -> Result<Vec<Row>, Failure> {
    let dashboards = call.state.content.dashboards(call.session()?);
    Ok(rows(dashboards.iter().map(|dashboard| dashboard.describe_all(call))))
}

/// What a dashboard's list holds, of all dashboards.
fn of_dashboards(
    call: &Call,
    list: impl Fn(&crate::content::dashboard::Dashboard) -> Value,
) -> Result<Vec<Row>, Failure> {
    let dashboards = call.state.content.dashboards(call.session()?);
    let lists = dashboards.iter().map(|dashboard| list(dashboard));
    Ok(lists.flat_map(|list| rows(if let Value::Array(values) = list { values } else { Vec::new() })).collect())
}

/// Tiles.
pub(crate) fn dashboard_elements(call: &Call) -> Result<Vec<Row>, Failure> {
    of_dashboards(call, |dashboard| dashboard.describe_elements(call))
}

/// Filters of dashboards.
pub(crate) fn dashboard_filters(call: &Call) -> Result<Vec<Row>, Failure> {
    of_dashboards(call, crate::content::dashboard::Dashboard::describe_filters)
}

/// Layouts of dashboards.
pub(crate) fn dashboard_layouts(call: &Call) -> Result<Vec<Row>, Failure> {
    of_dashboards(call, |dashboard| json!([dashboard.layout()]))
}

/// Places of tiles in layouts.
pub(crate) fn dashboard_layout_components(call: &Call) -> Result<Vec<Row>, Failure> {
    of_dashboards(call, |dashboard| dashboard.layout().get("dashboard_layout_components").cloned().unwrap_or_default())
}

#[expect(clippy::unnecessary_wraps, reason = "every base has this signature")]
/// Connections.
pub(crate) fn connections(_: &Call) -> Result<Vec<Row>, Failure> {
    Ok(rows(connections::all()))
}

/// Nothing stands in a row from elsewhere.
pub(crate) fn as_it_is(_: &Call, _: &mut Row) {}

fn put(row: &mut Row, column: &str, value: impl Into<Value>) {
    row.insert(column.to_owned(), value.into());
}

/// As [`put`], where nothing stands yet.
fn fill(row: &mut Row, column: &str, value: impl Into<Value>) {
    if row.get(column).is_none_or(Value::is_null) {
        put(row, column, value);
    }
}

/// What Looker says of a user.
pub(crate) fn dress_user(call: &Call, row: &mut Row) {
    let name = [text(row, "first_name"), text(row, "last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    put(row, "display_name", name);
    if let Some(email) = row.get("credentials_email").and_then(|credentials| credentials.get("email")).cloned() {
        fill(row, "email", email);
    }
    let url = format!("{}/api/4.0/users/{}", call.state.base_url, text(row, "id").unwrap_or_default());
    put(row, "url", url);
}

/// What Looker says of a group.
pub(crate) fn dress_group(call: &Call, row: &mut Row) {
    let Some(id) = text(row, "id").map(str::to_owned) else { return };
    let members = super::relations::members(call, &id);
    let caller = call.session.as_ref().map(|session| session.user.id.to_string());
    put(row, "contains_current_user", caller.is_some_and(|caller| members.contains(&caller)));
    put(row, "user_count", members.len());
    let relations = &call.state.relations;
    put(row, "parent_group_ids", relations.firsts(Kind::GroupInGroup, &id));
    let roles = relations.firsts(Kind::GroupHasRole, &id);
    let described = roles.iter().filter_map(|id| found(call, subjects::named("roles")?, id).ok());
    let described: Value = described.map(Value::Object).collect();
    put(row, "roles", described);
    put(row, "role_ids", roles);
}

/// What Looker says of a role.
pub(crate) fn dress_role(call: &Call, row: &mut Row) {
    let url = format!("{}/api/4.0/roles/{}", call.state.base_url, text(row, "id").unwrap_or_default());
    put(row, "users_url", format!("{url}/users"));
    put(row, "url", url);
    let id = text(row, "id").map(str::to_owned).unwrap_or_default();
    put(row, "user_count", super::relations::holders(call, &id).len());
}

/// What Looker says of a folder: what is in it is asked for by operations of their own.
pub(crate) fn dress_folder(call: &Call, row: &mut Row) {
    row.remove("dashboards");
    row.remove("looks");
    let Some(folders) = subjects::named("folders") else { return };
    let children = stored(call, folders).unwrap_or_default();
    let children = children.iter().filter(|child| text(child, "parent_id") == text(row, "id")).count();
    put(row, "child_count", children);
}

/// The folder with an id, as it stands in content.
pub(crate) fn folder(call: &Call, id: &str) -> Option<Value> {
    let folders = subjects::named("folders")?;
    if !call.state.records.is_touched(folders.name)
        && let Some(folder) = Folder::by_id(id)
    {
        return Some(folder.describe());
    }
    let row = dressed(call, folders, found(call, folders, id).ok()?).ok()?;
    Some(Value::Object(shape(table::object("FolderBase")?, row)))
}

/// What Looker says of a dashboard.
pub(crate) fn dress_dashboard(call: &Call, row: &mut Row) {
    let Some(id) = text(row, "id").map(str::to_owned) else { return };
    fill(row, "url", format!("/dashboards/{id}"));
    let owner = text(row, "user_id").and_then(|id| call.state.people.by_id(id));
    fill(row, "user_name", owner.map(|owner| owner.full_name()));
}

/// What Looker says of a tile: the query or the Look that it names.
pub(crate) fn dress_element(call: &Call, row: &mut Row) {
    // A query that is written into the tile is saved as any other.
    if let Some(query) = row.get("query").and_then(Value::as_object).filter(|query| text(query, "id").is_none())
        && let Ok(query) = crate::query::body::Query::from_body(query)
    {
        let (saved, _) = call.state.queries.save(query);
        put(row, "query_id", saved.id.as_str());
    }
    let id_of = |column: &str| row.get(column)?.get("id")?.as_str();
    let is_told = ["query", "look"].iter().all(|column| id_of(column) == text(row, &format!("{column}_id")));
    let is_merge = text(row, "merge_result_id").is_some();
    let maker = row.get("result_maker").filter(|maker| !maker.is_null());
    if is_told && (maker.is_some() || !is_merge) {
        let kind = if text(row, "query_id").or(text(row, "look_id")).is_some() || is_merge { "vis" } else { "text" };
        fill(row, "type", kind);
        return;
    }
    let (Some(id), Some(tile)) = (text(row, "id").map(str::to_owned), Element::tile_of(call, row)) else { return };
    let element = Element { id, title: String::new(), tile, listens: &[] };
    let dashboard = text(row, "dashboard_id").unwrap_or_default().to_owned();
    if let Value::Object(told) = element.describe(call, &dashboard, false) {
        let parts = ["look", "look_id", "query", "query_id", "merge_result_id", "result_maker", "result_maker_id"];
        row.extend(told.into_iter().filter(|(key, _)| parts.contains(&key.as_str())));
    }
    fill(row, "type", "vis");
}

/// What Looker says of an item of a board: what the content is called.
pub(crate) fn dress_board_item(call: &Call, row: &mut Row) {
    let named = |subject: &str, column: &str| found(call, subjects::named(subject)?, text(row, column)?).ok();
    let content = named("dashboards", "dashboard_id").or_else(|| named("looks", "look_id")).unwrap_or_default();
    let title = text(row, "custom_title").or(text(&content, "title")).map(str::to_owned);
    let url = text(row, "custom_url").or(text(&content, "url")).map(str::to_owned);
    put(row, "title", title);
    put(row, "url", url);
}

/// What Looker says of a scheduled plan.
pub(crate) fn dress_plan(call: &Call, row: &mut Row) {
    let title = row.get("name").cloned().unwrap_or_default();
    put(row, "title", title);
    let user = text(row, "user_id").and_then(|id| call.state.people.by_id(id)).map(|user| {
        json!({ "can": {}, "id": user.id.to_string(), "first_name": user.name, "last_name": user.last_name(),
                "display_name": user.full_name(), "avatar_url": null,
                "url": format!("{}/api/4.0/users/{}", call.state.base_url, user.id) })
    });
    put(row, "user", user);
}
