//! Every action end to end: what it does, and what it says with a missing object, without the right, with bad input, when it
//! is done twice, and when the connection breaks behind it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use connector_interface::error::ErrorKind;
use connector_interface::load::Plugin;
use e2e::artifacts;
use e2e::looker::Looker;
use e2e::runs::{DEADLINE, Delivered, deliver, objects};
use e2e::shop::{Shop, invoke, value};
use serde_json::{Map, Value, json};

/// What the library describes of its actions, by name.
fn described() -> Map<String, Value> {
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let spec = plugin.description().find_operation("invoke").unwrap();
    let entries = spec.input["oneOf"].as_array().unwrap();
    entries.iter().map(|entry| (entry["title"].as_str().unwrap().to_owned(), entry.clone())).collect()
}

/// Whether a value has no key that a schema does not tell of; what is null is nothing.
fn is_told(value: &Value, schema: &Value) -> bool {
    match (value, schema["properties"].as_object()) {
        (Value::Array(elements), _) => elements.iter().all(|element| is_told(element, &schema["items"])),
        (Value::Object(members), Some(known)) => members.keys().all(|key| known.contains_key(key)),
        _ => true,
    }
}

#[test]
fn every_action_does_what_it_says_and_answers_as_it_is_described() {
    let shop = Shop::open();
    let described = described();
    let inputs = shop.inputs();
    let tried: BTreeSet<&str> = inputs.iter().map(|(action, _)| *action).collect();
    assert_eq!(tried, described.keys().map(String::as_str).collect());
    for (action, input) in &inputs {
        match invoke(&shop.admin, action, input) {
            Ok(Delivered::Value(value)) => {
                let told = &described[*action]["x-output"];
                assert!(is_told(&value, told), "{action} answers {value}\nand says {told}");
            }
            Ok(Delivered::Rows(rows)) => assert!(rows.num_rows() > 0, "{action}"),
            Ok(Delivered::Bytes(media_type, bytes)) => assert!(!bytes.is_empty() && !media_type.is_empty(), "{action}"),
            Err(error) => {
                assert!(*action == "kill_query" && error.kind == ErrorKind::NotFound, "{action}: {}", error.report());
            }
        }
    }
    let look = value(&shop.admin, "get_look", &json!({ "look_id": "2" }));
    assert_eq!(look["folder_id"].as_str().or(look["folder"]["id"].as_str()), Some("2"), "it was moved");
    assert!(look["looker_url"].as_str().unwrap().ends_with("/looks/2"));
    let user = value(&shop.admin, "find_users", &json!({ "email": "new@example.com" }));
    assert_eq!(user[0]["role_ids"], json!(["1"]));
    assert_eq!(shop.sandbox.stats()["deliveries"][&shop.plan], 1);
}

#[test]
fn what_is_not_there_is_not_found_and_says_so() {
    let shop = Shop::open();
    for (action, mut input) in shop.inputs() {
        let ids = [
            "look_id",
            "dashboard_id",
            "scheduled_plan_id",
            "user_id",
            "alert_id",
            "look",
            "dashboard",
            "query",
            "user",
            "datagroup",
        ];
        let Some(id) = ids.iter().find(|id| input.get(**id).is_some()) else { continue };
        if ["create_schedule", "create_look", "schedule_failures"].contains(&action) {
            continue;
        }
        input[*id] = json!("987654");
        let error =
            invoke(&shop.admin, action, &input).err().unwrap_or_else(|| panic!("{action} with {input} does not fail"));
        assert_eq!(error.kind, ErrorKind::NotFound, "{action}: {}", error.report());
        assert!(!error.advice.is_empty());
    }
}

#[test]
fn who_lacks_the_right_is_told_so_and_nothing_is_made() {
    let shop = Shop::open();
    let viewer = shop.as_user("viewer");
    value(&viewer, "who_am_i", &json!({}));
    let described = described();
    let before = shop.sandbox.stats()["created"].clone();
    let own = ["front_end_token", "embed_url_as_me", "call_operation"];
    let told = value(&shop.admin, "permission_doctor", &json!({ "user": "2" }));
    let works = |action: &str| {
        let row = told["actions"].as_array().unwrap().iter().find(|row| row["action"] == action).unwrap();
        row["works"].as_bool().unwrap()
    };
    assert!(own.iter().all(|action| works(action)), "{told}");
    for (action, input) in shop.inputs() {
        if described[action]["x-writes"] == true && !own.contains(&action) {
            let error = invoke(&viewer, action, &input).err().unwrap_or_else(|| panic!("{action} is allowed"));
            assert!(matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound), "{action}: {}", error.report());
            // One may end one's own queries, and this is nobody's.
            assert!(!works(action) || action == "kill_query", "the doctor has said that {action} works");
        }
    }
    assert_eq!(shop.sandbox.stats()["created"], before);
}

#[test]
fn an_input_that_is_wrong_is_refused_before_anything_is_sent() {
    let shop = Shop::open();
    let described = described();
    let before = shop.sandbox.stats()["by_operation"].clone();
    for (action, mut input) in shop.inputs() {
        input["nonesuch"] = json!(1);
        let error = invoke(&shop.admin, action, &input).err().unwrap_or_else(|| panic!("{action} takes anything"));
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{action}: {}", error.report());
        for required in described[action]["properties"]["input"]["required"].as_array().into_iter().flatten() {
            let mut input = input.clone();
            input.as_object_mut().unwrap().remove("nonesuch");
            input.as_object_mut().unwrap().remove(required.as_str().unwrap());
            let error =
                invoke(&shop.admin, action, &input).err().unwrap_or_else(|| panic!("{action} needs no {required}"));
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{action}: {}", error.report());
        }
    }
    assert_eq!(shop.sandbox.stats()["by_operation"], before);
}

#[test]
fn a_preview_says_what_would_be_sent_and_changes_nothing() {
    let shop = Shop::open();
    let described = described();
    let before = shop.sandbox.stats()["created"].clone();
    for (action, input) in shop.inputs() {
        if described[action]["x-writes"] == true {
            let body = json!({ "action": action, "input": input, "preview": true });
            let Ok(Delivered::Value(shown)) = deliver(&shop.admin, "invoke", &body, DEADLINE).0 else {
                panic!("{action}")
            };
            assert!(shown["effect"].is_string(), "{action}: {shown}");
        }
    }
    assert_eq!(shop.sandbox.stats()["created"], before);
    assert_eq!(value(&shop.admin, "list_schedules", &json!({}))[0]["name"], "Daily");
}

#[test]
fn an_action_whose_answer_is_lost_is_not_done_twice_and_what_is_safe_to_repeat_is_done() {
    let described = described();
    for (action, operation) in [
        ("create_look", "create_look"),
        ("copy_look", "copy_look"),
        ("create_folder", "create_folder"),
        ("create_schedule", "create_scheduled_plan"),
        ("send_schedule_now", "scheduled_plan_run_once_by_id"),
        ("find_or_create_user", "create_user"),
        ("deploy_project", "deploy_to_production"),
        ("start_pdt_build", "start_pdt_build"),
        ("pause_schedule", "update_scheduled_plan"),
        ("move_look", "move_look"),
        ("disable_user", "update_user"),
        ("add_user_to_group", "add_group_user"),
        ("delete_schedule", "delete_scheduled_plan"),
        ("remove_user_from_group", "delete_group_user"),
        ("reset_datagroup", "update_datagroup"),
    ] {
        let shop = Shop::open();
        let (_, input) = shop.inputs().into_iter().find(|(name, _)| *name == action).unwrap();
        let before = shop.sandbox.made_by(operation);
        shop.sandbox.inject(&json!({ "operation": operation, "times": 1, "fault": "drop_after" }));
        let answer = invoke(&shop.admin, action, &input);
        if described[action]["x-effect"] == "create" {
            let error = answer.err().unwrap_or_else(|| panic!("{action} was done twice"));
            assert!(matches!(error.kind, ErrorKind::Network | ErrorKind::Incomplete), "{action}: {}", error.report());
            assert_eq!(shop.sandbox.made_by(operation) - before, 1, "{action}");
        } else {
            assert!(answer.is_ok(), "{action}: {:?}", answer.err());
            assert_eq!(shop.sandbox.calls_of(operation), 2, "{action}");
        }
    }
}

#[test]
fn a_user_is_made_once_however_often_it_is_asked_for() {
    let shop = Shop::open();
    let ask =
        || value(&shop.admin, "find_or_create_user", &json!({ "email": "Once@example.com", "last_name": "Once" }));
    // The first answer is lost: the second finds what the first has made.
    shop.sandbox.inject(&json!({ "operation": "create_user", "times": 1, "fault": "drop_after" }));
    let lost = invoke(&shop.admin, "find_or_create_user", &json!({ "email": "once@example.com" }));
    assert!(lost.is_err());
    let (first, second) = (ask(), ask());
    assert_eq!((&first["created"], &second["created"]), (&json!(false), &json!(false)));
    assert_eq!(first["user"]["id"], second["user"]["id"]);
    assert_eq!(shop.sandbox.made_by("create_user"), 1);
}

#[test]
fn a_value_is_the_first_rows_in_the_field_that_is_named() {
    let shop = Shop::open();
    let ask = |input: Value| value(&shop.admin, "get_value", &input);
    let query = json!({ "model": "thelook", "explore": "order_items", "fields": ["users.city", "order_items.count"], "sorts": ["users.city"] });
    let named = |field: &str| {
        let mut input = query.clone();
        input["field"] = json!(field);
        ask(input)
    };
    assert!(named("users.city")["value"].is_string());
    let count = named("order_items.count");
    assert_eq!((&count["value"], &count["field"]), (&ask(query.clone())["value"], &json!("order_items.count")));
    assert!(count["value"].is_i64() && count["label"].is_string() && count["has_row"] == true, "{count}");
    let mut none = query.clone();
    none["filters"] = json!({ "users.city": "Nowhere at all" });
    assert_eq!((&ask(none.clone())["value"], &ask(none)["has_row"]), (&Value::Null, &json!(false)));
    let mut wrong = query;
    wrong["field"] = json!("users.citi");
    assert_eq!(invoke(&shop.admin, "get_value", &wrong).unwrap_err().advice, "Did you mean `users.city`?");
}

#[test]
fn a_datagroup_is_reset_or_triggered_by_its_id_or_its_name() {
    let shop = Shop::open();
    let read = |key: &str| {
        let call = json!({ "operation": "datagroup", "parameters": { "datagroup_id": "1" } });
        value(&shop.admin, "call_operation", &call)[key].as_u64().unwrap_or_default()
    };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (began, triggered) = (now() - 2, read("triggered_at"));
    for name in ["thelook::daily", "daily", "1"] {
        let answer = value(&shop.admin, "reset_datagroup", &json!({ "datagroup": name }));
        assert_eq!((&answer["id"], &answer["name"]), (&json!("1"), &json!("daily")), "{name}");
        assert!((began..=now()).contains(&read("stale_before")), "{name}: not in the future");
        assert_eq!(read("triggered_at"), triggered, "{name}: it is not triggered");
    }
    value(&shop.admin, "reset_datagroup", &json!({ "datagroup": 1, "trigger": true }));
    assert!((began..=now()).contains(&read("triggered_at")));
    let unknown = invoke(&shop.admin, "reset_datagroup", &json!({ "datagroup": "thelook::dayly" })).unwrap_err();
    assert_eq!(unknown.advice, "Did you mean `thelook::daily`?");
}

#[test]
fn failed_deliveries_are_listed_by_schedule_and_by_time() {
    let shop = Shop::open();
    shop.sandbox.happen(
        "schedule_failures",
        &json!({ "scheduled_plan_id": shop.plan, "detail": "Old", "seconds_ago": 864_000 }),
    );
    let told = |input: &Value| match invoke(&shop.admin, "schedule_failures", input) {
        Ok(Delivered::Rows(rows)) => objects(&rows),
        other => panic!("{other:?}"),
    };
    let details = |input: Value| -> Vec<Value> {
        told(&input).into_iter().map(|mut row| row["scheduled_job.status_detail"].take()).collect()
    };
    let row = &told(&json!({}))[0];
    assert_eq!(
        (&row["scheduled_plan.title"], &row["scheduled_job.status"], &row["scheduled_plan.id"]),
        (&json!("Daily"), &json!("failure"), &json!(shop.plan))
    );
    assert_eq!(details(json!({})), ["No such bucket"], "within a week");
    assert_eq!(details(json!({ "since": "30 days" })), ["No such bucket", "Old"], "the latest first");
    assert_eq!(details(json!({ "since": "30 days", "limit": 1 })), ["No such bucket"]);
    assert_eq!(details(json!({ "scheduled_plan_id": 987_654 })), Vec::<Value>::new());
    let refused = invoke(&shop.as_user("viewer"), "schedule_failures", &json!({})).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden, "{}", refused.report());
    assert!(refused.advice.contains("see_system_activity"), "{}", refused.report());
    let wrong = invoke(&shop.admin, "schedule_failures", &json!({ "limit": 0 })).unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::InvalidInput, "{}", wrong.report());
}

#[test]
fn what_an_action_delivers_is_told_before_anything_runs() {
    let shop = Shop::open();
    let actions = ["run_look", "run_query", "run_saved_query", "run_dashboard"];
    let runs = |stats: &Value| {
        let counts = stats["by_operation"].as_object().unwrap();
        counts
            .iter()
            .filter(|(name, _)| name.starts_with("run_"))
            .map(|(_, count)| count.as_u64().unwrap())
            .sum::<u64>()
    };
    for (action, mut input) in shop.inputs().into_iter().filter(|(action, _)| actions.contains(action)) {
        if action == "run_dashboard" {
            input["tile"] = json!("Sales by Month");
        }
        let Ok(Delivered::Rows(rows)) = invoke(&shop.admin, action, &input) else { panic!("{action}") };
        input["schema_only"] = json!(true);
        let before = runs(&shop.sandbox.stats());
        let told = value(&shop.admin, action, &input);
        let told: Vec<&str> =
            told["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
        let schema = rows.schema();
        let delivered: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(told, delivered, "{action}");
        assert_eq!(runs(&shop.sandbox.stats()), before, "{action}");
    }
}

#[test]
fn the_workflow_of_the_readme_runs_as_a_script() {
    let looker = Looker::start(&[]);
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host-example/workflow.sh");
    let run = looker.host.script(&script);
    let printed = run.succeeded();
    assert!(String::from_utf8_lossy(&printed.stdout).contains("\"Orders, weekly\""), "{printed:?}");
    let stats = looker.sandbox.stats();
    assert_eq!(
        (&stats["created"]["create_scheduled_plan"], &stats["created"]["scheduled_plan_run_once_by_id"]),
        (&json!(1), &json!(1))
    );
}
