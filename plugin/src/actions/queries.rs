//! Actions that run something and deliver rows, a file or a text.

use looker_operations::Effect;

use super::row::{Action, Does};
use crate::steps::{Group, Input, Needs, may, needs};

/// An action of a query request.
const fn query(
    name: &'static str,
    summary: &'static str,
    needs: Needs,
    inputs: &'static [Input],
    fixed: &'static str,
) -> Action {
    let does = Does::Query { inputs, fixed, effect: Effect::Read };
    Action { name, group: Group::Queries, summary, needs, repeat: None, page: None, does }
}

const ACCESS: Needs = Needs::all(&[&["access_data"]]);
const LOOKS: Needs = Needs::all(&[&["see_looks"]]).besides("access to the Look's folder");
const DASHBOARDS: Needs = Needs::all(&[&["see_user_dashboards", "see_lookml_dashboards"]]);

/// The forms of a picture. Source: `create_look_render_task` of the specification.
const PICTURES: &[&str] = &["png", "jpg"];
const PICTURE: &str = "The form of the picture, png without it";

pub(super) const ACTIONS: &[Action] = &[
    query(
        "run_look",
        "Run a Look, with its own filters or with others",
        LOOKS,
        &[
            needs("look", ""),
            may("filters", ""),
            may("limit", ""),
            may("sorts", ""),
            may("query_timezone", ""),
            may("cache", ""),
            may("format", ""),
            may("pivot_shape", ""),
            may("schema_only", ""),
        ],
        "{}",
    ),
    query(
        "run_query",
        "Run a query of an explore",
        ACCESS,
        &[
            needs("model", ""),
            needs("explore", ""),
            needs("fields", ""),
            may("filters", ""),
            may("filter_expression", ""),
            may("sorts", ""),
            may("pivots", ""),
            may("limit", ""),
            may("total", ""),
            may("query_timezone", ""),
            may("cache", ""),
            may("format", ""),
            may("pivot_shape", ""),
            may("schema_only", ""),
        ],
        "{}",
    ),
    query(
        "run_saved_query",
        "Run a query by its id, its slug, or an address copied from the browser",
        ACCESS,
        &[
            needs("query", ""),
            may("filters", ""),
            may("limit", ""),
            may("sorts", ""),
            may("query_timezone", ""),
            may("cache", ""),
            may("format", ""),
            may("pivot_shape", ""),
            may("schema_only", ""),
        ],
        "{}",
    ),
    query(
        "run_dashboard",
        "List the tiles of a dashboard with a request for each, or run one of them",
        DASHBOARDS,
        &[
            needs("dashboard", ""),
            may("tile", ""),
            may("filters", ""),
            may("limit", ""),
            may("cache", ""),
            may("schema_only", ""),
        ],
        "{}",
    ),
    query(
        "generated_sql",
        "Show the SQL that Looker writes for a query, a Look or a saved query, without running it",
        Needs::all(&[&["see_sql"]]),
        &[
            may("model", ""),
            may("explore", ""),
            may("fields", ""),
            may("look", ""),
            may("query", ""),
            may("filters", ""),
            may("sorts", ""),
            may("limit", ""),
        ],
        r#"{"format":"sql"}"#,
    ),
    query(
        "governed_sql",
        "Run SQL over explores, which Looker checks and translates (Open SQL Interface)",
        ACCESS,
        &[needs("open_sql", ""), may("format", "")],
        "{}",
    ),
    Action {
        name: "run_sql",
        group: Group::Queries,
        summary: "Run SQL on a connection (SQL Runner), where the option allow_sql_runner allows it; such SQL may write",
        needs: Needs::all(&[&["use_sql_runner"]]),
        repeat: Some("as the SQL says"),
        page: None,
        does: Does::Query {
            inputs: &[needs("sql", ""), may("connection", ""), may("model", ""), may("format", "")],
            fixed: "{}",
            effect: Effect::Create,
        },
    },
    query(
        "render_look",
        "Make a picture of a Look",
        LOOKS,
        &[
            needs("look", ""),
            may("format", PICTURE).of(PICTURES),
            may("filters", ""),
            may("image_width", ""),
            may("image_height", ""),
            may("limit", ""),
        ],
        r#"{"format":"png"}"#,
    ),
    query(
        "render_tile",
        "Make a picture of a tile of a dashboard",
        DASHBOARDS,
        &[
            needs("dashboard", ""),
            needs("tile", ""),
            may("format", PICTURE).of(PICTURES),
            may("filters", ""),
            may("image_width", ""),
            may("image_height", ""),
        ],
        r#"{"format":"png"}"#,
    ),
    query(
        "render_dashboard",
        "Make a PDF document or a picture of a dashboard",
        DASHBOARDS,
        &[
            needs("dashboard", ""),
            needs("format", "The form of the document or the picture").of(&["pdf", "png", "jpg"]),
            may("filters", ""),
            may("image_width", ""),
            may("image_height", ""),
        ],
        "{}",
    ),
];
