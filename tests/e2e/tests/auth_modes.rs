//! Every way to log in, through the loaded library.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::io::Read as _;
use std::sync::{Arc, Mutex};

use connector_interface::connector::Outcome;
use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::Session;
use connector_interface::services::{Level, SECRET_CHANGED, Services, TOKEN};
use e2e::loaded::{ask, connect, connect_as, count, error, query, value};
use e2e::pages::sign_in;
use e2e::patience::SOON;
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

fn silent() -> Recorder {
    Recorder::new(Level::Warn)
}

/// Who a session is, by its connection test.
fn who(session: &Session) -> String {
    value(session, "check", &json!({}))["facts"]["user"]["email"].as_str().unwrap().to_owned()
}

fn alive(sandbox: &Sandbox) -> Value {
    sandbox.stats()["tokens_by_user"].clone()
}

#[test]
fn a_service_account_acts_as_a_user_by_id_address_or_external_id() {
    let sandbox = Sandbox::start(&[]);
    for (act_as, email) in [
        ("2", "viewer@example.com"),
        ("viewer@example.com", "viewer@example.com"),
        ("VIEWER@example.com", "viewer@example.com"),
        ("external:ext-42", "embed@example.com"),
        ("person1249@example.com", "person1249@example.com"),
    ] {
        let session = connect_as(&sandbox, "service", &json!({ "act_as": act_as }), silent());
        let answer = value(&session, "check", &json!({}));
        assert_eq!(answer["facts"]["user"]["email"], email, "{act_as}");
        assert!(answer["summary"].as_str().unwrap().contains("acting as"), "{answer}");
        session.shutdown(SOON).unwrap();
    }
    assert_eq!(alive(&sandbox), json!({}), "every token is given back");
}

#[test]
fn a_request_may_act_as_another_user_than_its_session_and_sees_what_that_user_sees() {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({}), silent());
    let users = json!({ "explore": "users", "fields": ["users.id"], "limit": 3 });
    assert_eq!(count(&session, &users), 3);
    let mut as_limited = users.clone();
    as_limited["act_as"] = json!("limited@example.com");
    let refused = query(&session, &as_limited).0.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
    assert!(refused.message.contains("limited Sandbox"), "the acting user is named: {}", refused.message);
    assert_eq!(count(&session, &users), 3, "the session itself is who it was");
    session.shutdown(SOON).unwrap();
    assert_eq!(alive(&sandbox), json!({}));
}

#[test]
fn the_tokens_of_users_that_were_not_acted_as_for_long_are_given_back() {
    let sandbox = Sandbox::start(&["--people", "300"]);
    let session = connect_as(&sandbox, "service", &json!({}), silent());
    for id in 1_000..1_300 {
        value(&session, "catalog", &json!({ "path": "", "form": "tree", "act_as": id.to_string() }));
    }
    let stats = sandbox.stats();
    let alive = stats["live_tokens"].as_u64().unwrap();
    assert!((2..=258).contains(&alive), "{alive} tokens live");
    assert_eq!(stats["created"]["login_user"], 300, "and each was made once");
    // The first of them is acted as again.
    value(&session, "catalog", &json!({ "path": "", "form": "tree", "act_as": "1000" }));
    session.shutdown(SOON).unwrap();
    assert_eq!(sandbox.stats()["live_tokens"], 0);
}

#[test]
fn acting_as_another_is_refused_with_its_reason() {
    let sandbox = Sandbox::start(&[]);
    let refused = |user: &str, act_as: &str| {
        let session = connect_as(&sandbox, user, &json!({ "act_as": act_as }), silent());
        let refused = error(&session, "check", &json!({}));
        session.shutdown(SOON).unwrap();
        refused
    };
    let without_right = refused("viewer", "3");
    assert_eq!(without_right.kind, ErrorKind::Forbidden);
    assert!(without_right.advice.contains("sudo"), "{}", without_right.advice);
    for unknown in ["99999", "nobody@example.com", "external:nobody"] {
        let unknown = refused("admin", unknown);
        assert_eq!(unknown.kind, ErrorKind::NotFound, "{}", unknown.report());
        assert!(unknown.advice.contains("act_as"), "{}", unknown.advice);
    }
    assert_eq!(alive(&sandbox), json!({}));
}

#[test]
fn google_cloud_core_lets_a_service_account_act_as_embed_users_only_and_the_error_says_so() {
    let sandbox = Sandbox::start(&["--google-cloud-core"]);
    let session = connect_as(&sandbox, "service", &json!({ "act_as": "external:ext-42" }), silent());
    assert_eq!(who(&session), "embed@example.com");
    let refused = error(&session, "check", &json!({ "act_as": "2" }));
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    assert!(refused.advice.contains("embed user") && refused.advice.contains("oauth"), "{}", refused.report());
}

#[test]
fn a_token_that_acts_as_a_user_already_may_not_act_as_a_third() {
    let sandbox = Sandbox::start(&[]);
    let admin = connect_as(&sandbox, "admin", &json!({}), silent());
    let minted =
        value(&admin, "invoke", &json!({ "action": "front_end_token", "input": { "user": "sudoer@example.com" } }));
    let token = minted["access_token"].as_str().unwrap().to_owned();
    // The host lends a token that acts as a user, and none of others.
    let lender = Lender::new(move |question| match question["user"].as_str() {
        None => Ok(token.clone()),
        Some(_) => Err(Error::new(ErrorKind::Unsupported, "no tokens of others")),
    });
    let settings = json!({ "base_url": sandbox.ready.base_url, "auth": "host" });
    let session = connect(&settings, &[], lender).unwrap();
    assert_eq!(who(&session), "sudoer@example.com");
    let refused = error(&session, "check", &json!({ "act_as": "2" }));
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    assert!(refused.message.contains("already acts as another user"), "{}", refused.report());
}

#[test]
fn an_associative_sudo_is_sent_when_it_is_asked_for_and_tolerated_when_it_is_refused() {
    let sandbox = Sandbox::start(&[]);
    for associative in [true, false] {
        let settings = json!({ "act_as": "2", "associative": associative });
        assert_eq!(who(&connect_as(&sandbox, "admin", &settings, silent())), "viewer@example.com");
    }
    sandbox.inject(
        &json!({ "operation": "login_user", "fault": "status", "status": 400, "message": "Unknown parameter" }),
    );
    let session = connect_as(&sandbox, "admin", &json!({ "act_as": "2", "associative": false }), silent());
    let (answer, progress) = ask(&session, "check", &json!({}));
    assert_eq!(answer.unwrap()["facts"]["user"]["email"], "viewer@example.com");
    assert!(progress.summary["notices"].to_string().contains("associative"), "{:?}", progress.summary);
}

#[test]
fn the_development_workspace_is_chosen_again_after_every_login() {
    let sandbox = Sandbox::start(&[]);
    let label =
        |session: &Session| value(session, "catalog", &json!({ "path": "thelook", "form": "tree" }))["label"].clone();
    let session = connect_as(&sandbox, "admin", &json!({ "workspace": "dev" }), silent());
    assert_eq!(label(&session), "The Look (dev)");
    sandbox.expire_tokens(&json!({}));
    assert_eq!(label(&session), "The Look (dev)");
    let production = connect_as(&sandbox, "admin", &json!({}), silent());
    assert_eq!(label(&production), "The Look");
    sandbox
        .inject(&json!({ "operation": "update_session", "fault": "status", "status": 403, "message": "No develop" }));
    let refused = connect_as(&sandbox, "admin", &json!({ "workspace": "dev" }), silent());
    let error = error(&refused, "catalog", &json!({ "path": "" }));
    assert!(error.kind == ErrorKind::Forbidden && error.advice.contains("`workspace`"), "{}", error.report());
    for session in [session, production, refused] {
        session.shutdown(SOON).unwrap();
    }
    assert_eq!(alive(&sandbox), json!({}), "also the token whose workspace was refused");
}

/// A host that lends tokens and remembers what it was asked.
#[derive(Clone)]
struct Lender(Arc<Lending>);

/// What a host answers to the question for a token.
type Answer = dyn Fn(&Value) -> Result<String> + Send + Sync;

struct Lending {
    answer: Box<Answer>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Lender {
    fn new(answer: impl Fn(&Value) -> Result<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Lending { answer: Box::new(answer), asked: Mutex::default() }))
    }

    fn asked(&self, service: &str) -> Vec<Value> {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name == service).map(|(_, question)| question.clone()).collect()
    }
}

impl Services for Lender {
    fn log(&self, _: Level, _: &str, _: &str) {}

    fn ask(&self, service: &str, question: &Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.0.asked.lock().unwrap().push((service.to_owned(), question.clone()));
        match service {
            TOKEN => answer((self.0.answer)(question)?.as_bytes()),
            SECRET_CHANGED => {}
            other => return Err(Error::new(ErrorKind::Unsupported, format!("no service `{other}`"))),
        }
        Ok(())
    }
}

#[test]
fn a_host_that_holds_the_identity_lends_tokens_and_the_plugin_holds_no_credential() {
    let sandbox = Sandbox::start(&[]);
    let address = sandbox.ready.base_url.clone();
    let credentials = sandbox.ready.clone();
    let lender = Lender::new(move |question| {
        // The host knows its users' own credentials; the plugin never sees them.
        let name = question["user"].as_str().unwrap_or("viewer").to_owned();
        let user = credentials.users.iter().find(|user| user.name == name).unwrap();
        let token = e2e::sandbox::login(&address, &user.client_id, &user.client_secret);
        Ok(json!({ "access_token": token, "expires_in": 3600 }).to_string())
    });
    let settings = json!({ "base_url": sandbox.ready.base_url, "auth": "host" });
    let session = connect(&settings, &[], lender.clone()).unwrap();
    assert_eq!(who(&session), "viewer@example.com");
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
    let asked = lender.asked(TOKEN);
    assert_eq!(asked, [json!({ "base_url": sandbox.ready.base_url, "user": null, "refused": false })], "once");

    // A token that dies is asked for again, and the host is told why.
    sandbox.expire_tokens(&json!({}));
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
    assert_eq!(lender.asked(TOKEN)[1]["refused"], true);

    // Another user's token is the host's to give: no rights over others are needed.
    let answer = value(&session, "check", &json!({ "act_as": "limited" }));
    assert_eq!(answer["facts"]["user"]["email"], "limited@example.com");
    session.shutdown(SOON).unwrap();
    assert_eq!(alive(&sandbox)["viewer"], 1, "the host's token is left to the host");
}

#[test]
fn a_host_that_lends_nothing_or_no_token_is_told_what_is_wanted() {
    let sandbox = Sandbox::start(&[]);
    let settings = json!({ "base_url": sandbox.ready.base_url, "auth": "host" });
    let nothing = connect(&settings, &[], silent()).unwrap();
    let nothing = error(&nothing, "check", &json!({}));
    assert!(nothing.kind == ErrorKind::Credentials && nothing.message.contains("`auth`"), "{}", nothing.report());
    for answer in ["", "{}", "{\"access_token\": 5}"] {
        let session = connect(&settings, &[], Lender::new(move |_| Ok(answer.to_owned()))).unwrap();
        assert_eq!(error(&session, "check", &json!({})).kind, ErrorKind::Credentials, "{answer}");
    }
    let dead = connect(&settings, &[], Lender::new(|_| Ok("dead".to_owned()))).unwrap();
    let dead = error(&dead, "check", &json!({}));
    assert!(dead.kind == ErrorKind::Credentials && dead.evidence["http_status"] == 401, "{}", dead.report());
}

const REDIRECT: &str = "http://127.0.0.1:7777/callback";

fn oauth(sandbox: &Sandbox, more: &Value) -> Value {
    let mut settings = json!({ "base_url": sandbox.ready.base_url, "auth": "oauth", "client_id": "looker-connector" });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

fn finish(start: &Value, callback: &str) -> Value {
    json!({ "step": "finish", "redirect_uri": REDIRECT, "state": start["state"], "verifier": start["verifier"],
            "callback": callback })
}

#[test]
fn a_sign_in_with_a_browser_is_kept_in_a_file_renewed_by_its_refresh_token_and_given_back() {
    let sandbox = Sandbox::start(&["--token-lifetime", "2", "--rotate-refresh"]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token.json");
    let settings = oauth(&sandbox, &json!({ "token_file": file }));
    let session = connect(&settings, &[], silent()).unwrap();
    let nobody = error(&session, "check", &json!({}));
    assert!(nobody.kind == ErrorKind::Credentials && nobody.advice.contains("Sign in"), "{}", nobody.report());

    let start = value(&session, "authorize", &json!({ "step": "start", "redirect_uri": REDIRECT }));
    assert!(start["url"].as_str().unwrap().contains("code_challenge_method=S256"), "{start}");
    let callback = sign_in(&sandbox, start["url"].as_str().unwrap(), "viewer", "allow");
    let done = value(&session, "authorize", &finish(&start, &callback));
    assert!(done["summary"].as_str().unwrap().starts_with("Signed in to"), "{done}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(who(&session), "viewer@example.com");
    session.shutdown(SOON).unwrap();

    // The next session needs no browser, and goes on when the access token is dead and the refresh token is new each time.
    let session = connect(&settings, &[], silent()).unwrap();
    for _ in 0..3 {
        sandbox.expire_tokens(&json!({}));
        assert_eq!(who(&session), "viewer@example.com");
    }
    let ended = value(&session, "authorize", &json!({ "step": "end" }));
    assert!(ended["summary"].as_str().unwrap().starts_with("Signed out"), "{ended}");
    assert!(!file.exists());
    assert_eq!(sandbox.stats()["live_refresh_tokens"], 0);
    session.shutdown(SOON).unwrap();
}

#[test]
fn nobody_is_sent_to_pages_on_another_host_or_in_the_clear_unless_the_user_says_so() {
    for (said, arguments) in [("https://elsewhere.example", vec![]), ("http://127.0.0.1:9999", vec!["--tls"])] {
        let sandbox = Sandbox::start(&[arguments, vec!["--web-server-url", said]].concat());
        let start = json!({ "step": "start", "redirect_uri": REDIRECT });
        let trust = json!({ "ca_file": sandbox.ready.more.get("ca_file") });
        let refused = error(&connect(&oauth(&sandbox, &trust), &[], silent()).unwrap(), "authorize", &start);
        assert!(refused.message.contains(said) && refused.advice.contains("`looker_url`"), "{}", refused.report());
        let mut trust = trust.clone();
        trust["looker_url"] = json!(said);
        let url = value(&connect(&oauth(&sandbox, &trust), &[], silent()).unwrap(), "authorize", &start)["url"].clone();
        assert!(url.as_str().unwrap().starts_with(&format!("{said}/auth?")), "{url}");
    }
}

#[test]
fn a_sign_in_that_is_denied_forged_or_used_twice_is_refused() {
    let sandbox = Sandbox::start(&[]);
    let directory = tempfile::tempdir().unwrap();
    let settings = oauth(&sandbox, &json!({ "token_file": directory.path().join("token.json") }));
    let session = connect(&settings, &[], silent()).unwrap();
    let start = || value(&session, "authorize", &json!({ "step": "start", "redirect_uri": REDIRECT }));

    let first = start();
    let denied = sign_in(&sandbox, first["url"].as_str().unwrap(), "viewer", "deny");
    let denied = error(&session, "authorize", &finish(&first, &denied));
    assert!(denied.kind == ErrorKind::Credentials && denied.message.contains("not completed"), "{}", denied.report());

    let (one, other) = (start(), start());
    let callback = sign_in(&sandbox, one["url"].as_str().unwrap(), "viewer", "allow");
    let forged = error(&session, "authorize", &finish(&other, &callback));
    assert!(forged.message.contains("another sign-in"), "{}", forged.report());
    let mut other_verifier = finish(&one, &callback);
    other_verifier["verifier"] = other["verifier"].clone();
    let unproven = error(&session, "authorize", &other_verifier);
    assert_eq!(unproven.kind, ErrorKind::Credentials, "{}", unproven.report());
    assert!(!unproven.report().contains(other["verifier"].as_str().unwrap()), "{}", unproven.report());
}

#[test]
fn a_host_without_a_file_gets_the_sign_in_as_settings_and_is_told_of_every_new_refresh_token() {
    let sandbox = Sandbox::start(&["--rotate-refresh"]);
    let session = connect(&oauth(&sandbox, &json!({})), &[], silent()).unwrap();
    let start = value(&session, "authorize", &json!({ "step": "start", "redirect_uri": REDIRECT }));
    let callback = sign_in(&sandbox, start["url"].as_str().unwrap(), "viewer", "allow");
    let operation = session.start("authorize", &finish(&start, &callback), None).unwrap();
    let Outcome::Bytes(mut bytes) = operation.result().unwrap() else { panic!("no bytes") };
    let mut text = String::new();
    bytes.reader.read_to_string(&mut text).unwrap();
    let brought: Value = serde_json::from_str(&text).unwrap();
    let refresh = brought["refresh_token"].as_str().unwrap();

    let lender = Lender::new(|_| panic!("no token is asked for"));
    let settings = oauth(&sandbox, &json!({ "redirect_uri": brought["redirect_uri"] }));
    let session = connect(&settings, &[("refresh_token", refresh)], lender.clone()).unwrap();
    assert_eq!(who(&session), "viewer@example.com");
    let told = lender.asked(SECRET_CHANGED);
    assert_eq!((told.len(), &told[0]["name"]), (1, &json!("refresh_token")));
    assert_ne!(told[0]["value"], refresh);
    sandbox.expire_tokens(&json!({}));
    assert_eq!(who(&session), "viewer@example.com");
    assert_eq!(lender.asked(SECRET_CHANGED).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_file_with_a_secret_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::start(&[]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, format!("{}\n", sandbox.ready.client_secret)).unwrap();
    let settings = json!({ "base_url": sandbox.ready.base_url, "client_id": sandbox.ready.client_id,
                           "client_secret_file": file });
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(who(&connect(&settings, &[], silent()).unwrap()), "admin@example.com");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = connect(&settings, &[], silent()).unwrap_err();
    assert!(refused.kind == ErrorKind::Credentials && refused.advice.contains("chmod 600"), "{}", refused.report());
    assert!(!refused.report().contains(&sandbox.ready.client_secret));
}

#[test]
fn a_token_for_a_front_end_is_that_of_the_user_and_says_who_may_use_it_from_where() {
    let origin = "https://app.example.com";
    let sandbox = Sandbox::start(&["--cors-origin", origin]);
    let session = connect_as(&sandbox, "service", &json!({}), silent());
    let mint = |origin: &str| {
        let input = json!({ "user": "external:ext-42", "origin": origin });
        value(&session, "invoke", &json!({ "action": "front_end_token", "input": input }))
    };
    let minted = mint(origin);
    assert_eq!((&minted["cors"]["is_allowed"], &minted["expires_in"]), (&json!(true), &json!(3600)), "{minted}");
    assert_eq!(minted["user"], "external:ext-42");
    assert_eq!(mint("https://other.example.com")["cors"]["is_allowed"], false);
    let token = minted["access_token"].as_str().unwrap().to_owned();
    session.shutdown(SOON).unwrap();

    // It lives on when the session has ended, and is that user's.
    let settings = json!({ "base_url": sandbox.ready.base_url, "auth": "host" });
    let session = connect(&settings, &[], Lender::new(move |_| Ok(token.clone()))).unwrap();
    assert_eq!(who(&session), "embed@example.com");
}
