//! A schedule that Looker delivers to a webhook: what arrives is verified and read, and what somebody else sends is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{ask, connect, connect_as, value};
use e2e::looker::Looker;
use e2e::patience::{LATER, within};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Map, Value, json};

/// The one request that a listener gets: its headers and its body.
fn request(listener: TcpListener) -> (Map<String, Value>, String) {
    within(LATER, "the delivery", move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut headers = Map::new();
        for line in reader.by_ref().lines().skip(1) {
            let line = line.unwrap();
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_owned(), value.trim().into());
        }
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).unwrap().1;
        let mut body = vec![0; length.as_str().unwrap().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        (headers, String::from_utf8(body).unwrap())
    })
}

/// What a schedule of a Look delivers in a format.
fn delivered(sandbox: &Sandbox, format: &str) -> (Map<String, Value>, String) {
    let admin = connect_as(sandbox, "admin", &json!({}), Recorder::new(Level::Error));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hooks/looker?flow=7", listener.local_addr().unwrap());
    let destination = json!([{ "type": "webhook", "address": address, "format": format }]);
    let plan = json!({ "name": "To the flow", "look_id": "1", "scheduled_plan_destination": destination });
    value(&admin, "call", &json!({ "operation": "scheduled_plan_run_once", "body": plan }));
    request(listener)
}

fn session(sandbox: &Sandbox, token: &str) -> Session {
    let ready = &sandbox.ready;
    let settings = json!({ "base_url": ready.base_url, "client_id": ready.client_id });
    let secrets = [("client_secret", ready.client_secret.as_str()), ("webhook_token", token)];
    connect(&settings, &secrets, Recorder::new(Level::Error)).unwrap()
}

fn token(sandbox: &Sandbox) -> String {
    sandbox.ready.more["webhook_token"].as_str().unwrap().to_owned()
}

#[test]
fn what_looker_delivers_is_read_as_rows_or_as_a_file_without_a_call() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&sandbox, &token(&sandbox));
    for (format, member) in
        [("json", "rows"), ("inline_json", "rows"), ("csv", "file"), ("xlsx", "file"), ("png", "file")]
    {
        let (headers, body) = delivered(&sandbox, format);
        let before = sandbox.stats()["requests"].as_u64();
        let body = json!({ "headers": headers, "body": body, "received_at": "1" });
        let event = value(&session, "receive", &body)["events"][0].clone();
        let data = &event["data"];
        assert_eq!((&event["kind"], &data["title"]), (&json!("delivered"), &json!("To the flow")), "{format}: {event}");
        assert!(event["looker_url"].as_str().unwrap().ends_with("/looks/1"), "{format}: {event}");
        match member {
            "rows" => assert!(!data["rows"].as_array().unwrap().is_empty(), "{format}: {event}"),
            _ => assert_eq!(data["file"]["extension"], format, "{event}"),
        }
        assert_eq!(value(&session, "receive", &body)["events"][0]["key"], event["key"], "{format}");
        assert_eq!(sandbox.stats()["requests"].as_u64(), before, "{format}");
    }
}

#[test]
fn what_somebody_else_sends_is_not_taken() {
    let sandbox = Sandbox::start(&[]);
    let (mut headers, body) = delivered(&sandbox, "json");
    let take = |session: &Session, headers: &Map<String, Value>| {
        ask(session, "receive", &json!({ "headers": headers, "body": body })).0.map(drop)
    };
    let session_of = |token: &str| session(&sandbox, token);
    assert_eq!(take(&session_of(&token(&sandbox)), &headers), Ok(()));
    let error = take(&session_of("another-token-than-that"), &headers).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert!(!error.report().contains(&token(&sandbox)), "{}", error.report());
    let unset = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Error));
    assert_eq!(take(&unset, &headers).unwrap_err().kind, ErrorKind::Credentials);
    let instance = headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("x-looker-instance")).unwrap().1;
    *instance = json!("other.looker.com");
    assert!(take(&session_of(&token(&sandbox)), &headers).unwrap_err().message.contains("other.looker.com"));
}

#[test]
fn the_host_prints_a_delivery_as_a_line() {
    let looker = Looker::start(&[]);
    let (headers, body) = delivered(&looker.sandbox, "csv");
    looker.file("headers.json", &Value::Object(headers).to_string());
    let host = looker.host.env("LOOKER_WEBHOOK_TOKEN", &token(&looker.sandbox));
    let arguments = ["receive", "--header-file", "headers.json", "--body", "-"];
    let run = host.run_with_input(&arguments, body.as_bytes()).succeeded();
    let event: Value = serde_json::from_str(run.text().trim_end()).unwrap();
    assert!(event["data"]["file"]["text"].as_str().unwrap().contains(','), "{event}");
}
