//! Saved content: Looks.

use super::running::RUN;
use super::{FIELDS, Operation, Parameter, Payload, boolean, db_query, integer, operation, text};
use crate::handlers::looks;

const SEARCH_LOOKS: &[Parameter] = &[
    text("id"),
    text("title"),
    text("description"),
    text("content_favorite_id"),
    text("folder_id"),
    text("user_id"),
    text("view_count"),
    boolean("deleted"),
    text("query_id"),
    boolean("curate"),
    text("last_viewed_at"),
    text("fields"),
    integer("page"),
    integer("per_page"),
    integer("limit"),
    integer("offset"),
    text("sorts"),
    boolean("filter_or"),
];

/// The operations.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation { parameters: Some(FIELDS), ..operation("all_looks", "GET", "/looks", looks::all_looks) },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&[]),
        lists_422: true,
        creates: true,
        ..operation("create_look", "POST", "/looks", looks::create_look)
    },
    Operation {
        parameters: Some(SEARCH_LOOKS),
        ..operation("search_looks", "GET", "/looks/search", looks::search_looks)
    },
    Operation { parameters: Some(FIELDS), ..operation("look", "GET", "/looks/{look_id}", looks::look) },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&[]),
        lists_422: true,
        ..operation("update_look", "PATCH", "/looks/{look_id}", looks::update_look)
    },
    operation("delete_look", "DELETE", "/looks/{look_id}", looks::delete_look),
    Operation {
        parameters: Some(RUN),
        lists_422: true,
        runs_query: true,
        ..db_query("run_look", "GET", "/looks/{look_id}/run/{result_format}", looks::run_look)
    },
];
