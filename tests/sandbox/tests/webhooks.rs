//! Scheduled plans that are delivered to a webhook: what arrives there, and what becomes of the job.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a helper fails its test")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::calls::{activity, get, post};
use common::{Client, Server};
use looker_sandbox::Options;
use serde_json::{Value, json};

/// What arrived: the first line, the headers in lower case, the body.
struct Arrived {
    line: String,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Arrived {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A webhook that answers with a status, or never.
fn webhook(status: Option<u16>) -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook?key=1", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim_end().is_empty() {
                    break;
                }
                lines.push(line.trim_end().to_owned());
            }
            let headers: Vec<(String, String)> = lines[1..]
                .iter()
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let mut arrived = Arrived { line: lines[0].clone(), headers, body: Value::Null };
            let mut body = vec![0; arrived.header("content-length").parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            arrived.body = serde_json::from_slice(&body).unwrap();
            match status {
                Some(status) => {
                    let answer = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n");
                    (&stream).write_all(answer.as_bytes()).unwrap();
                }
                None => silent.push(stream),
            }
            if sender.send(arrived).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

/// Delivers once; yields the id of the plan.
fn deliver(client: &Client, content: &Value, address: &str, format: &str) -> String {
    let mut plan = json!({ "name": "Mine", "scheduled_plan_destination": [
        { "type": "webhook", "address": address, "format": format, "apply_formatting": false }
    ] });
    plan.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    post(client, "scheduled_plans/run_once", &plan)["id"].as_str().unwrap().to_owned()
}

/// How the only delivery of a plan ended.
fn outcome(client: &Client, plan: &str) -> (Value, Value) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let fields = ["scheduled_job.id", "scheduled_job.status", "scheduled_job.status_detail"];
        let jobs = activity(client, "scheduled_plan", &fields, &json!({ "scheduled_plan.id": plan }));
        assert_eq!(jobs.len(), 1);
        if jobs[0][fields[1]] != "running" {
            return (jobs[0][fields[1]].clone(), jobs[0][fields[2]].clone());
        }
        assert!(Instant::now() < deadline, "{jobs:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_webhook_gets_the_result_of_a_look_with_the_token_and_the_instance() {
    let server = Server::with(Options { rows: 500, webhook_token: "open-sesame".into(), ..Options::default() });
    let admin = server.admin();
    let (address, arrivals) = webhook(Some(200));
    let plan = deliver(&admin, &json!({ "look_id": "1" }), &address, "csv");
    let arrived = arrivals.recv_timeout(PATIENCE).unwrap();
    assert_eq!(arrived.line, "POST /hook?key=1 HTTP/1.1");
    let headers = ["x-looker-webhook-token", "x-looker-instance", "content-type"].map(|name| arrived.header(name));
    assert_eq!(headers, ["open-sesame", "127.0.0.1", "application/json"]);
    let look = get(&admin, "looks/1");
    let (body, told) = (&arrived.body, &arrived.body["scheduled_plan"]);
    assert_eq!((&body["type"], &body["data"], &body["form_params"]), (&json!("query"), &Value::Null, &json!({})));
    assert_eq!((&told["title"], &told["scheduled_plan_id"]), (&json!("Mine"), &json!(plan)));
    assert_eq!((&told["type"], &told["query_id"]), (&json!("Look"), &look["query_id"]));
    assert!(told["url"].as_str().unwrap().ends_with("/looks/1"), "{told}");
    let result = admin.get("/api/4.0/looks/1/run/csv").body;
    assert_eq!(body["attachment"], json!({ "mimetype": "text/csv", "extension": "csv", "data": result }));
    assert_eq!(outcome(&admin, &plan), (json!("success"), Value::Null));
}

#[test]
fn what_is_attached_has_the_format_of_the_destination() {
    let server = Server::start(500);
    let admin = server.admin();
    let (address, arrivals) = webhook(Some(204));
    let query = json!({ "query_id": get(&admin, "looks/1")["query_id"] });
    let sent = |content: &Value, format: &str| {
        deliver(&admin, content, &address, format);
        arrivals.recv_timeout(PATIENCE).unwrap().body
    };
    let result = |format: &str| admin.get(&format!("/api/4.0/looks/1/run/{format}")).body;
    for (format, mimetype, extension) in
        [("txt", "text/plain", "txt"), ("html", "text/html", "html"), ("json", "application/json", "json")]
    {
        let expected = json!({ "mimetype": mimetype, "extension": extension, "data": result(format) });
        assert_eq!(sent(&query, format)["attachment"], expected, "{format}");
    }
    let rows: Value = serde_json::from_str(&result("json")).unwrap();
    let inline = sent(&query, "inline_json");
    assert_eq!((&inline["data"], &inline["attachment"]), (&rows, &Value::Null));
    let detail = sent(&query, "json_detail");
    let detail: Value = serde_json::from_str(detail["attachment"]["data"].as_str().unwrap()).unwrap();
    assert_eq!(detail["data"].as_array().unwrap().len(), rows.as_array().unwrap().len());
    let dashboard = json!({ "dashboard_id": "1" });
    for (content, format, mimetype, begin) in [
        (&query, "wysiwyg_png", "image/png;base64", "\u{89}PNG"),
        (&query, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64", "PK"),
        (&dashboard, "wysiwyg_pdf", "application/pdf;base64", "%PDF"),
    ] {
        let attachment = sent(content, format)["attachment"].clone();
        assert_eq!(attachment["mimetype"], mimetype, "{format}");
        let bytes = STANDARD.decode(attachment["data"].as_str().unwrap()).unwrap();
        let begin: Vec<u8> = begin.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
        assert!(bytes.starts_with(&begin), "{format}");
    }
}

#[test]
fn a_delivery_that_is_refused_or_cannot_be_made_is_a_job_that_failed() {
    let server = Server::start(50);
    let admin = server.admin();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (broken, silent, fine) = (webhook(Some(500)), webhook(None), webhook(Some(200)));
    for (look, address, format, reason) in [
        ("1", broken.0.as_str(), "csv", "answered with 500"),
        ("1", &format!("http://{nobody}/"), "csv", "cannot be reached"),
        ("1", &silent.0, "csv", "has not answered within 5 seconds"),
        ("1", &fine.0, "wysiwyg_pdf", "The format \"wysiwyg_pdf\" cannot be sent"),
        ("6", &fine.0, "csv", "SQL Error"),
        ("4", &fine.0, "csv", "Not found"),
    ] {
        let plan = deliver(&admin, &json!({ "look_id": look }), address, format);
        let (status, detail) = outcome(&admin, &plan);
        assert_eq!(status, "failure", "{reason}");
        assert!(detail.as_str().unwrap().contains(reason), "{reason}: {detail}");
    }
    assert!(fine.1.try_recv().is_err(), "nothing was sent");
    assert_eq!(server.stats()["deliveries"].as_object().unwrap().len(), 6);
}
