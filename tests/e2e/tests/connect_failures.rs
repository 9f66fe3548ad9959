//! `connector-host connect` when something is wrong: each kind of failure has a cause and a next step of its own, and the
//! documented exit code.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use e2e::artifacts;
use e2e::host::{Host, Run};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

/// What goes wrong, and how it must be told.
struct Case {
    name: &'static str,
    /// Arguments of the sandbox.
    server: &'static [&'static str],
    /// A fault for the operation that it names, for every request.
    fault: Option<fn() -> Value>,
    /// Arguments of `connect`; `{NAME}` stands for a key of the sandbox's line, `{port}` for its port, `{dir}` for the
    /// working directory.
    arguments: &'static [&'static str],
    /// Changes of the environment.
    environment: &'static [(&'static str, &'static str)],
    code: i32,
    cause: &'static str,
    advice: &'static str,
}

const PLAIN: Case =
    Case { name: "", server: &[], fault: None, arguments: &[], environment: &[], code: 0, cause: "", advice: "" };

const URL: &str = "LOOKERSDK_BASE_URL";
const ID: &str = "LOOKERSDK_CLIENT_ID";
const SECRET: &str = "LOOKERSDK_CLIENT_SECRET";
const TLS: &[&str] = &["--tls"];
const ROUTED: &[&str] = &["--tls", "--tls-name", "*.looker.com", "--proxy", "--route", "acme.looker.com:19999"];
const THROUGH: [&str; 4] = ["--proxy", "{proxy_url}", "--ca-file", "{ca_file}"];

const CASES: &[Case] = &[
    // The settings.
    Case {
        name: "no address",
        environment: &[(URL, "")],
        code: 2,
        cause: "`base_url` is missing",
        advice: "LOOKERSDK_BASE_URL",
        ..PLAIN
    },
    Case {
        name: "no client ID",
        environment: &[(ID, "")],
        code: 2,
        cause: "`client_id` is missing",
        advice: "LOOKERSDK_CLIENT_ID",
        ..PLAIN
    },
    Case {
        name: "no secret",
        environment: &[(SECRET, "")],
        code: 3,
        cause: "`client_secret` is missing",
        advice: "client_secret_file",
        ..PLAIN
    },
    Case {
        name: "no address at all",
        environment: &[(URL, "two words")],
        code: 2,
        cause: "has spaces in it",
        advice: "copy it from the browser",
        ..PLAIN
    },
    Case {
        name: "credentials in the address",
        environment: &[(URL, "https://me:hunter2@acme.looker.com")],
        code: 2,
        cause: "has credentials in it",
        advice: "options of their own",
        ..PLAIN
    },
    Case {
        name: "another product",
        environment: &[(URL, "https://lookerstudio.google.com/reporting/1")],
        code: 2,
        cause: "Looker Studio",
        advice: "your instance's address",
        ..PLAIN
    },
    Case {
        name: "plain http",
        environment: &[(URL, "http://looker.example.com")],
        code: 2,
        cause: "plain http",
        advice: "Use https",
        ..PLAIN
    },
    Case {
        name: "two ports",
        environment: &[(URL, "https://acme.looker.com:443")],
        arguments: &["--port", "19999"],
        code: 2,
        cause: "the option `port` says 19999",
        advice: "Give the port once",
        ..PLAIN
    },
    Case {
        name: "no certificate authority in the file",
        arguments: &["--ca-file", "{dir}/looker.txt"],
        code: 2,
        cause: "`ca_file` is not PEM",
        advice: "BEGIN CERTIFICATE",
        ..PLAIN
    },
    Case {
        name: "no such file",
        arguments: &["--ca-file", "{dir}/nowhere.pem"],
        code: 2,
        cause: "cannot be read",
        advice: "certificate authorities to trust",
        ..PLAIN
    },
    Case {
        name: "a secret that others may read",
        environment: &[(SECRET, "")],
        arguments: &["--client-secret-file", "{dir}/looker.txt"],
        code: 3,
        cause: "Others may read the file",
        advice: "chmod 600",
        ..PLAIN
    },
    Case {
        name: "a user that is none",
        arguments: &["--act-as", "Ann Smith"],
        code: 2,
        cause: "names no user",
        advice: "external:ID",
        ..PLAIN
    },
    // The way there.
    Case {
        name: "no such name",
        environment: &[(URL, "https://no-such-host.invalid")],
        code: 7,
        cause: "could not be found",
        advice: "spelling",
        ..PLAIN
    },
    Case {
        name: "a closed port",
        environment: &[(URL, "http://127.0.0.1:1")],
        code: 7,
        cause: "refuses the connection",
        advice: "19999 instead of 443",
        ..PLAIN
    },
    Case {
        name: "no TLS there",
        environment: &[(URL, "https://127.0.0.1:{port}")],
        code: 7,
        cause: "does not speak TLS",
        advice: "http://",
        ..PLAIN
    },
    Case {
        name: "an unknown authority",
        server: TLS,
        code: 7,
        cause: "authority that this machine does not trust",
        advice: "`ca_file`",
        ..PLAIN
    },
    Case {
        name: "an expired certificate",
        server: &["--tls", "--tls-expired"],
        arguments: &["--ca-file", "{ca_file}"],
        code: 7,
        cause: "has expired or is not valid yet",
        advice: "renewed",
        ..PLAIN
    },
    Case {
        name: "a certificate for another name",
        server: &["--tls", "--tls-wrong-name"],
        arguments: &["--ca-file", "{ca_file}"],
        code: 7,
        cause: "is for another name",
        advice: "stands in the certificate",
        ..PLAIN
    },
    Case {
        name: "a client certificate is wanted",
        server: &["--tls", "--client-certs"],
        arguments: &["--ca-file", "{ca_file}"],
        code: 7,
        cause: "wants a client certificate",
        advice: "`client_cert_file`",
        ..PLAIN
    },
    Case {
        name: "another port than the stated one",
        server: ROUTED,
        environment: &[(URL, "https://acme.looker.com:443")],
        arguments: &THROUGH,
        code: 7,
        cause: "proxy refuses to connect",
        advice: "answers at https://acme.looker.com:19999",
        ..PLAIN
    },
    Case {
        name: "a host that the proxy does not reach",
        server: ROUTED,
        environment: &[(URL, "other.looker.com")],
        arguments: &THROUGH,
        code: 7,
        cause: "proxy refuses to connect to other.looker.com",
        advice: "NO_PROXY",
        ..PLAIN
    },
    Case {
        name: "a proxy that is away",
        environment: &[(URL, "https://acme.looker.com")],
        arguments: &["--proxy", "http://127.0.0.1:1"],
        code: 7,
        cause: "could not be reached",
        advice: "HTTPS_PROXY",
        ..PLAIN
    },
    Case {
        name: "a proxy that wants credentials",
        server: &[
            "--tls",
            "--tls-name",
            "*.looker.com",
            "--proxy",
            "--route",
            "acme.looker.com:19999",
            "--proxy-credentials",
            "me:hunter2",
        ],
        environment: &[(URL, "acme.looker.com:19999")],
        arguments: &THROUGH,
        code: 3,
        cause: "proxy on the way to acme.looker.com:19999 wants credentials",
        advice: "`proxy_credentials`",
        ..PLAIN
    },
    Case {
        name: "credentials in the proxy's address",
        arguments: &["--proxy", "http://me:hunter2@proxy.example:3128"],
        code: 2,
        cause: "has credentials in it, which belong into `proxy_credentials`",
        advice: "http://host:port",
        ..PLAIN
    },
    Case {
        name: "something that is not HTTP",
        environment: &[(URL, "http://{garbage}")],
        code: 7,
        cause: "broke before it answered",
        advice: "proxies on the way",
        ..PLAIN
    },
    Case {
        name: "silence",
        environment: &[(URL, "http://{silent}")],
        arguments: &["--timeout", "0.5"],
        code: 8,
        cause: "did not answer within 0.5 s",
        advice: "`timeout`",
        ..PLAIN
    },
    // What is there.
    Case {
        name: "a page",
        fault: Some(|| json!({ "operation": "versions", "fault": "html", "status": 200 })),
        code: 7,
        cause: "an HTML page instead of",
        advice: "host, port and path",
        ..PLAIN
    },
    Case {
        name: "another service",
        fault: Some(|| json!({ "operation": "versions", "fault": "not_looker" })),
        code: 7,
        cause: "something else instead of",
        advice: "host, port and path",
        ..PLAIN
    },
    Case {
        name: "a redirect",
        fault: Some(
            || json!({ "operation": "versions", "fault": "redirect", "location": "https://acme.cloud.looker.com/?s=hunter2" }),
        ),
        code: 7,
        cause: "redirects to https://acme.cloud.looker.com/ instead",
        advice: "if that is your Looker",
        ..PLAIN
    },
    Case {
        name: "a path prefix that is missing",
        server: &["--prefix", "/bi/looker"],
        environment: &[(URL, "http://127.0.0.1:{port}")],
        code: 7,
        cause: "an HTML page instead of",
        advice: "host, port and path",
        ..PLAIN
    },
    Case {
        name: "an identity-aware proxy",
        server: &["--require-header", "X-Corp: yes"],
        code: 3,
        cause: "identity-aware proxy stands in front",
        advice: "`secret_headers`",
        ..PLAIN
    },
    Case {
        name: "only API 3.x",
        server: &["--release", "22.20.1", "--api-version", "3.0", "--api-version", "3.1"],
        code: 2,
        cause: "22.20.1) offers API 3.0, 3.1 and not API 4.0",
        advice: "updated",
        ..PLAIN
    },
    Case {
        name: "maintenance",
        fault: Some(|| json!({ "operation": "versions", "fault": "maintenance" })),
        code: 7,
        cause: "is being maintained",
        advice: "when the maintenance is over",
        ..PLAIN
    },
    Case {
        name: "an outage",
        fault: Some(|| json!({ "operation": "*", "fault": "html", "status": 502 })),
        code: 7,
        cause: "is out of order",
        advice: "Try again later",
        ..PLAIN
    },
    Case {
        name: "a gateway that gives up",
        fault: Some(|| json!({ "operation": "me", "fault": "html", "status": 504 })),
        code: 8,
        cause: "gateway in front of Looker gave up",
        advice: "try again later",
        ..PLAIN
    },
    Case {
        name: "too many calls",
        fault: Some(|| json!({ "operation": "login", "fault": "status", "status": 429 })),
        code: 6,
        cause: "too many calls",
        advice: "`max_concurrency`",
        ..PLAIN
    },
    Case {
        name: "a quota that is used up",
        server: &["--quota", "non_query=0"],
        code: 6,
        cause: "quota of calls",
        advice: "starts anew",
        ..PLAIN
    },
    Case {
        name: "a budget that is spent",
        arguments: &["--max-admin-calls", "1"],
        code: 6,
        cause: "budget of 1 administrative calls",
        advice: "`max_admin_calls`",
        ..PLAIN
    },
    Case {
        name: "an answer that is cut",
        fault: Some(|| json!({ "operation": "all_lookml_models", "fault": "end" })),
        code: 9,
        cause: "ends before its end",
        advice: "may cut answers",
        ..PLAIN
    },
    // Who we are.
    Case {
        name: "a wrong secret",
        environment: &[(SECRET, "hunter2hunter2")],
        code: 3,
        cause: "refused the API credentials",
        advice: "not disabled",
        ..PLAIN
    },
    Case {
        name: "a user who may not act as others",
        environment: &[(ID, "sandboxViewerId00002"), (SECRET, "sandboxViewerSecret00002")],
        arguments: &["--act-as", "3"],
        code: 4,
        cause: "may not act as another",
        advice: "permission sudo",
        ..PLAIN
    },
    Case {
        name: "no such user to act as",
        arguments: &["--act-as", "99999"],
        code: 4,
        cause: "no user to act as with this id",
        advice: "`act_as`",
        ..PLAIN
    },
    Case {
        name: "nobody of this address to act as",
        arguments: &["--act-as", "nobody@example.com"],
        code: 4,
        cause: "no user nobody@example.com",
        advice: "see_users",
        ..PLAIN
    },
    Case {
        name: "acting as a regular user of Google Cloud core",
        server: &["--google-cloud-core"],
        arguments: &["--act-as", "2"],
        code: 4,
        cause: "Google Cloud core) does not let",
        advice: "embed user",
        ..PLAIN
    },
    Case {
        name: "nobody has signed in",
        arguments: &["--auth", "oauth", "--token-file", "{dir}/none.json"],
        code: 3,
        cause: "Nobody has signed in",
        advice: "connector-host login",
        ..PLAIN
    },
    Case {
        name: "a host that lends no token",
        arguments: &["--auth", "host"],
        code: 3,
        cause: "lends no token",
        advice: "--token-command",
        ..PLAIN
    },
    Case {
        name: "a token of the host's that is dead",
        arguments: &["--auth", "host", "--token-command", "echo dead"],
        code: 3,
        cause: "does not accept the session's token",
        advice: "still valid",
        ..PLAIN
    },
    Case {
        name: "no development workspace",
        fault: Some(
            || json!({ "operation": "update_session", "fault": "status", "status": 422, "message": "No access" }),
        ),
        arguments: &["--workspace", "dev"],
        code: 4,
        cause: "does not let this user work in the workspace",
        advice: "develop",
        ..PLAIN
    },
];

/// A service that answers what is no HTTP, and one that never answers.
fn strangers() -> (String, String) {
    let garbage = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = (garbage.local_addr().unwrap().to_string(), silent.local_addr().unwrap().to_string());
    thread::spawn(move || {
        for mut connection in garbage.incoming().flatten() {
            let _ = connection.read(&mut [0; 1_024]);
            let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n");
        }
    });
    thread::spawn(move || {
        let held: Vec<_> = silent.incoming().collect();
        drop(held);
    });
    addresses
}

fn run(case: &Case, strangers: &(String, String)) -> Run {
    let sandbox = Sandbox::start(&[case.server, &["--people", "1"]].concat());
    if let Some(fault) = case.fault {
        let mut fault = fault();
        fault["times"] = json!(0);
        sandbox.inject(&fault);
    }
    let host = Host::with_plugins(&[artifacts::library("looker-connector")]);
    let directory = host.plugins().to_str().unwrap().to_owned();
    let file = host.plugins().join("looker.txt");
    fs::write(&file, "not what it should be").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let port = sandbox.ready.base_url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let fill =
        |text: &str| {
            let text = text.replace("{dir}", &directory).replace("{port}", &port);
            let text = text.replace("{garbage}", &strangers.0).replace("{silent}", &strangers.1);
            sandbox.ready.more.iter().fold(text, |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
            })
        };
    let mut environment = BTreeMap::from([
        (URL, sandbox.ready.base_url.clone()),
        (ID, sandbox.ready.client_id.clone()),
        (SECRET, sandbox.ready.client_secret.clone()),
    ]);
    environment.extend(case.environment.iter().map(|(name, value)| (*name, fill(value))));
    let host = environment.iter().fold(host, |host, (name, value)| host.env(name, value));
    let arguments: Vec<String> =
        ["connect", "--max-retries", "1"].iter().chain(case.arguments).map(|argument| fill(argument)).collect();
    host.run(&arguments)
}

#[test]
fn every_kind_of_failure_has_its_own_cause_and_next_step_and_the_documented_exit_code() {
    let strangers = strangers();
    let runs: Vec<(&Case, Run)> = thread::scope(|scope| {
        let waiting: Vec<_> = CASES.iter().map(|case| (case, scope.spawn(|| run(case, &strangers)))).collect();
        waiting.into_iter().map(|(case, run)| (case, run.join().unwrap())).collect()
    });
    let mut wrong = Vec::new();
    let mut told: BTreeMap<(String, String), &str> = BTreeMap::new();
    for (case, run) in &runs {
        let line =
            |prefix: &str| run.stderr.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default().to_owned();
        let (cause, advice) = (line("error: "), line("help: "));
        println!("{} ({})\n  {cause}\n  {advice}", case.name, run.status.code().unwrap_or(-1));
        if run.status.code() != Some(case.code) {
            wrong.push(format!(
                "{}: exit code {:?} and not {}: {}",
                case.name,
                run.status.code(),
                case.code,
                run.stderr
            ));
        }
        if !cause.contains(case.cause) {
            wrong.push(format!("{}: the cause lacks `{}`: {cause}", case.name, case.cause));
        }
        if !advice.contains(case.advice) {
            wrong.push(format!("{}: the advice lacks `{}`: {advice}", case.name, case.advice));
        }
        if !run.text().is_empty() {
            wrong.push(format!("{}: there is data: {}", case.name, run.text()));
        }
        if run.stderr.contains("hunter2") {
            wrong.push(format!("{}: a secret is repeated: {}", case.name, run.stderr));
        }
        let without_port: String = cause.chars().filter(|c| !c.is_ascii_digit()).collect();
        if let Some(other) = told.insert((without_port, advice), case.name) {
            // The same page at the wrong place is the same failure, however it came there.
            if ![other, case.name].contains(&"a path prefix that is missing") {
                wrong.push(format!("{} and {other} are told alike", case.name));
            }
        }
    }
    assert!(told.len() >= 25, "{} kinds of failure", told.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
