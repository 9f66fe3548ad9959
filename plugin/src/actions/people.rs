//! Actions on users, groups, roles and attributes.

use super::row::{Action, Does, call};
use super::{find_or_create_user, front_end_token, permission_doctor};
use crate::steps::{ADMINISTER, Group, Needs, may, needs};
use looker_operations::Effect;

const GROUP: Group = Group::People;
const USER: &str = "The id of the user";
const GROUP_ID: &str = "The id of the group";
const SEE: Needs = Needs::all(&[&["see_users"]]);
const ADMIN: Needs = Needs::all(&[&[ADMINISTER]]);
const AT_USER: &str = "/admin/users/{id}/edit";

pub(super) const ACTIONS: &[Action] = &[
    call(
        GROUP,
        "who_am_i",
        "Tell as which user all this is done",
        Needs::NOTHING,
        "me",
        &[may("fields", "The keys that are wanted, such as id,email,role_ids")],
    ),
    call(
        GROUP,
        "find_users",
        "Find users by what is known of them; % stands for any letters",
        SEE,
        "search_users",
        &[
            may("email", "The e-mail address"),
            may("first_name", "The first name"),
            may("last_name", "The last name"),
            may("is_disabled", "Those that are disabled, or are not"),
            may("group_id", "The id of a group that they are in"),
            may("sorts", "The keys to sort by, such as last_name"),
            may("limit", "The most results"),
            may("offset", "How many results to leave out at the beginning"),
        ],
    )
    .at(AT_USER),
    Action {
        name: find_or_create_user::NAME,
        group: GROUP,
        summary: find_or_create_user::SUMMARY,
        needs: ADMIN,
        repeat: Some("safe: the user is found by the e-mail address"),
        page: Some(AT_USER),
        does: Does::Code {
            effect: Effect::Create,
            input: find_or_create_user::input,
            output: find_or_create_user::output,
            run: find_or_create_user::run,
        },
    },
    call(GROUP, "disable_user", "Keep a user from signing in", ADMIN, "update_user", &[needs("user_id", USER)])
        .with(r#"{"is_disabled":true}"#)
        .at(AT_USER),
    call(
        GROUP,
        "enable_user",
        "Let a user that is disabled sign in again",
        ADMIN,
        "update_user",
        &[needs("user_id", USER)],
    )
    .with(r#"{"is_disabled":false}"#)
    .at(AT_USER),
    call(
        GROUP,
        "set_user_attribute",
        "Set a user's value of a user attribute",
        ADMIN,
        "set_user_attribute_user_value",
        &[
            needs("user_id", USER),
            needs("user_attribute_id", "The id of the user attribute"),
            needs("value", "The value"),
        ],
    ),
    call(
        GROUP,
        "find_groups",
        "Find groups by name; % stands for any letters",
        SEE,
        "search_groups",
        &[
            may("name", "The name"),
            may("limit", "The most results"),
            may("offset", "How many results to leave out at the beginning"),
        ],
    ),
    call(
        GROUP,
        "add_user_to_group",
        "Put a user into a group",
        ADMIN,
        "add_group_user",
        &[needs("group_id", GROUP_ID), needs("user_id", USER)],
    ),
    call(
        GROUP,
        "remove_user_from_group",
        "Take a user out of a group",
        ADMIN,
        "delete_group_user",
        &[needs("group_id", GROUP_ID), needs("user_id", USER)],
    ),
    call(
        GROUP,
        "find_roles",
        "Find roles by name; % stands for any letters",
        SEE,
        "search_roles",
        &[
            may("name", "The name"),
            may("limit", "The most results"),
            may("offset", "How many results to leave out at the beginning"),
        ],
    ),
    call(
        GROUP,
        "set_user_roles",
        "Give a user these roles, in place of all others of its own",
        ADMIN,
        "set_user_roles",
        &[needs("user_id", USER), needs("role_ids", "The ids of the roles")],
    )
    .with_body("role_ids"),
    Action {
        name: permission_doctor::NAME,
        group: GROUP,
        summary: permission_doctor::SUMMARY,
        needs: SEE,
        repeat: None,
        page: None,
        does: Does::Code {
            effect: Effect::Read,
            input: permission_doctor::input,
            output: permission_doctor::output,
            run: permission_doctor::run,
        },
    },
    Action {
        name: front_end_token::NAME,
        group: GROUP,
        summary: front_end_token::SUMMARY,
        needs: Needs::NOTHING.of_others(&["sudo", ADMINISTER]),
        repeat: Some("each makes another token"),
        page: None,
        does: Does::Code {
            effect: Effect::Create,
            input: front_end_token::input,
            output: front_end_token::output,
            run: front_end_token::run,
        },
    },
];
