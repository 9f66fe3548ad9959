//! Requests from scripts of other sites.

mod common;

use common::{Client, Server};
use looker_sandbox::Options;
use serde_json::json;

const ORIGIN: &str = "https://app.example:8443";

fn server() -> Server {
    let cors_origins = vec!["http://localhost:3000".into(), ORIGIN.into()];
    Server::with(Options { rows: 50, cors_origins, ..Options::default() })
}

fn from(mut client: Client, origin: &str) -> Client {
    client.headers.push(("Origin", origin.to_owned()));
    client
}

fn asking(server: &Server, origin: &str) -> Client {
    let mut client = from(server.stranger(), origin);
    client.headers.push(("Access-Control-Request-Method", "POST".to_owned()));
    client.headers.push(("Access-Control-Request-Headers", "authorization,content-type".to_owned()));
    client
}

#[test]
fn a_browser_that_asks_for_an_allowed_origin_learns_what_it_may_do() {
    let server = server();
    for path in ["/api/4.0/queries/run/json", "/api/token"] {
        let answer = asking(&server, ORIGIN).send("OPTIONS", path, "", "").unwrap();
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(ORIGIN)));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("PATCH"));
        assert!(answer.header("access-control-allow-headers").unwrap().contains("Authorization"));
        assert!(answer.header("access-control-max-age").is_some());
    }
    for origin in ["https://app.example", "null", "https://evil.example"] {
        let answer = asking(&server, origin).send("OPTIONS", "/api/4.0/user", "", "").unwrap();
        answer.assert_error(403);
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")));
    }
    assert_eq!(server.stats()["by_operation"]["preflight"], 5);
}

#[test]
fn an_answer_names_an_allowed_origin_and_no_other() {
    let server = server();
    let allowed = from(server.admin(), ORIGIN).get("/api/4.0/user");
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, Some(ORIGIN)));
    assert!(allowed.headers.contains(&("vary".into(), "Origin".into())));
    let error = from(server.stranger(), ORIGIN).get("/api/4.0/user");
    assert_eq!((error.status, error.header("access-control-allow-origin")), (401, Some(ORIGIN)));
    for other in [from(server.admin(), "https://evil.example"), server.admin()] {
        let answer = other.get("/api/4.0/user");
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
    }
}

#[test]
fn no_script_logs_in_but_it_may_redeem_a_code() {
    let server = server();
    for origin in [ORIGIN, "https://evil.example"] {
        let script = from(server.stranger(), origin);
        for path in ["/api/4.0/login", "/login"] {
            let form = server.credentials("admin");
            script.send("POST", path, "application/x-www-form-urlencoded", &form).unwrap().assert_error(404);
        }
    }
    assert_eq!(server.stats()["logins"], 0);
    let body = json!({ "grant_type": "refresh_token", "client_id": "looker-connector", "refresh_token": "x" });
    let answer = from(server.stranger(), ORIGIN).post("/api/token", &body);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (400, Some(ORIGIN)));
    assert_eq!(answer.json()["error"], "invalid_grant");
}
