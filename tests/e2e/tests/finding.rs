//! Finding Looker: names, ports, proxies, redirects, and what is sent where.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;

use connector_interface::error::{ErrorKind, Result};
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{connect, connect_as, count, error, value};
use e2e::patience::SOON;
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::json;

fn silent() -> Recorder {
    Recorder::new(Level::Error)
}

fn more<'a>(sandbox: &'a Sandbox, key: &str) -> &'a str {
    sandbox.ready.more[key].as_str().unwrap()
}

/// A session through the sandbox's proxy, to a name that has routes there.
fn through_proxy(sandbox: &Sandbox, base_url: &str) -> Result<Session> {
    let settings = json!({ "base_url": base_url, "client_id": sandbox.ready.client_id,
                           "proxy": more(sandbox, "proxy_url"), "ca_file": more(sandbox, "ca_file") });
    connect(&settings, &[("client_secret", &sandbox.ready.client_secret)], silent())
}

const NAMES: [&str; 6] = ["--tls", "--tls-name", "*.looker.com", "--tls-name", "*.cloud.looker.com", "--proxy"];

fn instances(routes: &[&str]) -> Sandbox {
    let routes: Vec<&str> = routes.iter().flat_map(|route| ["--route", route]).collect();
    Sandbox::start(&[&NAMES, routes.as_slice()].concat())
}

#[test]
fn an_instance_is_found_on_the_port_that_it_has_and_what_failed_before_is_told() {
    let old = instances(&["acme.looker.com:19999"]);
    let answer = value(&through_proxy(&old, "acme.looker.com").unwrap(), "check", &json!({}));
    assert_eq!(answer["facts"]["api_root"], "https://acme.looker.com:19999/api/4.0");
    assert_eq!(answer["facts"]["failed"][0]["root"], "https://acme.looker.com");
    let new = instances(&["acme.cloud.looker.com:443"]);
    for typed in ["acme.cloud.looker.com", "acme", "https://ACME.cloud.looker.com./explore/thelook/orders?x=1"] {
        let answer = value(&through_proxy(&new, typed).unwrap(), "check", &json!({}));
        assert_eq!(answer["facts"]["api_root"], "https://acme.cloud.looker.com/api/4.0", "{typed}");
    }
}

#[test]
fn an_instance_with_two_hosts_is_one_instance() {
    // Both say the same of themselves, so that its name alone is enough.
    let both = instances(&["acme.cloud.looker.com:443", "acme.looker.com:443"]);
    let session = through_proxy(&both, "acme").unwrap();
    assert_eq!(value(&session, "check", &json!({}))["facts"]["host"], "acme.cloud.looker.com");
}

#[test]
fn a_place_that_was_not_named_is_offered_and_gets_no_credentials() {
    let sandbox = instances(&["acme.looker.com:19999"]);
    let session = through_proxy(&sandbox, "https://acme.looker.com:9999/dashboards/1").unwrap();
    let refused = error(&session, "check", &json!({}));
    assert!(refused.advice.contains("https://acme.looker.com:19999"), "{}", refused.report());
    session.shutdown(SOON).unwrap();
    let stats = sandbox.stats();
    assert_eq!((&stats["logins"], &stats["by_operation"]), (&json!(0), &json!({ "versions": 1 })), "{stats}");
}

#[test]
fn a_redirect_is_not_followed_so_that_no_token_leaves_its_origin() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("http://{}/api/4.0/user", elsewhere.local_addr().unwrap());
    let (tell, heard) = channel();
    thread::spawn(move || {
        for mut connection in elsewhere.incoming().flatten() {
            let mut request = [0; 4_096];
            let count = connection.read(&mut request).unwrap_or_default();
            let _ = tell.send(String::from_utf8_lossy(&request[..count]).into_owned());
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let sandbox = Sandbox::start(&[]);
    for operation in ["versions", "login", "me"] {
        sandbox.inject(&json!({ "operation": operation, "fault": "redirect", "location": location, "status": 307 }));
        let session = connect_as(&sandbox, "admin", &json!({}), silent());
        let refused = error(&session, "check", &json!({}));
        assert!(refused.kind == ErrorKind::Protocol && refused.message.contains(&location), "{}", refused.report());
    }
    assert_eq!(heard.try_recv().ok(), None, "the other place heard something");
}

#[test]
fn a_proxy_that_is_slow_is_waited_for_and_one_that_lies_or_is_dead_is_not_taken_for_looker() {
    let sandbox = instances(&["acme.looker.com:443"]);
    for (mood, kind) in [
        (json!({ "mode": "slow", "ms": 1, "bytes": 512 }), None),
        (json!({ "mode": "lying" }), Some(ErrorKind::Tls)),
        (json!({ "mode": "portal" }), Some(ErrorKind::Tls)),
        (json!({ "mode": "dead" }), Some(ErrorKind::Timeout)),
        (json!({ "mode": "honest" }), None),
    ] {
        sandbox.set_proxy(&mood);
        let settings = json!({ "base_url": "acme.looker.com:443", "client_id": sandbox.ready.client_id, "timeout": 2,
                               "proxy": more(&sandbox, "proxy_url"), "ca_file": more(&sandbox, "ca_file") });
        let logins = sandbox.stats()["logins"].clone();
        let session = connect(&settings, &[("client_secret", &sandbox.ready.client_secret)], silent()).unwrap();
        match kind {
            None => assert_eq!(count(&session, &json!({ "limit": 50 })), 50, "{mood}"),
            Some(kind) => {
                let refused = error(&session, "check", &json!({}));
                assert_eq!(refused.kind, kind, "{mood}: {}", refused.report());
                assert_eq!(sandbox.stats()["logins"], logins, "{mood}");
            }
        }
    }
}
