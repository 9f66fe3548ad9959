//! Where an instance is and what it says of itself.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::time::{Duration, SystemTime};

use common::{Client, Server};
use looker_sandbox::{Options, PlaceOptions};
use serde_json::json;

fn start(place: PlaceOptions) -> Server {
    Server::with(Options { rows: 100, place, ..Options::default() })
}

#[test]
fn a_release_and_addresses_are_told_as_they_were_set() {
    let server = start(PlaceOptions {
        release: "25.4.17".into(),
        api_server_url: Some("https://api.example.com:19999".into()),
        web_server_url: Some("https://bi.example.com".into()),
        ..PlaceOptions::default()
    });
    let versions = server.stranger().get("/api/4.0/versions").json();
    assert_eq!(
        (&versions["looker_release_version"], &versions["api_server_url"], &versions["web_server_url"]),
        (&json!("25.4.17"), &json!("https://api.example.com:19999"), &json!("https://bi.example.com"))
    );
    assert_eq!(versions["current_version"]["full_version"], "4.0.25.4");
    assert_eq!(server.stranger().get("/versions").json(), versions);
}

#[test]
fn an_old_server_has_no_version_4_and_still_tells_its_versions() {
    let server = start(PlaceOptions { api_versions: vec!["3.0".into(), "3.1".into()], ..PlaceOptions::default() });
    let stranger = server.stranger();
    stranger.get("/api/4.0/versions").assert_error(404);
    stranger.get("/api/4.0/user").assert_error(404);
    stranger.login(&server.credentials("admin")).assert_error(404);
    for path in ["/versions", "/api/3.1/versions", "/api/3.0/versions"] {
        let versions = stranger.get(path).json();
        let supported: Vec<_> =
            versions["supported_versions"].as_array().unwrap().iter().map(|v| &v["version"]).collect();
        assert_eq!(supported, ["3.0", "3.1"]);
        assert_eq!(versions["current_version"]["version"], "3.1");
    }
    assert_eq!(stranger.get("/alive").status, 200);
}

#[test]
fn with_a_prefix_the_api_is_below_it_only() {
    let server = start(PlaceOptions { prefix: "/bi/looker".into(), ..PlaceOptions::default() });
    assert!(server.sandbox.base_url().ends_with("/bi/looker"));
    assert!(!server.sandbox.admin_url().contains("/bi"));
    let stranger = server.stranger();
    let versions = stranger.get("/bi/looker/api/4.0/versions").json();
    assert_eq!(versions["api_server_url"], server.sandbox.base_url());
    assert_eq!(stranger.get("/bi/looker/alive").status, 200);
    stranger.get("/bi/looker/api/4.0/nothing").assert_error(404);
    for outside in ["/api/4.0/versions", "/alive", "/"] {
        let answer = stranger.get(outside);
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html;charset=utf-8")), "{outside}");
    }
    // The administration is not Looker's, and stays where it is.
    assert_eq!(server.stats()["requests"], 6);
}

#[test]
fn every_answer_has_the_date_of_the_servers_clock() {
    for skew in [0, 7200, -7200] {
        let server = start(PlaceOptions { clock_skew: skew, ..PlaceOptions::default() });
        server.fault(&json!({ "operation": "me", "fault": "status", "retry_after_date_in": 60 }));
        let expected = if skew < 0 {
            SystemTime::now() - Duration::from_hours(2)
        } else {
            SystemTime::now() + Duration::from_secs(skew.unsigned_abs())
        };
        let near = |text: &str, expected: SystemTime| {
            let date = httpdate::parse_http_date(text).unwrap();
            let distance = date.duration_since(expected).unwrap_or_else(|error| error.duration());
            assert!(distance < Duration::from_secs(30), "{text} {skew}");
        };
        for path in ["/alive", "/nothing"] {
            near(server.stranger().get(path).header("date").unwrap(), expected);
        }
        let failed = server.admin().get("/api/4.0/user");
        near(failed.header("retry-after").unwrap(), expected + Duration::from_mins(1));
        assert_eq!(failed.headers.iter().filter(|(name, _)| name == "date").count(), 1);
    }
}

#[test]
fn an_identity_aware_proxy_wants_its_header_before_anything_else() {
    let required_header = Some("X-Tunnel-Key: open sesame".parse().unwrap());
    let server = start(PlaceOptions { required_header, ..PlaceOptions::default() });
    let with = |value: &str| Client { headers: vec![("x-tunnel-key", value.into())], ..server.stranger() };
    let without = server.stranger().get("/api/4.0/versions");
    assert_eq!(without.status, 302);
    assert!(without.header("location").unwrap().starts_with("https://accounts.example.com/login?"), "{without:?}");
    let wrong = with("open").get("/api/4.0/versions");
    assert_eq!(wrong.status, 401);
    for answer in [&without, &wrong] {
        assert_eq!(answer.header("x-goog-iap-generated-response"), Some("true"));
        assert_eq!(answer.header("content-type"), Some("text/html;charset=utf-8"));
    }
    let right = with("open sesame");
    assert_eq!(right.get("/api/4.0/versions").status, 200);
    assert_eq!(right.login(&server.credentials("admin")).status, 200);
    right.get("/api/4.0/user").assert_error(401);
}
