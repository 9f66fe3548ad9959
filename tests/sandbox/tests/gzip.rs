//! Compressed answers: only for those who ask, and broken where a fault says so.

#![allow(clippy::unwrap_used, reason = "a helper fails its test")]

mod common;

use std::io::Read as _;
use std::time::{Duration, Instant};

use common::{Answer, Client, Server, query};
use flate2::read::GzDecoder;
use looker_sandbox::Options;
use serde_json::{Value, json};

fn start() -> Server {
    Server::with(Options { rows: 2000, gzip: true, ..Options::default() })
}

fn offering(server: &Server) -> Client {
    Client { headers: vec![("Accept-Encoding", "deflate, gzip".into())], ..server.admin() }
}

fn items() -> Value {
    query("order_items", &["order_items.id", "order_items.status"], &json!({ "limit": "-1" }))
}

/// The text of a body as far as it came, and whether gzip had its proper end.
fn text(answer: &Answer) -> (String, bool) {
    let mut bytes = Vec::new();
    let complete = GzDecoder::new(answer.bytes.as_slice()).read_to_end(&mut bytes).is_ok();
    (String::from_utf8(bytes).unwrap(), complete)
}

#[test]
fn a_body_is_compressed_for_a_client_that_offers_it() {
    let server = start();
    let client = offering(&server);
    let plain = server.admin().run("json", &items());
    assert_eq!(plain.header("content-encoding"), None);
    let before = server.stats()["bytes_sent"].as_u64().unwrap();
    let packed = client.run("json", &items());
    assert_eq!((packed.header("content-encoding"), packed.header("content-length")), (Some("gzip"), None));
    assert_eq!(text(&packed), (plain.body.clone(), true));
    assert!(packed.bytes.len() * 4 < plain.bytes.len());
    assert_eq!(server.stats()["bytes_sent"].as_u64().unwrap() - before, packed.bytes.len() as u64);
    // Errors as well; but nothing is not.
    assert!(text(&client.get("/api/4.0/nothing")).0.contains("Not found"));
    let nothing = client.delete("/api/4.0/logout");
    assert_eq!((nothing.status, nothing.header("content-encoding")), (204, None));
}

#[test]
fn without_the_option_nobody_gets_gzip() {
    let server = Server::start(100);
    assert_eq!(offering(&server).get("/api/4.0/user").header("content-encoding"), None);
}

#[test]
fn rows_before_a_cut_have_left_and_can_be_read() {
    let server = start();
    server.fault(&json!({ "operation": "run_inline_query", "fault": "cut", "after_rows": 100 }));
    let cut = offering(&server).run("csv", &items());
    let (text, ended) = text(&cut);
    assert_eq!((cut.complete, ended, text.lines().count()), (false, false, 101));
}

#[test]
fn an_ended_result_is_well_for_gzip_and_another_answer_is_not() {
    let server = start();
    let client = offering(&server);
    server.fault(&json!({ "operation": "run_inline_query", "fault": "end", "after_rows": 3 }));
    let answer = client.run("json", &items());
    let (rows, ended) = text(&answer);
    assert!(answer.complete && ended && rows.starts_with('[') && !rows.ends_with(']'), "{rows}");
    server.fault(&json!({ "operation": "me", "fault": "end" }));
    let answer = client.get("/api/4.0/user");
    assert_eq!((answer.complete, text(&answer).1), (true, false));
}

#[test]
fn a_slow_body_trickles_in_its_compressed_form() {
    let server = start();
    let client = offering(&server);
    let expected = text(&client.run("csv", &items()));
    server.fault(&json!({ "operation": "run_inline_query", "fault": "slow", "bytes": 500, "ms": 5 }));
    let begin = Instant::now();
    let slow = client.run("csv", &items());
    assert_eq!(text(&slow), expected);
    let pieces = u32::try_from(slow.bytes.len() / 500).unwrap();
    assert!(pieces > 1 && begin.elapsed() >= pieces * Duration::from_millis(5));
}
