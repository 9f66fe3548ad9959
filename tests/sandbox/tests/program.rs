//! The program: its JSON line, its command, its exit codes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a helper fails its test")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use common::Client;

fn sandbox() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_looker-sandbox"));
    command.args(["--rows", "50"]);
    command
}

fn sh(script: &str) -> std::process::Output {
    sandbox().args(["--", "sh", "-c", script]).output().unwrap()
}

#[test]
fn one_json_line_says_where_and_who_and_the_end_of_stdin_stops_it() {
    let mut child =
        sandbox().args(["--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(line["base_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let names: Vec<_> = line["users"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["admin", "viewer", "limited", "nodownload", "disabled", "service", "sudoer", "nomodels"],
        "all that have API credentials"
    );
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn flags_about_people_and_webhooks_reach_the_server() {
    let flags = ["--people", "3", "--split-web", "--oauth-app", "mine=app://back?x=y"];
    let more = ["--google-cloud-core", "--cors-origin", "http://localhost:3000", "--until-stdin-closes"];
    let more = more.into_iter().chain(["--webhook-token", "from-the-flag"]);
    let mut child = sandbox().args(flags).args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_ne!(line["web_url"], line["base_url"]);
    assert_eq!(line["webhook_token"], "from-the-flag");
    let mut admin = Client::at(line["base_url"].as_str().unwrap());
    let text = |key: &str| line[key].as_str().unwrap();
    let token = admin.login(&format!("client_id={}&client_secret={}", text("client_id"), text("client_secret")));
    token.json()["access_token"].as_str().unwrap().clone_into(&mut admin.token);
    assert_eq!(admin.get("/api/4.0/users").json().as_array().unwrap().len(), 9 + 3);
    assert_eq!(admin.get("/api/4.0/oauth_client_apps/mine").json()["redirect_uri"], "app://back?x=y");
    admin.post("/api/4.0/login/8", &serde_json::json!({})).assert_error(403);
    admin.headers.push(("Origin", "http://localhost:3000".into()));
    let answer = admin.get("/api/4.0/user");
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:3000"));
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    for wrong in ["mine", "mine=nowhere"] {
        assert_eq!(sandbox().args(["--oauth-app", wrong]).output().unwrap().status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn the_data_can_be_kept_in_a_new_file_that_others_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.db");
    let run = || sandbox().arg("--database").arg(&file).args(["--", "true"]).output().unwrap();
    assert_eq!(run().status.code(), Some(0));
    let shop = rusqlite::Connection::open(&file).unwrap();
    let count: i64 = shop.query_row("SELECT count(*) FROM order_items", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 50);
    let again = run();
    assert_eq!(again.status.code(), Some(2), "a file that is there is not written to");
    assert!(String::from_utf8(again.stderr).unwrap().contains("shop.db"));
}

#[test]
fn a_signal_to_stop_ends_it_well() {
    let mut child = sandbox().stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_command_gets_the_environment_of_an_sdk_and_its_exit_code_is_kept() {
    let output = sh("echo $LOOKERSDK_BASE_URL $LOOKERSDK_CLIENT_ID $LOOKERSDK_VERIFY_SSL $LOOKER_SANDBOX_URL; exit 7");
    assert_eq!(output.status.code(), Some(7));
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!((words.len(), words[0], words[2]), (4, words[3], "true"));
    assert_eq!(sh("kill -9 $$").status.code(), Some(137));
}

#[test]
fn with_tls_a_command_is_told_where_the_plain_administration_is() {
    let flags = ["--tls", "--tls-name", "*.looker.com", "--client-certs"];
    let script = "echo $LOOKERSDK_BASE_URL $LOOKER_SANDBOX_URL";
    let output = sandbox().args(flags).args(["--", "sh", "-c", script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (base, admin) = text.trim().split_once(' ').unwrap();
    assert!(base.starts_with("https://127.0.0.1:") && admin.starts_with("http://127.0.0.1:"), "{text}");
    assert_eq!(sandbox().args(["--tls-expired"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn the_line_tells_of_a_proxy_and_its_routes_are_checked() {
    let flags = ["--proxy", "--route", "acme.looker.com:19999", "--route", "*:443", "--proxy-credentials", "a:b"];
    let mut child = sandbox().args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(line["proxy_url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{line}");
    assert_ne!(line["proxy_url"], line["base_url"]);
    child.kill().unwrap();
    child.wait().unwrap();
    for bad in [["--proxy", "--route", "acme.looker.com"].as_slice(), &["--route", "acme.looker.com:443"]] {
        assert_eq!(sandbox().args(bad).output().unwrap().status.code(), Some(2));
    }
}

#[test]
fn flags_of_the_place_reach_the_server_or_are_refused() {
    let flags = ["--prefix", "/bi/looker/", "--api-version", "3.1", "--release", "7.20.5", "--clock-skew", "-60"];
    let script = "echo $LOOKERSDK_BASE_URL $LOOKER_SANDBOX_URL";
    let output = sandbox().args(flags).args(["--", "sh", "-c", script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (base, admin) = text.trim().split_once(' ').unwrap();
    assert_eq!(base, format!("{admin}/bi/looker"));
    for bad in [["--prefix", "bi"], ["--require-header", "nothing"], ["--quota", "none=1"], ["--clock-skew", "soon"]] {
        assert_eq!(sandbox().args(bad).output().unwrap().status.code(), Some(2), "{bad:?}");
    }
}

#[test]
fn what_cannot_start_is_one_sentence_and_exit_code_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = sandbox().args(["--port", &port]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    assert_eq!(sandbox().args(["--", "no-such-program"]).output().unwrap().status.code(), Some(2));
}
