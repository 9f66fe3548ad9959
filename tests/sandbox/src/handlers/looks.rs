//! Looks.

use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::content::look::Look;
use crate::content::now_after;
use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::handlers::run;
use crate::lists::{self, Key};
use crate::records::rows;
use crate::saved::SavedQuery;
use crate::search;
use crate::uncertain;

/// The Look of a call, if the caller may see it.
fn find(call: &Call) -> Result<Arc<Look>, Failure> {
    call.state.content.look(call.session()?, call.path("look_id")).ok_or(Failure::NotFound)
}

/// `look`.
pub(crate) fn look(call: &Call) -> Result<Response, Failure> {
    call.answer(find(call)?.describe_with_query(call))
}

/// `all_looks`: without those that were put away.
pub(crate) fn all_looks(call: &Call) -> Result<Response, Failure> {
    let looks = call.state.content.looks(call.session()?);
    call.answer(looks.iter().filter(|look| !look.is_deleted()).map(|look| look.describe(call)).collect())
}

/// `search_looks`.
pub(crate) fn search_looks(call: &Call) -> Result<Response, Failure> {
    let mut looks = call.state.content.looks(call.session()?);
    let deleted = call.flag("deleted");
    looks.retain(|look| {
        look.is_deleted() == deleted
            && search::matches(
                call,
                &[
                    ("id", &|ids| search::id(ids, look.id)),
                    ("title", &|pattern| search::text(pattern, Some(&look.title))),
                    ("description", &|pattern| search::text(pattern, look.description.as_deref())),
                    ("folder_id", &|ids| ids.split(',').any(|id| id.trim() == look.folder_id)),
                    ("user_id", &|ids| search::id(ids, look.user_id)),
                    ("query_id", &|ids| ids.split(',').any(|id| id.trim() == look.query.id)),
                ],
            )
    });
    lists::sort(call, &mut looks, |look, field| {
        Some(match field {
            "id" => Key::Number(look.id),
            "title" => Key::text(&look.title),
            "user_id" => Key::Number(look.user_id),
            "folder_id" => Key::text(&look.folder_id),
            "query_id" => Key::text(&look.query.id),
            "description" => Key::text(look.description.as_deref().unwrap_or_default()),
            "created_at" => Key::Number(look.created_at.as_millisecond()),
            "updated_at" => Key::Number(look.updated_at.as_millisecond()),
            "deleted" => Key::Number(look.is_deleted().into()),
            _ => return None,
        })
    })?;
    lists::answer(call, &looks, |look| look.describe(call))
}

/// `run_look`.
pub(crate) fn run_look(call: &Call) -> Result<Response, Failure> {
    let look = find(call)?;
    if look.is_deleted() && !uncertain::RUN_DELETED {
        return Err(Failure::NotFound);
    }
    run::stream(call, &look.query.query, Some(look.query.id.clone()))
}

/// What a client writes of a Look: what is absent stays as it is.
struct Written<'a> {
    title: Option<&'a str>,
    /// Empty for none.
    description: Option<&'a str>,
    folder_id: Option<&'a str>,
    query: Option<Arc<SavedQuery>>,
    deleted: Option<bool>,
}

impl<'a> Written<'a> {
    fn read(call: &'a Call) -> Result<Self, Failure> {
        let session = call.session()?;
        if !session.user.may("save_content") {
            return Err(uncertain::content_not_writable());
        }
        let body = &call.content.object;
        let mut problems = Vec::new();
        let mut text = |key: &str| {
            text(body, key).unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        };
        let (title, description) = (text("title"), text("description"));
        let (folder_id, query_id) = (text("folder_id"), text("query_id"));
        let query = query_id.map(|id| call.state.queries.by_id(id));
        for (key, unknown) in [
            ("folder_id", folder_id.is_some_and(|id| !rows::exists(call, "folders", id))),
            ("query_id", matches!(query, Some(None))),
        ] {
            if unknown {
                problems.push(Problem::invalid(key, "does not exist."));
            }
        }
        if title.is_some_and(str::is_empty) {
            problems.push(Problem::missing("title"));
        }
        let deleted = body.get("deleted").and_then(Value::as_bool);
        if problems.is_empty() {
            Ok(Self { title, description, folder_id, query: query.flatten(), deleted })
        } else {
            Err(Failure::Validation(problems))
        }
    }
}

/// A key that may hold a text; null is as empty.
fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Problem> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some("")),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(key, "must be a string.")),
    }
}

fn described(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `create_look`.
pub(crate) fn create_look(call: &Call) -> Result<Response, Failure> {
    let written = Written::read(call)?;
    let missing = |key: &str| Failure::Validation(vec![Problem::missing(key)]);
    let now = Timestamp::now();
    let user_id = call.session()?.user.id;
    let look = call.state.content.add_look(Look {
        id: 0,
        title: written.title.ok_or_else(|| missing("title"))?.to_owned(),
        description: written.description.and_then(described),
        folder_id: written.folder_id.ok_or_else(|| missing("folder_id"))?.to_owned(),
        query: written.query.ok_or_else(|| missing("query_id"))?,
        user_id,
        deleted: written.deleted.unwrap_or_default().then_some((now, user_id)),
        created_at: now,
        updated_at: now,
    });
    call.answer(look.describe_with_query(call))
}

/// `update_look`.
pub(crate) fn update_look(call: &Call) -> Result<Response, Failure> {
    let mut look = Look::clone(&*find(call)?);
    let written = Written::read(call)?;
    if let Some(title) = written.title {
        title.clone_into(&mut look.title);
    }
    if let Some(description) = written.description {
        look.description = described(description);
    }
    if let Some(folder_id) = written.folder_id {
        folder_id.clone_into(&mut look.folder_id);
    }
    look.query = written.query.unwrap_or(look.query);
    look.updated_at = now_after(look.updated_at);
    if let Some(deleted) = written.deleted {
        look.set_deleted(deleted, look.updated_at, call.session()?.user.id);
    }
    call.answer(call.state.content.replace_look(look).describe_with_query(call))
}

/// `delete_look`: for good.
pub(crate) fn delete_look(call: &Call) -> Result<Response, Failure> {
    let look = find(call)?;
    if !call.session()?.user.may("save_content") {
        return Err(uncertain::content_not_writable());
    }
    call.state.content.remove_look(look.id);
    Ok(no_content())
}
