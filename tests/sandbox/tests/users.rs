//! Users, their roles, and lists that come in pages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::calls::{get, post, refused, send};
use common::{Answer, Client, Server};
use looker_sandbox::Options;
use serde_json::{Value, json};

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json().as_array().unwrap().iter().map(|user| user["first_name"].as_str().unwrap().to_owned()).collect()
}

fn search(client: &Client, query: &str) -> Vec<String> {
    names(&client.get(&format!("/api/4.0/users/search?{query}")))
}

#[test]
fn a_user_has_roles_groups_and_credentials() {
    let server = Server::start(50);
    let admin = server.admin();
    let me = admin.get("/api/4.0/user").json();
    assert_eq!((&me["id"], &me["role_ids"], &me["group_ids"]), (&json!("1"), &json!(["1"]), &json!(["1"])));
    assert_eq!(me["credentials_email"]["email"], "admin@example.com");
    assert_eq!(me["credentials_api3"][0]["client_id"], server.sandbox.client_id());
    assert_eq!(me["credentials_google"]["google_user_id"], "google-1");
    assert_eq!(me["credentials_embed"], json!([]));
    let embed = admin.get("/api/4.0/users/8").json();
    assert_eq!(embed["credentials_embed"][0]["external_user_id"], "ext-42");
    assert_eq!((&embed["credentials_api3"], &embed["credentials_email"]), (&json!([]), &Value::Null));
    assert_eq!(admin.get("/api/4.0/users/6").json()["is_service_account"], true);
    assert_eq!(admin.get("/api/4.0/users/6?fields=id").json(), json!({ "id": "6" }));
    admin.get("/api/4.0/users/77").assert_error(404);
}

#[test]
fn roles_are_permissions_with_models() {
    let server = Server::start(50);
    let admin = server.admin();
    let roles = admin.get("/api/4.0/users/2/roles").json();
    assert_eq!((&roles[0]["name"], &roles[1]), (&json!("Viewer"), &Value::Null));
    let allows = |name: &str| roles[0]["permission_set"]["permissions"].as_array().unwrap().contains(&json!(name));
    assert!(allows("access_data") && allows("see_looks") && !allows("see_sql"));
    assert_eq!(roles[0]["model_set"]["models"], json!(["thelook"]));
    assert_eq!(admin.get("/api/4.0/roles/2").json(), roles[0]);
    admin.get("/api/4.0/roles/99").assert_error(404);
    let set = admin.get("/api/4.0/permission_sets/1").json();
    assert_eq!((&set["all_access"], &set["built_in"]), (&json!(true), &json!(true)));
    let all = admin.get("/api/4.0/permissions").json();
    let all: Vec<&Value> = all.as_array().unwrap().iter().map(|permission| &permission["permission"]).collect();
    assert_eq!(set["permissions"].as_array().unwrap().iter().collect::<Vec<_>>(), all);
    for name in ["use_sql_runner", "schedule_look_emails", "sudo", "administer", "download_without_limit"] {
        assert!(all.contains(&&json!(name)), "{name}");
    }
    assert_eq!(admin.get("/api/4.0/model_sets/3").json()["models"], json!([]));
}

#[test]
fn without_see_users_one_sees_oneself_only_and_no_roles() {
    let server = Server::start(50);
    let viewer = server.login("viewer");
    assert_eq!(viewer.get("/api/4.0/users/2").json()["email"], "viewer@example.com");
    viewer.get("/api/4.0/users/1").assert_error(404);
    assert_eq!(names(&viewer.get("/api/4.0/users")), ["viewer"]);
    assert!(search(&viewer, "email=%25").is_empty());
    viewer.get("/api/4.0/users/credential/email/admin@example.com").assert_error(404);
    for path in ["users/2/roles", "roles/2", "permission_sets/2", "model_sets/2"] {
        viewer.get(&format!("/api/4.0/{path}")).assert_error(404);
    }
    assert_eq!(viewer.get("/api/4.0/roles").json(), json!([]));
    let sudoer = server.login("sudoer");
    assert_eq!(sudoer.get("/api/4.0/users/7/roles").json()[1]["name"], "Sudo");
    assert_eq!(sudoer.get("/api/4.0/users/1").json()["credentials_api3"], json!([]));
}

#[test]
fn a_search_joins_its_conditions_and_knows_wildcards() {
    let server = Server::start(50);
    let admin = server.admin();
    assert_eq!(search(&admin, "first_name=ADM%25"), ["admin"]);
    assert_eq!(search(&admin, "first_name=_iewer"), ["viewer"]);
    assert_eq!(search(&admin, "email=person10_0@example.com").len(), 10);
    assert_eq!(search(&admin, "id=3,5"), ["limited", "disabled"]);
    assert_eq!(search(&admin, "is_disabled=true"), ["disabled"]);
    assert_eq!(search(&admin, "last_name=sandbox&is_service_account=true"), ["service"]);
    assert_eq!(search(&admin, "id=1&email=viewer%25"), [""; 0]);
    assert_eq!(search(&admin, "id=1&email=viewer%25&filter_or=true"), ["admin", "viewer"]);
    assert_eq!(search(&admin, "group_id=3&sorts=first_name%20desc"), ["nodownload", "limited"]);
    assert_eq!(search(&admin, "embed_user=true").len(), 251);
    admin.get("/api/4.0/users/search?is_disabled=yes").assert_error(400);
    admin.get("/api/4.0/users?sorts=shoe_size").assert_error(400);
}

#[test]
fn a_user_is_found_by_any_credential() {
    let server = Server::start(50);
    let admin = server.admin();
    let id = server.users[1]["client_id"].as_str().unwrap();
    for (kind, credential, user) in [
        ("email", "viewer@example.com", "2"),
        ("api3", id, "2"),
        ("saml", "saml-2", "2"),
        ("google", "google-1", "1"),
        ("embed", "ext-42", "8"),
        ("embed", "ext-1007", "1007"),
    ] {
        let found = admin.get(&format!("/api/4.0/users/credential/{kind}/{credential}"));
        assert_eq!((found.status, &found.json()["id"]), (200, &json!(user)), "{kind}");
    }
    for path in ["email/nobody@example.com", "embed/ext-0", "shoe/42", "ldap/1"] {
        admin.get(&format!("/api/4.0/users/credential/{path}")).assert_error(404);
    }
}

#[test]
fn a_user_is_given_an_address_to_log_in_with_and_is_found_by_it_until_it_is_taken_away() {
    let server = Server::start(50);
    let admin = server.admin();
    let made = post(&admin, "users", &json!({ "first_name": "New" }));
    let one = format!("users/{}", made["id"].as_str().unwrap());
    let (own, found) = (format!("{one}/credentials_email"), |email: &str| format!("users/credential/email/{email}"));
    refused(&admin, "GET", &own, &Value::Null, 404);
    refused(&admin, "POST", &own, &json!({}), 422);
    let given = post(&admin, &own, &json!({ "email": "new@example.com" }));
    assert_eq!((&given["email"], &given["user_id"]), (&json!("new@example.com"), &made["id"]));
    assert_eq!(get(&admin, &own), given);
    refused(&admin, "POST", &own, &json!({ "email": "other@example.com" }), 409);
    let user = get(&admin, &one);
    assert_eq!((&user["email"], &user["credentials_email"]["email"]), (&given["email"], &given["email"]));
    assert_eq!(get(&admin, &found("new@example.com"))["id"], made["id"]);
    send(&admin, "PATCH", "users/2/credentials_email", &json!({ "email": "newer@example.com" }));
    assert_eq!(get(&admin, &found("newer@example.com"))["id"], "2");
    refused(&admin, "GET", &found("viewer@example.com"), &Value::Null, 404);
    assert_eq!(get(&admin, "users/credential/saml/saml-2")["email"], "newer@example.com");
    assert_eq!(admin.delete(&format!("/api/4.0/{own}")).status, 204);
    refused(&admin, "GET", &found("new@example.com"), &Value::Null, 404);
    let user = get(&admin, &one);
    assert_eq!((&user["email"], &user["credentials_email"]), (&Value::Null, &Value::Null));
    refused(&server.login("viewer"), "POST", &own, &json!({ "email": "mine@example.com" }), 404);
}

#[test]
fn a_name_that_is_taken_away_is_an_empty_one() {
    let server = Server::start(50);
    let admin = server.admin();
    let user = send(&admin, "PATCH", "users/2", &json!({ "first_name": null, "last_name": null }));
    let names = [&user["first_name"], &user["last_name"], &user["display_name"]];
    assert_eq!(names, [&json!(""); 3]);
}

#[test]
fn a_user_of_no_model_sees_none() {
    let server = Server::start(50);
    let nobody = server.login("nomodels");
    assert_eq!(nobody.get("/api/4.0/lookml_models").json(), json!([]));
    nobody.get("/api/4.0/lookml_models/thelook").assert_error(404);
    nobody.run("json", &common::query("orders", &["orders.count"], &json!({}))).assert_error(404);
}

/// Pages through users as the links say; yields the ids.
fn follow(client: &Client, limit: usize) -> Vec<String> {
    let mut path = format!("/api/4.0/users?limit={limit}&offset=0&fields=id,email&sorts=id");
    let mut ids = Vec::new();
    loop {
        let answer = client.get(&path);
        let users = answer.json();
        ids.extend(users.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        let Some(next) = link(&answer, "next") else { return ids };
        next.strip_prefix("https://internal.looker.example").unwrap().clone_into(&mut path);
    }
}

fn link(answer: &Answer, relation: &str) -> Option<String> {
    let links = answer.header("link")?;
    assert!(!links.contains(", "));
    let links = links.split(',').map(|link| link.split_once(">; ").unwrap());
    let wanted = format!("rel=\"{relation}\"");
    links.filter(|(_, known)| *known == wanted).map(|(link, _)| link.trim_start_matches('<').to_owned()).next()
}

#[test]
fn a_list_pages_and_says_where_the_other_pages_are() {
    let server = Server::with(Options { rows: 50, people: 14, ..Options::default() });
    let admin = server.admin();
    let all = admin.get("/api/4.0/users");
    assert_eq!((all.header("link"), all.header("x-total-count")), (None, None));
    assert_eq!(names(&all).len(), 23);
    let page = admin.get("/api/4.0/users?limit=10&offset=10&sorts=id");
    assert_eq!(page.header("x-total-count"), Some("23"));
    assert_eq!(names(&page)[0], "person1001");
    for (relation, offset) in [("first", 0), ("last", 20), ("next", 20), ("prev", 0)] {
        let expected = format!("https://internal.looker.example/api/4.0/users?sorts=id&limit=10&offset={offset}");
        assert_eq!(link(&page, relation), Some(expected));
    }
    assert_eq!(names(&admin.get("/api/4.0/users?per_page=10&page=3")).len(), 3);
    assert_eq!(names(&admin.get("/api/4.0/users?limit=1&per_page=10&page=3")), ["admin"]);
    assert_eq!(follow(&admin, 7).len(), 23);
    let models = admin.get("/api/4.0/lookml_models?limit=1");
    assert_eq!((models.header("x-total-count"), link(&models, "next")), (Some("1"), None));
}

#[test]
fn a_list_can_be_told_to_move_to_hide_its_total_and_to_promise_too_much() {
    let server = Server::with(Options { rows: 50, people: 14, ..Options::default() });
    let admin = server.admin();
    let set = |manners: Value| assert_eq!(server.stranger().post("/__sandbox/lists", &manners).status, 204);

    set(json!({ "moving": true }));
    let mut ids = follow(&admin, 10);
    assert_eq!(ids.len(), 25, "two elements repeat");
    assert_eq!(ids[9], ids[10]);
    ids.dedup();
    assert_eq!(ids.len(), 23);

    set(json!({ "no_total": true }));
    let page = admin.get("/api/4.0/users?limit=10");
    assert_eq!((page.header("x-total-count"), link(&page, "last")), (None, None));
    assert_eq!(follow(&admin, 10).len(), 23);

    set(json!({ "full_next": true }));
    assert!(link(&admin.get("/api/4.0/users?limit=10&offset=20"), "next").is_some());
    assert!(link(&admin.get("/api/4.0/users?limit=10&offset=30"), "next").is_none());
    assert_eq!(server.stranger().post("/__sandbox/lists", &json!({ "rude": true })).status, 400);
}
