//! Logging in, permissions, metadata, and what is refused before anything runs.

mod common;

use common::{Client, Server, query};
use serde_json::{Value, json};

#[test]
fn health_and_versions_need_no_token() {
    let server = Server::start(100);
    let stranger = server.stranger();
    let alive = stranger.get("/alive");
    assert_eq!((alive.status, alive.body.as_str()), (200, ""));
    assert_eq!(stranger.get("/availability").status, 200);
    let versions = stranger.get("/api/4.0/versions").json();
    assert_eq!(versions["current_version"]["version"], "4.0");
    assert_eq!(versions["api_server_url"], server.sandbox.base_url());
}

#[test]
fn login_takes_a_form_and_answers_404_to_wrong_credentials() {
    let server = Server::start(100);
    let stranger = server.stranger();
    let token = stranger.login(&server.credentials("admin")).json();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let wrong = stranger.login("client_id=a&client_secret=b");
    wrong.assert_error(404);
    assert_eq!(wrong.json()["message"], "Not found");
    stranger.login(&server.credentials("disabled")).assert_error(404);
    stranger.post("/api/4.0/login", &json!({ "client_id": "a", "client_secret": "b" })).assert_error(400);
    stranger.login("client_id=a").assert_error(400);
}

#[test]
fn a_token_lives_until_logout_and_a_second_logout_is_404() {
    let server = Server::start(100);
    let admin = server.admin();
    assert_eq!(admin.get("/api/4.0/user").json()["email"], "admin@example.com");
    assert_eq!(admin.delete("/api/4.0/logout").status, 204);
    admin.get("/api/4.0/user").assert_error(401);
    admin.delete("/api/4.0/logout").assert_error(404);
    admin.delete("/api/logout").assert_error(404);
    let mut unknown = server.stranger();
    unknown.token = "0123456789".into();
    unknown.get("/api/4.0/user").assert_error(401);
    unknown.post("/api/4.0/login/2", &json!({})).assert_error(401);
    unknown.delete("/api/4.0/logout").assert_error(404);
    let stats = server.stats();
    assert_eq!((&stats["logins"], &stats["logouts"]), (&json!(1), &json!(1)));
}

#[test]
fn expired_tokens_get_401() {
    let server = Server::start(100);
    let admin = server.admin();
    assert_eq!(server.stranger().post("/__sandbox/expire_tokens", &Value::Null).json()["expired"], 1);
    admin.get("/api/4.0/session").assert_error(401);
    server.stranger().get("/api/4.0/session").assert_error(401);
}

#[test]
fn a_session_has_a_workspace() {
    let server = Server::start(100);
    let admin = server.admin();
    assert_eq!(admin.get("/api/4.0/session").json()["workspace_id"], "production");
    assert_eq!(admin.patch("/api/4.0/session", &json!({ "workspace_id": "dev" })).json()["workspace_id"], "dev");
    assert_eq!(admin.get("/api/4.0/session").json()["workspace_id"], "dev");
    admin.patch("/api/4.0/session", &json!({ "workspace_id": "moon" })).assert_error(422);
}

#[test]
fn the_workspace_of_a_token_decides_which_lookml_it_sees() {
    let server = Server::start(100);
    let (one, other) = (server.admin(), server.admin());
    one.patch("/api/4.0/session", &json!({ "workspace_id": "dev" }));
    let label = |client: &Client| client.get("/api/4.0/lookml_models/thelook").json()["label"].clone();
    assert_eq!((label(&one), label(&other)), (json!("The Look (dev)"), json!("The Look")));
    assert_eq!(one.get("/api/4.0/lookml_models").json()[0]["label"], "The Look (dev)");
    let dimension = |client: &Client| {
        let explore = client.get("/api/4.0/lookml_models/thelook/explores/orders").json();
        let dimensions = explore["fields"]["dimensions"].as_array().cloned().unwrap_or_default();
        dimensions.into_iter().find(|field| field["name"] == "orders.dev_note").map(|field| field["type"].clone())
    };
    assert_eq!((dimension(&one), dimension(&other)), (Some(json!("string")), None));
    let notes = json!({ "limit": "1", "filters": { "orders.id": "7" } });
    assert_eq!(one.rows("orders", &["orders.dev_note"], &notes), [json!({ "orders.dev_note": "Note on 7" })]);
    let query = query("orders", &["orders.dev_note"], &notes);
    other.run("json", &query).assert_error(400);
    server.admin().run("json", &query).assert_error(400);
}

#[test]
fn unknown_paths_versions_and_methods_are_404_in_lookers_shape() {
    let server = Server::start(100);
    let admin = server.admin();
    for path in ["/api/4.0/nothing", "/api/3.1/user", "/", "/api/4.0/queries/999"] {
        admin.get(path).assert_error(404);
    }
    assert_eq!(admin.get("/api/4.0/user/").status, 200);
    assert!(
        admin.get("/api/4.0/queries/9").json()["documentation_url"]
            .as_str()
            .unwrap()
            .ends_with("/404/get/queries/:query_id")
    );
}

#[test]
fn wrong_parameters_and_bodies_are_refused() {
    let server = Server::start(100);
    let admin = server.admin();
    admin.get("/api/4.0/user?nonsense=1").assert_error(400);
    admin.get("/api/4.0/lookml_models?exclude_empty=True").assert_error(400);
    let good = query("orders", &["orders.count"], &json!({}));
    let refused = admin.post("/api/4.0/queries/run/json?cache=True", &good);
    refused.assert_error(422);
    assert_eq!(refused.json()["errors"][0]["field"], "cache");
    let refused = admin.run("json", &json!({ "fields": ["orders.count"] }));
    refused.assert_error(422);
    assert_eq!(refused.json()["errors"][0]["code"], "missing_field");
    admin.run("json", &query("orders", &["orders.count"], &json!({ "limit": 5 }))).assert_error(422);
    admin.run("pdf", &good).assert_error(422);
    admin.send("POST", "/api/4.0/queries/run/json", "application/json", "{").unwrap().assert_error(400);
    admin.send("POST", "/api/4.0/queries/run/json", "text/plain", "{}").unwrap().assert_error(400);
}

#[test]
fn models_and_explores_are_described_and_projected() {
    let server = Server::start(100);
    let admin = server.admin();
    let names = |path: &str| -> Vec<String> {
        let models = admin.get(path).json();
        models.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/api/4.0/lookml_models"), ["thelook"]);
    assert_eq!(names("/api/4.0/lookml_models?include_internal=true"), ["thelook", "system__activity"]);
    assert_eq!(
        admin.get("/api/4.0/lookml_models?fields=name,explores(name)&exclude_hidden=true").json()[0]["explores"][0],
        json!({ "name": "order_items" })
    );
    let explore = admin.get("/api/4.0/lookml_models/thelook/explores/order_items").json();
    assert_eq!(explore["id"], "thelook::order_items");
    assert_eq!(explore["joins"][0]["relationship"], "many_to_one");
    let count = |category: &str| explore["fields"][category].as_array().unwrap().len();
    assert!(count("dimensions") > 80 && count("measures") > 25);
    assert_eq!((count("filters"), count("parameters")), (1, 3));
    let path = "/api/4.0/lookml_models/thelook/explores/orders?fields=fields(dimensions(name,type))";
    assert_eq!(admin.get(path).json()["fields"]["dimensions"][0], json!({ "name": "orders.id", "type": "number" }));
    admin.get("/api/4.0/lookml_models/thelook/explores/nope").assert_error(404);
    admin.get("/api/4.0/lookml_models/nope").assert_error(404);
    assert_eq!(admin.get("/api/4.0/connections").json()[0]["dialect"]["supports_streaming"], true);
}

#[test]
fn every_described_field_of_every_explore_can_be_queried() {
    let server = Server::start(300);
    let admin = server.admin();
    let models = admin.get("/api/4.0/lookml_models?include_internal=true").json();
    for model in models.as_array().unwrap() {
        for explore in model["explores"].as_array().unwrap() {
            let (model, explore) = (model["name"].as_str().unwrap(), explore["name"].as_str().unwrap());
            let described = admin.get(&format!("/api/4.0/lookml_models/{model}/explores/{explore}")).json();
            for category in ["dimensions", "measures"] {
                let fields = described["fields"][category].as_array().unwrap();
                let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
                let names: Vec<&str> = names.into_iter().filter(|name| !name.ends_with("broken_sql")).collect();
                for names in names.chunks(20) {
                    let query = json!({ "model": model, "view": explore, "fields": names, "limit": "3" });
                    let answer = admin.run("json", &query);
                    assert_eq!(answer.status, 200, "{explore} {answer:?}");
                    assert!(!answer.body.contains("looker_error"), "{explore} {}", answer.body);
                }
            }
        }
    }
}

#[test]
fn users_see_what_their_permissions_allow() {
    let server = Server::start(6000);
    let orders = query("orders", &["orders.count"], &json!({}));
    let explore = "/api/4.0/lookml_models/thelook/explores/orders";

    let viewer = server.login("viewer");
    assert_eq!(viewer.get(explore).json()["fields"]["dimensions"][0]["sql"], Value::Null);
    assert_eq!(viewer.run("json_bi", &orders).json()["metadata"]["sql"], Value::Null);
    viewer.run("sql", &orders).assert_error(404);

    let limited = server.login("limited");
    limited.get("/api/4.0/lookml_models/thelook/explores/users").assert_error(404);
    limited.run("json", &query("users", &["users.count"], &json!({}))).assert_error(404);
    limited.run("json", &query("orders", &["users.email"], &json!({}))).assert_error(400);
    let custom = json!({ "dynamic_fields": "[{\"measure\":\"m\",\"based_on\":\"users.email\",\"type\":\"list\"}]" });
    limited.run("json", &query("orders", &["m"], &custom)).assert_error(400);
    limited
        .run("json", &query("orders", &["orders.count"], &json!({ "filters": { "users.email": "x" } })))
        .assert_error(400);
    let history = json!({ "model": "system__activity", "view": "history", "fields": ["history.count"] });
    limited.run("json", &history).assert_error(404);
    assert!(!limited.get(explore).body.contains("users.email"));

    let all = json!({ "limit": "-1" });
    let rows = |name: &str| server.login(name).rows("order_items", &["order_items.id"], &all).len();
    assert_eq!((rows("admin"), rows("nodownload")), (6000, 5000));
}
