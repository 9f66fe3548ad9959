//! Bad input at the command line: one sentence of cause, one of what to do, the right exit code, nothing on stdout.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use e2e::host::{Host, Run};
use e2e::looker::Looker;
use serde_json::{Value, json};

/// Checks how a run ended: its code, a part of the cause, a part of the advice.
#[track_caller]
fn expect(run: &Run, code: i32, cause: &str, advice: &str) {
    assert_eq!(run.status.code(), Some(code), "{}", run.stderr);
    assert_eq!(run.text(), "", "data goes to stdout, and there is none");
    let line =
        |prefix: &str| run.stderr.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default().to_owned();
    assert!(line("error: ").contains(cause), "the cause `{cause}` is not in: {}", run.stderr);
    assert!(line("help: ").contains(advice), "the advice `{advice}` is not in: {}", run.stderr);
}

#[test]
fn a_name_that_does_not_exist_is_named_with_the_nearest_that_does() {
    let looker = Looker::start(&[]);
    let run = |model: &str, explore: &str, field: &str, rest: &[&str]| {
        looker.host.run(&[&["query", "--model", model, "--explore", explore, "--fields", field], rest].concat())
    };
    expect(&run("thelok", "orders", "orders.id", &[]), 4, "no model `thelok`", "Did you mean `thelook`?");
    expect(&run("thelook", "ordrs", "orders.id", &[]), 4, "no explore `ordrs`", "Did you mean `orders`?");
    expect(&run("thelook", "orders", "orders.idd", &[]), 4, "no field `orders.idd`", "Did you mean `orders.id`?");
    let filter = ["--filters", "orders.statu=complete"];
    expect(&run("thelook", "orders", "orders.id", &filter), 4, "no field `orders.statu`", "`orders.status`");
    expect(&looker.host.run(&["catalog", "thelook/ordrs"]), 4, "no explore `ordrs`", "Did you mean `orders`?");
}

#[test]
fn credentials_that_are_wrong_or_missing_are_code_3_and_the_secret_is_not_repeated() {
    let looker = Looker::start(&[]);
    let Looker { host, .. } = looker;
    let host = host.env("LOOKERSDK_CLIENT_SECRET", "hunter2hunter2");
    let run = host.run(&["connect"]);
    expect(&run, 3, "refused the API credentials", "Check the client ID and secret");
    let verbose = host.run(&["-vvv", "connect"]);
    assert!(!verbose.stderr.contains("hunter2"), "{}", verbose.stderr);
    let host = host.env("LOOKERSDK_CLIENT_SECRET", "");
    expect(&host.run(&["connect"]), 3, "`client_secret` is missing", "LOOKERSDK_CLIENT_SECRET");
}

#[test]
fn a_secret_is_no_flag() {
    let run = Looker::start(&[]).host.run(&["connect", "--client-secret", "hunter2"]);
    assert_eq!((run.status.code(), run.text()), (Some(2), ""));
    assert!(!run.stderr.contains("hunter2") && run.stderr.contains("LOOKERSDK_CLIENT_SECRET"), "{}", run.stderr);
}

#[test]
fn an_address_that_leads_nowhere_is_code_7_and_one_that_is_none_is_code_2() {
    let looker = Looker::start(&[]);
    let connect = |base_url: &str| looker.host.run(&["connect", "--base-url", base_url]);
    expect(&connect("http://127.0.0.1:1"), 7, "refuses the connection", "19999");
    let tls = looker.sandbox.ready.base_url.replace("http://", "https://");
    expect(&connect(&tls), 7, "does not speak TLS", "Check the port");
    expect(&connect("no-such-host.invalid"), 7, "could not be found", "Check the spelling");
    expect(&connect("http://looker.example.com"), 2, "plain http", "Use https");
    expect(&connect("https://me:hunter2@looker.example.com"), 2, "credentials in it", "Leave them out");
}

#[test]
fn every_fault_of_a_running_query_is_an_error_with_its_code() {
    let looker = Looker::start(&[]);
    let cases: [(Value, i32, &str); 10] = [
        (json!({ "fault": "status", "status": 429, "retry_after": "3" }), 6, "too many calls"),
        (json!({ "fault": "status", "status": 429 }), 6, "too many calls"),
        (json!({ "fault": "status", "status": 503 }), 7, "out of order"),
        (json!({ "fault": "status", "status": 504 }), 8, "gave up waiting"),
        (json!({ "fault": "html", "status": 200 }), 7, "HTML page"),
        (json!({ "fault": "html", "status": 502 }), 7, "out of order"),
        (json!({ "fault": "error_row", "after_rows": 0 }), 5, "SQL Error"),
        (json!({ "fault": "error_text", "after_rows": 10 }), 9, "broke off after 10 rows"),
        (json!({ "fault": "end", "after_rows": 10 }), 9, "ended after 10 rows"),
        (json!({ "fault": "reset" }), 7, "broke before it answered"),
    ];
    for (fault, code, cause) in cases {
        looker.next_query(&fault);
        let run = looker.query("order_items.id,order_items.sale_price", &["--limit", "-1", "--max-retries", "0"]);
        assert_eq!(run.status.code(), Some(code), "{fault}: {}", run.stderr);
        assert_eq!(run.text(), "", "{fault}");
        assert!(run.stderr.contains(cause), "{fault}: {}", run.stderr);
    }
}

#[test]
fn a_body_that_is_cut_after_many_rows_delivers_them_and_is_code_9() {
    let looker = Looker::start(&[]);
    looker.next_query(&json!({ "fault": "cut", "after_rows": 2_000 }));
    let run = looker.query("order_items.id", &["--limit", "-1", "--format", "csv"]);
    assert_eq!(run.status.code(), Some(9), "{}", run.stderr);
    let rows = run.text().lines().count() - 1;
    assert!((512..=2_000).contains(&rows), "{rows} rows came before the cut");
    assert!(run.stderr.contains("valid but not all"), "{}", run.stderr);
}

#[test]
fn a_result_that_fails_leaves_no_file_behind() {
    let looker = Looker::start(&[]);
    looker.next_query(&json!({ "fault": "cut", "after_rows": 2_000 }));
    let run = looker.query("order_items.id", &["--limit", "-1", "--format", "csv", "--output", "out.csv"]);
    assert_eq!(run.status.code(), Some(9), "{}", run.stderr);
    let left: Vec<_> =
        std::fs::read_dir(looker.host.plugins()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("out.csv")), "{left:?}");
}

#[test]
fn a_token_that_dies_is_renewed_by_one_new_login() {
    let looker = Looker::start(&[]);
    looker.next_query(&json!({ "fault": "expired_token" }));
    let rows = looker.rows("order_items.id", &["--limit", "3"]);
    assert_eq!(rows.len(), 3);
    let stats = looker.sandbox.stats();
    assert_eq!((stats["logins"].as_u64(), stats["logouts"].as_u64()), (Some(2), Some(1)), "{stats}");
}

#[test]
fn a_deadline_is_code_8() {
    let looker = Looker::start(&[]);
    looker.next_query(&json!({ "fault": "delay", "ms": 60_000 }));
    let run = looker.query("order_items.id", &["--deadline", "0.3"]);
    expect(&run, 8, "deadline", "Allow more time");
}

#[test]
fn silence_longer_than_the_timeout_is_code_8() {
    let looker = Looker::start(&[]);
    looker.next_query(&json!({ "fault": "delay", "ms": 60_000 }));
    let run = looker.query("order_items.id", &["--timeout", "0.3"]);
    expect(&run, 8, "did not answer", "timeout");
}

#[test]
fn a_request_that_lacks_something_or_is_wrong_is_code_2() {
    let looker = Looker::start(&[]);
    expect(&looker.host.run(&["query", "--model", "thelook"]), 2, "lacks", "--explore");
    expect(&looker.query("order_items.id", &["--limit", "0"]), 2, "limit 0", "-1 for all");
    expect(&looker.query("order_items.id,order_items.id", &[]), 2, "twice", "once");
    let run = looker.query("order_items.id", &["--limit", "many"]);
    assert_eq!((run.status.code(), run.text()), (Some(2), ""), "{}", run.stderr);
}

#[test]
fn no_plugin_or_one_that_was_moved_away_is_code_10() {
    let none = Host::with_plugins(&[]);
    expect(&none.run(&["query", "--model", "x"]), 10, "No connector plugin was found", "--plugin-dir");

    let looker = Looker::start(&[]);
    let library = std::fs::read_dir(looker.host.plugins()).unwrap().next().unwrap().unwrap().path();
    let manifest = format!("[Driver]\nshared = {:?}\n", library.file_name().unwrap());
    looker.file("looker.toml", &manifest);
    assert_eq!(looker.rows("order_items.id", &["--limit", "1"]).len(), 1);
    std::fs::remove_file(library).unwrap();
    let run = looker.query("order_items.id", &["--limit", "1"]);
    expect(&run, 10, "`looker`", "");
    let listed = looker.host.run(&["plugins"]).succeeded();
    assert!(listed.text().contains("looker") && listed.text().contains("cannot be found"), "{}", listed.text());
}
