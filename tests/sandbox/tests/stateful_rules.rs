//! What clients do to what they have made, beyond making, changing and deleting it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::collections::HashSet;

use common::calls::{alert, column, get, post, refused, send};
use common::{Client, Server};
use looker_operations::Table;
use serde_json::{Value, json};

/// What users read of what is there from the start.
const READ: &[&str] = &[
    "user",
    "users?sorts=id&limit=20",
    "users/2",
    "users/search?first_name=%25er&sorts=first_name",
    "users/search?full_name=admin%25",
    "users/2/roles",
    "roles",
    "roles?ids=1,3",
    "roles/2",
    "permission_sets",
    "permission_sets/3",
    "model_sets",
    "model_sets/2",
    "dashboards",
    "dashboards/1",
    "dashboards/2",
    "dashboards/3",
    "dashboards/thelook::shop",
    "dashboards/search?title=%25o%25&sorts=title",
    "dashboards/search?deleted=true",
    "dashboards/1/dashboard_elements",
    "dashboards/thelook::shop/dashboard_filters",
    "dashboard_elements/2",
    "connections",
    "connections/thelook",
    "looks",
    "looks/1",
];

/// All of it as each user reads it; what only old servers tell of roles is left out.
fn read(clients: &[Client]) -> Vec<(String, u16, Value)> {
    fn without(value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(without),
            Value::Object(row) => {
                row.retain(|key, _| key != "permission_set_id" && key != "model_set_id");
                row.values_mut().for_each(without);
            }
            _ => {}
        }
    }
    let all = clients.iter().flat_map(|client| READ.iter().map(move |path| (client, path)));
    all.map(|(client, path)| {
        let answer = client.get(&format!("/api/4.0/{path}"));
        let mut body = answer.json();
        without(&mut body);
        ((*path).to_owned(), answer.status, body)
    })
    .collect()
}

/// Where two values differ.
fn differ(one: &Value, other: &Value, at: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            one.iter().for_each(|(key, value)| differ(value, &other[key], &format!("{at} {key}"), found));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).for_each(|(one, other)| differ(one, other, &format!("{at} []"), found));
        }
        (one, other) if one != other => found.push(format!("{at}: {one:.60} became {other:.60}")),
        _ => {}
    }
}

#[test]
fn what_nobody_has_changed_is_read_as_before_when_something_else_was_made() {
    let server = Server::start(50);
    let admin = server.admin();
    let clients = ["admin", "viewer", "limited", "sudoer"].map(|name| server.login(name));
    let before = read(&clients);
    for (path, body) in [
        ("users", json!({ "first_name": "x" })),
        ("roles", json!({ "name": "x" })),
        ("permission_sets", json!({ "name": "x" })),
        ("model_sets", json!({ "name": "x" })),
        ("folders", json!({ "name": "x", "parent_id": "1" })),
        ("dashboards", json!({ "title": "x", "folder_id": "2" })),
        ("dashboard_elements", json!({ "dashboard_id": "1", "title": "x" })),
        ("dashboard_filters", json!({ "dashboard_id": "1", "name": "x", "title": "x", "type": "string_filter" })),
        ("connections", json!({ "name": "x" })),
    ] {
        let made = post(&admin, path, &body);
        let id = made.get("id").unwrap_or(&made["name"]).as_str().unwrap();
        assert_eq!(admin.delete(&format!("/api/4.0/{path}/{id}")).status, 204);
    }
    let mut differences = Vec::new();
    for ((path, status, body), (_, new_status, new_body)) in before.iter().zip(read(&clients)) {
        assert_eq!(*status, new_status, "{path}");
        differ(body, &new_body, path, &mut differences);
    }
    assert_eq!(differences, [""; 0]);
}

#[test]
fn tiles_that_are_made_tell_their_query_and_belong_to_their_dashboard() {
    let server = Server::start(50);
    let admin = server.admin();
    let dashboard = post(&admin, "dashboards", &json!({ "title": "Mine", "folder_id": "2" }))["id"].clone();
    let query = json!({ "model": "thelook", "view": "orders", "fields": ["orders.count"] });
    let tile = post(&admin, "dashboard_elements", &json!({ "dashboard_id": dashboard, "title": "T", "query": query }));
    assert_eq!((&tile["query"]["fields"], &tile["type"]), (&json!(["orders.count"]), &json!("vis")));
    assert_eq!(tile["result_maker"]["query_id"], tile["query_id"]);
    let look = post(&admin, "dashboard_elements", &json!({ "dashboard_id": dashboard, "look_id": "1" }));
    assert_eq!(look["look"]["title"], "Sales by Category");
    let text = post(&admin, "dashboard_elements", &json!({ "dashboard_id": dashboard, "body_text": "Hello" }));
    assert_eq!((&text["type"], &text["result_maker"]), (&json!("text"), &Value::Null));
    let one = format!("dashboards/{}", dashboard.as_str().unwrap());
    let elements = get(&admin, &one)["dashboard_elements"].clone();
    assert_eq!(elements, get(&admin, &format!("{one}/dashboard_elements")));
    assert_eq!(elements.as_array().unwrap().len(), 3);
    refused(&admin, "POST", "dashboard_elements", &json!({ "dashboard_id": "77" }), 422);
    let places = |path: &str| {
        let layouts = get(&admin, path)["dashboard_layouts"].clone();
        assert_eq!(layouts.as_array().unwrap().len(), 1);
        layouts[0]["dashboard_layout_components"].clone()
    };
    assert_eq!(column(&places(&one), "dashboard_element_id"), column(&elements, "id"));
    assert_eq!((&places(&one)[2]["row"], &places(&one)[1]["column"]), (&json!(6), &json!(12)));
    let copy = send(&admin, "POST", &format!("{one}/copy?folder_id=1"), &Value::Null);
    assert_ne!(copy["id"], dashboard);
    assert_eq!((&copy["title"], &copy["folder"]["name"]), (&json!("Mine"), &json!("Shared")));
    assert_eq!(copy["dashboard_elements"][0]["query_id"], tile["query_id"]);
    assert_eq!(copy["dashboard_elements"].as_array().unwrap().len(), 3);
    let copied = format!("dashboards/{}", copy["id"].as_str().unwrap());
    assert_eq!(column(&places(&copied), "dashboard_element_id"), column(&copy["dashboard_elements"], "id"));
    let gone = format!("/api/4.0/dashboard_elements/{}", copy["dashboard_elements"][0]["id"].as_str().unwrap());
    assert_eq!(admin.delete(&gone).status, 204);
    assert_eq!(places(&copied).as_array().unwrap().len(), 2);
    let moved = send(&admin, "PATCH", "dashboards/1/move?folder_id=1", &Value::Null);
    assert_eq!((&moved["folder_id"], &get(&admin, "dashboards/1")["folder"]["id"]), (&json!("1"), &json!("1")));
    refused(&admin, "PATCH", "dashboards/1/move?folder_id=77", &Value::Null, 422);
}

#[test]
fn folders_that_are_made_hold_looks_and_dashboards() {
    let server = Server::start(50);
    let admin = server.admin();
    let folder = post(&admin, "folders", &json!({ "name": "Mine", "parent_id": "2" }));
    let id = folder["id"].as_str().unwrap();
    assert_eq!(column(&get(&admin, "folders/2/children"), "name"), ["Mine"]);
    assert_eq!(get(&admin, "folders/2")["child_count"], 1);
    assert_eq!(column(&get(&admin, &format!("folders/{id}/ancestors")), "name"), ["Shared", "Sales"]);
    assert_eq!(get(&admin, &format!("folders/{id}/parent"))["name"], "Sales");
    let copy = send(&admin, "POST", &format!("looks/1/copy?folder_id={id}"), &Value::Null);
    assert_eq!((&copy["folder"]["name"], &copy["query_id"]), (&json!("Mine"), &get(&admin, "looks/1")["query_id"]));
    assert_eq!(get(&admin, &format!("folders/{id}/looks"))[0]["id"], copy["id"]);
    send(&admin, "PATCH", &format!("looks/2/move?folder_id={id}"), &Value::Null);
    assert_eq!(get(&admin, "looks/2")["folder_id"], id);
    send(&admin, "PATCH", &format!("folders/{id}"), &json!({ "name": "Ours" }));
    assert_eq!(get(&admin, "looks/2")["folder"]["name"], "Ours");
    assert_eq!(server.stats()["created"]["copy_look"], 1);
    refused(&admin, "GET", "folders/77/looks", &Value::Null, 404);
    let viewer = server.login("viewer");
    assert!(!column(&get(&viewer, "folders"), "name").contains(&"Board"));
    refused(&viewer, "GET", "folders/3", &Value::Null, 404);
}

#[test]
fn groups_have_members_and_roles_have_holders() {
    let server = Server::start(50);
    let admin = server.admin();
    let group = post(&admin, "groups", &json!({ "name": "Mine" }))["id"].clone();
    let group = group.as_str().unwrap();
    assert_eq!(post(&admin, &format!("groups/{group}/users"), &json!({ "user_id": "2" }))["first_name"], "viewer");
    post(&admin, &format!("groups/{group}/users"), &json!({ "user_id": 3 }));
    assert_eq!(column(&get(&admin, &format!("groups/{group}/users?sorts=first_name")), "id"), ["3", "2"]);
    assert_eq!(get(&admin, &format!("groups/{group}"))["user_count"], 2);
    assert_eq!(admin.delete(&format!("/api/4.0/groups/{group}/users/3")).status, 204);
    assert_eq!(column(&get(&admin, &format!("users/search?group_id={group}")), "id"), ["2"]);
    post(&admin, "groups/1/groups", &json!({ "group_id": group }));
    assert_eq!(column(&get(&admin, "groups/1/groups"), "name"), ["Mine"]);
    let roles = send(&admin, "PUT", "users/2/roles", &json!(["2", "3"]));
    assert_eq!(column(&roles, "name"), ["Viewer", "Analyst"]);
    assert_eq!(column(&get(&admin, "users/2/roles"), "id"), ["2", "3"]);
    assert_eq!(column(&send(&admin, "PUT", "roles/3/users", &json!(["4"])), "id"), ["4"]);
    assert_eq!(
        (column(&get(&admin, "roles/3/users"), "id"), column(&get(&admin, "users/2/roles"), "id")),
        (vec!["4"], vec!["2"])
    );
    send(&admin, "PUT", "roles/3/groups", &json!([group]));
    assert_eq!(column(&get(&admin, "roles/3/users"), "id"), ["2", "4"], "one of them by the group");
    refused(&admin, "PUT", "users/2/roles", &json!(["77"]), 422);
    refused(&admin, "POST", &format!("groups/{group}/users"), &json!({ "user_id": "77" }), 404);
}

#[test]
fn values_of_user_attributes_come_from_users_groups_and_defaults_in_this_order() {
    let server = Server::start(50);
    let admin = server.admin();
    let value = || {
        let values = get(&admin, "users/3/attribute_values?user_attribute_ids=3");
        (values[0]["value"].clone(), values[0]["source"].clone())
    };
    assert_eq!(value(), (json!("%"), json!("Default Value")));
    let groups = post(&admin, "user_attributes/3/group_values", &json!([{ "group_id": "3", "value": "of group" }]));
    assert_eq!((&groups[0]["group_id"], value().0), (&json!("3"), json!("of group")));
    send(&admin, "PATCH", "users/3/attribute_values/3", &json!({ "value": "own" }));
    assert_eq!(value(), (json!("own"), json!("User Value")));
    assert_eq!(
        get(&admin, "users/3/attribute_values?user_attribute_ids=3&all_values=true").as_array().unwrap().len(),
        3
    );
    assert_eq!(admin.delete("/api/4.0/users/3/attribute_values/3").status, 204);
    assert_eq!(admin.delete("/api/4.0/groups/3/attribute_values/3").status, 204);
    assert_eq!(value().1, "Default Value");
    let limited = server.login("limited");
    send(&limited, "PATCH", "users/3/attribute_values/3", &json!({ "value": "mine" }));
    refused(&limited, "PATCH", "users/2/attribute_values/3", &json!({ "value": "x" }), 404);
}

#[test]
fn plans_are_delivered_as_often_as_they_are_asked_for() {
    let server = Server::start(50);
    let (admin, limited) = (server.admin(), server.login("limited"));
    let plan = post(&limited, "scheduled_plans", &json!({ "name": "Mine", "look_id": "1" }))["id"].clone();
    let plan = plan.as_str().unwrap();
    assert_eq!(get(&limited, &format!("scheduled_plans/{plan}"))["user"]["first_name"], "limited");
    for _ in 0..2 {
        post(&limited, &format!("scheduled_plans/{plan}/run_once"), &json!({ "name": "This time" }));
    }
    assert_eq!(get(&limited, &format!("scheduled_plans/{plan}"))["name"], "Mine");
    let once = post(&admin, "scheduled_plans/run_once", &json!({ "name": "Once", "dashboard_id": "1" }));
    assert_eq!(once["run_once"], true);
    let stats = server.stats();
    assert_eq!(stats["deliveries"], json!({ plan: 2, once["id"].as_str().unwrap(): 1 }));
    assert_eq!(stats["created"]["scheduled_plan_run_once_by_id"], 2);
    let names = |client: &Client, path: &str| -> Vec<String> {
        column(&get(client, path), "name").iter().map(|&text| text.into()).collect()
    };
    assert_eq!(names(&admin, "scheduled_plans"), ["Once"]);
    assert_eq!(names(&admin, "scheduled_plans?all_users=true"), ["Mine", "Once"]);
    assert_eq!(names(&admin, "scheduled_plans?user_id=3"), ["Mine"]);
    assert_eq!(names(&limited, "scheduled_plans?all_users=true"), ["Mine"]);
    assert_eq!(names(&limited, "scheduled_plans/look/1"), ["Mine"]);
    assert_eq!(names(&admin, "scheduled_plans/dashboard/1"), ["Once"]);
    assert_eq!(names(&admin, "scheduled_plans/space/2"), ["Mine", "Once"]);
    refused(&limited, "GET", &format!("scheduled_plans/{}", once["id"].as_str().unwrap()), &Value::Null, 404);
    refused(&server.login("viewer"), "POST", "scheduled_plans", &json!({ "name": "Mine", "look_id": "1" }), 404);
}

#[test]
fn an_alert_that_is_checked_tells_its_owner() {
    let server = Server::start(50);
    let admin = server.admin();
    let id = post(&admin, "alerts", &alert())["id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(get(&admin, "alert_notifications"), json!([]));
    for _ in 0..2 {
        assert_eq!(admin.post(&format!("/api/4.0/alerts/{id}/enqueue"), &Value::Null).status, 204);
    }
    assert_eq!(get(&admin, "alert_notifications?limit=5").as_array().unwrap().len(), 2);
    assert_eq!(server.stats()["alert_checks"][id], 2);
    send(&admin, "PATCH", &format!("alerts/{id}"), &json!({ "is_disabled": true }));
    assert_eq!(get(&admin, "alerts/search?disabled=false"), json!([]));
    refused(&server.login("viewer"), "GET", &format!("alerts/{id}"), &Value::Null, 404);
}

#[test]
fn a_table_is_built_after_a_while_unless_it_is_stopped() {
    let server = Server::start(50);
    let admin = server.admin();
    let status = |answer: &Value| {
        let text: Value = serde_json::from_str(answer["resp_text"].as_str().unwrap()).unwrap();
        text["status"].as_str().unwrap().to_owned()
    };
    let begin = || get(&admin, "derived_table/thelook/orders/start")["materialization_id"].as_str().unwrap().to_owned();
    let (done, stopped) = (begin(), begin());
    assert_ne!(done, stopped);
    let check = |id: &str| status(&get(&admin, &format!("derived_table/{id}/status")));
    assert_eq!([check(&done), check(&done)], ["running", "complete"]);
    get(&admin, &format!("derived_table/{stopped}/stop"));
    assert_eq!(check(&stopped), "stopped");
    refused(&admin, "GET", "derived_table/other/status", &Value::Null, 404);
    assert_eq!(admin.get("/api/4.0/projects/thelook/validate").status, 204);
    assert_eq!(send(&admin, "POST", "projects/thelook/validate", &Value::Null)["errors"], json!([]));
    assert_eq!(get(&admin, "projects/thelook/validate")["errors"], json!([]));
    send(&admin, "POST", "projects/thelook/deploy_to_production", &Value::Null);
    assert_eq!(server.stats()["created"]["deploy_to_production"], 1);
}

#[test]
fn a_theme_is_the_default_of_its_type_once_it_was_chosen() {
    let server = Server::start(50);
    let admin = server.admin();
    post(&admin, "themes", &json!({ "name": "Mine" }));
    send(&admin, "PUT", "themes/default_theme?name=Mine&theme_type=internal", &Value::Null);
    let name = |path: &str| get(&admin, path)["name"].as_str().unwrap().to_owned();
    assert_eq!(name("themes/default_theme?theme_type=internal"), "Mine");
    assert_eq!((name("themes/default"), name("themes/theme_or_default?name=Mine")), ("Looker".into(), "Mine".into()));
    assert_eq!(name("themes/theme_or_default?name=Other"), "Looker");
    refused(&admin, "PUT", "themes/default?name=Other", &Value::Null, 404);
    refused(&admin, "POST", "themes/validate", &json!({ "name": "Mine" }), 422);
    refused(&admin, "POST", "themes/validate", &json!({ "settings": { "show_title": false } }), 422);
    assert_eq!(admin.post("/api/4.0/themes/validate", &json!({ "name": "Other" })).status, 204);
}

#[test]
fn addresses_for_embedding_are_each_their_own() {
    let server = Server::start(50);
    let admin = server.admin();
    let url = |path: &str, body: Value| post(&admin, path, &body)["url"].as_str().unwrap().to_owned();
    let signed =
        || url("embed/sso_url", json!({ "target_url": "https://host/embed/looks/1", "external_user_id": "ext-42" }));
    let (one, other) = (signed(), signed());
    assert!(one.contains("/login/embed/%2Fembed%2Flooks%2F1?") && one.contains("external_user_id=ext-42"), "{one}");
    assert_ne!(one, other);
    assert!(url("embed/token_url/me", json!({ "target_url": "/dashboards/1" })).contains("%2Fdashboards%2F1"));
    refused(&admin, "POST", "embed/sso_url", &json!({ "target_url": "dashboards" }), 422);
}

#[test]
fn who_may_not_write_finds_nothing_to_write() {
    let server = Server::start(50);
    let (viewer, limited) = (server.login("viewer"), server.login("limited"));
    for (method, path, body) in [
        ("POST", "users", json!({ "first_name": "x" })),
        ("POST", "groups", json!({ "name": "x" })),
        ("PATCH", "roles/1", json!({ "name": "x" })),
        ("POST", "connections", json!({ "name": "x" })),
        ("POST", "projects/thelook/deploy_to_production", Value::Null),
    ] {
        refused(&viewer, method, path, &body, 404);
        refused(&limited, method, path, &body, 404);
    }
    refused(&viewer, "POST", "dashboards", &json!({ "title": "x" }), 404);
    assert_eq!(post(&limited, "dashboards", &json!({ "title": "x", "folder_id": "2" }))["title"], "x");
    refused(&limited, "POST", "dashboards", &json!({ "title": "x", "folder_id": "3" }), 422);
    assert_eq!((get(&viewer, "groups"), get(&viewer, "groups/search")), (json!([]), json!([])));
    assert_eq!(column(&get(&viewer, "dashboards"), "title").last(), Some(&"x"));
    assert_eq!(server.stats()["created"].get("create_user"), None);
}

#[test]
fn lists_of_what_is_made_page_and_sort() {
    let server = Server::start(50);
    let admin = server.admin();
    for name in ["b", "a", "c"] {
        post(&admin, "groups", &json!({ "name": name }));
    }
    let page = admin.get("/api/4.0/groups?sorts=name+desc&limit=2&offset=1&fields=name");
    assert_eq!((page.header("x-total-count"), page.json()), (Some("6"), json!([{ "name": "c" }, { "name": "b" }])));
    assert_eq!(column(&get(&admin, "groups?per_page=2&page=3&sorts=id"), "id"), ["102", "103"]);
    assert_eq!(column(&get(&admin, "groups?ids=103,1&sorts=id"), "id"), ["1", "103"]);
    assert_eq!(column(&get(&admin, "groups/search?name=a&id=101&filter_or=true&sorts=id"), "id"), ["101", "102"]);
    assert_eq!(get(&admin, "groups/search?name=a&id=101"), json!([]));
    refused(&admin, "GET", "groups?sorts=shoe_size", &Value::Null, 400);
}

#[test]
fn operations_that_are_stateful_are_said_to_be() {
    let ids: HashSet<&str> = looker_sandbox::stateful().collect();
    for id in ["create_group", "scheduled_plan_run_once", "delete_look", "move_dashboard", "alert_notifications"] {
        assert!(ids.contains(id), "{id}");
    }
    assert!(!ids.contains("all_timezones"));
    assert!(ids.iter().all(|id| Table::builtin().find(id).is_some()));
}
