//! The conformance suite on the Looker connector against a sandbox, and what a Looker user's secrets need beyond it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use connector_interface::error::{Error, Result};
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::conformance::{Ask, Subject};
use e2e::patience::{SOON, until, within};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use e2e::transcript::Transcript;
use secrecy::SecretSlice;
use serde_json::{Map, Value, json};

/// The Looker connector and a sandbox of its own.
struct Looker {
    sandbox: Sandbox,
    /// How many queries the sandbox had seen when the latest one was asked for.
    queries_before: AtomicU64,
}

const FIELDS: [&str; 4] = ["order_items.id", "order_items.sale_price", "orders.created_time", "products.name"];

fn query(change: &Value) -> Ask {
    let mut body = json!({ "model": "thelook", "explore": "order_items", "fields": FIELDS });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Ask::new("query", body)
}

fn settings(base_url: &str, client_id: &str) -> Map<String, Value> {
    // One retry is enough to see what it says of itself.
    let settings = json!({ "base_url": base_url, "client_id": client_id, "max_retries": 1 });
    settings.as_object().unwrap().clone()
}

impl Looker {
    fn new() -> Self {
        Self { sandbox: Sandbox::start(&["--rows", "50000"]), queries_before: AtomicU64::new(0) }
    }

    fn queries(&self) -> u64 {
        self.sandbox.stats()["by_operation"]["run_inline_query"].as_u64().unwrap_or_default()
    }
}

impl Subject for Looker {
    fn name(&self) -> &'static str {
        "looker"
    }

    fn library(&self) -> PathBuf {
        artifacts::library("looker-connector")
    }

    fn settings(&self) -> Map<String, Value> {
        settings(&self.sandbox.ready.base_url, &self.sandbox.ready.client_id)
    }

    fn settings_at(&self, address: SocketAddr) -> Map<String, Value> {
        settings(&format!("http://{address}"), &self.sandbox.ready.client_id)
    }

    fn secrets(&self) -> Vec<(String, String)> {
        vec![("client_secret".to_owned(), self.sandbox.ready.client_secret.clone())]
    }

    fn quick(&self) -> Ask {
        // A fault that an earlier query did not live to meet must not meet this one.
        self.sandbox.heal();
        query(&json!({ "sorts": ["order_items.id"], "limit": 200 }))
    }

    fn waiting(&self) -> Ask {
        self.queries_before.store(self.queries(), Ordering::Relaxed);
        self.sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "delay", "ms": 120_000 }));
        query(&json!({ "limit": 10 }))
    }

    fn until_waiting(&self, _: &Recorder) {
        until(SOON, "the query's arrival", || self.queries() > self.queries_before.load(Ordering::Relaxed));
    }

    fn streaming(&self) -> Ask {
        // 160 kB a second of a result of 9 MB, most of which the sandbox holds back.
        self.sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "slow", "ms": 50, "bytes": 8_000 }));
        query(&json!({ "limit": -1 }))
    }

    fn until_released(&self) {
        until(SOON, "the end of the query in Looker", || {
            let stats = self.sandbox.stats();
            stats["running_queries"] == 0 && stats["cancelled_queries"] == 1
        });
    }

    fn failing(&self) -> Vec<Ask> {
        vec![
            query(&json!({ "explore": "no_such_explore" })),
            query(&json!({ "model": "no_such_model" })),
            query(&json!({ "fields": ["order_items.no_such_field"] })),
            query(&json!({ "filters": { "order_items.id": "this is no filter" } })),
            Ask::new("catalog", json!({ "path": "thelook/no_such_explore" })),
        ]
    }
}

e2e::conformance_tests!(Looker::new());

const SECRET: &str = "correct/horse+battery";

fn connect(base_url: &str, log: &Recorder) -> Session {
    let secret = Secret { name: "client_secret".to_owned(), value: SecretSlice::from(SECRET.as_bytes().to_vec()) };
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    plugin.connect(&settings(base_url, "an id"), &[secret], log.clone()).unwrap()
}

fn fail(session: &Session, ask: &Ask) -> Error {
    let (session, Ask { kind, body }) = (session.clone(), ask.clone());
    let result: Result<()> = within(SOON, "a failure", move || {
        session.start(&kind, &body, Some(Duration::from_secs(5)))?.result().map(drop)
    });
    result.unwrap_err()
}

/// Answers every request by what the function makes of its text, and closes the connection.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = service.local_addr().unwrap();
    thread::spawn(move || {
        for connection in service.incoming() {
            let mut connection = connection.unwrap();
            let request = read_request(&mut connection);
            // Nothing is sent to a server that does not prove to be Looker, so this one does.
            let answer = if request.starts_with("GET /api/4.0/versions") {
                response("200 OK", "application/json", r#"{"looker_release_version":"26.12.3"}"#)
            } else {
                answer(&request)
            };
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// Reads one request, its body included.
fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let count = connection.read(&mut buffer).unwrap_or_default();
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let length = text.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let whole = text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0));
        if whole || count == 0 {
            return text;
        }
    }
}

fn response(status: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// Some proxies and debug pages answer with the request that they got: an error's evidence holds such answers.
#[test]
fn a_server_that_repeats_the_request_does_not_make_the_secret_come_back() {
    let statuses = ["400 Bad Request", "401 Unauthorized", "404 Not Found", "429 Too Many Requests"];
    for status in statuses.into_iter().chain(["500 Internal Server Error", "503 Service Unavailable", "200 OK"]) {
        for media_type in ["text/html", "application/json"] {
            let base_url = serve(move |request| {
                let message = serde_json::to_string(request).unwrap();
                let json = format!("{{\"message\":{message},\"documentation_url\":{message}}}");
                response(status, media_type, if media_type == "text/html" { request } else { &json })
            });
            let log = Recorder::new(Level::Trace);
            let session = connect(&base_url, &log);
            let mut transcript = Transcript::new([SECRET.to_owned()]);
            for ask in [Ask::new("check", json!({})), query(&json!({}))] {
                let error = fail(&session, &ask);
                assert_eq!(error.evidence["operation"], "login", "the secret was not sent: {}", error.report());
                transcript.hear_error(status, &error);
            }
            let _ = session.shutdown(SOON);
            transcript.hear_log(&log);
            transcript.assert_free_of_secrets();
        }
    }
}

/// A token is a secret, too, though nobody has lent it.
#[test]
fn a_server_that_repeats_the_request_does_not_make_the_token_come_back() {
    const TOKEN: &str = "tokenOfTheSandbox0123456789";
    for status in
        ["400 Bad Request", "401 Unauthorized", "500 Internal Server Error", "503 Service Unavailable", "200 OK"]
    {
        let base_url = serve(move |request| {
            if request.lines().next().is_some_and(|line| line.contains("/login")) {
                let login = json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 });
                return response("200 OK", "application/json", &login.to_string());
            }
            assert!(request.contains(TOKEN), "the request is not made with the token: {request}");
            response(status, "text/html", request)
        });
        let log = Recorder::new(Level::Trace);
        let session = connect(&base_url, &log);
        let mut transcript = Transcript::new([SECRET.to_owned(), TOKEN.to_owned()]);
        transcript.hear("the session", session.describe().unwrap().to_string());
        for ask in [Ask::new("check", json!({})), query(&json!({})), Ask::new("catalog", json!({}))] {
            transcript.hear_error(status, &fail(&session, &ask));
        }
        let _ = session.shutdown(SOON);
        transcript.hear_log(&log);
        transcript.assert_free_of_secrets();
    }
}
