//! Saved content: Looks, dashboards and merged results.

use super::running::RUN;
use super::{FIELDS, Operation, Parameter, Payload, boolean, db_query, integer, operation, text};
use crate::handlers::{dashboards, looks, merges};

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

const SEARCH_DASHBOARDS: &[Parameter] = &[
    text("id"),
    text("slug"),
    text("title"),
    text("description"),
    text("content_favorite_id"),
    text("folder_id"),
    text("deleted"),
    text("user_id"),
    text("view_count"),
    text("content_metadata_id"),
    boolean("curate"),
    text("last_viewed_at"),
    text("fields"),
    integer("page"),
    integer("per_page"),
    integer("limit"),
    integer("offset"),
    text("sorts"),
    boolean("filter_or"),
    boolean("not_owned_by"),
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
    Operation {
        parameters: Some(FIELDS),
        ..operation("all_dashboards", "GET", "/dashboards", dashboards::all_dashboards)
    },
    Operation {
        parameters: Some(SEARCH_DASHBOARDS),
        ..operation("search_dashboards", "GET", "/dashboards/search", dashboards::search_dashboards)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation("dashboard", "GET", "/dashboards/{dashboard_id}", dashboards::dashboard)
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation(
            "dashboard_dashboard_elements",
            "GET",
            "/dashboards/{dashboard_id}/dashboard_elements",
            dashboards::dashboard_dashboard_elements,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation(
            "dashboard_dashboard_filters",
            "GET",
            "/dashboards/{dashboard_id}/dashboard_filters",
            dashboards::dashboard_dashboard_filters,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        ..operation(
            "dashboard_element",
            "GET",
            "/dashboard_elements/{dashboard_element_id}",
            dashboards::dashboard_element,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&["source_queries"]),
        lists_422: true,
        creates: true,
        ..db_query("create_merge_query", "POST", "/merge_queries", merges::create_merge_query)
    },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("merge_query", "GET", "/merge_queries/{merge_query_id}", merges::merge_query)
    },
];
