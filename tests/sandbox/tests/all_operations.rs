//! Every operation of the API, asked with a good request that is made from the table of all operations: its answer has
//! the type that the table says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a helper fails its test")]

mod common;

use std::fmt::Write as _;

use common::{Answer, Client, Server, query};
use looker_operations::{self as operations, Effect, Media, Operation, Table, Type};
use serde_json::{Map, Value, json};

/// What parameters of the path are where `1` names nothing; `{query}` and the like stand for what was made before.
const PATHS: &[(&str, &str, &str)] = &[
    ("", "api_version", "4.0"),
    ("", "connection_name", "thelook"),
    ("", "credential_type", "email"),
    ("", "credential_id", "viewer@example.com"),
    ("", "explore_name", "orders"),
    ("model_fieldname_suggestions", "field_name", "users.city"),
    ("", "lookml_model_name", "thelook"),
    ("", "model_name", "thelook"),
    ("", "result_format", "json"),
    ("", "specification", "swagger.json"),
    ("", "view_name", "orders"),
    ("create_dashboard_element_render_task", "result_format", "png"),
    ("create_dashboard_render_task", "result_format", "png"),
    ("create_look_render_task", "result_format", "png"),
    ("create_query_render_task", "result_format", "png"),
    ("login_user", "user_id", "2"),
    ("dashboard_layout_component", "dashboard_layout_component_id", "1-0"),
    ("update_dashboard_layout_component", "dashboard_layout_component_id", "1-0"),
    ("dashboard_filter", "dashboard_filter_id", "1-0"),
    ("update_dashboard_filter", "dashboard_filter_id", "1-0"),
    ("delete_dashboard_filter", "dashboard_filter_id", "1-0"),
    ("scheduled_plans_for_lookml_dashboard", "lookml_dashboard_id", "thelook::shop"),
    // One without credentials of this kind.
    ("create_user_credentials_email", "user_id", "8"),
    ("delete_user", "user_id", "9"),
    ("delete_board_item", "board_item_id", "102"),
    ("folder_parent", "folder_id", "2"),
    ("register_oauth_client_app", "client_guid", "2"),
    ("run_sql_interface_query", "result_format", "json_bi"),
];

/// Bodies that say more than their types do.
fn body(id: &str, made: &Made) -> Option<Value> {
    let query = query("orders", &["orders.count"], &json!({}));
    Some(match id {
        "create_query" | "run_inline_query" => query,
        "create_query_task" => json!({ "query_id": made.get("query_id"), "result_format": "json" }),
        "create_merge_query" => json!({ "source_queries": [{ "query_id": made.get("query_id"), "merge_fields": [] }] }),
        "create_sql_query" => json!({ "model_name": "thelook", "sql": "SELECT 1 AS one" }),
        "create_sql_interface_query" => {
            json!({ "sql": "SELECT AGGREGATE(`orders.count`) FROM `thelook`.`orders`" })
        }
        "create_look" => json!({ "title": "Mine", "folder_id": "2", "query_id": made.get("query_id") }),
        "update_look" => json!({ "title": "Yours" }),
        "create_dashboard_render_task" => json!({}),
        "register_oauth_client_app" | "update_oauth_client_app" => {
            json!({ "redirect_uri": "http://127.0.0.1:1/", "display_name": "App", "description": "For this test" })
        }
        "update_session" => json!({ "workspace_id": "dev" }),
        "add_group_user" => json!({ "user_id": "2" }),
        "add_group_group" => json!({ "group_id": "3" }),
        "set_role_groups" | "set_role_users" | "set_user_roles" => json!(["2"]),
        "set_user_attribute_group_values" => json!([{ "group_id": "2", "value": "x" }]),
        "create_sso_embed_url" | "create_embed_url_as_me" => json!({ "target_url": "/dashboards/1" }),
        "create_scheduled_plan" | "scheduled_plan_run_once" => json!({ "name": "Plan", "look_id": "1" }),
        _ => return None,
    })
}

/// What was made before, by the parameter that it is asked for with.
struct Made(Map<String, Value>);

impl Made {
    /// Makes what operations on single objects need.
    fn new(client: &Client) -> Self {
        let mut made = Self(Map::new());
        let alert = json!({ "comparison_type": "EQUAL_TO", "cron": "0 6 * * *", "destinations": [], "owner_id": "1",
                            "field": { "title": "Orders", "name": "orders.count" }, "threshold": 1.5,
                            "dashboard_element_id": "1" });
        for (parameter, path, body, key) in [
            ("query_id", "queries", body("create_query", &made).unwrap(), "id"),
            ("slug", "queries", body("create_query", &made).unwrap(), "slug"),
            ("sql", "sql_queries", body("create_sql_query", &made).unwrap(), "slug"),
            ("sql_interface", "sql_interface_queries", body("create_sql_interface_query", &made).unwrap(), "id"),
            ("alert_id", "alerts", alert, "id"),
            ("board_id", "boards", json!({ "title": "Board" }), "id"),
            ("board_section_id", "board_sections", json!({ "title": "Section", "board_id": "101" }), "id"),
            ("board_item_id", "board_items", json!({ "board_section_id": "101", "look_id": "1" }), "id"),
            ("collection_id", "color_collections", json!({ "label": "Colours" }), "id"),
            ("content_favorite_id", "content_favorite", json!({ "content_metadata_id": "1" }), "id"),
            ("scheduled_plan_id", "scheduled_plans", json!({ "name": "Plan", "look_id": "1" }), "id"),
        ] {
            let answer = client.post(&format!("/api/4.0/{path}"), &body);
            assert_eq!(answer.status, 200, "{path} {answer:?}");
            made.0.insert(parameter.into(), answer.json()[key].clone());
        }
        let task = json!({ "query_id": made.get("query_id"), "result_format": "json" });
        let merge = body("create_merge_query", &made).unwrap();
        for (parameter, path, body) in [
            ("query_task_id", "query_tasks".to_owned(), task),
            ("merge_query_id", "merge_queries".to_owned(), merge),
            (
                "render_task_id",
                format!("render_tasks/queries/{}/png?width=90&height=90", made.get("query_id")),
                json!({}),
            ),
        ] {
            let path = path.replace('"', "");
            made.0.insert(parameter.into(), client.post(&format!("/api/4.0/{path}"), &body).json()["id"].clone());
        }
        let build = client.get("/api/4.0/derived_table/thelook/orders/start").json();
        made.0.insert("materialization_id".into(), build["materialization_id"].clone());
        let add = client.post("/api/4.0/groups/1/groups", &json!({ "group_id": "2" }));
        assert_eq!(add.status, 200, "{add:?}");
        client.post(
            "/api/4.0/oauth_client_apps/1",
            &json!({ "redirect_uri": "http://127.0.0.1:1/", "display_name": "App",
                                                            "description": "For this test" }),
        );
        made
    }

    fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// The value of a parameter in the path.
fn in_path(operation: &Operation, name: &str, made: &Made) -> String {
    let special =
        PATHS.iter().rev().find(|(id, parameter, _)| *parameter == name && (*id == operation.id || id.is_empty()));
    let by_operation = match operation.id.as_str() {
        "sql_query" | "run_sql_query" => Some("sql"),
        "run_sql_interface_query" => Some("sql_interface"),
        "delete_group_from_group" if name == "deleting_group_id" => return "2".into(),
        _ => None,
    };
    let made = by_operation.and_then(|name| made.0.get(name)).or_else(|| made.0.get(name)).and_then(Value::as_str);
    match (operation.id.as_str(), special, made) {
        ("sql_query" | "run_sql_query", _, Some(made)) if name == "slug" => made.to_owned(),
        (_, Some((.., value)), _) => (*value).to_owned(),
        (_, None, Some(made)) => made.to_owned(),
        (_, None, None) => "1".to_owned(),
    }
}

/// A good value of a type; of an object, everything that may be written.
fn good(value: &Type, name: &str, depth: usize) -> Value {
    match value {
        Type::String if name == "dashboard_element_id" || name.ends_with("_id") => json!("1"),
        Type::String => json!(name),
        Type::Integer => json!(3),
        Type::Number => json!(2.5),
        Type::Boolean => json!(true),
        Type::DateTime => json!("2026-01-31T12:00:00Z"),
        Type::Date => json!("2026-01-31"),
        Type::Uri => json!("/somewhere"),
        Type::Any => json!({ "any": 1 }),
        Type::List(_) | Type::Map(_) | Type::Named(_) if depth > 3 => match value {
            Type::List(_) => json!([]),
            Type::Map(_) => json!({}),
            _ => Value::Null,
        },
        Type::List(element) => json!([good(element, name, depth + 1)]),
        Type::Map(inner) => json!({ "key": good(inner, "value", depth + 1) }),
        Type::Named(kind) => {
            let object = Table::builtin().find_type(kind).unwrap();
            // What names other objects would have to be there.
            let names = |name: &str| name.ends_with("_id") || ["deleted", "query", "look", "name"].contains(&name);
            let written = object.properties.iter().filter(|property| !property.read_only);
            let written =
                written.filter(|property| property.required || !names(&property.name) || property.name == "name");
            written
                .map(|property| {
                    let value = match property.values.first() {
                        Some(first) => json!(first),
                        None => good(&property.value, &property.name, depth + 1),
                    };
                    (property.name.clone(), value)
                })
                .filter(|(_, value)| !value.is_null())
                .collect::<Map<_, _>>()
                .into()
        }
    }
}

/// Checks a value that is not null: every property that the table knows has its type.
fn check(operation: &Operation, value: &Value, wanted: &Type, at: &str, depth: usize) {
    let fits = match wanted {
        _ if value.is_null() || depth > 9 => return,
        Type::Any => true,
        Type::String | Type::Uri => value.is_string(),
        Type::DateTime => value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        Type::Date => value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::List(_) => value.is_array(),
        Type::Map(_) | Type::Named(_) => value.is_object(),
    };
    assert!(fits, "{}: {at} is no {wanted}: {value}", operation.id);
    match wanted {
        Type::List(element) => {
            value
                .as_array()
                .unwrap()
                .iter()
                .for_each(|value| check(operation, value, element, &format!("{at}[]"), depth + 1));
        }
        Type::Map(inner) => {
            value
                .as_object()
                .unwrap()
                .values()
                .for_each(|value| check(operation, value, inner, &format!("{at}.*"), depth + 1));
        }
        Type::Named(name) => {
            let object = Table::builtin().find_type(name).unwrap();
            for (key, value) in value.as_object().unwrap() {
                let Some(property) = object.property(key) else { continue };
                let at = format!("{at}.{key}");
                // The sandbox's own roles tell the ids of their sets, as Looker did once.
                assert!(!property.write_only || name == "Role", "{}: {at} is never told", operation.id);
                check(operation, value, &property.value, &at, depth + 1);
            }
        }
        _ => {}
    }
}

fn ask(client: &Client, operation: &Operation, made: &Made) -> Answer {
    let mut path = format!("/api/4.0{}", operation.path);
    for parameter in operation.path_parameters() {
        let value = in_path(operation, &parameter.name, made);
        path = path.replace(&format!("{{{}}}", parameter.name), &value);
    }
    let required = operation.parameters.iter().filter(|one| one.required && one.place == operations::Place::Query);
    for (index, parameter) in required.enumerate() {
        let value = match parameter.name.as_str() {
            "query_task_ids" => made.get("query_task_id").as_str().unwrap().to_owned(),
            "width" | "height" => "200".to_owned(),
            "folder_id" => "2".to_owned(),
            "name" => "Looker".to_owned(),
            _ => "1".to_owned(),
        };
        let _ = write!(path, "{}{}={value}", if index == 0 { '?' } else { '&' }, parameter.name);
    }
    if operation.id == "run_url_encoded_query" {
        path.push_str("?fields=orders.count");
    }
    let Some(wanted) = &operation.body else { return client.send(&operation.method, &path, "", "").unwrap() };
    let value = body(&operation.id, made).unwrap_or_else(|| good(&wanted.value, "text", 0));
    let (kind, text) = match wanted.media {
        Media::Json => ("application/json", value.to_string()),
        Media::Text => ("text/plain", "text".to_owned()),
        Media::Form => ("application/x-www-form-urlencoded", String::new()),
    };
    client.send(&operation.method, &path, kind, &text).unwrap()
}

/// Ends a query that takes its time: on a server with many rows.
fn kill() -> Answer {
    let server = Server::start(200_000);
    let client = server.admin();
    let fields = ["users.name", "products.name", "order_items.median_sale_price"];
    let query = query("order_items", &fields, &json!({ "limit": "-1" }));
    let path = "/api/4.0/queries/run/json";
    let running = client.open("POST", path, "application/json", &query.to_string()).unwrap();
    server.until("running_queries", &json!(1));
    let id = client.get("/api/4.0/running_queries").json()[0]["query_task_id"].clone();
    let answer = client.delete(&format!("/api/4.0/running_queries/{}", id.as_str().unwrap()));
    drop(running);
    answer
}

#[test]
fn every_operation_answers_a_good_request_with_the_type_of_the_table() {
    let server = Server::start(50);
    let admin = server.admin();
    let made = Made::new(&admin);
    let mut all: Vec<Operation> = Table::builtin().operations().collect();
    let order = [Effect::Read, Effect::Ask, Effect::Create, Effect::Write, Effect::Delete];
    all.sort_by_key(|operation| order.iter().position(|effect| *effect == operation.effect));
    // What is part of something is deleted before that is.
    let deletes = all.partition_point(|operation| operation.effect != Effect::Delete);
    all[deletes..].reverse();
    let mut failures = String::new();
    let mut answered = 0;
    for operation in &all {
        let mut answer = match operation.id.as_str() {
            "login" => server.stranger().login(&server.credentials("viewer")),
            "logout" => ask(&server.admin(), operation, &made),
            "kill_query" => kill(),
            _ => ask(&admin, operation, &made),
        };
        // A task may not be done yet.
        for _ in 0..200 {
            if answer.status != 202 && !(answer.status == 204 && operation.id == "render_task_results") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
            answer = ask(&admin, operation, &made);
        }
        answered += 1;
        let allowed = operation.answers.iter().find(|known| match known {
            operations::Answer::Empty(status) => *status == answer.status && answer.bytes.is_empty(),
            operations::Answer::Json(status, _) => *status == answer.status && !answer.body.is_empty(),
            operations::Answer::Bytes(status, _) => *status == answer.status && !answer.bytes.is_empty(),
        });
        match allowed {
            Some(operations::Answer::Json(_, wanted)) => check(operation, &answer.json(), wanted, "answer", 0),
            Some(_) => {}
            None => {
                let _ = writeln!(failures, "{} {}: {} {}", operation.id, operation.path, answer.status, answer.body);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert_eq!(answered, 483);
}

#[test]
fn no_operation_is_served_without_a_token_but_for_those_that_make_one_and_say_what_is_there() {
    let server = Server::start(50);
    let (stranger, made) = (server.stranger(), Made::new(&server.admin()));
    let open = ["login", "versions", "logout"];
    for operation in Table::builtin().operations().filter(|operation| !open.contains(&operation.id.as_str())) {
        assert_eq!(ask(&stranger, &operation, &made).status, 401, "{}", operation.id);
    }
}

#[test]
fn requests_are_checked_against_the_table() {
    let server = Server::start(50);
    let admin = server.admin();
    let get = |path: &str| admin.get(&format!("/api/4.0/{path}"));
    get("themes/search?limit=many").assert_error(400);
    get("themes/search?begin_at=soon").assert_error(400);
    get("themes/search?shoe_size=42").assert_error(400);
    get("themes/default_theme").assert_error(400);
    assert_eq!(get("themes/search?begin_at=2026-01-31T12:00:00Z&limit=1").status, 200);
    let refused = |path: &str, body: &Value, field: &str| {
        let answer = admin.post(&format!("/api/4.0/{path}"), body);
        answer.assert_error(422);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{path}");
    };
    refused("boards", &json!({ "title": 7 }), "title");
    refused("user_attributes", &json!({ "name": "n", "label": "l" }), "type");
    refused("folders", &json!({ "name": "n" }), "parent_id");
    refused("ssh_servers", &json!({ "ssh_server_port": "22" }), "ssh_server_port");
    admin.send("POST", "/api/4.0/boards", "application/json", "").unwrap().assert_error(422);
    admin.send("POST", "/api/4.0/boards", "application/json", "{").unwrap().assert_error(400);
    admin.send("POST", "/api/4.0/boards", "text/plain", "{}").unwrap().assert_error(400);
    let body = json!({ "ssh_server_name": "s", "ssh_server_id": "99", "shoe_size": 42 });
    let made = admin.post("/api/4.0/ssh_servers", &body).json();
    assert_eq!((&made["ssh_server_name"], made.get("shoe_size")), (&json!("s"), None));
    assert_ne!(made["ssh_server_id"], "99", "that is for Looker to say");
    assert_eq!(server.stats()["created"]["create_ssh_server"], 1);
    assert_eq!(get("ssh_server/7").json()["ssh_server_id"], "7");
    let certified = admin.patch("/api/4.0/looks/7/certification", &json!({ "certification_status": "certified" }));
    assert_eq!(certified.json()["id"], "7");
    let picture = get("content_thumbnail/look/1?format=png");
    assert_eq!((picture.header("content-type"), &picture.bytes[1..4]), (Some("image/png"), &b"PNG"[..]));
    assert_eq!(get("vector_thumbnail/look/1").header("content-type"), Some("image/svg+xml"));
    assert!(get("content_thumbnail/look/1?format=svg").body.starts_with("<?xml"), "the official SDKs look for it");
    assert_eq!(get("ssh_servers?fields=ssh_server_id").json()[1], json!({ "ssh_server_id": "2" }));
}

#[test]
fn the_sandbox_says_what_it_serves_and_serves_what_it_says() {
    let server = Server::start(50);
    let admin = server.admin();
    let file = admin.get("/api/4.0/api_spec/4.0/swagger.json").json();
    let table = operations::openapi::read(&file).unwrap();
    assert_eq!(table.operations().count(), 484);
    let weather = table.find("sandbox_weather").unwrap();
    assert_eq!((weather.method.as_str(), weather.path.as_str()), ("GET", "/sandbox_weather/{city}"));
    assert_eq!(weather.parameter("days").unwrap().value, Type::Integer);
    let forecast = admin.get("/api/4.0/sandbox_weather/Basel?days=3").json();
    assert_eq!((&forecast["city"], forecast["forecast"].as_array().unwrap().len()), (&json!("Basel"), 3));
    admin.get("/api/4.0/sandbox_weather/Basel?days=some").assert_error(400);
    admin.get("/api/4.0/api_spec/3.1/swagger.json").assert_error(404);
}
