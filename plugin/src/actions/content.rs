//! Actions on Looks, dashboards and folders.

use super::row::{Action, call};
use crate::steps::{Group, Input, Needs, may, needs};

const GROUP: Group = Group::Content;
const LOOK: &str = "The id of the Look";
const DASHBOARD: &str = "The id of the dashboard";
const FOLDER: &str = "The id of the folder";
const EDIT: &str = "edit access to the folder";
const SEE_LOOKS: Needs = Needs::all(&[&["see_looks"]]);
const SEE_DASHBOARDS: Needs = Needs::all(&[&["see_user_dashboards"]]);
// The permission save_content alone gives both.
const SAVE_LOOKS: Needs = Needs::all(&[&["save_looks", "save_content"]]).besides(EDIT);
const SAVE_DASHBOARDS: Needs = Needs::all(&[&["save_dashboards", "save_content"]]).besides(EDIT);
const AT_LOOK: &str = "/looks/{id}";
const AT_DASHBOARD: &str = "/dashboards/{id}";

/// By what Looks and dashboards are found.
const FIND: &[Input] = &[
    may("title", "The title"),
    may("folder_id", FOLDER),
    may("user_id", "The id of its owner"),
    may("deleted", "Those in the trash instead"),
    may("sorts", "The keys to sort by, such as updated_at desc"),
    may("limit", "The most results"),
    may("offset", "How many results to leave out at the beginning"),
];

pub(super) const ACTIONS: &[Action] = &[
    call(
        GROUP,
        "find_content",
        "Find Looks, dashboards and boards by words",
        SEE_LOOKS,
        "search_content",
        &[
            needs("terms", "The words to look for"),
            may("types", "What to look for: look, dashboard, board, lookml_dashboard, with commas between"),
            may("limit", "The most results"),
            may("offset", "How many results to leave out at the beginning"),
        ],
    ),
    call(
        GROUP,
        "find_looks",
        "Find Looks by what is known of them; % stands for any letters",
        SEE_LOOKS,
        "search_looks",
        FIND,
    )
    .at(AT_LOOK),
    call(
        GROUP,
        "find_dashboards",
        "Find dashboards by what is known of them; % stands for any letters",
        SEE_DASHBOARDS,
        "search_dashboards",
        FIND,
    )
    .at(AT_DASHBOARD),
    call(
        GROUP,
        "get_look",
        "Read all about a Look",
        SEE_LOOKS,
        "look",
        &[needs("look_id", LOOK), may("fields", "The keys that are wanted, such as id,title,folder(id,name)")],
    )
    .at(AT_LOOK),
    call(
        GROUP,
        "get_dashboard",
        "Read all about a dashboard, its tiles and filters",
        SEE_DASHBOARDS,
        "dashboard",
        &[
            needs("dashboard_id", DASHBOARD),
            may("fields", "The keys that are wanted, such as id,title,folder(id,name)"),
        ],
    )
    .at(AT_DASHBOARD),
    call(
        GROUP,
        "create_look",
        "Save a query as a Look in a folder",
        SAVE_LOOKS,
        "create_look",
        &[
            needs("title", "Its title, which no other Look of the folder may have"),
            needs("query_id", "The id of the query"),
            needs("folder_id", FOLDER),
            may("description", "What it shows"),
        ],
    )
    .at(AT_LOOK)
    .twice("refused: a folder has each title once"),
    call(
        GROUP,
        "copy_look",
        "Copy a Look into a folder",
        SAVE_LOOKS,
        "copy_look",
        &[needs("look_id", LOOK), may("folder_id", "The id of the folder to copy it into; without it, its own")],
    )
    .at(AT_LOOK),
    call(
        GROUP,
        "copy_dashboard",
        "Copy a dashboard into a folder",
        SAVE_DASHBOARDS,
        "copy_dashboard",
        &[
            needs("dashboard_id", DASHBOARD),
            may("folder_id", "The id of the folder to copy it into; without it, its own"),
        ],
    )
    .at(AT_DASHBOARD),
    call(
        GROUP,
        "move_look",
        "Move a Look into another folder",
        SAVE_LOOKS,
        "move_look",
        &[needs("look_id", LOOK), needs("folder_id", FOLDER)],
    )
    .at(AT_LOOK),
    call(
        GROUP,
        "move_dashboard",
        "Move a dashboard into another folder",
        SAVE_DASHBOARDS,
        "move_dashboard",
        &[needs("dashboard_id", DASHBOARD), needs("folder_id", FOLDER)],
    )
    .at(AT_DASHBOARD),
    call(
        GROUP,
        "trash_look",
        "Put a Look into the trash, from which it can be restored",
        SAVE_LOOKS,
        "update_look",
        &[needs("look_id", LOOK)],
    )
    .with(r#"{"deleted":true}"#),
    call(GROUP, "restore_look", "Take a Look out of the trash", SAVE_LOOKS, "update_look", &[needs("look_id", LOOK)])
        .with(r#"{"deleted":false}"#)
        .at(AT_LOOK),
    call(
        GROUP,
        "trash_dashboard",
        "Put a dashboard into the trash, from which it can be restored",
        SAVE_DASHBOARDS,
        "update_dashboard",
        &[needs("dashboard_id", DASHBOARD)],
    )
    .with(r#"{"deleted":true}"#),
    call(
        GROUP,
        "restore_dashboard",
        "Take a dashboard out of the trash",
        SAVE_DASHBOARDS,
        "update_dashboard",
        &[needs("dashboard_id", DASHBOARD)],
    )
    .with(r#"{"deleted":false}"#)
    .at(AT_DASHBOARD),
    call(
        GROUP,
        "create_folder",
        "Make a folder inside another",
        Needs::all(&[&["manage_spaces"]]).besides(EDIT),
        "create_folder",
        &[
            needs("name", "Its name, which no other folder there may have"),
            needs("parent_id", "The id of the folder that it is made in"),
        ],
    )
    .at("/folders/{id}")
    .twice("refused: a folder has each name once"),
];
