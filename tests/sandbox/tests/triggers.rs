//! What happens to an instance without a call of the client that waits for it: tests make it happen at `/__sandbox/`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use common::calls::{activity, alert, column, get, post, send};
use common::{Answer, Server};
use serde_json::{Value, json};

/// Lets something happen.
fn happen(server: &Server, path: &str, body: &Value) -> Answer {
    server.control().post(&format!("/__sandbox/{path}"), body)
}

/// Must be refused with a sentence.
fn refused(server: &Server, path: &str, body: &Value, sentence: &str) {
    let answer = happen(server, path, body);
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.json()["message"].as_str().unwrap().contains(sentence), "{answer:?}");
}

#[test]
fn changed_data_is_seen_by_the_next_query_of_anybody() {
    let server = Server::start(1000);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let count = json!({ "filters": { "orders.status": "misplaced" } });
    let count =
        || [&admin, &viewer].map(|client| client.rows("orders", &["orders.count"], &count)[0]["orders.count"].clone());
    assert_eq!(count(), [json!(0), json!(0)]);
    let sql = "UPDATE orders SET status = 'misplaced' WHERE id <= 5; DELETE FROM orders WHERE id = 5";
    assert_eq!(happen(&server, "sql", &json!({ "sql": sql })).json(), json!({ "changed": 6 }));
    assert_eq!(count(), [json!(4), json!(4)]);
    refused(
        &server,
        "sql",
        &json!({ "sql": "UPDATE orders SET status = 'x'; UPDATE nowhere SET a = 1" }),
        "no such table: nowhere",
    );
    refused(&server, "sql", &json!({ "sql": "DROP TABLE orders" }), "not authorized");
    refused(&server, "sql", &json!({ "statement": "DELETE FROM orders" }), "statement");
    assert_eq!(count(), [json!(4), json!(4)]);
}

#[test]
fn every_delivery_of_a_scheduled_plan_is_a_job_and_those_that_fail_say_why() {
    let server = Server::start(50);
    let (admin, limited) = (server.admin(), server.login("limited"));
    let plan = post(&limited, "scheduled_plans", &json!({ "name": "Mine", "look_id": "1" }));
    let plan = plan["id"].as_str().unwrap();
    let fields = ["scheduled_job.id", "scheduled_plan.title", "scheduled_job.status", "user.name"];
    let jobs = |filters: &Value| activity(&admin, "scheduled_plan", &fields, filters);
    // A plan without a delivery is there, too.
    assert_eq!(jobs(&json!({}))[0]["scheduled_job.id"], Value::Null);
    post(&limited, &format!("scheduled_plans/{plan}/run_once"), &json!({}));
    let failure = json!({ "scheduled_plan_id": plan, "detail": "No such bucket", "seconds_ago": 86_400 });
    assert_eq!(happen(&server, "schedule_failures", &failure).status, 204);
    let statuses: Vec<_> = jobs(&json!({})).iter().map(|job| job["scheduled_job.status"].clone()).collect();
    assert_eq!(statuses, ["success", "failure"]);
    let fields = [
        "scheduled_job.finalized_time",
        "scheduled_job.name",
        "scheduled_job.status_detail",
        "scheduled_plan.look_id",
        "scheduled_job.user_id",
    ];
    let failed = activity(&admin, "scheduled_plan", &fields, &json!({ "scheduled_job.status": "failure" }));
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&failed[0][fields[1]], &failed[0][fields[2]], &failed[0][fields[3]], &failed[0][fields[4]]),
        (&json!("Mine"), &json!("No such bucket"), &json!(1), &json!(3))
    );
    let yesterday = jiff::Timestamp::now().as_second() - 86_400;
    let finalized =
        jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", failed[0][fields[0]].as_str().unwrap()).unwrap();
    assert!((yesterday - finalized.in_tz("UTC").unwrap().timestamp().as_second()).abs() < 60, "{finalized}");
    let counts = ["scheduled_plan.id", "scheduled_plan.count", "scheduled_job.count"];
    let counted = activity(&admin, "scheduled_plan", &counts, &json!({}));
    assert_eq!((&counted[0][counts[1]], &counted[0][counts[2]]), (&json!(1), &json!(2)));
    send(&limited, "PATCH", &format!("scheduled_plans/{plan}"), &json!({ "name": "Renamed", "enabled": false }));
    let fields = ["scheduled_plan.name", "scheduled_plan.enabled", "scheduled_job.name"];
    let renamed = &activity(&admin, "scheduled_plan", &fields, &json!({}))[0];
    assert_eq!(renamed, &json!({ fields[0]: "Renamed", fields[1]: "No", fields[2]: "Mine" }));
    assert_eq!(happen(&server, "schedule_failures", &json!({ "scheduled_plan_id": 7, "detail": "" })).status, 404);
}

#[test]
fn what_happened_to_derived_tables_is_told_to_those_who_may_see_system_activity() {
    let server = Server::start(50);
    let admin = server.admin();
    for (action, detail) in [("create complete", Value::Null), ("create error", json!("Disk full"))] {
        let event = json!({ "model": "thelook", "view": "orders", "connection": "thelook", "action": action,
                            "detail": detail });
        assert_eq!(happen(&server, "pdt_events", &event).status, 204);
    }
    let fields = [
        "pdt_event_log.view_name",
        "pdt_event_log.model_name",
        "pdt_event_log.connection",
        "pdt_event_log.action_data",
    ];
    let failed = activity(&admin, "pdt_event_log", &fields, &json!({ "pdt_event_log.action": "%error%" }));
    let expected = json!({ fields[0]: "orders", fields[1]: "thelook", fields[2]: "thelook", fields[3]: "Disk full" });
    assert_eq!(failed, [expected]);
    let counts = ["pdt_event_log.count", "pdt_event_log.pdt_create_failures", "pdt_event_log.successful_pdt_builds"];
    let counted = activity(&admin, "pdt_event_log", &counts, &json!({}));
    assert_eq!(counted, [json!({ counts[0]: 2, counts[1]: 1, counts[2]: 1 })]);
    let query = json!({ "model": "system__activity", "view": "pdt_event_log", "fields": counts });
    server.login("limited").run("json", &query).assert_error(404);
    refused(&server, "pdt_events", &json!({ "model": "thelook" }), "view");
}

#[test]
fn each_update_of_content_is_later_than_the_one_before_and_the_trash_says_since_when() {
    let server = Server::start(50);
    let admin = server.admin();
    let query = get(&admin, "looks/1")["query_id"].clone();
    for kind in ["looks", "dashboards"] {
        let made = post(&admin, kind, &json!({ "title": "Mine", "folder_id": "2", "query_id": query }));
        let path = format!("{kind}/{}", made["id"].as_str().unwrap());
        let search = |deleted: &str| {
            let fields = "fields=id,title,updated_at,deleted,deleted_at,folder(id,name)";
            get(&admin, &format!("{kind}/search?title=Mine{deleted}&{fields}"))
        };
        let update = |body: &Value| send(&admin, "PATCH", &path, body);
        let mut before = made["updated_at"].clone();
        let mut is_later = |now: &Value| {
            assert!(now["updated_at"].as_str() > before.as_str(), "{kind} {now} {before}");
            before = now["updated_at"].clone();
        };
        for _ in 0..5 {
            is_later(&update(&json!({ "description": "Again" })));
        }
        let trash = update(&json!({ "deleted": true }));
        is_later(&trash);
        assert_eq!((&trash["deleted_at"], &trash["deleter_id"]), (&trash["updated_at"], &json!("1")), "{kind}");
        let later = update(&json!({ "deleted": true, "description": "Old" }));
        is_later(&later);
        assert_eq!((&later["deleted_at"], &later["created_at"]), (&trash["deleted_at"], &made["created_at"]), "{kind}");
        assert_eq!(search(""), json!([]), "{kind}");
        let found = json!([{ "id": made["id"], "title": "Mine", "updated_at": later["updated_at"], "deleted": true,
                             "deleted_at": trash["deleted_at"], "folder": { "id": "2", "name": "Sales" } }]);
        assert_eq!(search("&deleted=true"), found, "{kind}");
        let back = update(&json!({ "deleted": false }));
        is_later(&back);
        assert_eq!(
            (&back["deleted"], &back["deleted_at"], &back["deleter_id"]),
            (&json!(false), &Value::Null, &Value::Null)
        );
        assert_eq!(column(&search(""), "title"), ["Mine"]);
        update(&json!({ "deleted": true }));
        if kind == "dashboards" {
            assert_eq!(column(&search("&deleted=true,false"), "title"), ["Mine"]);
        }
        assert_eq!(admin.delete(&format!("/api/4.0/{path}")).status, 204);
        assert_eq!((search(""), search("&deleted=true")), (json!([]), json!([])), "{kind}");
        admin.get(&format!("/api/4.0/{path}")).assert_error(404);
    }
}

#[test]
fn a_new_user_is_listed_at_once_and_so_is_that_a_user_is_disabled() {
    let server = Server::start(50);
    let admin = server.admin();
    let id = post(&admin, "users", &json!({ "first_name": "Nora", "last_name": "New" }))["id"].clone();
    let lists = ["users?fields=id,is_disabled", "users/search?fields=id,is_disabled"];
    let listed = || {
        lists.map(|path| {
            let users = get(&admin, path);
            users.as_array().unwrap().iter().find(|user| user["id"] == id).cloned()
        })
    };
    let user = |disabled: bool| Some(json!({ "id": id, "is_disabled": disabled }));
    assert_eq!(listed(), [user(false), user(false)]);
    send(&admin, "PATCH", &format!("users/{}", id.as_str().unwrap()), &json!({ "is_disabled": true }));
    assert_eq!(listed(), [user(true), user(true)]);
}

#[test]
fn an_alert_whose_condition_was_met_notifies_its_owner_newest_first_until_it_is_read() {
    let server = Server::start(50);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let id = post(&admin, "alerts", &alert())["id"].clone();
    for value in [7, 9] {
        let check = json!({ "alert_id": id, "value": value });
        assert_eq!(happen(&server, "alert_notifications", &check).status, 204);
    }
    let values = |path: &str| -> Vec<Value> {
        get(&admin, path).as_array().unwrap().iter().map(|sent| sent["field_value"].clone()).collect()
    };
    assert_eq!(values("alert_notifications"), [9.0, 7.0]);
    assert_eq!(
        (values("alert_notifications?limit=1"), values("alert_notifications?limit=1&offset=1")),
        (vec![json!(9.0)], vec![json!(7.0)])
    );
    let newest = get(&admin, "alert_notifications")[0].clone();
    assert_eq!(
        (&newest["alert_condition_id"], &newest["threshold_value"], &newest["is_read"]),
        (&id, &json!(1.5), &json!(false))
    );
    let ran_at: jiff::Timestamp = newest["ran_at"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(ran_at).as_secs() < 60);
    let path = format!("alert_notifications/{}", newest["notification_id"].as_str().unwrap());
    assert_eq!(get(&viewer, "alert_notifications"), json!([]));
    viewer.patch(&format!("/api/4.0/{path}"), &json!({})).assert_error(404);
    assert_eq!(send(&admin, "PATCH", &path, &json!({}))["is_read"], true);
    let sent = get(&admin, "alert_notifications");
    assert_eq!((&sent[0]["is_read"], &sent[1]["is_read"]), (&json!(true), &json!(false)));
    assert_eq!(server.stats()["alert_checks"][id.as_str().unwrap()], 2);
    assert_eq!(happen(&server, "alert_notifications", &json!({ "alert_id": "9" })).status, 404);
}

#[test]
fn a_datagroup_that_is_triggered_or_reset_is_so_in_the_list() {
    let server = Server::start(50);
    let admin = server.admin();
    let listed = || get(&admin, "datagroups")[1].clone();
    let before = listed();
    let trigger = || happen(&server, "datagroups", &json!({ "id": before["id"] })).json();
    let (first, second) = (trigger(), trigger());
    let at = |datagroup: &Value| datagroup["triggered_at"].as_i64().unwrap();
    assert!(at(&before) < at(&first) && at(&first) < at(&second), "{first} {second}");
    assert_ne!(first["trigger_value"], second["trigger_value"]);
    assert_eq!(listed(), second);
    let path = format!("datagroups/{}", before["id"].as_str().unwrap());
    for reset in [json!({ "stale_before": 1_760_000_000 }), json!({ "triggered_at": 1_760_000_001 })] {
        send(&admin, "PATCH", &path, &reset);
    }
    let reset = listed();
    assert_eq!((&reset["stale_before"], at(&reset)), (&json!(1_760_000_000), 1_760_000_001));
    assert_eq!(reset["trigger_value"], second["trigger_value"]);
    assert_eq!(happen(&server, "datagroups", &json!({ "id": 9 })).status, 404);
}

#[test]
fn the_branch_of_production_stays_at_its_commit_until_something_is_deployed() {
    let server = Server::start(50);
    let admin = server.admin();
    let branch = || get(&admin, "projects/thelook/git_branch");
    let before = branch();
    assert_eq!((&before, &before["is_production"]), (&branch(), &json!(true)));
    let mut refs = vec![before["ref"].clone()];
    for path in ["deploy_to_production", "deploy_ref_to_production?branch=main"] {
        // The one answers with a text, the other with nothing.
        let answer = admin.post(&format!("/api/4.0/projects/thelook/{path}"), &Value::Null);
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        let after = branch();
        assert!(after["commit_at"].as_i64() > before["commit_at"].as_i64(), "{after}");
        assert!(!refs.contains(&after["ref"]), "{after} {refs:?}");
        refs.push(after["ref"].clone());
    }
    send(&admin, "PATCH", "session", &json!({ "workspace_id": "dev" }));
    let own = branch();
    assert_eq!((&own["is_production"], &own["personal"], &own["ref"]), (&json!(false), &json!(true), &refs[2]));
}
