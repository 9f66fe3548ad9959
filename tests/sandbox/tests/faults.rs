//! Every fault, and that a client that leaves stops its query.

mod common;

use std::io::Read as _;
use std::time::{Duration, Instant};

use common::{Server, query};
use serde_json::{Value, json};

fn items() -> Value {
    query("order_items", &["order_items.id", "order_items.status"], &json!({ "limit": "-1" }))
}

#[test]
fn a_status_comes_with_and_without_retry_after_and_only_as_often_as_asked() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "me", "fault": "status", "status": 429, "retry_after": "2" }));
    server.fault(&json!({ "operation": "me", "fault": "status", "status": 503 }));
    let first = admin.get("/api/4.0/user");
    first.assert_error(429);
    assert_eq!(first.header("retry-after"), Some("2"));
    let second = admin.get("/api/4.0/user");
    second.assert_error(503);
    assert_eq!(second.header("retry-after"), None);
    assert_eq!(admin.get("/api/4.0/user").status, 200);
}

#[test]
fn an_html_page_may_stand_in_for_an_answer() {
    let server = Server::start(100);
    server.fault(&json!({ "operation": "*", "fault": "html", "status": 502 }));
    let answer = server.stranger().login("");
    assert_eq!((answer.status, answer.header("content-type")), (502, Some("text/html;charset=utf-8")));
    assert!(answer.body.starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_cut_body_has_its_rows_but_no_last_chunk() {
    let server = Server::start(2000);
    let admin = server.admin();
    for format in ["json", "json_bi", "json_detail", "csv"] {
        server.fault(&json!({ "operation": "run_inline_query", "fault": "cut", "after_rows": 100 }));
        let answer = admin.run(format, &items());
        assert_eq!((answer.status, answer.complete), (200, false), "{format}");
        let rows = answer.body.lines().filter(|line| line.chars().any(|c| c.is_ascii_digit())).count();
        assert!((99..=101).contains(&rows), "{format} {rows}");
    }
    server.fault(&json!({ "operation": "me", "fault": "cut" }));
    let answer = admin.get("/api/4.0/user");
    assert!(!answer.complete && answer.body.starts_with('{') && !answer.body.ends_with('}'));
}

#[test]
fn an_ended_body_is_well_for_http_and_not_for_json() {
    let server = Server::start(2000);
    let admin = server.admin();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "end", "after_rows": 3 }));
    let answer = admin.run("json", &items());
    assert!(answer.complete && answer.body.starts_with('[') && !answer.body.ends_with(']'));
    assert_eq!(answer.body.lines().count(), 3);
    // With more rows asked for than there are, the end is still missing.
    server.fault(&json!({ "operation": "run_inline_query", "fault": "end", "after_rows": 999_999 }));
    let answer = admin.run("json", &items());
    assert_eq!((answer.body.lines().count(), answer.body.ends_with(']')), (2000, false));
}

#[test]
fn an_error_row_and_error_text_come_inside_200() {
    let server = Server::start(2000);
    let admin = server.admin();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "error_row", "message": "no luck" }));
    let answer = admin.run("json_bi", &items());
    assert_eq!((answer.status, &answer.json()["rows"]), (200, &json!([{ "looker_error": "no luck" }])));
    server.fault(
        &json!({ "operation": "run_inline_query", "fault": "error_text", "after_rows": 5, "message": "no luck" }),
    );
    let answer = admin.run("json", &items());
    assert!(answer.complete && answer.body.ends_with("}\nError: no luck\n"), "{}", answer.body);
}

#[test]
fn a_slow_body_and_a_delay_take_their_time() {
    let server = Server::start(100);
    let admin = server.admin();
    let timed = || {
        let begin = Instant::now();
        assert!(admin.run("csv", &items()).complete);
        begin.elapsed()
    };
    server.fault(&json!({ "operation": "run_inline_query", "fault": "slow", "bytes": 100, "ms": 20 }));
    assert!(timed() > Duration::from_millis(150));
    server.fault(&json!({ "operation": "run_inline_query", "fault": "delay", "ms": 200 }));
    assert!(timed() > Duration::from_millis(200));
}

#[test]
fn a_reset_gives_no_answer_at_all() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "me", "fault": "reset" }));
    let error = admin.send("GET", "/api/4.0/user", "", "").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(admin.get("/api/4.0/user").status, 200);
}

#[test]
fn an_expired_token_stays_dead() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "expired_token" }));
    admin.run("json", &items()).assert_error(401);
    admin.run("json", &items()).assert_error(401);
    assert_eq!(server.admin().run("json", &items()).status, 200);
}

#[test]
fn faults_are_listed_cleared_and_checked() {
    let server = Server::start(100);
    let stranger = server.stranger();
    server.fault(&json!({ "operation": "*", "fault": "delay", "times": 0 }));
    assert_eq!(stranger.get("/__sandbox/faults").json()[0]["fault"], "delay");
    assert_eq!(stranger.delete("/__sandbox/faults").status, 204);
    assert_eq!(stranger.get("/__sandbox/faults").json(), json!([]));
    let refused = stranger.post("/__sandbox/faults", &json!({ "operation": "login", "fault": "melt" }));
    assert!(refused.status == 400 && refused.json()["message"].is_string());
}

#[test]
fn a_client_that_leaves_stops_its_query() {
    let server = Server::start(200_000);
    let admin = server.admin();
    // The first leaves while rows flow, the second while the database has not produced one yet.
    let slow = query(
        "order_items",
        &["users.name", "products.name", "order_items.median_sale_price"],
        &json!({ "limit": "-1" }),
    );
    for (body, count) in [(items(), 1), (slow, 2)] {
        let mut stream =
            admin.open("POST", "/api/4.0/queries/run/json", "application/json", &body.to_string()).unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        drop(stream);
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.stats()["cancelled_queries"] != count {
            assert!(Instant::now() < deadline, "{}", server.stats());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(server.stats()["running_queries"], 0);
    }
}

#[test]
fn a_redirect_names_its_location() {
    let server = Server::start(100);
    let elsewhere = "https://login.example.com/?next=%2Fapi";
    server.fault(&json!({ "operation": "login", "fault": "redirect", "location": elsewhere }));
    server.fault(&json!({ "operation": "login", "fault": "redirect", "location": "/alive", "status": 307 }));
    let answer = server.stranger().login("");
    assert_eq!((answer.status, answer.header("location")), (302, Some(elsewhere)));
    let answer = server.stranger().login("");
    assert_eq!((answer.status, answer.header("location")), (307, Some("/alive")));
}

#[test]
fn an_answer_may_be_json_of_something_else_or_the_page_of_a_maintenance() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "me", "fault": "not_looker" }));
    let answer = admin.get("/api/4.0/user");
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "ok" })));
    server.fault(&json!({ "operation": "me", "fault": "maintenance", "retry_after": "600" }));
    let answer = admin.get("/api/4.0/user");
    assert_eq!((answer.status, answer.header("content-type")), (503, Some("text/html;charset=utf-8")));
    assert_eq!((answer.header("retry-after"), answer.body.contains("maintenance")), (Some("600"), true));
}

#[test]
fn retry_after_may_be_a_date() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "me", "fault": "status", "status": 429, "retry_after_date_in": 3600 }));
    let answer = admin.get("/api/4.0/user");
    let date = httpdate::parse_http_date(answer.header("retry-after").unwrap()).unwrap();
    let seconds = date.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
    assert!((3500..=3600).contains(&seconds), "{seconds}");
}

#[test]
fn a_fault_may_come_after_requests_that_succeed() {
    let server = Server::start(100);
    let admin = server.admin();
    server.fault(&json!({ "operation": "me", "fault": "status", "after": 2 }));
    let statuses: Vec<u16> = (0..4).map(|_| admin.get("/api/4.0/user").status).collect();
    assert_eq!(statuses, [200, 200, 503, 200]);
}

#[test]
fn what_is_dropped_after_it_was_processed_has_been_done() {
    let server = Server::start(100);
    server.fault(&json!({ "operation": "login", "fault": "drop_after" }));
    let form = server.credentials("admin");
    let stranger = server.stranger();
    let error = stranger.send("POST", "/api/4.0/login", "application/x-www-form-urlencoded", &form).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let stats = server.stats();
    assert_eq!((&stats["live_tokens"], &stats["created"]), (&json!(1), &json!({ "login": 1 })));
    // A query has been started, and is in the history.
    let admin = server.admin();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "drop_after" }));
    let body = items().to_string();
    admin.send("POST", "/api/4.0/queries/run/json", "application/json", &body).unwrap_err();
    server.until("running_queries", &json!(0));
    let history = json!({ "model": "system__activity", "view": "history", "fields": ["history.count"] });
    assert_eq!(admin.run("json", &history).json()[0]["history.count"], 1);
}

#[test]
fn an_orphan_goes_on_without_its_client_until_it_is_killed_or_done() {
    let server = Server::start(300_000);
    let admin = server.admin();
    let slow = query(
        "order_items",
        &["users.name", "products.name", "order_items.median_sale_price"],
        &json!({ "limit": "-1" }),
    );
    let ask =
        |body: &Value| admin.open("POST", "/api/4.0/queries/run/json", "application/json", &body.to_string()).unwrap();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "orphan", "times": 2 }));
    let stream = ask(&slow);
    server.until("running_queries", &json!(1));
    drop(stream);
    // The server knows that the client is gone, and the query runs.
    server.until("in_flight", &json!(0));
    assert_eq!(server.stats()["running_queries"], 1);
    let id = admin.get("/api/4.0/running_queries").json()[0]["query_task_id"].as_str().unwrap().to_owned();
    assert_eq!(server.stats()["cancelled_queries"], 0);
    assert_eq!(admin.delete(&format!("/api/4.0/running_queries/{id}")).status, 204);
    server.until("running_queries", &json!(0));
    let stats = server.stats();
    assert_eq!((&stats["killed_queries"], &stats["cancelled_queries"]), (&json!(1), &json!(1)));

    ask(&items()).read_exact(&mut [0; 64]).unwrap();
    let done = json!({ "model": "system__activity", "view": "history", "fields": ["history.count"],
                       "filters": { "history.status": "complete", "history.row_count": "300000" } });
    let deadline = Instant::now() + Duration::from_secs(20);
    while admin.run("json", &done).json()[0]["history.count"] != 1 {
        assert!(Instant::now() < deadline, "{}", server.stats());
        std::thread::sleep(Duration::from_millis(5));
    }
}
