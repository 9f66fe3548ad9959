//! From what a request names to what is run: what is saved is fetched, and what the request changes of it is put over it.

use connector_interface::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::Saved;
use super::dashboard::{Dashboard, Tile};
use super::looker_query::LookerQuery;
use super::merge::Merge;
use super::reference::{self, Reference};
use super::request::{QueryRequest, Source};
use super::sql::Sql;
use crate::api::Caller;
use crate::link::Asked;
use crate::operations::{LOOK, QUERY, QUERY_FOR_SLUG};
use crate::paging::id_text;

/// What is run.
pub(super) enum Resolved {
    /// A query of an explore, and how it is run as it is when nothing is changed of it.
    Query(LookerQuery, Option<Saved>),
    Sql(Sql),
    /// SQL over explores.
    OpenSql(String),
    /// A query task that somebody has begun.
    Task(String),
    /// A render task that somebody has begun.
    RenderTask(String),
    /// A whole dashboard.
    Dashboard(Box<Dashboard>),
    Merge(Box<Merge>),
}

/// `LookWithQuery` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Look {
    #[serde(default)]
    query_id: Option<Value>,
    #[serde(default)]
    query: Option<Map<String, Value>>,
    #[serde(default)]
    deleted: Option<bool>,
}

/// Finds out what a request runs.
pub(super) async fn resolve(caller: &Caller, request: &QueryRequest) -> Result<Resolved> {
    let named = match request.source()? {
        Source::Inline { model, explore } => {
            let query = LookerQuery::inline(model, explore, request);
            query.validate()?;
            return Ok(Resolved::Query(query, None));
        }
        Source::Sql { sql, connection, model } => {
            return Ok(Resolved::Sql(Sql::written(sql, connection, model)));
        }
        Source::OpenSql(sql) => return Ok(Resolved::OpenSql(sql.to_owned())),
        Source::Task(id) => return Ok(Resolved::Task(id.to_owned())),
        Source::RenderTask(id) => return Ok(Resolved::RenderTask(id.to_owned())),
        Source::Look(id) => Reference::Look(id.to_owned()),
        Source::Dashboard(id, _) => Reference::Dashboard(id.to_owned(), request.filters.clone()),
        Source::Merge(id) => Reference::Merge(id.to_owned()),
        Source::Saved(text) => {
            let (mut reference, host) = reference::parse(text)?;
            if let Some(host) = host {
                tell_of_another_instance(caller, &host).await?;
            }
            if let Reference::Dashboard(_, filters) = &mut reference {
                filters.extend(request.filters.clone());
            }
            reference
        }
    };
    let tile = request.tile();
    if tile.is_some() && !matches!(named, Reference::Dashboard(..)) {
        return Err(Error::new(ErrorKind::InvalidInput, "Only a dashboard has tiles").advise("Leave `tile` out"));
    }
    match named {
        Reference::Query(id) => saved_query(caller, request, &id).await,
        Reference::Slug(slug) => {
            let mut shown = fetch_slug(caller, &slug).await?;
            let id = shown.remove("id").as_ref().and_then(id_text);
            changed(shown, id.map(Saved::Query), request)
        }
        Reference::Look(id) => look(caller, request, &id).await,
        Reference::Explore(written) => changed(written, None, request),
        Reference::Merge(id) => Ok(Resolved::Merge(Box::new(Merge::fetch(caller, &id).await?))),
        Reference::Sql(slug) => Ok(Resolved::Sql(Sql::Saved(slug))),
        Reference::Dashboard(id, filters) => {
            let dashboard = Dashboard::fetch(caller, &id, &filters).await?;
            let Some(tile) = tile else {
                return Ok(Resolved::Dashboard(Box::new(dashboard)));
            };
            of_tile(caller, request, dashboard.tile(tile)?).await
        }
    }
}

/// A query that is saved, with what the request changes.
pub(super) async fn saved_query(caller: &Caller, request: &QueryRequest, id: &str) -> Result<Resolved> {
    changed(fetch(caller, id).await?, Some(Saved::Query(id.to_owned())), request)
}

/// A saved query as Looker shows it.
pub(super) async fn fetch(caller: &Caller, id: &str) -> Result<Map<String, Value>> {
    let shown = caller.get(&Asked::new(&QUERY, &[id], &[])).await;
    shown.map_err(|error| missing(error, "query", id, "Copy an explore's address, or its slug, from the browser"))
}

/// A saved query as Looker shows it, by the slug of its address.
pub(super) async fn fetch_slug(caller: &Caller, slug: &str) -> Result<Map<String, Value>> {
    let shown = caller.get(&Asked::new(&QUERY_FOR_SLUG, &[slug], &[])).await;
    let advice = "Copy it from the address of the explore, behind qid= or /x/";
    shown.map_err(|error| missing(error, "query with the slug", slug, advice))
}

async fn look(caller: &Caller, request: &QueryRequest, id: &str) -> Result<Resolved> {
    let look = fetch_look(caller, id).await?;
    changed(look, Some(Saved::Look(id.to_owned())), request)
}

/// The query of a Look.
async fn fetch_look(caller: &Caller, id: &str) -> Result<Map<String, Value>> {
    let advice = "The id stands in the Look's address, behind /looks/; its folder must be shared with the user";
    let path = [id];
    let asked = Asked::new(&LOOK, &path, &[("fields", "id,query_id,query,deleted")]);
    let look: Look = caller.get(&asked).await.map_err(|error| missing(error, "Look", id, advice))?;
    if look.deleted.unwrap_or_default() {
        return Err(Error::new(ErrorKind::NotFound, format!("The Look {id} is in the trash"))
            .advise("Restore it in Looker, or take another"));
    }
    match (look.query, look.query_id.as_ref().and_then(id_text)) {
        (Some(query), _) => Ok(query),
        (None, Some(query)) => fetch(caller, &query).await,
        (None, None) => Err(Error::new(ErrorKind::NotFound, format!("The Look {id} has no query"))
            .advise("Open it in Looker: its model or explore may be gone")),
    }
}

/// What a tile runs, under the dashboard's filters.
async fn of_tile(caller: &Caller, request: &QueryRequest, tile: Tile) -> Result<Resolved> {
    let (shown, saved, filters) = match tile {
        Tile::Query { query, id, filters } => {
            let shown = match (query, &id) {
                (Some(query), _) => query,
                (None, Some(id)) => fetch(caller, id).await?,
                (None, None) => Map::new(),
            };
            (shown, id.map(Saved::Query), filters)
        }
        Tile::Look { id, filters } => (fetch_look(caller, &id).await?, Some(Saved::Look(id)), filters),
        Tile::Merge { id, filters } => {
            let mut merge = Merge::fetch(caller, &id).await?;
            merge.listen(filters);
            return Ok(Resolved::Merge(Box::new(merge)));
        }
        Tile::Sql(slug) => return Ok(Resolved::Sql(Sql::Saved(slug))),
    };
    let mut query = LookerQuery::shown(shown)?;
    // The request's filters are the dashboard's.
    let own = request.with_filters(filters);
    query.change(&own);
    let is_changed = !own.changes().is_empty();
    query.validate()?;
    Ok(Resolved::Query(query, saved.filter(|_| !is_changed)))
}

fn changed(shown: Map<String, Value>, saved: Option<Saved>, request: &QueryRequest) -> Result<Resolved> {
    let mut query = LookerQuery::shown(shown)?;
    query.change(request);
    query.validate()?;
    Ok(Resolved::Query(query, saved.filter(|_| request.changes().is_empty())))
}

/// The same error, naming what is missing and where to look for it.
pub(super) fn missing(mut error: Error, what: &str, id: &str, advice: &str) -> Error {
    if error.kind == ErrorKind::NotFound {
        error.message = format!("There is no {what} {id}, or this user may not see it");
        advice.clone_into(&mut error.advice);
    }
    error
}

/// An address of another instance is taken at its word, but not in silence.
async fn tell_of_another_instance(caller: &Caller, host: &str) -> Result<()> {
    let link = caller.link().await?;
    let own = link.root.host();
    let pages = caller.api().looker_url().and_then(|url| url.host_str());
    if !own.split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(host)) && pages != Some(host) {
        let own = own.clone();
        caller.meter().notice(format!("The address is one of {host}; it is looked for at {own}"));
    }
    Ok(())
}
