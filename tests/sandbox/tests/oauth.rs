//! OAuth: an application sends a user to a page, gets a code, and makes tokens of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper fails its test")]

mod common;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use common::{Answer, Client, Server};
use looker_sandbox::{Options, PlaceOptions, TlsOptions};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

const APP: &str = "looker-connector";
const BACK: &str = "http://127.0.0.1:7777/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The address of a login request, with changes.
fn request(changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", APP),
        ("redirect_uri", BACK),
        ("scope", "cors_api"),
        ("state", "a b&c=d"),
        ("code_challenge_method", "S256"),
        ("code_challenge", &challenge),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    format!("/auth?{}", form(&pairs))
}

fn send(browser: &Client, path: &str, pairs: &[(&str, &str)]) -> Answer {
    browser.send("POST", path, "application/x-www-form-urlencoded", &form(pairs)).unwrap()
}

fn sign_in(server: &Server, browser: &mut Client, path: &str, name: &str) -> Answer {
    let users = server.users.as_array().unwrap();
    let user = users.iter().find(|user| user["name"] == name).unwrap();
    let password = user["client_secret"].as_str().unwrap();
    let answer = send(browser, path, &[("email", user["email"].as_str().unwrap()), ("password", password)]);
    if let Some(cookie) = answer.header("set-cookie") {
        assert!(cookie.contains("HttpOnly"));
        browser.headers = vec![("Cookie", cookie.split(';').next().unwrap().to_owned())];
    }
    answer
}

/// Where a browser ends up when a user signs in and then presses a button.
fn press(server: &Server, name: &str, path: &str, decision: &str) -> Url {
    let mut browser = server.web();
    let signed_in = sign_in(server, &mut browser, path, name);
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some(path)));
    let answer = send(&browser, path, &[("decision", decision)]);
    assert_eq!(answer.status, 303, "{answer:?}");
    answer.header("location").unwrap().parse().unwrap()
}

fn pair(url: &Url, wanted: &str) -> Option<String> {
    url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

fn code(server: &Server, name: &str) -> String {
    pair(&press(server, name, &request(&[]), "allow"), "code").unwrap()
}

fn redeem(server: &Server, changes: &Value) -> Answer {
    let mut body = json!({ "grant_type": "authorization_code", "client_id": APP, "redirect_uri": BACK,
                           "code_verifier": VERIFIER });
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    server.stranger().post("/api/token", &body)
}

fn refresh(server: &Server, token: &Value) -> Answer {
    let body = json!({ "grant_type": "refresh_token", "client_id": APP, "redirect_uri": BACK, "refresh_token": token });
    server.stranger().post("/api/token", &body)
}

fn client(server: &Server, token: &Value) -> Client {
    let mut client = server.stranger();
    token.as_str().unwrap().clone_into(&mut client.token);
    client
}

/// The tokens of a user who has just let the application in.
fn tokens(server: &Server, name: &str) -> Value {
    let answer = redeem(server, &json!({ "code": code(server, name) }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(error)), "{answer:?}");
    assert!(answer.json()["error_description"].as_str().unwrap().ends_with('.'));
}

#[test]
fn a_user_signs_in_allows_and_the_code_becomes_tokens_of_that_user() {
    let server = Server::start(50);
    let mut browser = server.web();
    let path = request(&[]);
    let page = browser.get(&path);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html;charset=utf-8")));
    for part in
        ["<label for=\"email\">", "id=\"email\"", "<label for=\"password\">", "id=\"password\"", "id=\"sign-in\""]
    {
        assert!(page.body.contains(part), "{part}");
    }
    assert_eq!(sign_in(&server, &mut browser, &path, "viewer").status, 303);
    let page = browser.get(&path);
    assert!(page.body.contains("id=\"allow\"") && page.body.contains("id=\"deny\""));
    assert!(page.body.contains("viewer Sandbox") && page.body.contains(APP));

    let back = press(&server, "viewer", &path, "allow");
    assert!(back.as_str().starts_with(BACK));
    assert_eq!(pair(&back, "state").as_deref(), Some("a b&c=d"));
    let answer = redeem(&server, &json!({ "code": pair(&back, "code") }));
    let tokens = answer.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let viewer = client(&server, &tokens["access_token"]);
    assert_eq!(viewer.get("/api/4.0/user").json()["email"], "viewer@example.com");
    assert_eq!(viewer.get("/api/4.0/session").json()["sudo_user_id"], Value::Null);
    let users = &server.admin().get(&format!("/api/4.0/oauth_client_apps/{APP}")).json()["activated_users"];
    assert_eq!((&users[0]["id"], &users[1]), (&json!("2"), &Value::Null));
}

#[test]
fn who_denies_sends_an_error_back_and_who_signs_out_is_asked_again() {
    let server = Server::start(50);
    let path = request(&[]);
    let back = press(&server, "viewer", &path, "deny");
    assert_eq!(pair(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!((pair(&back, "state").as_deref(), pair(&back, "code")), (Some("a b&c=d"), None));
    let mut browser = server.web();
    sign_in(&server, &mut browser, &path, "viewer");
    assert_eq!(send(&browser, &path, &[("decision", "sign-out")]).header("location"), Some(path.as_str()));
    assert!(browser.get(&path).body.contains("id=\"sign-in\""));
}

#[test]
fn only_people_with_the_right_password_sign_in() {
    let server = Server::start(50);
    let mut browser = server.web();
    let path = request(&[]);
    for name in ["disabled", "service"] {
        let answer = sign_in(&server, &mut browser, &path, name);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{name}");
    }
    for (email, password) in [("viewer@example.com", "wrong"), ("embed@example.com", ""), ("<b>@example.com", "x")] {
        let answer = send(&browser, &path, &[("email", email), ("password", password)]);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{email}");
        assert!(answer.body.contains("role=\"alert\"") && !answer.body.contains("<b>"));
    }
    assert_eq!(send(&browser, &path, &[("decision", "allow")]).header("location"), None);
}

#[test]
fn a_request_that_is_wrong_is_told_on_a_page_and_never_redirected() {
    let server = Server::start(50);
    let mut browser = server.web();
    sign_in(&server, &mut browser, &request(&[]), "viewer");
    for changes in [
        ("client_id", "nobody"),
        ("redirect_uri", "http://127.0.0.1:7777/callback/"),
        ("redirect_uri", ""),
        ("response_type", "token"),
        ("scope", "everything"),
        ("code_challenge_method", "plain"),
        ("code_challenge", "short"),
    ] {
        let path = request(&[changes]);
        for answer in [browser.get(&path), send(&browser, &path, &[("decision", "allow")])] {
            assert_eq!((answer.status, answer.header("location")), (400, None), "{changes:?}");
            assert_eq!(answer.header("content-type"), Some("text/html;charset=utf-8"));
        }
    }
    let admin = server.admin();
    for change in [json!({ "enabled": false }), json!({ "enabled": true, "group_id": "3" })] {
        assert_eq!(admin.patch(&format!("/api/4.0/oauth_client_apps/{APP}"), &change).status, 200);
        for answer in [browser.get(&request(&[])), send(&browser, &request(&[]), &[("decision", "allow")])] {
            assert_eq!((answer.status, answer.header("location")), (403, None), "{change}");
        }
    }
    assert!(pair(&press(&server, "limited", &request(&[]), "allow"), "code").is_some());
}

#[test]
fn every_encoding_of_a_challenge_is_accepted_and_a_wrong_verifier_is_not() {
    let server = Server::start(50);
    let hash = digest(&SHA256, VERIFIER.as_bytes());
    let mut hex = String::new();
    for byte in hash.as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    for challenge in [hex, URL_SAFE.encode(hash), URL_SAFE_NO_PAD.encode(hash)] {
        let back = press(&server, "viewer", &request(&[("code_challenge", &challenge)]), "allow");
        let code = json!(pair(&back, "code"));
        assert_refused(&redeem(&server, &json!({ "code": code, "code_verifier": "guess" })), 400, "invalid_grant");
        assert_eq!(redeem(&server, &json!({ "code": code })).status, 200, "{challenge}");
    }
}

#[test]
fn a_second_use_of_a_code_ends_what_the_first_was_given() {
    let server = Server::start(50);
    let code = code(&server, "viewer");
    let first = redeem(&server, &json!({ "code": code })).json();
    let other = tokens(&server, "viewer");
    assert_eq!(server.stats()["live_refresh_tokens"], 2);
    assert_refused(&redeem(&server, &json!({ "code": code })), 400, "invalid_grant");
    client(&server, &first["access_token"]).get("/api/4.0/user").assert_error(401);
    assert_refused(&refresh(&server, &first["refresh_token"]), 400, "invalid_grant");
    assert_eq!(client(&server, &other["access_token"]).get("/api/4.0/user").status, 200);
    assert_eq!(server.stats()["live_refresh_tokens"], 1);
}

#[test]
fn a_refresh_gives_an_access_token_and_keeps_the_refresh_token() {
    let server = Server::start(50);
    let first = tokens(&server, "viewer");
    server.stranger().post("/__sandbox/expire_tokens", &Value::Null);
    client(&server, &first["access_token"]).get("/api/4.0/user").assert_error(401);
    for _ in 0..2 {
        let answer = refresh(&server, &first["refresh_token"]).json();
        assert!(answer.get("refresh_token").is_none());
        assert_eq!(client(&server, &answer["access_token"]).get("/api/4.0/user").json()["id"], "2");
    }
    assert_eq!(server.stats()["tokens_by_user"]["viewer"], 2);
    assert_eq!(server.stats()["by_operation"]["token"], 3);
}

#[test]
fn a_refresh_token_that_rotates_is_replaced_and_dies() {
    let server = Server::with(Options { rows: 50, rotate_refresh: true, ..Options::default() });
    let first = tokens(&server, "viewer");
    let second = refresh(&server, &first["refresh_token"]).json();
    assert!(second["refresh_token"].is_string() && second["refresh_token"] != first["refresh_token"]);
    assert_refused(&refresh(&server, &first["refresh_token"]), 400, "invalid_grant");
    assert_eq!(refresh(&server, &second["refresh_token"]).status, 200);
    assert_eq!(server.stats()["live_refresh_tokens"], 1);
}

#[test]
fn logging_out_ends_every_token_of_the_grant() {
    let server = Server::start(50);
    for path in ["/api/4.0/logout", "/api/logout"] {
        let first = tokens(&server, "viewer");
        let second = refresh(&server, &first["refresh_token"]).json();
        assert_eq!(client(&server, &second["access_token"]).delete(path).status, 204);
        client(&server, &first["access_token"]).get("/api/4.0/user").assert_error(401);
        client(&server, &second["access_token"]).delete(path).assert_error(404);
        assert_refused(&refresh(&server, &first["refresh_token"]), 400, "invalid_grant");
    }
    assert_eq!(server.stats()["live_refresh_tokens"], 0);
}

#[test]
fn token_errors_have_the_shape_of_oauth() {
    let server = Server::start(50);
    assert_refused(&redeem(&server, &json!({ "code": "unknown" })), 400, "invalid_grant");
    assert_refused(&redeem(&server, &json!({})), 400, "invalid_request");
    assert_refused(&redeem(&server, &json!({ "grant_type": "password" })), 400, "unsupported_grant_type");
    assert_refused(&redeem(&server, &json!({ "client_id": "nobody", "code": "x" })), 401, "invalid_client");
    let stranger = server.stranger();
    assert_refused(&send(&stranger, "/api/token", &[("grant_type", "refresh_token")]), 400, "invalid_request");
    stranger.post("/api/4.0/token", &json!({})).assert_error(404);
}

#[test]
fn administrators_register_change_and_delete_applications() {
    let server = Server::start(50);
    let (admin, viewer) = (server.admin(), server.login("viewer"));
    let path = "/api/4.0/oauth_client_apps/my%20app";
    let body = json!({ "redirect_uri": "myapp://back", "display_name": "My <App>", "group_id": 3 });
    viewer.post(path, &body).assert_error(404);
    let app = admin.post(path, &body).json();
    assert_eq!((&app["client_guid"], &app["group_id"], &app["enabled"]), (&json!("my app"), &json!("3"), &json!(true)));
    admin.post(path, &body).assert_error(409);
    for bad in [json!({ "display_name": "x" }), json!({ "redirect_uri": "nowhere" })] {
        admin.post("/api/4.0/oauth_client_apps/other", &bad).assert_error(422);
    }
    assert_eq!(viewer.get(path).json(), app);
    assert_eq!(viewer.get("/api/4.0/oauth_client_apps").json().as_array().unwrap().len(), 2);
    let login = request(&[("client_id", "my app"), ("redirect_uri", "myapp://back")]);
    let back = press(&server, "limited", &login, "allow");
    assert_eq!((back.scheme(), pair(&back, "code").is_some()), ("myapp", true));
    let mut browser = server.web();
    sign_in(&server, &mut browser, &login, "limited");
    assert!(browser.get(&login).body.contains("My &lt;App&gt;"));

    for (client, status) in [(&viewer, 404), (&admin, 422)] {
        client.patch(path, &json!({ "redirect_uri": null })).assert_error(status);
    }
    assert_eq!(admin.patch(path, &json!({ "group_id": null })).json()["group_id"], Value::Null);
    viewer.delete(path).assert_error(404);
    assert_eq!((admin.delete(path).status, admin.delete(path).status), (204, 204));
    admin.get(path).assert_error(404);
    admin.patch(path, &json!({})).assert_error(404);
}

#[test]
fn tokens_end_when_their_application_is_disabled_or_its_tokens_are_invalidated() {
    let server = Server::start(50);
    let admin = server.admin();
    let path = format!("/api/4.0/oauth_client_apps/{APP}");
    let ended = |tokens: &Value, code: &str, status: u16, error: &str| {
        client(&server, &tokens["access_token"]).get("/api/4.0/user").assert_error(401);
        assert_refused(&refresh(&server, &tokens["refresh_token"]), status, error);
        assert_refused(&redeem(&server, &json!({ "code": code })), status, error);
    };
    let (granted, pending) = (tokens(&server, "viewer"), code(&server, "viewer"));
    server.login("viewer").delete(&format!("{path}/tokens")).assert_error(404);
    assert_eq!(admin.delete(&format!("{path}/tokens")).status, 204);
    assert!(admin.get(&path).json()["tokens_invalid_before"].is_string());
    ended(&granted, &pending, 400, "invalid_grant");

    let (granted, pending) = (tokens(&server, "viewer"), code(&server, "viewer"));
    assert_eq!(admin.patch(&path, &json!({ "enabled": false })).json()["enabled"], false);
    ended(&granted, &pending, 401, "invalid_client");
    assert_eq!(admin.get("/api/4.0/user").status, 200);
}

#[test]
fn pages_can_have_a_port_of_their_own_where_everything_else_asks_to_sign_in() {
    let server = Server::with(Options { rows: 50, split_web: true, ..Options::default() });
    let described = server.sandbox.describe();
    assert_ne!(described["web_url"], described["base_url"]);
    let versions = server.stranger().get("/api/4.0/versions").json();
    assert_eq!(versions["web_server_url"], described["web_url"]);
    assert_eq!(versions["api_server_url"], described["base_url"]);
    server.stranger().get(&request(&[])).assert_error(404);
    for path in ["/", "/api/4.0/versions", "/api/4.0/user", "/alive"] {
        let page = server.web().get(path);
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html;charset=utf-8")), "{path}");
        assert!(page.body.contains("id=\"sign-in\""));
    }
    let login = server.web().login(&server.credentials("admin"));
    assert_eq!((login.status, login.body.contains("id=\"sign-in\"")), (200, true));
    let mut browser = server.web();
    assert_eq!(sign_in(&server, &mut browser, "//elsewhere.example/x", "viewer").header("location"), Some("/"));
    assert!(browser.get("/").body.contains("viewer Sandbox"));
    assert_eq!(client(&server, &tokens(&server, "viewer")["access_token"]).get("/api/4.0/user").status, 200);
}

#[test]
fn applications_can_be_there_from_the_start() {
    let apps = vec![("mine".to_owned(), "http://localhost:9/x".to_owned())];
    let server = Server::with(Options { rows: 50, oauth_apps: apps, ..Options::default() });
    let app = server.admin().get("/api/4.0/oauth_client_apps/mine?fields=redirect_uri").json();
    assert_eq!(app, json!({ "redirect_uri": "http://localhost:9/x" }));
}

#[test]
fn pages_stay_at_the_root_of_a_host_that_has_tls_a_prefix_and_a_proxy_in_front() {
    let required_header = Some("X-Tunnel-Key: open".parse().unwrap());
    let place = PlaceOptions { prefix: "/bi".into(), required_header, ..PlaceOptions::default() };
    let tls = Some(TlsOptions::default());
    let server = Server::with(Options { rows: 50, gzip: true, place, tls, ..Options::default() });
    let described = server.sandbox.describe();
    assert_eq!(described["base_url"], format!("{}/bi", described["web_url"].as_str().unwrap()));
    assert_eq!(server.stranger().get(&format!("/bi{}", request(&[]))).status, 302);
    let body = json!({ "grant_type": "authorization_code", "client_id": APP, "redirect_uri": BACK,
                       "code_verifier": VERIFIER, "code": code(&server, "viewer") });
    let tunnel = ("X-Tunnel-Key", "open".to_owned());
    let mut client = Client { headers: vec![tunnel.clone()], ..server.stranger() };
    let tokens = client.post("/bi/api/token", &body);
    tokens.json()["access_token"].as_str().unwrap().clone_into(&mut client.token);
    assert_eq!(client.get("/bi/api/4.0/user").json()["id"], "2");
    assert_eq!(client.get("/bi/api/4.0/versions").json()["web_server_url"], described["web_url"]);
    let script = Client { headers: vec![tunnel, ("Origin", "https://evil.example".into())], ..server.stranger() };
    let form = server.credentials("admin");
    let login = script.send("POST", "/bi/api/4.0/login", "application/x-www-form-urlencoded", &form).unwrap();
    login.assert_error(404);
    let mut browser = server.web();
    browser.headers.push(("Accept-Encoding", "gzip".into()));
    let page = browser.get(&request(&[]));
    assert_eq!((page.status, page.header("content-encoding")), (200, Some("gzip")));
}

#[test]
fn tokens_of_oauth_and_applications_are_counted_as_others_are() {
    let server = Server::start(50);
    let first = tokens(&server, "viewer");
    assert_eq!(server.stats()["live_tokens"], 2);
    refresh(&server, &first["refresh_token"]);
    refresh(&server, &json!("unknown"));
    let body = json!({ "redirect_uri": "myapp://back" });
    server.admin().post("/api/4.0/oauth_client_apps/mine", &body);
    server.admin().post("/api/4.0/oauth_client_apps/mine", &body).assert_error(409);
    let stats = server.stats();
    assert_eq!(stats["live_tokens"], 5);
    assert_eq!(stats["created"], json!({ "login": 2, "register_oauth_client_app": 1, "token": 2 }));
    // Two for the pages, three grants, two logins; only applications are under a quota.
    assert_eq!(stats["by_class"], json!({ "non_query": 2, "none": 7 }));
}
