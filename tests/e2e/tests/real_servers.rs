//! The connector through real servers: TLS that nginx ends, in front of the sandbox, and a proxy on the way out.
//! `tests/network/run` starts them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeSet;
use std::fs;

use connector_interface::error::{Error, ErrorKind, Retry};
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::host::{Host, Run};
use e2e::loaded::{connect, count, error, query};
use e2e::patience::{LATER, SOON, until, within};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use e2e::servers::{Visit, file, port, visits};
use e2e::transcript::Transcript;
use serde_json::{Value, json};

/// The credentials that the proxy wants.
const PROXY_USER: &str = "connector:the-proxys-password";

/// Names and values.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// What a session gets to go through nginx to a sandbox; `more` are further settings.
fn settings(base_url: &str, sandbox: &Sandbox, more: &Value) -> Value {
    let mut settings = json!({
        "base_url": base_url,
        "client_id": sandbox.ready.client_id,
        "headers": { "x-sandbox": sandbox.address().port().to_string() },
        "max_retries": 0,
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// A session with further secrets.
fn session_with(base_url: &str, sandbox: &Sandbox, more: &Value, secrets: Pairs<'_>) -> Session {
    let secrets = [&[("client_secret", sandbox.ready.client_secret.as_str())], secrets].concat();
    connect(&settings(base_url, sandbox, more), &secrets, Recorder::new(Level::Warn)).unwrap()
}

fn session(base_url: &str, sandbox: &Sandbox, more: &Value) -> Session {
    session_with(base_url, sandbox, more, &[])
}

/// Where nginx listens with one of its certificates and manners.
fn nginx(server: &str) -> String {
    format!("https://localhost:{}", port(server))
}

/// The settings that trust the test's own authority.
fn trusting() -> Value {
    json!({ "ca_file": file("ca.pem") })
}

fn trusting_and(more: &Value) -> Value {
    let mut settings = trusting();
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// What nginx has logged of a sandbox's requests, once it holds what is waited for: it logs after it has answered.
fn logged(sandbox: &Sandbox, what: &str, holds: impl Fn(&[Visit]) -> bool) -> Vec<Visit> {
    let port = sandbox.address().port();
    until(SOON, what, || holds(&visits(port)));
    visits(port)
}

fn is_query(visit: &Visit) -> bool {
    visit.path.contains("/api/4.0/queries/run/")
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn a_querys_rows_arrive_through_nginx_with_a_private_authority() {
    let sandbox = Sandbox::start(&[]);
    let pem = fs::read_to_string(file("ca.pem")).unwrap();
    for trust in [trusting(), json!({ "ca_pem": pem })] {
        for host in ["localhost", "127.0.0.1"] {
            let session = session(&format!("https://{host}:{}", port("TLS")), &sandbox, &trust);
            assert_eq!(count(&session, &json!({ "limit": -1 })), 5_000, "{host}");
        }
    }
    let seen = logged(&sandbox, "four queries", |seen| seen.iter().filter(|visit| is_query(visit)).count() == 4);
    assert!(seen.iter().all(|visit| visit.status == "200" || visit.status == "204"), "{seen:?}");
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn rows_arrive_packed_from_below_a_path_that_nginx_strips() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&format!("{}/bi/looker", nginx("PREFIX")), &sandbox, &trusting());
    let fields = json!({ "fields": ["order_items.id", "products.name"], "sorts": ["order_items.id"], "limit": -1 });
    assert_eq!(count(&session, &fields), 5_000);
    let seen = logged(&sandbox, "a query", |seen| seen.iter().any(is_query));
    let asked = seen.iter().find(|visit| is_query(visit)).unwrap();
    assert!(asked.path.starts_with("/bi/looker/api/4.0/"), "{asked:?}");
    assert_eq!(asked.encoding, "gzip", "{asked:?}");
    // What was unpacked is what the server sent.
    let direct = connect(
        &settings(&sandbox.ready.base_url, &sandbox, &json!({})),
        &[("client_secret", &sandbox.ready.client_secret)],
        Recorder::new(Level::Warn),
    );
    let rows = |session: &Session| {
        let batches = query(session, &fields).0.unwrap();
        arrow_select::concat::concat_batches(&batches[0].schema(), &batches).unwrap()
    };
    assert_eq!(rows(&session), rows(&direct.unwrap()));
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn an_authority_that_is_not_trusted_is_a_tls_error_that_names_ca_file_and_nothing_is_sent() {
    let sandbox = Sandbox::start(&[]);
    for trust in [json!({}), json!({ "ca_file": file("stranger.pem") })] {
        let refused = error(&session(&nginx("TLS"), &sandbox, &trust), "check", &json!({}));
        assert_eq!(refused.kind, ErrorKind::Tls, "{}", refused.report());
        assert!(refused.advice.contains("`ca_file`"), "{}", refused.report());
        assert!(visits(sandbox.address().port()).is_empty(), "{trust}");
    }
    let unchecked = session(&nginx("TLS"), &sandbox, &json!({ "verify_ssl": false }));
    assert_eq!(count(&unchecked, &json!({ "limit": 3 })), 3, "who does not check does not care");
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn a_wrong_name_and_an_expired_certificate_are_told_apart() {
    let sandbox = Sandbox::start(&[]);
    let refused = |server: &str| error(&session(&nginx(server), &sandbox, &trusting()), "check", &json!({}));
    let (other, expired) = (refused("OTHER_NAME"), refused("EXPIRED"));
    assert_eq!((other.kind, expired.kind), (ErrorKind::Tls, ErrorKind::Tls));
    assert!(other.message.contains("for another name") && other.advice.contains("`base_url`"), "{}", other.report());
    assert!(expired.message.contains("expired") && expired.advice.contains("clock"), "{}", expired.report());
    // Neither is helped by trusting more, or by asking again.
    for refused in [&other, &expired] {
        assert!(!refused.advice.contains("ca_file") && refused.retry == Retry::Never, "{}", refused.report());
    }
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn a_client_certificate_that_nginx_demands_is_asked_for_and_accepted() {
    let sandbox = Sandbox::start(&[]);
    let url = nginx("CLIENT_CERTIFICATE");
    let stranger = ["stranger.pem", "stranger.key"].map(|name| fs::read_to_string(file(name)).unwrap()).concat();
    for secrets in [&[][..], &[("client_cert_pem", stranger.as_str())]] {
        let refused = error(&session_with(&url, &sandbox, &trusting(), secrets), "check", &json!({}));
        assert_eq!(refused.kind, ErrorKind::Tls, "{}", refused.report());
        assert!(refused.message.contains("client certificate"), "{}", refused.report());
        assert!(refused.advice.contains("`client_cert_file`"), "{}", refused.report());
    }
    let by_file = trusting_and(&json!({ "client_cert_file": file("client-and-key.pem") }));
    assert_eq!(count(&session(&url, &sandbox, &by_file), &json!({ "limit": 3 })), 3);
    let pem = fs::read_to_string(file("client-and-key.pem")).unwrap();
    let by_text = session_with(&url, &sandbox, &trusting(), &[("client_cert_pem", &pem)]);
    assert_eq!(count(&by_text, &json!({ "limit": 3 })), 3);
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn nginxs_page_that_looker_is_down_is_unavailable() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&nginx("TLS"), &sandbox, &trusting());
    assert_eq!(count(&session, &json!({ "limit": 3 })), 3);
    let other = self::session(&nginx("TLS"), &sandbox, &trusting());
    drop(sandbox);
    let in_a_session = query(&session, &json!({})).0.unwrap_err();
    let at_first = error(&other, "check", &json!({}));
    for down in [in_a_session, at_first] {
        assert_eq!((down.kind, down.retry), (ErrorKind::Unavailable, Retry::Now), "{}", down.report());
        assert_eq!(down.evidence["http_status"], 502, "{}", down.report());
        assert!(down.evidence["body"].as_str().unwrap().contains("nginx"), "{}", down.report());
    }
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn nginxs_page_that_looker_takes_too_long_is_a_timeout() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&nginx("IMPATIENT"), &sandbox, &trusting());
    sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "delay", "ms": 60_000 }));
    let late = query(&session, &json!({})).0.unwrap_err();
    assert_eq!((late.kind, late.retry), (ErrorKind::Timeout, Retry::Now), "{}", late.report());
    assert_eq!(late.evidence["http_status"], 504, "{}", late.report());
    // Through the same nginx what is quick still comes.
    assert_eq!(count(&session, &json!({ "limit": 3 })), 3);
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn a_body_that_nginx_cuts_because_looker_dies_is_incomplete() {
    // With HTTP/1.0 behind it, nginx takes the end of the connection for the end of the body, and ends its own well.
    for (url, is_cut_for_http) in [(nginx("TLS"), true), (format!("{}/bi/looker", nginx("PREFIX")), false)] {
        let sandbox = Sandbox::start(&["--rows", "50000"]);
        let session = session(&url, &sandbox, &trusting());
        sandbox.inject(&json!({ "operation": "run_inline_query", "fault": "slow", "ms": 20, "bytes": 16_000 }));
        let body = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id", "users.city"],
                           "limit": -1 });
        let operation = session.start("query", &body, None).unwrap();
        let reading = operation.clone();
        let rows = within(LATER, "the end of the rows", move || {
            let mut rows = reading.rows().unwrap();
            let mut count = rows.next().unwrap().unwrap().num_rows();
            drop(sandbox);
            count += rows.by_ref().map_while(Result::ok).map(|batch| batch.num_rows()).sum::<usize>();
            count
        });
        assert!((1..50_000).contains(&rows), "{rows} rows came from {url}");
        let cut = operation.progress().unwrap().error.unwrap();
        assert_eq!(cut.kind, ErrorKind::Incomplete, "{}", cut.report());
        assert_eq!(cut.message.contains("connection broke"), is_cut_for_http, "{}", cut.report());
    }
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn twenty_queries_one_after_the_other_need_one_connection() {
    let sandbox = Sandbox::start(&[]);
    let session = session(&nginx("TLS"), &sandbox, &trusting());
    for _ in 0..20 {
        assert_eq!(count(&session, &json!({ "limit": 100 })), 100);
    }
    let queries = |seen: &[Visit]| seen.iter().filter(|visit| is_query(visit)).count();
    let seen = logged(&sandbox, "twenty queries", |seen| queries(seen) == 20);
    let connections: BTreeSet<&str> = seen.iter().map(|visit| visit.connection.as_str()).collect();
    assert_eq!(connections.len(), 1, "{seen:?}");
}

/// Where a proxy listens.
fn proxy(server: &str) -> String {
    format!("http://127.0.0.1:{}", port(server))
}

/// Settings for a proxy that sees the requests themselves: tinyproxy closes a connection after each, and says so too late
/// for the next, which is then sent again.
fn plainly(more: &Value) -> Value {
    let mut settings = json!({ "max_retries": 4 });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// Whether nginx was asked by way of the proxy, which has an address of its own.
fn came_by_proxy(sandbox: &Sandbox) -> bool {
    let seen = logged(sandbox, "a query", |seen| seen.iter().any(is_query));
    let from: BTreeSet<&str> = seen.iter().map(|visit| visit.from.as_str()).collect();
    assert_eq!(from.len(), 1, "all requests go one way: {seen:?}");
    from.contains("127.0.0.2")
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn rows_arrive_through_the_proxy_that_the_option_names() {
    let sandbox = Sandbox::start(&[]);
    let through = trusting_and(&json!({ "proxy": proxy("PROXY") }));
    assert_eq!(count(&session(&nginx("TLS"), &sandbox, &through), &json!({ "limit": -1 })), 5_000);
    assert!(came_by_proxy(&sandbox));
    // Without TLS the proxy sees the request itself, and not a tunnel.
    let plain = plainly(&json!({ "proxy": proxy("PROXY") }));
    let plain = session(&sandbox.ready.base_url, &sandbox, &plain);
    assert_eq!(count(&plain, &json!({ "limit": 3 })), 3);
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn what_the_proxy_refuses_or_cannot_reach_is_said_of_the_proxy() {
    let sandbox = Sandbox::start(&[]);
    for host in ["filtered.example", "127.0.0.1:1"] {
        let through = trusting_and(&json!({ "proxy": proxy("PROXY") }));
        let refused = error(&session(&format!("https://{host}"), &sandbox, &through), "check", &json!({}));
        assert_eq!(refused.kind, ErrorKind::Network, "{}", refused.report());
        assert!(refused.message.contains("proxy") && refused.message.contains(host), "{}", refused.report());
        assert!(refused.advice.contains("NO_PROXY"), "{}", refused.report());
    }
    let nowhere = trusting_and(&json!({ "proxy": "http://127.0.0.1:1" }));
    let unreachable = error(&session(&nginx("TLS"), &sandbox, &nowhere), "check", &json!({}));
    assert_eq!(unreachable.kind, ErrorKind::Network, "{}", unreachable.report());
    assert!(
        unreachable.message.contains("proxy") && unreachable.advice.contains("`proxy`"),
        "{}",
        unreachable.report()
    );
}

/// What is wrong when a proxy that wants credentials gets these.
fn refused_by_proxy(sandbox: &Sandbox, base_url: &str, secrets: Pairs<'_>) -> Error {
    let through = trusting_and(&json!({ "proxy": proxy("PROXY_WITH_PASSWORD") }));
    let secrets = [&[("client_secret", sandbox.ready.client_secret.as_str())], secrets].concat();
    let log = Recorder::new(Level::Trace);
    let session = connect(&settings(base_url, sandbox, &through), &secrets, log.clone()).unwrap();
    let refused = error(&session, "check", &json!({}));
    let mut transcript = Transcript::new(["a-wrong-password".to_owned(), sandbox.ready.client_secret.clone()]);
    transcript.hear_error("the refusal", &refused);
    let _ = session.shutdown(SOON);
    transcript.hear_log(&log);
    transcript.assert_free_of_secrets();
    refused
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn a_proxys_credentials_are_asked_for_told_when_they_are_wrong_and_used_when_they_are_right() {
    let sandbox = Sandbox::start(&[]);
    let wrong = [("proxy_credentials", "connector:a-wrong-password")];
    let wrong = refused_by_proxy(&sandbox, &nginx("TLS"), &wrong);
    assert!(wrong.message.contains("does not accept the credentials"), "{}", wrong.report());
    assert!(wrong.kind == ErrorKind::Credentials && wrong.advice.contains("`proxy_credentials`"), "{}", wrong.report());
    // With TLS the proxy is asked for a tunnel; without, it sees the request itself.
    for base_url in [nginx("TLS"), sandbox.ready.base_url.clone()] {
        let missing = refused_by_proxy(&sandbox, &base_url, &[]);
        assert!(missing.message.contains("wants credentials"), "{}", missing.report());
        assert_eq!(missing.kind, ErrorKind::Credentials, "{}", missing.report());
        assert!(missing.advice.contains("`proxy_credentials`"), "{}", missing.report());
        let through = plainly(&trusting_and(&json!({ "proxy": proxy("PROXY_WITH_PASSWORD") })));
        let right = session_with(&base_url, &sandbox, &through, &[("proxy_credentials", PROXY_USER)]);
        assert_eq!(count(&right, &json!({ "limit": 3 })), 3, "{base_url}");
    }
    assert!(came_by_proxy(&sandbox));
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn right_credentials_do_not_hide_that_the_proxy_refuses_the_host() {
    let sandbox = Sandbox::start(&[]);
    let refused = refused_by_proxy(&sandbox, "https://filtered.example", &[("proxy_credentials", PROXY_USER)]);
    assert_eq!(refused.kind, ErrorKind::Network, "{}", refused.report());
    assert!(refused.message.contains("refuses to connect to filtered.example"), "{}", refused.report());
}

/// A host process that queries through nginx. The address is this machine's, but does not look like it: a server on this
/// machine would not be reached through the environment's proxy.
fn run(sandbox: &Sandbox, environment: Pairs<'_>, arguments: &[&str]) -> Run {
    let host = Host::with_plugins(&[artifacts::library("looker-connector")])
        .env("LOOKERSDK_BASE_URL", &format!("https://0.0.0.0:{}", port("TLS")))
        .env("LOOKERSDK_CLIENT_ID", &sandbox.ready.client_id)
        .env("LOOKERSDK_CLIENT_SECRET", &sandbox.ready.client_secret)
        .env("LOOKER_CA_FILE", &file("ca.pem"));
    let host = environment.iter().fold(host, |host, (name, value)| host.env(name, value));
    let header = format!("x-sandbox={}", sandbox.address().port());
    let query = ["-vvv", "query", "--model", "thelook", "--explore", "order_items", "--fields", "order_items.id"];
    host.run(&[&query[..], &["--limit", "3", "--max-retries", "0", "--headers", &header], arguments].concat())
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn the_environments_proxy_is_used_unless_it_or_the_option_says_no() {
    let proxy = proxy("PROXY");
    let dead = "http://127.0.0.1:1";
    let cases: [(Pairs<'_>, &[&str], bool); 6] = [
        (&[("HTTPS_PROXY", &proxy)], &[], true),
        (&[("https_proxy", &proxy)], &[], true),
        (&[("ALL_PROXY", &proxy)], &[], true),
        (&[("HTTPS_PROXY", dead), ("NO_PROXY", "example.com,0.0.0.0")], &[], false),
        (&[("HTTPS_PROXY", dead)], &["--proxy", "none"], false),
        (&[("HTTPS_PROXY", dead)], &["--proxy", &proxy], true),
    ];
    for (environment, arguments, by_proxy) in cases {
        let sandbox = Sandbox::start(&[]);
        run(&sandbox, environment, arguments).succeeded();
        assert_eq!(came_by_proxy(&sandbox), by_proxy, "{environment:?} {arguments:?}");
    }
    let sandbox = Sandbox::start(&[]);
    let run = run(&sandbox, &[("HTTPS_PROXY", dead)], &[]);
    assert_eq!(run.status.code(), Some(7), "{}", run.stderr);
    assert!(run.stderr.contains("HTTPS_PROXY"), "{}", run.stderr);
}

#[test]
#[ignore = "needs nginx and tinyproxy: make test-network"]
fn the_environments_proxy_gets_the_credentials_of_its_address_or_of_the_option() {
    let proxy = proxy("PROXY_WITH_PASSWORD");
    let with = |credentials: &str| proxy.replace("://", &format!("://{credentials}@"));
    let right: [Pairs<'_>; 3] = [
        &[("HTTPS_PROXY", &with(PROXY_USER))],
        &[("HTTPS_PROXY", &proxy), ("LOOKER_PROXY_CREDENTIALS", PROXY_USER)],
        &[("ALL_PROXY", &with("connector:a-wrong-password")), ("LOOKER_PROXY_CREDENTIALS", PROXY_USER)],
    ];
    for environment in right {
        let sandbox = Sandbox::start(&[]);
        run(&sandbox, environment, &[]).succeeded();
        assert!(came_by_proxy(&sandbox), "{environment:?}");
    }
    let wrong: [Pairs<'_>; 3] = [
        &[("HTTPS_PROXY", &proxy)],
        &[("HTTPS_PROXY", &with("connector:a-wrong-password"))],
        &[("HTTPS_PROXY", &proxy), ("LOOKER_PROXY_CREDENTIALS", "connector:a-wrong-password")],
    ];
    for environment in wrong {
        let sandbox = Sandbox::start(&[]);
        let run = run(&sandbox, environment, &[]);
        assert_eq!(run.status.code(), Some(3), "{environment:?}: {}", run.stderr);
        let mut transcript = Transcript::new(["a-wrong-password".to_owned(), sandbox.ready.client_secret.clone()]);
        transcript.hear("the host's messages", run.stderr.as_str());
        transcript.hear("the host's data", run.text());
        transcript.assert_free_of_secrets();
        assert!(run.stderr.contains("`proxy_credentials`"), "{}", run.stderr);
    }
}
