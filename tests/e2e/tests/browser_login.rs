//! A person in a real browser: signing in for the connector, refusing it, and a page that calls Looker by itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;

use connector_interface::error::ErrorKind;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::browser::Browser;
use e2e::host::Host;
use e2e::loaded::{ask, connect, connect_as, count, error, value};
use e2e::patience::{LATER, SOON, within};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use e2e::site::Site;
use e2e::transcript::Transcript;
use serde_json::{Value, json};

/// The application's GUID in Looker.
const APP: &str = "a-connector-of-the-tests";

/// A sandbox that knows the application, and the site to which it sends browsers back.
fn sandbox() -> (Sandbox, Site) {
    let site = Site::start();
    let sandbox = Sandbox::start(&["--oauth-app", &format!("{APP}={}/callback", site.origin)]);
    (sandbox, site)
}

fn session(sandbox: &Sandbox, token_file: &Path, log: &Recorder) -> Session {
    let settings = json!({
        "base_url": sandbox.ready.base_url,
        "auth": "oauth",
        "client_id": APP,
        "token_file": token_file.to_str().unwrap(),
    });
    connect(&settings, &[], log.clone()).unwrap()
}

/// Signs in on Looker's page, which then asks for consent.
fn sign_in(browser: &Browser, sandbox: &Sandbox, name: &str) {
    let user = sandbox.ready.users.iter().find(|user| user.name == name).unwrap();
    browser.fill("email", &format!("{name}@example.com"));
    browser.fill("password", &user.client_secret);
    browser.press("sign-in");
}

/// Where a sign-in starts, and what finishes it once the browser has come back to an address.
fn start(session: &Session, site: &Site) -> (String, impl Fn(&str) -> Value) {
    let redirect_uri = format!("{}/callback", site.origin);
    let started = value(session, "authorize", &json!({ "step": "start", "redirect_uri": redirect_uri }));
    let finish = json!({ "step": "finish", "redirect_uri": redirect_uri, "state": started["state"],
                         "verifier": started["verifier"] });
    let finished = move |callback: &str| {
        let mut finish = finish.clone();
        finish["callback"] = json!(callback);
        finish
    };
    (started["url"].as_str().unwrap().to_owned(), finished)
}

fn who(session: &Session) -> Value {
    value(session, "check", &json!({}))["facts"]["user"]["email"].clone()
}

#[test]
#[ignore = "needs a browser: make test-network"]
fn a_person_signs_in_with_a_browser_once_and_queries_run_as_that_person_from_then_on() {
    let (sandbox, site) = sandbox();
    let directory = tempfile::tempdir().unwrap();
    let token_file = directory.path().join("sign-in.json");
    let log = Recorder::new(Level::Trace);
    let first = session(&sandbox, &token_file, &log);
    assert_eq!(error(&first, "check", &json!({})).kind, ErrorKind::Credentials, "nobody has signed in");

    let browser = Browser::start();
    let (url, finish) = start(&first, &site);
    browser.open(&url);
    sign_in(&browser, &sandbox, "viewer");
    let asked = browser.wait_for("main", "wants to use Looker");
    assert!(asked.contains("viewer"), "{asked}");
    browser.press("allow");
    let callback = site.visited("/callback");
    let finish = finish(&callback);
    let finished = value(&first, "authorize", &finish);
    drop(browser);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&token_file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let kept = || serde_json::from_slice::<Value>(&fs::read(&token_file).unwrap()).unwrap();
    let before = kept();
    assert_eq!(who(&first), "viewer@example.com");
    assert_eq!(count(&first, &json!({ "limit": 3 })), 3);
    // A later process finds the sign-in where it is kept, though its access token is dead.
    sandbox.expire_tokens(&json!({}));
    let later = session(&sandbox, &token_file, &log);
    assert_eq!(count(&later, &json!({ "limit": 3 })), 3);
    assert_eq!(who(&later), "viewer@example.com");
    let after = kept();
    assert_ne!(before["access_token"], after["access_token"], "the token was renewed, and kept");
    let stats = sandbox.stats();
    assert_eq!(stats["tokens_by_user"], json!({ "viewer": 1 }), "{stats}");
    assert_eq!(stats["logins"], 0, "nobody has used API credentials: {stats}");

    let secret = |value: &Value| value.as_str().unwrap().to_owned();
    let code = callback.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).unwrap();
    let tokens = [&before, &after].map(|kept| secret(&kept["access_token"]));
    let others = [secret(&before["refresh_token"]), secret(&finish["verifier"]), code.to_owned()];
    let mut transcript = Transcript::new(tokens.into_iter().chain(others));
    transcript.hear("the answer", finished.to_string());
    for session in [&first, &later] {
        transcript.hear("the session", session.describe().unwrap().to_string());
        session.shutdown(SOON).unwrap();
    }
    transcript.hear_log(&log);
    transcript.assert_free_of_secrets();
}

#[test]
#[ignore = "needs a browser: make test-network"]
fn a_person_who_denies_the_access_ends_the_sign_in_with_credentials_refused() {
    let (sandbox, site) = sandbox();
    let directory = tempfile::tempdir().unwrap();
    let token_file = directory.path().join("sign-in.json");
    let session = session(&sandbox, &token_file, &Recorder::new(Level::Warn));
    let browser = Browser::start();
    let (url, finish) = start(&session, &site);
    browser.open(&url);
    sign_in(&browser, &sandbox, "viewer");
    browser.press("deny");
    let finish = finish(&site.visited("/callback"));
    let denied = error(&session, "authorize", &finish);
    assert_eq!(denied.kind, ErrorKind::Credentials, "{}", denied.report());
    assert!(denied.message.contains("access_denied") && denied.advice.contains("allow"), "{}", denied.report());
    assert!(!token_file.exists(), "there is nothing to keep");
    assert_eq!(ask(&session, "check", &json!({})).0.unwrap_err().kind, ErrorKind::Credentials);
}

/// A page that calls Looker by itself, and shows in `#answer` what came of it.
fn front_end(url: &str, request: &Value) -> String {
    format!(
        "<!DOCTYPE html><title>A front end</title><script>\n\
         fetch({}, {request})\n\
         .then(async answer => `${{answer.status}} ${{await answer.text()}}`, error => `refused: ${{error.name}}`)\n\
         .then(text => {{ const p = document.createElement('p'); p.id = 'answer'; p.textContent = text;\n\
         document.body.append(p); }});\n</script><body></body>",
        json!(url)
    )
}

#[test]
#[ignore = "needs a browser: make test-network"]
fn a_page_calls_looker_with_a_front_end_token_from_an_allowed_origin_only() {
    let (allowed, other) = (Site::start(), Site::start());
    let sandbox = Sandbox::start(&["--cors-origin", &allowed.origin]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    let browser = Browser::start();
    let ask = |origin: &str| {
        let input = json!({ "user": "viewer@example.com", "origin": origin });
        value(&session, "invoke", &json!({ "action": "front_end_token", "input": input }))
    };
    let shown = |site: &Site, url: &str, request: &Value| {
        site.show(&front_end(url, request));
        browser.open(&site.origin);
        browser.text("#answer")
    };
    for (site, is_allowed) in [(&allowed, true), (&other, false)] {
        let minted = ask(&site.origin);
        assert_eq!(minted["cors"]["is_allowed"], is_allowed, "{minted}");
        let url = format!("{}/user", minted["api_root"].as_str().unwrap());
        let token = minted["access_token"].as_str().unwrap();
        let answer = shown(site, &url, &json!({ "headers": { "Authorization": format!("Bearer {token}") } }));
        if is_allowed {
            assert!(answer.starts_with("200 ") && answer.contains("viewer@example.com"), "{answer}");
        } else {
            assert_eq!(answer, "refused: TypeError");
        }
    }
    // Which is why a page needs such a token: it may not log in by itself.
    let user = sandbox.ready.users.iter().find(|user| user.name == "viewer").unwrap();
    let body = format!("client_id={}&client_secret={}", user.client_id, user.client_secret);
    let request = json!({ "method": "POST", "body": body,
                          "headers": { "Content-Type": "application/x-www-form-urlencoded" } });
    let answer = shown(&allowed, &format!("{}/api/4.0/login", sandbox.ready.base_url), &request);
    assert!(answer.starts_with("404 "), "{answer}");
}

/// A port of this machine that is free.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
#[ignore = "needs a browser: make test-network"]
fn the_hosts_login_leads_through_a_browser_that_it_did_not_open_itself() {
    let port = free_port().to_string();
    let sandbox = Sandbox::start(&["--oauth-app", &format!("{APP}=http://127.0.0.1:{port}/callback")]);
    let host = Host::with_plugins(&[artifacts::library("looker-connector")])
        .env("LOOKERSDK_BASE_URL", &sandbox.ready.base_url)
        .env("LOOKERSDK_CLIENT_ID", APP)
        .env("LOOKER_TOKEN_FILE", "sign-in.json");
    let browser = Browser::start();
    for (decision, code) in [("deny", 3), ("allow", 0)] {
        let mut child = host.spawn(&["login", "--auth", "oauth", "--no-browser", "--redirect-port", &port]);
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let (url, said) = within(LATER, "the address of the sign-in", move || {
            let mut lines = said.by_ref().lines().map_while(Result::ok);
            let url = lines.find(|line| line.trim().starts_with("http://")).map(|line| line.trim().to_owned());
            (url.unwrap(), said)
        });
        browser.open(&url);
        if decision == "deny" {
            sign_in(&browser, &sandbox, "viewer");
        }
        browser.press(decision);
        let (heading, told) = if code == 0 { ("Signed in", "sign-in.json") } else { ("Not signed in", "access") };
        let page = browser.wait_for("body", heading);
        let (status, rest) = within(LATER, "the end of the login", move || {
            let rest = std::io::read_to_string(said).unwrap();
            (child.wait().unwrap(), rest)
        });
        assert_eq!(status.code(), Some(code), "{rest}");
        assert!(page.starts_with(heading) && page.contains(told), "{page}\n{rest}");
    }
    let run = host.run(&["connect", "--auth", "oauth"]).succeeded();
    assert!(run.text().contains("viewer"), "{}", run.text());
}
