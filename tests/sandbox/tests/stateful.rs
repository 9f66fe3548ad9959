//! What clients make, change, find and delete, whatever it is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a helper fails its test")]

mod common;

use std::collections::HashSet;

use common::Server;
use common::calls::{alert, column, get, post, refused, send};
use serde_json::{Value, json};

/// A subject: its path, a new one, a change of it, and where it is found by a condition (a path below, or nothing).
struct Case {
    path: &'static str,
    id: &'static str,
    new: Value,
    change: Value,
    method: &'static str,
    search: &'static str,
    listed: &'static str,
}

fn case(path: &'static str, new: Value, change: Value, search: &'static str) -> Case {
    Case { path, id: "id", new, change, method: "PATCH", search, listed: path }
}

/// All subjects with a whole life; the Boards and Sections that some of them are in must be made before.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    let user = json!({ "first_name": "New", "last_name": "One", "credentials_email": { "email": "new@example.com" } });
    let filter = json!({ "dashboard_id": "1", "name": "New", "title": "New", "type": "string_filter" });
    let named = |more: Value| {
        let mut body = json!({ "name": "New" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        case("users", user, json!({ "first_name": "Newer" }), "users/search?full_name=newer%25"),
        case("groups", named(json!({})), json!({ "name": "Newer" }), "groups/search?name=NEWER"),
        case(
            "roles",
            named(json!({ "permission_set_id": "2", "model_set_id": "3" })),
            json!({ "name": "Newer" }),
            "roles/search?name=new_r&model_set_ids=3",
        ),
        case(
            "permission_sets",
            named(json!({ "permissions": ["access_data"] })),
            json!({ "name": "Newer" }),
            "permission_sets/search?name=newer",
        ),
        case(
            "model_sets",
            named(json!({ "models": ["thelook"] })),
            json!({ "name": "Newer" }),
            "model_sets/search?name=newer",
        ),
        case(
            "user_attributes",
            named(json!({ "label": "New", "type": "string" })),
            json!({ "label": "Newer" }),
            "user_attributes?sorts=id+desc",
        ),
        case(
            "folders",
            named(json!({ "parent_id": "1" })),
            json!({ "name": "Newer" }),
            "folders/search?name=newer&parent_id=1",
        ),
        case(
            "dashboards",
            json!({ "title": "New", "folder_id": "2" }),
            json!({ "title": "Newer" }),
            "dashboards/search?title=newer",
        ),
        Case {
            listed: "dashboards/1/dashboard_elements",
            ..case(
                "dashboard_elements",
                json!({ "dashboard_id": "1", "look_id": "1", "title": "New" }),
                json!({ "title": "Newer" }),
                "dashboard_elements/search?title=newer&dashboard_id=1",
            )
        },
        Case {
            listed: "dashboards/1/dashboard_filters",
            ..case("dashboard_filters", filter, json!({ "title": "Newer" }), "")
        },
        Case {
            listed: "dashboards/1/dashboard_layouts",
            ..case("dashboard_layouts", json!({ "dashboard_id": "1", "type": "grid" }), json!({ "type": "drag" }), "")
        },
        case("boards", json!({ "title": "New" }), json!({ "title": "Newer" }), "boards/search?title=newer"),
        case("board_sections", json!({ "title": "New", "board_id": "101" }), json!({ "title": "Newer" }), ""),
        case(
            "board_items",
            json!({ "board_section_id": "101", "look_id": "1" }),
            json!({ "custom_title": "Newer" }),
            "board_items?board_section_id=101&sorts=id+desc",
        ),
        Case {
            method: "PUT",
            listed: "alerts/search",
            ..case(
                "alerts",
                alert(),
                {
                    let mut alert = alert();
                    alert["custom_title"] = json!("Newer");
                    alert
                },
                "alerts/search?disabled=false",
            )
        },
        case(
            "themes",
            named(json!({ "settings": { "show_title": true } })),
            json!({ "name": "Newer" }),
            "themes/search?name=newer",
        ),
        case(
            "scheduled_plans",
            named(
                json!({ "look_id": 1, "crontab": "0 6 * * *", "scheduled_plan_destination": [{ "format": "csv", "type": "email",
                "address": "a@example.com" }] }),
            ),
            json!({ "name": "Newer" }),
            "scheduled_plans/search?name=newer",
        ),
        Case {
            id: "name",
            ..case(
                "connections",
                named(json!({ "dialect_name": "sqlite", "password": "p" })),
                json!({ "database": "newer" }),
                "",
            )
        },
        case("color_collections", json!({ "label": "New" }), json!({ "label": "Newer" }), ""),
    ]
}

#[test]
fn every_subject_is_made_read_changed_found_and_deleted() {
    let server = Server::start(50);
    let admin = server.admin();
    post(&admin, "boards", &json!({ "title": "Board" }));
    post(&admin, "board_sections", &json!({ "title": "Section", "board_id": "101" }));
    let mut done = HashSet::new();
    for case in cases() {
        let path = case.path;
        let made = post(&admin, path, &case.new);
        let id = made[case.id].as_str().unwrap_or_else(|| panic!("{path} {made}")).to_owned();
        let one = format!("{path}/{id}");
        let (key, value) = case.new.as_object().unwrap().iter().find(|(_, value)| value.is_string()).unwrap();
        assert!(made.get(key).is_none_or(|told| told == value), "{path} {key} {made}");
        assert_eq!(get(&admin, &one)[case.id], id);
        assert!(column(&get(&admin, case.listed), case.id).contains(&id.as_str()), "{path}");
        let changed = send(&admin, case.method, &one, &case.change);
        let (key, value) = case.change.as_object().unwrap().iter().next_back().unwrap();
        let key = if case.method == "PUT" { "custom_title" } else { key };
        let value = if case.method == "PUT" { &json!("Newer") } else { value };
        assert_eq!((&changed[key], &get(&admin, &one)[key]), (value, value), "{path}");
        if !case.search.is_empty() {
            assert_eq!(column(&get(&admin, case.search), "id").first(), Some(&id.as_str()), "{path}");
        }
        assert_eq!(admin.delete(&format!("/api/4.0/{one}")).status, 204, "{path}");
        refused(&admin, "GET", &one, &Value::Null, 404);
        refused(&admin, case.method, &one, &case.change, 404);
        assert!(!column(&get(&admin, case.listed), case.id).contains(&id.as_str()), "{path}");
        let again = post(&admin, path, &case.new);
        assert!(case.id == "name" || again["id"] != id, "{path}: no id is given twice");
        done.insert(path);
    }
    assert_eq!(done.len(), 19);
    let created = server.stats()["created"].clone();
    assert_eq!((&created["create_group"], &created["create_board"]), (&json!(2), &json!(3)));
}

#[test]
fn what_is_there_from_the_start_is_changed_and_deleted_as_well() {
    let server = Server::start(50);
    let admin = server.admin();
    let before = get(&admin, "users/2");
    send(&admin, "PATCH", "users/2", &json!({ "first_name": "Vera", "id": "99", "role_ids": ["1"] }));
    let after = get(&admin, "users/2");
    assert_eq!((&after["first_name"], &after["display_name"]), (&json!("Vera"), &json!("Vera Sandbox")));
    assert_eq!((&after["email"], &after["role_ids"]), (&before["email"], &before["role_ids"]));
    assert_eq!(get(&server.login("viewer"), "user")["first_name"], "Vera");
    assert_eq!(column(&get(&admin, "users/search?first_name=vera&fields=id"), "id"), ["2"]);
    assert_eq!(admin.delete("/api/4.0/dashboards/1").status, 204);
    assert_eq!(column(&get(&admin, "dashboards"), "title"), ["Board", "Shop"]);
    refused(&admin, "GET", "dashboards/1", &Value::Null, 404);
    refused(&admin, "GET", "dashboard_elements/1", &Value::Null, 404);
    send(&admin, "PATCH", "roles/2", &json!({ "model_set_id": "3" }));
    assert_eq!(get(&admin, "users/2/roles")[0]["model_set"]["name"], "None");
    send(&admin, "PATCH", "datagroups/1", &json!({ "stale_before": 7 }));
    assert_eq!(get(&admin, "datagroups")[0]["stale_before"], 7);
}

#[test]
fn a_dashboard_that_is_put_away_is_found_as_such_and_only_so() {
    let server = Server::start(50);
    let admin = server.admin();
    let made = post(&admin, "dashboards", &json!({ "title": "Mine", "folder_id": "2" }));
    let id = made["id"].as_str().unwrap();
    assert_eq!((&made["deleted"], &made["folder"]["name"]), (&json!(false), &json!("Sales")));
    assert_eq!(get(&admin, &format!("dashboards/{}", made["slug"].as_str().unwrap()))["id"], id);
    let gone = send(&admin, "PATCH", &format!("dashboards/{id}"), &json!({ "deleted": true }));
    assert!(gone["deleted_at"].is_string());
    let titles =
        |path: &str| -> Vec<String> { column(&get(&admin, path), "title").iter().map(|&text| text.into()).collect() };
    assert!(!titles("dashboards").contains(&"Mine".into()));
    assert_eq!(titles("dashboards/search?title=mine"), [""; 0]);
    assert_eq!(titles("dashboards/search?title=mine&deleted=true"), ["Mine"]);
    assert_eq!(titles("dashboards/search?title=%25pulse&deleted=true,false&sorts=title"), ["Old Pulse", "Shop Pulse"]);
}
