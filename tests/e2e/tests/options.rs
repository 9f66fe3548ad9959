//! What may be chosen for an input: one after the other, page by page, with labels, and with a reason when there is nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use connector_interface::error::ErrorKind;
use connector_interface::load::{Plugin, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::loaded::{connect_as, error, value};
use e2e::looker::Looker;
use e2e::recorder::Recorder;
use e2e::runs::rows;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn shop() -> (Sandbox, Session) {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    (sandbox, session)
}

fn values(page: &Value) -> Vec<&str> {
    page["options"].as_array().unwrap().iter().map(|choice| choice["value"].as_str().unwrap()).collect()
}

#[test]
fn a_model_leads_to_an_explore_to_a_field_to_the_values_that_it_really_has() {
    let (_sandbox, session) = shop();
    let ask = |input: &str, search: &str| {
        let given = json!({ "model": "thelook", "explore": "order_items" });
        value(&session, "options", &json!({ "input": input, "given": given, "search": search }))
    };
    assert_eq!(values(&ask("model", "")), ["thelook"]);
    assert!(values(&ask("explore", "")).contains(&"order_items"));
    let fields = ask("fields", "users city");
    assert_eq!(values(&fields), ["users.city"]);
    assert_eq!(
        (&fields["options"][0]["label"], &fields["options"][0]["group"]),
        (&json!("Users City"), &json!("dimension"))
    );
    // The values are those of the data, which a query tells, too.
    let query = json!({ "model": "thelook", "explore": "order_items", "fields": ["users.city"], "sorts": ["users.city"], "limit": 20 });
    let known = e2e::runs::column(&rows(&session, &query).0, "users.city");
    let suggested = ask("filters.users.city", "");
    // As a filter, an empty text would stand for any.
    let known: Vec<&str> = known.iter().filter_map(Value::as_str).filter(|city| !city.is_empty()).collect();
    assert_eq!(values(&suggested), known);
    let city = known[0];
    assert!(values(&ask("filters.users.city", city)).contains(&city));
    let early = error(&session, "options", &json!({ "input": "fields", "given": { "model": "thelook" } }));
    assert_eq!(early.message, "`fields` depends on `explore`, which is not chosen yet");
}

#[test]
fn a_long_list_comes_in_pages_that_together_have_each_value_once() {
    let (sandbox, session) = shop();
    let (mut cursor, mut all, mut pages) = (Value::Null, Vec::new(), 0);
    loop {
        let mut body = json!({ "input": "user_id" });
        if cursor.is_string() {
            body["cursor"] = cursor.clone();
        }
        let page = value(&session, "options", &body);
        all.extend(values(&page).into_iter().map(str::to_owned));
        pages += 1;
        assert!(pages < 50, "the pages have no end");
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert!(pages > 2 && all.len() > 100, "{pages} pages of {} users", all.len());
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert_eq!(sandbox.calls_of("search_users"), pages);
}

#[test]
fn a_value_that_was_chosen_has_its_label_or_is_gone() {
    let (_sandbox, session) = shop();
    let ask = |input: &str, chosen: &str| {
        value(&session, "options", &json!({ "input": input, "value": chosen }))["options"][0].clone()
    };
    assert_eq!(ask("look_id", "7")["label"], "Orders per Day");
    assert_eq!(ask("look_id", "7777"), json!({ "value": "7777", "label": "7777", "gone": true }));
    assert_eq!(ask("timezone", "Europe/Berlin")["label"], "Europe/Berlin");
    assert_eq!(ask("timezone", "Mars/Base")["gone"], true);
}

#[test]
fn an_empty_list_says_why() {
    let (sandbox, session) = shop();
    let reason = |session: &Session, body: Value| value(session, "options", &body)["reason"].clone();
    assert_eq!(reason(&session, json!({ "input": "alert_id" })), "There are no alerts that admin Sandbox may see");
    assert_eq!(reason(&session, json!({ "input": "look_id", "search": "zzz" })), "None of the Looks has `zzz`");
    let nobody = connect_as(&sandbox, "nomodels", &json!({}), Recorder::new(Level::Warn));
    assert_eq!(reason(&nobody, json!({ "input": "model" })), "There are no models that nomodels Sandbox may see");
    assert_eq!(error(&session, "options", &json!({ "input": "title" })).kind, ErrorKind::InvalidInput);
    assert_eq!(error(&session, "options", &json!({ "input": "look_id", "cursor": "x" })).kind, ErrorKind::InvalidInput);
}

#[test]
fn what_cannot_be_used_is_left_out_counted_and_explained() {
    let (sandbox, session) = shop();
    let ask = |session: &Session, input: &str, given: Value| {
        value(session, "options", &json!({ "input": input, "given": given }))
    };
    let explores = ask(&session, "explore", json!({ "model": "thelook" }));
    assert!(!values(&explores).is_empty() && !values(&explores).contains(&"inventory_items"));
    assert_eq!((&explores["skipped"], &explores["reason"]), (&json!(1), &json!("1 left out: hidden in LookML")));
    assert_eq!(sandbox.calls_of("lookml_model_explore"), 0, "its list tells");
    assert_eq!(ask(&session, "model", json!({}))["skipped"], 0);
    // What only reading it tells.
    let limited = connect_as(&sandbox, "limited", &json!({}), Recorder::new(Level::Warn));
    for (input, given, what) in [
        ("fields", json!({ "model": "thelook", "explore": "users" }), "explore users of the model thelook"),
        (
            "filters.users.city",
            json!({ "model": "thelook", "explore": "users" }),
            "field users.city of the explore users",
        ),
        ("explore", json!({ "model": "nonesuch" }), "model nonesuch"),
        ("tile", json!({ "dashboard": "987654" }), "dashboard 987654"),
    ] {
        let page = ask(&limited, input, given);
        let reason = format!("The {what} cannot be read: it is not there, broken, or limited Sandbox may not see it");
        assert_eq!((values(&page).len(), &page["skipped"], &page["reason"]), (0, &json!(1), &json!(reason)), "{input}");
    }
}

#[test]
fn every_input_that_is_marked_has_choices() {
    let (_sandbox, session) = shop();
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let given = json!({ "model": "thelook", "explore": "order_items", "dashboard": "1" });
    let mut count = 0;
    for entry in plugin.description().find_operation("invoke").unwrap().input["oneOf"].as_array().unwrap() {
        for (input, schema) in entry["properties"]["input"]["properties"].as_object().into_iter().flatten() {
            if schema["x-options"] == true {
                let page = value(&session, "options", &json!({ "input": input, "given": given }));
                assert!(!values(&page).is_empty() || page["reason"].is_string(), "{}: {input}: {page}", entry["title"]);
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn the_host_lists_them_as_a_table() {
    let looker = Looker::start(&[]);
    let run = looker.host.run(&["options", "run_look", "look", "--search", "per day"]).succeeded();
    assert_eq!(run.text(), "value  label           group  note\n7      Orders per Day  Sales\n");
    let run = looker.host.run(&["options", "run_look", "look", "--search", "zzz"]).succeeded();
    assert_eq!((run.text(), run.stderr.trim()), ("", "None of the Looks has `zzz`"));
    let run = looker.host.run(&["options", "run_look", "lok"]);
    assert!(!run.status.success() && run.stderr.contains("has no input `lok`"), "{}", run.stderr);
}
