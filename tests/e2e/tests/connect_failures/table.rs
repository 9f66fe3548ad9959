//! Everything that is known to go wrong, and how it must be told.

use serde_json::json;

use super::{Case, ID, SECRET, URL};

const PLAIN: Case =
    Case { name: "", server: &[], fault: None, arguments: &[], environment: &[], code: 0, cause: "", advice: "" };

const TLS: &[&str] = &["--tls"];
const ROUTED: &[&str] = &["--tls", "--tls-name", "*.looker.com", "--proxy", "--route", "acme.looker.com:19999"];
const THROUGH: [&str; 4] = ["--proxy", "{proxy_url}", "--ca-file", "{ca_file}"];

pub(super) const CASES: &[Case] = &[
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
