//! Folders, and what is in them.

use super::Action::{Children, Create, Delete, List, One, Search, Update};
use super::{PLAIN, Part, Subject};
use crate::records::{rights, rows, write};

/// The subjects.
pub(super) static SUBJECTS: &[Subject] = &[
    Subject {
        name: "folders",
        kind: "Folder",
        key: "folder_id",
        operations: &[
            ("all_folders", List),
            ("folder", One),
            ("create_folder", Create),
            ("update_folder", Update),
            ("delete_folder", Delete),
            ("search_folders", Search),
            ("folder_children", Children("folder_id", "parent_id")),
            ("folder_children_search", Children("folder_id", "parent_id")),
        ],
        base: rows::folders,
        sees: rights::sees_folder,
        dress: rows::dress_folder,
        references: &[("parent_id", "folders")],
        ..PLAIN
    },
    Subject {
        name: "looks",
        kind: "LookWithQuery",
        key: "look_id",
        operations: &[("folder_looks", Children("folder_id", "folder_id"))],
        base: rows::looks,
        ..PLAIN
    },
    Subject {
        name: "dashboards",
        kind: "Dashboard",
        key: "dashboard_id",
        operations: &[
            ("all_dashboards", List),
            ("dashboard", One),
            ("create_dashboard", Create),
            ("update_dashboard", Update),
            ("delete_dashboard", Delete),
            ("search_dashboards", Search),
            ("folder_dashboards", Children("folder_id", "folder_id")),
        ],
        base: rows::dashboards,
        sees: rights::sees_dashboard,
        parts: &[
            Part::Single("folder", "folders", "folder_id"),
            Part::Many("dashboard_elements", "dashboard_elements", "dashboard_id"),
            Part::Many("dashboard_filters", "dashboard_filters", "dashboard_id"),
            Part::Many("dashboard_layouts", "dashboard_layouts", "dashboard_id"),
        ],
        dress: rows::dress_dashboard,
        then: write::lay_out,
        references: &[("folder_id", "folders")],
        ..PLAIN
    },
    Subject {
        name: "dashboard_elements",
        kind: "DashboardElement",
        key: "dashboard_element_id",
        operations: &[
            ("dashboard_element", One),
            ("create_dashboard_element", Create),
            ("update_dashboard_element", Update),
            ("delete_dashboard_element", Delete),
            ("search_dashboard_elements", Search),
            ("dashboard_dashboard_elements", Children("dashboard_id", "dashboard_id")),
        ],
        base: rows::dashboard_elements,
        sees: rights::sees_dashboard,
        dress: rows::dress_element,
        then: write::place,
        owns: &[("dashboard_layout_components", "dashboard_element_id")],
        references: &[("dashboard_id", "dashboards"), ("look_id", "looks")],
        ..PLAIN
    },
    Subject {
        name: "dashboard_filters",
        kind: "DashboardFilter",
        key: "dashboard_filter_id",
        operations: &[
            ("dashboard_filter", One),
            ("create_dashboard_filter", Create),
            ("update_dashboard_filter", Update),
            ("delete_dashboard_filter", Delete),
            ("dashboard_dashboard_filters", Children("dashboard_id", "dashboard_id")),
        ],
        base: rows::dashboard_filters,
        sees: rights::sees_dashboard,
        references: &[("dashboard_id", "dashboards")],
        ..PLAIN
    },
    Subject {
        name: "dashboard_layouts",
        kind: "DashboardLayout",
        key: "dashboard_layout_id",
        operations: &[
            ("dashboard_layout", One),
            ("create_dashboard_layout", Create),
            ("update_dashboard_layout", Update),
            ("delete_dashboard_layout", Delete),
            ("dashboard_dashboard_layouts", Children("dashboard_id", "dashboard_id")),
        ],
        base: rows::dashboard_layouts,
        sees: rights::sees_dashboard,
        parts: &[Part::Many("dashboard_layout_components", "dashboard_layout_components", "dashboard_layout_id")],
        references: &[("dashboard_id", "dashboards")],
        ..PLAIN
    },
    Subject {
        name: "dashboard_layout_components",
        kind: "DashboardLayoutComponent",
        key: "dashboard_layout_component_id",
        operations: &[
            ("dashboard_layout_component", One),
            ("update_dashboard_layout_component", Update),
            ("dashboard_layout_dashboard_layout_components", Children("dashboard_layout_id", "dashboard_layout_id")),
        ],
        base: rows::dashboard_layout_components,
        sees: rights::sees_dashboard,
        ..PLAIN
    },
    Subject {
        name: "boards",
        kind: "Board",
        key: "board_id",
        operations: &[
            ("all_boards", List),
            ("board", One),
            ("create_board", Create),
            ("update_board", Update),
            ("delete_board", Delete),
            ("search_boards", Search),
        ],
        parts: &[Part::Many("board_sections", "board_sections", "board_id")],
        ..PLAIN
    },
    Subject {
        name: "board_sections",
        kind: "BoardSection",
        key: "board_section_id",
        operations: &[
            ("all_board_sections", List),
            ("board_section", One),
            ("create_board_section", Create),
            ("update_board_section", Update),
            ("delete_board_section", Delete),
        ],
        parts: &[Part::Many("board_items", "board_items", "board_section_id")],
        references: &[("board_id", "boards")],
        ..PLAIN
    },
    Subject {
        name: "board_items",
        kind: "BoardItem",
        key: "board_item_id",
        operations: &[
            ("all_board_items", List),
            ("board_item", One),
            ("create_board_item", Create),
            ("update_board_item", Update),
            ("delete_board_item", Delete),
        ],
        dress: rows::dress_board_item,
        references: &[("board_section_id", "board_sections"), ("dashboard_id", "dashboards"), ("look_id", "looks")],
        ..PLAIN
    },
    Subject {
        name: "content_favorites",
        kind: "ContentFavorite",
        key: "content_favorite_id",
        operations: &[
            ("content_favorite", One),
            ("create_content_favorite", Create),
            ("delete_content_favorite", Delete),
            ("search_content_favorites", Search),
        ],
        ..PLAIN
    },
];
