//! Who the example host is: signed in with a browser, by a netrc file, or with a token that a command prints.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;

use e2e::host::Host;
use e2e::looker::Looker;
use e2e::pages::sign_in;
use e2e::patience::{LATER, within};
use serde_json::Value;

const APP: &str = "an-application-of-the-tests";

/// A sandbox that sends browsers back to a free port, a host set up for it, and the port.
fn for_browsers() -> (Looker, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let app = format!("{APP}=http://127.0.0.1:{port}/callback");
    let Looker { sandbox, host } = Looker::start(&["--oauth-app", &app]);
    let file = host.plugins().join("sign-in.json");
    let host = host.env("LOOKERSDK_CLIENT_ID", APP).env("LOOKER_TOKEN_FILE", file.to_str().unwrap());
    (Looker { sandbox, host }, port)
}

/// Runs `login` and answers Looker's question for consent with a button; yields the exit code, the output and what the
/// browser was shown.
fn login(looker: &Looker, port: &str, button: &str) -> (Option<i32>, String, String) {
    let mut child = looker.host.spawn(&["login", "--auth", "oauth", "--no-browser", "--redirect-port", port]);
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let (url, mut said) = within(LATER, "the address of the sign-in", move || {
        let mut line = String::new();
        while !line.trim().starts_with("http://") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "no address was printed");
        }
        (line.trim().to_owned(), said)
    });
    let callback = sign_in(&looker.sandbox, &url, "viewer", button);
    let http: ureq::Agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    // An answer to another question changes nothing.
    let forged = callback.replace("state=", "state=forged");
    let _ = http.get(forged).call().unwrap();
    let page = http.get(callback).call().unwrap().body_mut().read_to_string().unwrap();
    let (code, output) = within(LATER, "the end of the login", move || {
        let mut output = String::new();
        std::io::Read::read_to_string(&mut said, &mut output).unwrap();
        let rest = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
        (child.wait().unwrap().code(), output + &rest)
    });
    (code, output, page)
}

#[test]
fn a_person_signs_in_once_and_every_later_command_is_that_person() {
    let (looker, port) = for_browsers();
    let before = looker.host.run(&["connect", "--auth", "oauth"]);
    assert_eq!(before.status.code(), Some(3), "{}", before.stderr);
    let (code, output, page) = login(&looker, &port, "allow");
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("Signed in to") && page.contains("Signed in"), "{output}\n{page}");
    assert!(!output.contains(&looker.sandbox.ready.client_secret) && !page.contains("access_token"), "{output}");
    for _ in 0..2 {
        let run = looker.host.run(&["connect", "--auth", "oauth"]).succeeded();
        assert!(run.text().contains("viewer Sandbox"), "{}", run.text());
    }
}

#[test]
fn a_person_who_denies_is_not_signed_in() {
    let (looker, port) = for_browsers();
    let (code, output, page) = login(&looker, &port, "deny");
    assert_eq!(code, Some(3), "{output}");
    assert!(output.contains("not completed") || output.contains("access_denied"), "{output}");
    assert!(!page.contains("Signed in"), "{page}");
    assert!(!looker.host.plugins().join("sign-in.json").exists());
}

#[cfg(unix)]
#[test]
fn credentials_come_from_a_netrc_file_unless_others_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let Looker { sandbox, host } = Looker::start(&[]);
    let host = host.env("LOOKERSDK_CLIENT_ID", "").env("LOOKERSDK_CLIENT_SECRET", "");
    let netrc = host.plugins().join(".netrc");
    let entry =
        format!("machine 127.0.0.1\n  login {}\n  password {}\n", sandbox.ready.client_id, sandbox.ready.client_secret);
    fs::write(&netrc, entry).unwrap();
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(host.run(&["connect"]).succeeded().text().contains("admin Sandbox"));
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = host.run(&["connect"]);
    assert_eq!(refused.status.code(), Some(3), "{}", refused.stderr);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    assert!(!refused.stderr.contains(&sandbox.ready.client_secret), "{}", refused.stderr);
}

#[test]
fn a_token_comes_from_a_command_and_no_credentials_are_lent() {
    let Looker { sandbox, host } = Looker::start(&[]);
    let user = sandbox.ready.users.iter().find(|user| user.name == "viewer").unwrap();
    let token = e2e::sandbox::login(&sandbox.ready.base_url, &user.client_id, &user.client_secret);
    let host: Host = host.env("LOOKERSDK_CLIENT_ID", "").env("LOOKERSDK_CLIENT_SECRET", "").env("THE_TOKEN", &token);
    let command = if cfg!(windows) { "echo %THE_TOKEN%" } else { "printf %s \"$THE_TOKEN\"" };
    let run = host.run(&["-vvv", "connect", "--auth", "host", "--token-command", command]).succeeded();
    assert!(run.text().contains("viewer Sandbox"), "{}", run.text());
    assert!(!run.stderr.contains(&token), "{}", run.stderr);
    assert_eq!(sandbox.stats()["tokens_by_user"]["viewer"], 1, "the host's token is left to it");
}

#[test]
fn an_action_is_invoked_and_its_answer_is_json() {
    let looker = Looker::start(&[]);
    let run = looker.host.run(&["invoke", "front_end_token", "--input", "user=2"]).succeeded();
    let answer: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((&answer["user"], &answer["token_type"]), (&"2".into(), &"Bearer".into()), "{answer}");
    let wrong = looker.host.run(&["invoke", "front_end_tokn"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("front_end_token"), "{}", wrong.stderr);
}
