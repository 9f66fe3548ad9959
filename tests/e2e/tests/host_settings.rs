//! Where settings come from: flags, then the environment, then the ini file of Looker's own SDKs.
#![allow(clippy::unwrap_used, reason = "a test says no by a panic")]

use e2e::artifacts;
use e2e::host::Host;
use e2e::looker::Looker;
use e2e::sandbox::Sandbox;

fn ini(sandbox: &Sandbox, base_url: &str) -> String {
    let ready = &sandbox.ready;
    format!(
        "; as in Looker's own examples\n[Looker]\nbase_url=\"{base_url}\"\nclient_id={}\nclient_secret={}\nverify_ssl=true\n",
        ready.client_id, ready.client_secret
    )
}

#[test]
fn a_looker_ini_is_enough() {
    let sandbox = Sandbox::start(&[]);
    let host = Host::with_plugins(&[artifacts::library("looker-connector")]);
    std::fs::write(host.plugins().join("looker.ini"), ini(&sandbox, &sandbox.ready.base_url)).unwrap();
    assert!(host.run(&["connect"]).succeeded().text().starts_with("Connected to 127.0.0.1"));
}

#[test]
fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let Looker { sandbox, host } = Looker::start(&[]);
    let (right, wrong) = (sandbox.ready.base_url.as_str(), "http://127.0.0.1:1");
    std::fs::write(host.plugins().join("looker.ini"), ini(&sandbox, wrong)).unwrap();
    host.run(&["connect"]).succeeded();
    let host = host.env("LOOKERSDK_BASE_URL", wrong);
    assert_eq!(host.run(&["connect"]).status.code(), Some(7));
    host.run(&["connect", "--base-url", right]).succeeded();
    let host = host.env("LOOKERSDK_BASE_URL", "");
    assert_eq!(host.run(&["connect"]).status.code(), Some(7), "an empty variable is not set, so the file's is used");
}

#[test]
fn a_value_of_the_wrong_type_names_where_it_came_from() {
    let Looker { sandbox, host } = Looker::start(&[]);
    let host = host.env("LOOKERSDK_TIMEOUT", "soon");
    let run = host.run(&["connect"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(run.stderr.contains("LOOKERSDK_TIMEOUT"), "{}", run.stderr);
    drop(sandbox);
}

#[test]
fn every_form_of_the_address_leads_to_the_same_place() {
    let looker = Looker::start(&[]);
    let url = &looker.sandbox.ready.base_url;
    for address in [
        url.clone(),
        format!("{url}/"),
        format!("{url}/api/4.0"),
        format!("{url}/api/4.0/"),
        format!("{url}/explore/thelook/orders?fields=orders.id"),
        format!("{url}/looks/12"),
    ] {
        looker.host.run(&["connect", "--base-url", &address]).succeeded();
    }
}

#[test]
fn a_server_on_this_machine_is_not_reached_through_a_proxy() {
    let Looker { sandbox, host } = Looker::start(&[]);
    let host = host.env("HTTP_PROXY", "http://127.0.0.1:1").env("http_proxy", "http://127.0.0.1:1");
    host.run(&["connect"]).succeeded();
    drop(sandbox);
}

#[test]
fn help_shows_the_flags_that_the_connectors_schema_makes() {
    let help = Looker::start(&[]).host.run(&["query", "--help"]).succeeded();
    for flag in [
        "--model",
        "--explore",
        "--fields",
        "--filters",
        "--sorts",
        "--pivots",
        "--limit",
        "--query-timezone",
        "--base-url",
        "--format",
        "--output",
    ] {
        assert!(help.text().contains(flag), "{flag} is not in: {}", help.text());
    }
    assert!(!help.text().contains("--client-secret "), "a secret has no flag");
}
