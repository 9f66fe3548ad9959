//! Running queries, and what belongs to it.

use super::{FIELDS, Kind, Operation, Parameter, Payload, boolean, db_query, integer, text};
use crate::handlers::{queries, run, sql_interface, sql_runner, tasks};

/// Parameters of what runs a query.
pub(super) const RUN: &[Parameter] = &[
    integer("limit"),
    boolean("apply_formatting"),
    boolean("apply_vis"),
    boolean("cache"),
    integer("image_width"),
    integer("image_height"),
    boolean("generate_drill_links"),
    boolean("force_production"),
    boolean("cache_only"),
    text("path_prefix"),
    boolean("rebuild_pdts"),
    boolean("server_table_calcs"),
];

/// The operations.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        parameters: Some(RUN),
        payload: Payload::Object(&["model", "view"]),
        lists_422: true,
        runs_query: true,
        ..db_query("run_inline_query", "POST", "/queries/run/{result_format}", run::run_inline_query)
    },
    Operation {
        parameters: Some(FIELDS),
        payload: Payload::Object(&["model", "view"]),
        lists_422: true,
        creates: true,
        ..db_query("create_query", "POST", "/queries", queries::create_query)
    },
    Operation { parameters: Some(FIELDS), ..db_query("query", "GET", "/queries/{query_id}", queries::query) },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("query_for_slug", "GET", "/queries/slug/{slug}", queries::query_for_slug)
    },
    Operation {
        parameters: Some(RUN),
        lists_422: true,
        runs_query: true,
        ..db_query("run_query", "GET", "/queries/{query_id}/run/{result_format}", run::run_query)
    },
    Operation {
        parameters: None,
        lists_422: true,
        runs_query: true,
        ..db_query(
            "run_url_encoded_query",
            "GET",
            "/queries/models/{model_name}/views/{view_name}/run/{result_format}",
            run::run_url_encoded_query,
        )
    },
    Operation {
        parameters: Some(&[
            integer("limit"),
            boolean("apply_formatting"),
            boolean("apply_vis"),
            boolean("cache"),
            boolean("generate_drill_links"),
            boolean("force_production"),
            boolean("cache_only"),
            text("path_prefix"),
            boolean("rebuild_pdts"),
            boolean("server_table_calcs"),
            text("fields"),
        ]),
        payload: Payload::Object(&["query_id", "result_format"]),
        lists_422: true,
        runs_query: true,
        creates: true,
        ..db_query("create_query_task", "POST", "/query_tasks", tasks::create_query_task)
    },
    Operation {
        parameters: Some(&[Parameter { name: "query_task_ids", kind: Kind::Text, required: true }]),
        ..db_query("query_task_multi_results", "GET", "/query_tasks/multi_results", tasks::query_task_multi_results)
    },
    Operation {
        parameters: Some(FIELDS),
        ..db_query("query_task", "GET", "/query_tasks/{query_task_id}", tasks::query_task)
    },
    db_query("query_task_results", "GET", "/query_tasks/{query_task_id}/results", tasks::query_task_results),
    db_query("all_running_queries", "GET", "/running_queries", tasks::all_running_queries),
    Operation {
        lists_422: true,
        ..db_query("kill_query", "DELETE", "/running_queries/{query_task_id}", tasks::kill_query)
    },
    Operation {
        payload: Payload::Object(&[]),
        lists_422: true,
        creates: true,
        ..db_query("create_sql_query", "POST", "/sql_queries", sql_runner::create_sql_query)
    },
    db_query("sql_query", "GET", "/sql_queries/{slug}", sql_runner::sql_query),
    Operation {
        parameters: Some(&[text("download")]),
        lists_422: true,
        runs_query: true,
        ..db_query("run_sql_query", "POST", "/sql_queries/{slug}/run/{result_format}", sql_runner::run_sql_query)
    },
    Operation {
        payload: Payload::Object(&["sql"]),
        lists_422: true,
        creates: true,
        ..db_query(
            "create_sql_interface_query",
            "POST",
            "/sql_interface_queries",
            sql_interface::create_sql_interface_query,
        )
    },
    Operation {
        lists_422: true,
        runs_query: true,
        ..db_query(
            "run_sql_interface_query",
            "GET",
            "/sql_interface_queries/{query_id}/run/{result_format}",
            sql_interface::run_sql_interface_query,
        )
    },
];
