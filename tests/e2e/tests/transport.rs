//! Talking to Looker over a network that has certificates, limits and faults.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use connector_interface::error::ErrorKind;
use connector_interface::services::Level;
use e2e::loaded::{ask, connect, connect_as, count, error, query, query_parts, value};
use e2e::patience::{SOON, until};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::json;

fn silent() -> Recorder {
    Recorder::new(Level::Error)
}

fn more<'a>(sandbox: &'a Sandbox, key: &str) -> &'a str {
    sandbox.ready.more[key].as_str().unwrap()
}

#[test]
fn certificates_come_from_a_file_or_a_text_and_a_client_shows_its_own() {
    let sandbox = Sandbox::start(&["--tls", "--client-certs"]);
    let ca = std::fs::read_to_string(more(&sandbox, "ca_file")).unwrap();
    let own = more(&sandbox, "client_cert_file");
    let settings = json!({ "ca_pem": ca, "client_cert_file": own });
    assert_eq!(count(&connect_as(&sandbox, "admin", &settings, silent()), &json!({ "limit": 7 })), 7);
    let pem = std::fs::read_to_string(own).unwrap();
    let settings = json!({ "base_url": sandbox.ready.base_url, "client_id": sandbox.ready.client_id, "ca_pem": ca });
    let secrets = [("client_secret", sandbox.ready.client_secret.as_str()), ("client_cert_pem", pem.as_str())];
    assert_eq!(count(&connect(&settings, &secrets, silent()).unwrap(), &json!({ "limit": 7 })), 7);
}

#[test]
fn an_unchecked_certificate_is_warned_of_at_every_connect() {
    let sandbox = Sandbox::start(&["--tls"]);
    for _ in 0..2 {
        let log = Recorder::new(Level::Warn);
        let session = connect_as(&sandbox, "admin", &json!({ "verify_ssl": false }), log.clone());
        log.wait_for("verify_ssl is off", SOON);
        assert_eq!(count(&session, &json!({ "limit": 7 })), 7);
    }
}

#[test]
fn compressed_answers_are_asked_for_and_read_and_a_cut_one_is_incomplete() {
    let sent = |arguments: &[&str]| {
        let sandbox = Sandbox::start(arguments);
        let session = connect_as(&sandbox, "admin", &json!({ "max_retries": 0 }), silent());
        assert_eq!(count(&session, &json!({ "limit": -1 })), 5_000);
        sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "cut", "after_rows": 3_000 }));
        let cut = query(&session, &json!({ "limit": -1 })).0.unwrap_err();
        assert_eq!(cut.kind, ErrorKind::Incomplete, "{}", cut.report());
        sandbox.stats()["bytes_sent"].as_u64().unwrap()
    };
    let (plain, packed) = (sent(&[]), sent(&["--gzip"]));
    assert!(packed * 2 < plain, "{packed} and {plain} bytes");
}

#[test]
fn a_retry_keeps_the_pause_that_looker_asks_for_and_is_counted_and_logged() {
    let sandbox = Sandbox::start(&[]);
    let log = Recorder::new(Level::Warn);
    let session = connect_as(&sandbox, "admin", &json!({}), log.clone());
    assert_eq!(count(&session, &json!({ "limit": 1 })), 1);
    let before = sandbox.stats()["by_operation"]["run_inline_query"].as_u64().unwrap();
    sandbox.inject(
        &json!({ "operation": "run_inline_query", "fault": "status", "status": 429, "retry_after": "1", "times": 2 }),
    );
    let begin = Instant::now();
    let (batches, progress) = query(&session, &json!({ "limit": 9 }));
    assert_eq!(batches.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 9);
    assert!(begin.elapsed() >= Duration::from_secs(2), "the pauses were kept");
    assert_eq!((&progress.summary["retries"], &progress.summary["calls"]["query"]), (&json!(2), &json!(3)));
    assert_eq!(sandbox.stats()["by_operation"]["run_inline_query"].as_u64().unwrap(), before + 3);
    let tries = log.lines().iter().filter(|line| line.message.contains("trying again")).count();
    assert_eq!(tries, 2);
}

#[test]
fn a_create_is_never_sent_twice_and_a_read_is() {
    let sandbox = Sandbox::start(&["--people", "3"]);
    let session = connect_as(&sandbox, "service", &json!({}), silent());
    assert_eq!(count(&session, &json!({ "limit": 1 })), 1);
    // The token is made, and the answer is lost.
    sandbox.inject(&json!({ "operation": "login_user", "fault": "drop_after" }));
    let mint = json!({ "action": "front_end_token", "input": { "user": "1001" } });
    let lost = error(&session, "invoke", &mint);
    assert_eq!(lost.kind, ErrorKind::Network, "{}", lost.report());
    assert_eq!(sandbox.stats()["created"]["login_user"], 1);
    // Refused before anything was done, it is sent again.
    sandbox.inject(&json!({ "operation": "login_user", "fault": "status", "status": 429 }));
    value(&session, "invoke", &mint);
    assert_eq!(sandbox.stats()["created"]["login_user"], 2);
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "drop_after" }));
    assert_eq!(count(&session, &json!({ "limit": 3 })), 3);
}

#[test]
fn one_budget_of_retries_is_for_all_calls_of_a_request() {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({ "max_retries": 3 }), silent());
    for (operation, times) in [("login", 1), ("me", 1), ("all_lookml_models", 9)] {
        sandbox.inject(&json!({ "operation": operation, "fault": "status", "status": 503, "times": times }));
    }
    let (answer, progress) = ask(&session, "check", &json!({}));
    assert_eq!(answer.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(progress.summary["retries"], 3);
    assert_eq!(sandbox.stats()["by_operation"]["all_lookml_models"], 2);
}

#[test]
fn all_sessions_of_a_process_share_an_instances_places() {
    let sandbox = Sandbox::start(&[]);
    let settings = json!({ "max_concurrency": 3 });
    let sessions = [0, 1].map(|_| connect_as(&sandbox, "admin", &settings, silent()));
    for session in &sessions {
        assert_eq!(count(session, &json!({ "limit": 1 })), 1);
    }
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "delay", "ms": 50, "times": 0 }));
    thread::scope(|scope| {
        for at in 0..16 {
            let session = &sessions[at % 2];
            scope.spawn(move || assert_eq!(count(session, &json!({ "limit": 2 })), 2));
        }
    });
    let peak = sandbox.stats()["peak_in_flight"].as_u64().unwrap();
    assert!((2..=3).contains(&peak), "{peak} at a time");
}

#[test]
fn a_session_that_is_told_to_wait_makes_the_others_wait() {
    let sandbox = Sandbox::start(&[]);
    let sessions = [0, 1].map(|_| connect_as(&sandbox, "admin", &json!({}), silent()));
    for session in &sessions {
        assert_eq!(count(session, &json!({ "limit": 1 })), 1);
    }
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "status", "status": 429, "retry_after": "4" }));
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(count(&sessions[0], &json!({ "limit": 2 })), 2));
        until(SOON, "the first is told to wait", || sandbox.faults().is_empty());
        // The answer is on its way to the first one.
        thread::sleep(Duration::from_millis(200));
        let begin = Instant::now();
        assert_eq!(count(&sessions[1], &json!({ "limit": 2 })), 2);
        assert!(begin.elapsed() >= Duration::from_secs(1), "the second did not wait");
    });
}

#[test]
fn no_more_calls_a_second_are_made_than_are_allowed() {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({ "max_calls_per_second": 20 }), silent());
    let begin = Instant::now();
    for _ in 0..10 {
        assert_eq!(count(&session, &json!({ "limit": 1 })), 1);
    }
    // With the login and what comes before it, twelve calls: eleven intervals of 50 ms.
    assert!(begin.elapsed() >= Duration::from_millis(500), "{:?}", begin.elapsed());
}

#[test]
fn a_budget_of_calls_warns_before_it_is_spent_and_then_refuses_before_the_wire() {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({ "max_query_calls": 5 }), silent());
    for run in 1..=5 {
        let (batches, progress) = query(&session, &json!({ "limit": 1 }));
        batches.unwrap();
        let warned = progress.summary["notices"].to_string().contains("max_query_calls");
        assert_eq!(warned, run == 4, "run {run}: {:?}", progress.summary["notices"]);
    }
    let spent = query(&session, &json!({ "limit": 1 })).0.unwrap_err();
    assert!(spent.kind == ErrorKind::RateLimited && spent.message.contains("nothing was sent"), "{}", spent.report());
    assert_eq!(sandbox.stats()["by_operation"]["run_inline_query"], 5);
    assert_eq!(session.describe().unwrap()["calls"]["query"], 5);
}

#[test]
fn a_query_that_nobody_waits_for_is_killed_also_when_looker_would_let_it_run() {
    let sandbox = Sandbox::start(&["--rows", "50000"]);
    let session = connect_as(&sandbox, "viewer", &json!({}), silent());
    assert_eq!(count(&session, &json!({ "limit": 1 })), 1);
    // It goes on although its client has left, and so slowly that it would go on for minutes.
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "orphan", "ms": 50 }));
    let body = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id"], "limit": -1 });
    let operation = session.start("query", &body, None).unwrap();
    let waiting = operation.clone();
    let rows = thread::spawn(move || waiting.result().map(drop));
    until(SOON, "the query runs", || sandbox.stats()["running_queries"] == 1);
    operation.cancel().unwrap();
    let _ = rows.join().unwrap();
    until(SOON, "the query is killed", || sandbox.stats()["killed_queries"] == 1);
    until(SOON, "the query has ended", || sandbox.stats()["running_queries"] == 0);
    assert_eq!(count(&session, &json!({ "limit": 1 })), 1, "the session lives on");
}

#[test]
fn further_headers_get_past_an_identity_aware_proxy_and_are_told_nowhere() {
    let sandbox = Sandbox::start(&["--require-header", "X-Corp-Token: correct/horse"]);
    let log = Recorder::new(Level::Trace);
    let settings = json!({ "base_url": sandbox.ready.base_url, "client_id": sandbox.ready.client_id });
    let with = |header: &str| {
        let secrets = [("client_secret", sandbox.ready.client_secret.as_str()), ("secret_headers", header)];
        connect(&settings, &secrets, log.clone()).unwrap()
    };
    assert_eq!(count(&with("X-Corp-Token: correct/horse"), &json!({ "limit": 4 })), 4);
    let refused = error(&with("X-Corp-Token: hunter2hunter2"), "check", &json!({}));
    assert_eq!(refused.kind, ErrorKind::Credentials, "{}", refused.report());
    let said = format!("{:?} {}", log.lines(), refused.report());
    assert!(!said.contains("correct/horse") && !said.contains("hunter2"), "{said}");
}

#[test]
fn every_request_says_who_calls() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", service.local_addr().unwrap());
    let heard = thread::spawn(move || {
        let mut connection = service.incoming().next().unwrap().unwrap();
        let mut request = [0; 4_096];
        let count = connection.read(&mut request).unwrap();
        let _ = connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        String::from_utf8_lossy(&request[..count]).to_lowercase()
    });
    let settings =
        json!({ "base_url": base_url, "client_id": "id", "app_id": "Dexter 7", "headers": { "X-Team": "ops" } });
    let session = connect(&settings, &[("client_secret", "s3cretS3cret")], silent()).unwrap();
    let _ = ask(&session, "check", &json!({}));
    let heard = heard.join().unwrap();
    for header in ["user-agent: looker-connector/", "x-looker-appid: dexter 7", "x-team: ops", "accept-encoding: gzip"]
    {
        assert!(heard.contains(header), "{header} is not in {heard}");
    }
}

#[test]
fn a_list_that_moves_while_it_is_read_ends_and_finds_nobody_who_is_not_there() {
    let sandbox = Sandbox::start(&["--people", "450"]);
    for mood in [json!({ "moving": true }), json!({ "full_next": true, "no_total": true })] {
        sandbox.set_lists(&mood);
        let session = connect_as(&sandbox, "admin", &json!({ "act_as": "person____@example.com" }), silent());
        let missing = error(&session, "check", &json!({}));
        assert_eq!(missing.kind, ErrorKind::NotFound, "{}", missing.report());
        let session = connect_as(&sandbox, "admin", &json!({ "act_as": "person1449@example.com" }), silent());
        assert_eq!(value(&session, "check", &json!({}))["facts"]["user"]["email"], "person1449@example.com");
    }
}

#[test]
fn a_clock_that_is_off_and_an_api_that_is_said_to_be_elsewhere_are_told() {
    let sandbox =
        Sandbox::start(&["--clock-skew", "300", "--api-server-url", "https://api.acme.example", "--release", "25.4.1"]);
    let answer = value(&connect_as(&sandbox, "viewer", &json!({}), silent()), "check", &json!({}));
    let summary = answer["summary"].as_str().unwrap();
    assert!(summary.contains("(Looker 25.4.1)") && summary.contains("ahead of this machine's"), "{summary}");
    assert!((298..=302).contains(&answer["facts"]["clock_skew_seconds"].as_i64().unwrap()), "{answer}");
    let lines = answer["facts"]["lines"].to_string();
    assert!(lines.contains("https://api.acme.example"), "{lines}");
    assert!(!answer["facts"]["api_root"].as_str().unwrap().contains("acme"), "offered, and not followed");
}

/// A server of the test's own: it logs everybody in, for a second, and answers anything else by the function.
fn serve(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = service.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut connection in service.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut request = [0; 16_384];
                let count = connection.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..count]).into_owned();
                let json = match request.split(' ').nth(1) {
                    Some("/api/4.0/versions") => json!({ "looker_release_version": "26.12.3" }),
                    Some("/api/4.0/login") => json!({ "access_token": "aToken0123456789", "expires_in": 1 }),
                    _ => return answer(&request, &mut connection),
                };
                let json = json.to_string();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", json.len());
                let _ = connection.write_all((head + &json).as_bytes());
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn a_token_that_dies_in_the_middle_of_a_stream_is_told_as_a_cause() {
    let base_url = serve(|_, connection| {
        let begin = r#"{"metadata":{"fields":{"dimensions":[{"name":"order_items.id","type":"number"}]}},"rows":[{"order_items.id":{"value":1}},"#;
        let _ =
            write!(connection, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{begin}\r\n", begin.len());
        // Longer than the token lives.
        thread::sleep(Duration::from_millis(1_300));
    });
    let settings = json!({ "base_url": base_url, "client_id": "id", "max_retries": 0 });
    let session = connect(&settings, &[("client_secret", "s3cretS3cret")], silent()).unwrap();
    let (batches, failure, _) = query_parts(&session, &json!({ "limit": -1 }));
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1, "what came before is valid");
    let failure = failure.unwrap();
    assert_eq!(failure.kind, ErrorKind::Incomplete);
    assert!(failure.message.contains("token had ended"), "{}", failure.report());
}

#[test]
fn an_answer_that_is_larger_than_is_accepted_is_an_error_and_not_a_part_of_it() {
    let base_url = serve(|_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[\"");
        let piece = vec![b'a'; 1024 * 1024];
        // More than the connector reads; it ends when nobody listens any more.
        while connection.write_all(&piece).is_ok() {}
    });
    let session =
        connect(&json!({ "base_url": base_url, "client_id": "id" }), &[("client_secret", "s3cretS3cret")], silent());
    let refused = error(&session.unwrap(), "catalog", &json!({ "path": "", "form": "tree" }));
    assert!(refused.kind == ErrorKind::Protocol && refused.message.contains("larger than"), "{}", refused.report());
}
