//! The forward proxy in front: its routes, its credentials, its moods, and what it counts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Answer, Server, read_answer};
use looker_sandbox::{Options, ProxyOptions, TlsOptions};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};

const ACME: &str = "acme.looker.com:19999";

fn start(tls: bool, routes: &[&str], credentials: Option<&str>) -> Server {
    let routes = routes.iter().map(|route| route.parse().unwrap()).collect();
    let names = vec!["*.looker.com".to_owned()];
    Server::with(Options {
        rows: 1000,
        tls: tls.then(|| TlsOptions { names, ..TlsOptions::default() }),
        proxy: Some(ProxyOptions { routes, credentials: credentials.map(str::to_owned) }),
        ..Options::default()
    })
}

fn ask(server: &Server, head: &str) -> TcpStream {
    let address = server.sandbox.proxy_url().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// A tunnel, or the answer that refuses it.
fn connect(server: &Server, target: &str, more: &str) -> Result<TcpStream, Answer> {
    let mut stream = ask(server, &format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{more}\r\n"));
    // Byte by byte: what follows the head belongs to the tunnel.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 200") { Ok(stream) } else { Err(read_answer(head.chain(stream)).unwrap()) }
}

/// `GET` inside TLS inside a tunnel.
fn get(server: &Server, tunnel: TcpStream, path: &str) -> std::io::Result<Answer> {
    let name = ServerName::try_from("acme.looker.com").unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(&server.trust()), name).unwrap(), tunnel);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {ACME}\r\nConnection: close\r\n\r\n").as_bytes())?;
    read_answer(stream)
}

fn behave(server: &Server, behaviour: &Value) {
    assert_eq!(server.control().post("/__sandbox/proxy", behaviour).status, 204);
}

fn counted(server: &Server) -> Value {
    server.control().get("/__sandbox/proxy").json()
}

#[test]
fn a_route_leads_to_the_sandbox_whatever_its_name_and_nothing_else_leads_anywhere() {
    let server = start(true, &[ACME, "*:443"], None);
    for target in [ACME, "ACME.looker.com:19999", "whatever.example:443"] {
        let tunnel = connect(&server, target, "").unwrap();
        assert_eq!(get(&server, tunnel, "/alive").unwrap().status, 200, "{target}");
    }
    let own = server.stranger().address;
    for target in ["acme.looker.com:9999", "other.looker.com:19999", &own] {
        let refused = connect(&server, target, "").unwrap_err();
        assert_eq!((refused.status, refused.header("content-type")), (502, Some("text/plain;charset=utf-8")));
        assert!(refused.body.contains(target), "{refused:?}");
    }
    let counted = counted(&server);
    assert_eq!((&counted["mode"], &counted["connects"], &counted["refused"]), (&json!("honest"), &json!(3), &json!(3)));
    assert_eq!(counted["by_target"][ACME], 2);
    assert_eq!(server.stats()["connections"], 3);
}

#[test]
fn without_the_credentials_there_is_407_and_no_way_through() {
    let server = start(true, &[ACME], Some("user:pass word"));
    let refused = connect(&server, ACME, "").unwrap_err();
    assert_eq!((refused.status, refused.header("proxy-authenticate")), (407, Some("Basic realm=\"looker-sandbox\"")));
    // dXNlcjp3cm9uZw== is user:wrong.
    assert_eq!(connect(&server, ACME, "Proxy-Authorization: Basic dXNlcjp3cm9uZw==\r\n").unwrap_err().status, 407);
    let tunnel = connect(&server, ACME, "Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n").unwrap();
    assert_eq!(get(&server, tunnel, "/alive").unwrap().status, 200);
    let text = server.control().get("/__sandbox/proxy").body;
    assert!(!text.contains("pass word") && !text.contains("dXNlcjpwYXNzIHdvcmQ"), "{text}");
    assert_eq!(counted(&server)["unauthorized"], 2);
}

#[test]
fn a_plain_request_with_an_absolute_address_is_forwarded() {
    let server = start(false, &["acme.example:80"], None);
    let head = "GET http://acme.example/api/4.0/versions?fields=api_server_url HTTP/1.1\r\nHost: acme.example\r\n\
                Proxy-Connection: keep-alive\r\nConnection: close\r\n\r\n";
    let answer = read_answer(ask(&server, head)).unwrap();
    assert_eq!(answer.json(), json!({ "api_server_url": server.sandbox.base_url() }));
    let answer =
        read_answer(ask(&server, "GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n")).unwrap();
    assert_eq!(answer.status, 502);
    let answer = read_answer(ask(&server, "GET /alive HTTP/1.1\r\nHost: acme.example\r\n\r\n")).unwrap();
    assert_eq!(answer.status, 400);
    let counted = counted(&server);
    assert_eq!((&counted["requests"], &counted["refused"]), (&json!(1), &json!(1)));
    // Where the server speaks TLS, a plain request ends at the proxy.
    let server = start(true, &["acme.example:80"], None);
    assert_eq!(read_answer(ask(&server, head)).unwrap().status, 502);
}

#[test]
fn a_slow_proxy_lets_bytes_trickle() {
    let server = start(false, &[ACME], None);
    behave(&server, &json!({ "mode": "slow", "ms": 10, "bytes": 8 }));
    let mut tunnel = connect(&server, ACME, "").unwrap();
    let request = format!("GET /alive HTTP/1.1\r\nHost: {ACME}\r\nConnection: close\r\n\r\n");
    let begin = Instant::now();
    tunnel.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(tunnel).unwrap().status, 200);
    // The request alone has eight pieces.
    assert!(begin.elapsed() >= Duration::from_millis(10) * u32::try_from(request.len() / 8).unwrap());
}

#[test]
fn a_lying_proxy_answers_with_a_page_in_the_place_of_the_server() {
    let server = start(true, &[ACME], None);
    behave(&server, &json!({ "mode": "lying" }));
    let error = get(&server, connect(&server, ACME, "").unwrap(), "/alive").unwrap_err();
    assert!(error.to_string().contains("corrupt message"), "{error}");
    let mut tunnel = connect(&server, ACME, "").unwrap();
    tunnel.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let page = read_answer(tunnel).unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html;charset=utf-8")));
    assert_eq!(server.stats()["connections"], 0);
}

#[test]
fn a_captive_portal_answers_every_request_with_its_login_page() {
    let server = start(true, &[ACME], Some("user:secret"));
    behave(&server, &json!({ "mode": "portal" }));
    let page = read_answer(ask(&server, "GET http://any.example/ HTTP/1.1\r\nHost: any.example\r\n\r\n")).unwrap();
    assert!(page.status == 200 && page.body.contains("log in"), "{page:?}");
    // Also in the place of a tunnel: the page is the body of the answer.
    let mut text = String::new();
    connect(&server, "any.example:443", "").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.contains("log in"), "{text}");
}

#[test]
fn a_dead_proxy_accepts_and_never_answers_until_the_sandbox_goes() {
    let server = start(true, &[ACME], None);
    let open = connect(&server, ACME, "").unwrap();
    behave(&server, &json!({ "mode": "dead" }));
    let mut waiting = ask(&server, &format!("CONNECT {ACME} HTTP/1.1\r\nHost: {ACME}\r\n\r\n"));
    waiting.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert_eq!(waiting.read(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // A tunnel that is there falls silent as well.
    open.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert_eq!(get(&server, open, "/alive").unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    behave(&server, &json!({ "mode": "honest" }));
    assert_eq!(get(&server, connect(&server, ACME, "").unwrap(), "/alive").unwrap().status, 200);
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(server);
    assert_eq!(waiting.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn what_is_no_behaviour_is_refused_and_without_a_proxy_there_is_none() {
    let server = start(false, &[], None);
    for bad in [json!({ "mode": "angry" }), json!({ "mode": "slow", "bytes": 0 }), json!({ "ms": 1 })] {
        let refused = server.control().post("/__sandbox/proxy", &bad);
        assert!(refused.status == 400 && refused.json()["message"].as_str().unwrap().ends_with('.'), "{bad}");
    }
    let without = Server::start(100);
    assert_eq!(without.control().get("/__sandbox/proxy").status, 404);
    assert_eq!(without.sandbox.describe().get("proxy_url"), None);
}
