//! What the doctor says of a user's permissions: what fails, why, and which role would help.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::BTreeSet;

use connector_interface::error::ErrorKind;
use connector_interface::load::{Plugin, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::loaded::{connect_as, error, value};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn started() -> (Sandbox, Session) {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, "admin");
    (sandbox, session)
}

fn session(sandbox: &Sandbox, user: &str) -> Session {
    connect_as(sandbox, user, &json!({}), Recorder::new(Level::Warn))
}

fn body(input: &Value) -> Value {
    json!({ "action": "permission_doctor", "input": input })
}

fn ask(session: &Session, input: &Value) -> Value {
    value(session, "invoke", &body(input))
}

#[test]
fn every_permission_that_actions_need_is_one_that_looker_has() {
    let (_sandbox, session) = started();
    let known = value(&session, "call", &json!({ "operation": "all_permissions" }));
    let known: BTreeSet<&str> =
        known.as_array().unwrap().iter().map(|row| row["permission"].as_str().unwrap()).collect();
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let mut count = 0;
    for entry in plugin.description().find_operation("invoke").unwrap().input["oneOf"].as_array().unwrap() {
        for permission in entry["x-permissions"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()) {
            let permission = permission.as_str().unwrap();
            assert!(known.contains(permission), "{}: {permission}", entry["title"]);
            assert!(entry["x-needs"].as_str().unwrap().contains(permission), "{}: {permission}", entry["title"]);
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn what_fails_is_named_with_the_permission_that_is_missing_and_the_smallest_role_that_gives_it() {
    let (sandbox, session) = started();
    value(&session, "check", &json!({}));
    let written = sandbox.stats()["created"].clone();
    let asked = json!({ "user": 2, "actions": ["run_look", "create_look", "list_schedules"] });
    let told = ask(&session, &asked);
    assert_eq!(told["user"], "2");
    assert_eq!(
        told["actions"],
        json!([
            { "action": "run_look", "works": true, "missing": [], "reason": "It also wants access to the Look's folder" },
            { "action": "create_look", "works": false, "missing": ["save_looks or save_content"],
              "reason": "The user lacks save_looks or save_content" },
            { "action": "list_schedules", "works": true, "missing": [],
              "reason": "For those of others it wants see_schedules" },
        ])
    );
    assert_eq!((&told["role"], &told["new_role"]), (&json!({ "id": "3", "name": "Analyst" }), &Value::Null));
    assert_eq!(sandbox.stats()["created"], written, "it changes nothing");
    // With that role, too, all of them work.
    let roles = json!({ "action": "set_user_roles", "input": { "user_id": "2", "role_ids": ["2", "3"] } });
    value(&session, "invoke", &roles);
    let healed = ask(&session, &asked);
    assert!(healed["actions"].as_array().unwrap().iter().all(|row| row["works"] == true), "{healed}");
    assert_eq!((&healed["role"], &healed["new_role"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_permission_without_a_model_is_told_apart_from_one_that_is_missing() {
    let (_sandbox, session) = started();
    let told = ask(&session, &json!({ "user": "9", "actions": ["run_look"] }));
    assert_eq!(told["actions"][0]["missing"], json!(["access to a model"]));
    assert_eq!(told["actions"][0]["reason"], "The user has see_looks, but without access to a model");
    assert_eq!(told["role"]["name"], "Embed", "the smallest that sees Looks of a model");
    let told = ask(&session, &json!({ "user": "2", "actions": "run_look", "model": "other" }));
    assert_eq!(told["actions"][0]["missing"], json!(["access to the model other"]));
    assert_eq!(told["role"]["name"], "Admin", "no other has all models");
    assert_eq!(told["new_role"], json!({ "permissions": ["access_data", "see_looks"], "models": ["other"] }));
}

#[test]
fn where_no_role_helps_a_new_one_is_described_and_where_only_an_administrator_may_none() {
    let (sandbox, session) = started();
    let reset = json!({ "user": "2", "actions": ["reset_datagroup", "create_folder"] });
    let told = ask(&session, &reset);
    let made =
        json!({ "permissions": ["manage_spaces", "see_datagroups", "update_datagroups"], "models": ["thelook"] });
    assert_eq!((&told["role"]["name"], &told["new_role"]), (&json!("Admin"), &made));
    sandbox.inject(&json!({ "operation": "all_roles", "fault": "status", "status": 403, "times": 1 }));
    let told = ask(&session, &reset);
    assert_eq!((&told["role"], &told["new_role"]), (&Value::Null, &made), "no role is seen");
    let all = ask(&session, &json!({ "user": "2" }));
    assert_eq!((&all["role"]["name"], &all["new_role"]), (&json!("Admin"), &Value::Null));
    let admin = all["actions"].as_array().unwrap().iter().find(|row| row["action"] == "disable_user").unwrap();
    assert_eq!(admin["reason"], "The user lacks administer, which Looker's role Admin alone gives");
}

#[test]
fn who_may_not_see_roles_is_told_whom_to_ask_and_a_wrong_name_is_refused() {
    let (sandbox, admin) = started();
    let own = ask(&admin, &json!({}));
    assert!(own["user"] == "1" && own["actions"].as_array().unwrap().iter().all(|row| row["works"] == true), "{own}");
    let viewer = session(&sandbox, "viewer");
    let refused = error(&viewer, "invoke", &body(&json!({})));
    assert_eq!(refused.kind, ErrorKind::Forbidden, "{}", refused.report());
    assert!(refused.advice.ends_with("`user` = 2"), "{}", refused.report());
    let other = error(&viewer, "invoke", &body(&json!({ "user": "1" })));
    assert!(other.kind == ErrorKind::NotFound && other.advice.contains("see_users"), "{}", other.report());
    assert_eq!(ask(&session(&sandbox, "sudoer"), &json!({ "user": "2" }))["user"], "2");
    let wrong = error(&admin, "invoke", &body(&json!({ "actions": ["run_lok"] })));
    assert_eq!((wrong.kind, wrong.advice.as_str()), (ErrorKind::InvalidInput, "Did you mean `run_look`?"));
}
