//! Who is there, and what they may do.

use super::Action::{Create, Delete, List, One, Own, Search, Update};
use super::{PLAIN, Part, Subject};
use crate::records::{rights, rows, seeds};

/// The subjects.
pub(super) static SUBJECTS: &[Subject] = &[
    Subject {
        name: "users",
        kind: "User",
        key: "user_id",
        // Behind the last that can be generated.
        first: 2_000_001,
        operations: &[
            ("all_users", List),
            ("user", One),
            ("me", Own),
            ("create_user", Create),
            ("update_user", Update),
            ("delete_user", Delete),
            ("search_users", Search),
            ("search_users_names", Search),
        ],
        base: rows::users,
        sees: rights::sees_user,
        dress: rows::dress_user,
        ..PLAIN
    },
    Subject {
        name: "groups",
        kind: "Group",
        key: "group_id",
        operations: &[
            ("all_groups", List),
            ("group", One),
            ("create_group", Create),
            ("update_group", Update),
            ("delete_group", Delete),
            ("search_groups", Search),
            ("search_groups_with_roles", Search),
            ("search_groups_with_hierarchy", Search),
        ],
        base: seeds::groups,
        sees: rights::sees_roles,
        dress: rows::dress_group,
        ..PLAIN
    },
    Subject {
        name: "roles",
        kind: "Role",
        key: "role_id",
        operations: &[
            ("all_roles", List),
            ("role", One),
            ("create_role", Create),
            ("update_role", Update),
            ("delete_role", Delete),
            ("search_roles", Search),
            ("search_roles_with_user_count", Search),
        ],
        base: rows::roles,
        sees: rights::sees_roles,
        parts: &[
            Part::Single("permission_set", "permission_sets", "permission_set_id"),
            Part::Single("model_set", "model_sets", "model_set_id"),
        ],
        dress: rows::dress_role,
        references: &[("permission_set_id", "permission_sets"), ("model_set_id", "model_sets")],
        ..PLAIN
    },
    Subject {
        name: "permission_sets",
        kind: "PermissionSet",
        key: "permission_set_id",
        operations: &[
            ("all_permission_sets", List),
            ("permission_set", One),
            ("create_permission_set", Create),
            ("update_permission_set", Update),
            ("delete_permission_set", Delete),
            ("search_permission_sets", Search),
        ],
        base: rows::permission_sets,
        sees: rights::sees_roles,
        ..PLAIN
    },
    Subject {
        name: "model_sets",
        kind: "ModelSet",
        key: "model_set_id",
        operations: &[
            ("all_model_sets", List),
            ("model_set", One),
            ("create_model_set", Create),
            ("update_model_set", Update),
            ("delete_model_set", Delete),
            ("search_model_sets", Search),
        ],
        base: rows::model_sets,
        sees: rights::sees_roles,
        ..PLAIN
    },
    Subject {
        name: "user_attributes",
        kind: "UserAttribute",
        key: "user_attribute_id",
        operations: &[
            ("all_user_attributes", List),
            ("user_attribute", One),
            ("create_user_attribute", Create),
            ("update_user_attribute", Update),
            ("delete_user_attribute", Delete),
        ],
        base: seeds::user_attributes,
        ..PLAIN
    },
];
