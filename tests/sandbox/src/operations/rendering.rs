//! Pictures and documents.

use super::{FIELDS, Kind, Operation, Parameter, Payload, boolean, db_query, text};
use crate::handlers::renders;

const fn pixels(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Integer, required: true }
}

const SIZE: &[Parameter] = &[pixels("width"), pixels("height"), text("fields")];

const DASHBOARD: &[Parameter] = &[
    pixels("width"),
    pixels("height"),
    text("fields"),
    text("pdf_paper_size"),
    boolean("pdf_landscape"),
    boolean("long_tables"),
    text("theme"),
];

/// The operations.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        parameters: Some(SIZE),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query(
            "create_look_render_task",
            "POST",
            "/render_tasks/looks/{look_id}/{result_format}",
            renders::create_look_render_task,
        )
    },
    Operation {
        parameters: Some(SIZE),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query(
            "create_query_render_task",
            "POST",
            "/render_tasks/queries/{query_id}/{result_format}",
            renders::create_query_render_task,
        )
    },
    Operation {
        parameters: Some(DASHBOARD),
        payload: Payload::Object(&[]),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query(
            "create_dashboard_render_task",
            "POST",
            "/render_tasks/dashboards/{dashboard_id}/{result_format}",
            renders::create_dashboard_render_task,
        )
    },
    Operation {
        parameters: Some(SIZE),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query(
            "create_dashboard_element_render_task",
            "POST",
            "/render_tasks/dashboard_elements/{dashboard_element_id}/{result_format}",
            renders::create_dashboard_element_render_task,
        )
    },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("render_task", "GET", "/render_tasks/{render_task_id}", renders::render_task)
    },
    db_query("render_task_results", "GET", "/render_tasks/{render_task_id}/results", renders::render_task_results),
];
