//! Acting as another user.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::{Answer, Client, Server};
use looker_sandbox::Options;
use serde_json::{Value, json};

fn act(client: &Client, id: &str) -> Answer {
    client.post(&format!("/api/4.0/login/{id}"), &json!({}))
}

/// A client that acts as another user.
fn acting(server: &Server, client: &Client, id: &str) -> Client {
    let answer = act(client, id);
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut acting = server.stranger();
    answer.json()["access_token"].as_str().unwrap().clone_into(&mut acting.token);
    acting
}

#[test]
fn a_token_of_another_user_has_that_users_rights_and_names_the_actual_user() {
    let server = Server::start(50);
    let admin = server.admin();
    assert_eq!(admin.get("/api/4.0/session").json()["sudo_user_id"], Value::Null);
    let viewer = acting(&server, &admin, "2");
    assert_eq!(viewer.get("/api/4.0/user").json()["id"], "2");
    assert_eq!(viewer.get("/api/4.0/session").json()["sudo_user_id"], "1");
    viewer.get("/api/4.0/users/1").assert_error(404);
    assert_eq!(acting(&server, &admin, "1003").get("/api/4.0/user").json()["email"], "person1003@example.com");
    assert_eq!(act(&admin, "8?associative=false").status, 200);
    act(&admin, "8?associative=maybe").assert_error(400);
}

#[test]
fn without_the_right_it_is_403_and_unknown_users_are_404() {
    let server = Server::start(50);
    act(&server.login("viewer"), "2").assert_error(403);
    act(&server.login("viewer"), "777").assert_error(403);
    let admin = server.admin();
    for id in ["777", "5", "viewer"] {
        act(&admin, id).assert_error(404);
    }
}

#[test]
fn who_is_no_administrator_may_not_act_as_one() {
    let server = Server::start(50);
    let sudoer = server.login("sudoer");
    act(&sudoer, "1").assert_error(403);
    act(&sudoer, "6").assert_error(403);
    assert_eq!(acting(&server, &sudoer, "2").get("/api/4.0/user").json()["id"], "2");
}

#[test]
fn one_acts_twice_only_by_way_of_an_administrator() {
    let server = Server::start(50);
    let admin = server.admin();
    act(&acting(&server, &admin, "7"), "2").assert_error(403);
    let service = acting(&server, &admin, "6");
    assert_eq!(acting(&server, &service, "2").get("/api/4.0/session").json()["sudo_user_id"], "6");
}

#[test]
fn logging_out_leaves_the_tokens_alive_that_were_made_by_acting_as_another() {
    let server = Server::start(50);
    let admin = server.admin();
    let viewer = acting(&server, &admin, "2");
    assert_eq!(admin.delete("/api/4.0/logout").status, 204);
    assert_eq!(viewer.get("/api/4.0/user").status, 200);
    assert_eq!(viewer.delete("/api/4.0/logout").status, 204);
    viewer.get("/api/4.0/user").assert_error(401);
}

#[test]
fn on_google_cloud_core_only_a_service_account_acts_and_only_as_an_embed_user() {
    let server = Server::with(Options { rows: 50, google_cloud_core: true, ..Options::default() });
    let service = server.login("service");
    assert_eq!(act(&service, "8").status, 200);
    assert_eq!(act(&service, "1000").status, 200);
    let refused = act(&service, "2");
    refused.assert_error(403);
    assert!(refused.json()["message"].as_str().unwrap().contains("Google Cloud core"));
    act(&server.admin(), "8").assert_error(403);
    act(&server.login("sudoer"), "8").assert_error(403);
}

#[test]
fn tokens_are_counted_by_user_and_some_of_them_can_be_ended() {
    let server = Server::start(50);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let embed = acting(&server, &admin, "8");
    let acting_viewer = acting(&server, &admin, "2");
    assert_eq!(server.stats()["tokens_by_user"], json!({ "admin": 1, "embed": 1, "viewer": 2 }));
    let expire = |which: Value| server.stranger().post("/__sandbox/expire_tokens", &which);
    assert_eq!(expire(json!({ "sudo": true, "user": "viewer" })).json()["expired"], 1);
    acting_viewer.get("/api/4.0/user").assert_error(401);
    assert_eq!(viewer.get("/api/4.0/user").status, 200);
    assert_eq!(expire(json!({ "sudo": true })).json()["expired"], 1);
    embed.get("/api/4.0/user").assert_error(401);
    assert_eq!(expire(json!({ "user": "viewer" })).json()["expired"], 1);
    viewer.get("/api/4.0/user").assert_error(401);
    assert_eq!(server.stats()["tokens_by_user"], json!({ "admin": 1 }));
    assert_eq!(expire(json!({ "user": "nobody" })).status, 400);
    assert_eq!(expire(json!({ "users": "admin" })).status, 400);
    assert_eq!(admin.get("/api/4.0/user").status, 200);
}
