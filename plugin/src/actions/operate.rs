//! Actions on what keeps an instance going: derived tables, running queries, projects, connections, embedding.

use looker_operations::Effect;

use super::row::{Action, Does, call};
use super::{call_operation, reset_datagroup};
use crate::steps::{ADMINISTER, Group, Needs, may, needs};

const GROUP: Group = Group::Operations;
const PROJECT: &str = "The id of the project";
const DEVELOP: Needs = Needs::all(&[&["develop"]]);
const ADMIN: Needs = Needs::all(&[&[ADMINISTER]]);

pub(super) const ACTIONS: &[Action] = &[
    call(
        GROUP,
        "start_pdt_build",
        "Build a persistent derived table",
        DEVELOP,
        "start_pdt_build",
        &[
            needs("model_name", "The model"),
            needs("view_name", "The view of the derived table"),
            may("force_rebuild", "Build it also when it is up to date"),
            may("force_full_incremental", "Build an incremental one as a whole"),
            may("workspace", "Where: production or dev"),
        ],
    ),
    call(
        GROUP,
        "check_pdt_build",
        "Tell how far the build of a derived table is",
        DEVELOP,
        "check_pdt_build",
        &[needs("materialization_id", "The id that the start has answered")],
    ),
    call(
        GROUP,
        "stop_pdt_build",
        "Stop the build of a derived table",
        DEVELOP,
        "stop_pdt_build",
        &[needs("materialization_id", "The id that the start has answered")],
    ),
    Action {
        name: reset_datagroup::NAME,
        group: GROUP,
        summary: reset_datagroup::SUMMARY,
        needs: Needs::all(&[&["update_datagroups"]]),
        repeat: Some("safe: what is cached until then is stale, too"),
        page: None,
        does: Does::Code {
            effect: Effect::Write,
            input: reset_datagroup::input,
            output: reset_datagroup::output,
            run: reset_datagroup::run,
        },
    },
    call(
        GROUP,
        "list_running_queries",
        "List the queries that run now",
        Needs::NOTHING.of_others(&["see_queries"]),
        "all_running_queries",
        &[],
    ),
    call(
        GROUP,
        "kill_query",
        "End a query that runs",
        Needs::NOTHING.of_others(&[ADMINISTER]),
        "kill_query",
        &[needs("query_task_id", "The id of its task")],
    ),
    call(
        GROUP,
        "validate_project",
        "Look for errors in a project's LookML",
        DEVELOP,
        "validate_project",
        &[needs("project_id", PROJECT)],
    ),
    call(
        GROUP,
        "deploy_project",
        "Put what is in a project's main branch into production",
        Needs::all(&[&["deploy"]]),
        "deploy_to_production",
        &[needs("project_id", PROJECT)],
    )
    .twice("safe: what is deployed stays"),
    call(
        GROUP,
        "test_connection",
        "Test a connection to a database",
        ADMIN,
        "test_connection",
        &[needs("connection_name", "The name of the connection"), may("tests", "Which tests; without it, all")],
    ),
    call(
        GROUP,
        "embed_url",
        "Make a signed address with which a user of another system sees content within a page",
        ADMIN,
        "create_sso_embed_url",
        &[
            needs("target_url", "The whole address of the content in Looker"),
            needs("external_user_id", "The user's id in the other system"),
            may("first_name", "The user's first name"),
            may("last_name", "The user's last name"),
            needs("permissions", "What the user may, such as access_data, see_looks, see_user_dashboards"),
            needs("models", "The models that the user may ask"),
            may("group_ids", "The groups that the user is in"),
            may("user_attributes", "The user's attributes"),
            may("session_length", "How long it is good for, in seconds"),
            may("force_logout_login", "Sign out whoever was signed in before"),
        ],
    )
    .twice("each makes another address"),
    call(
        GROUP,
        "embed_url_as_me",
        "Make an address with which one's own user sees content within a page",
        Needs::NOTHING,
        "create_embed_url_as_me",
        &[
            needs("target_url", "The whole address of the content in Looker"),
            may("session_length", "How long it is good for, in seconds"),
            may("force_logout_login", "Sign out whoever was signed in before"),
        ],
    )
    .twice("each makes another address"),
    Action {
        name: call_operation::NAME,
        group: GROUP,
        summary: "Call any operation of Looker's API 4.0 by its id",
        needs: Needs::NOTHING.besides("what the operation needs"),
        repeat: Some("as the operation says"),
        page: None,
        does: Does::Code {
            effect: Effect::Create,
            input: call_operation::input,
            output: call_operation::output,
            run: call_operation::run,
        },
    },
];
