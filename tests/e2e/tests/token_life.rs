//! The life of the tokens of a loaded Looker library: shared, renewed, applied again, given back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_select::concat::concat_batches;
use connector_interface::error::{Error, ErrorKind};
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{self, connect_as, value};
use e2e::patience::{LATER, SOON, until};
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};

/// So many threads ask at once.
const THREADS: usize = 64;

/// Runs something on all threads at once.
fn at_once<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let ask = || {
            start.wait();
            work()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A session as the user `admin`, with further settings.
fn connect(sandbox: &Sandbox, further: &Value) -> Session {
    connect_as(sandbox, "admin", further, Recorder::new(Level::Warn))
}

/// A query of five rows, with keys of its own.
fn query_of(session: &Session, change: &Value) -> Result<(), Error> {
    let mut body = json!({ "limit": 5 });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let batches = loaded::query(session, &body).0?;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 5);
    Ok(())
}

/// A query of five rows.
fn query(session: &Session) -> Result<(), Error> {
    query_of(session, &json!({}))
}

#[track_caller]
fn assert_all_succeed(results: Vec<Result<(), Error>>) {
    let errors: Vec<String> = results.into_iter().filter_map(|result| Some(result.err()?.report())).collect();
    assert!(errors.is_empty(), "{} of {THREADS} failed, the first so: {}", errors.len(), errors[0]);
}

fn concat(batches: &[RecordBatch]) -> RecordBatch {
    concat_batches(&batches[0].schema(), batches).unwrap()
}

/// How often an operation was asked for.
fn count(stats: &Value, operation: &str) -> u64 {
    stats["by_operation"][operation].as_u64().unwrap_or_default()
}

#[test]
fn when_all_tokens_have_died_threads_that_query_at_once_share_one_new_login() {
    let sandbox = Sandbox::start(&[]);
    let session = connect(&sandbox, &json!({}));
    assert_all_succeed(at_once(|| query(&session)));
    let cold = sandbox.stats();
    assert_eq!((count(&cold, "login"), &cold["logins"]), (1, &json!(1)), "{cold}");
    sandbox.expire_tokens(&json!({}));
    assert_all_succeed(at_once(|| query(&session)));
    let stats = sandbox.stats();
    assert_eq!((count(&stats, "login"), &stats["logins"]), (2, &json!(2)), "{stats}");
    assert!(stats["refused"].as_u64() > Some(0), "no thread met a dead token: {stats}");
}

#[test]
fn when_all_tokens_have_died_threads_that_act_as_a_user_share_one_new_token_of_each() {
    let sandbox = Sandbox::start(&[]);
    let session = connect(&sandbox, &json!({ "act_as": "3" }));
    assert_all_succeed(at_once(|| query(&session)));
    let cold = sandbox.stats();
    assert_eq!((&cold["logins"], &cold["tokens_by_user"]), (&json!(2), &json!({ "admin": 1, "limited": 1 })), "{cold}");
    sandbox.expire_tokens(&json!({}));
    assert_all_succeed(at_once(|| query(&session)));
    let stats = sandbox.stats();
    assert_eq!(stats["logins"], 4, "{stats}");
    assert_eq!(stats["tokens_by_user"], json!({ "admin": 1, "limited": 1 }), "{stats}");
    // One that is refused, because the session's own token is dead, too.
    assert_eq!((count(&stats, "login"), count(&stats, "login_user")), (2, 3), "{stats}");
}

#[test]
fn threads_that_query_at_once_with_wrong_credentials_make_one_attempt_to_log_in() {
    let sandbox = Sandbox::start(&[]);
    // The attempt takes long enough for all threads to come while it is made.
    sandbox.inject(&json!({ "operation": "login", "fault": "delay", "ms": 2_000 }));
    let settings = json!({ "base_url": sandbox.ready.base_url, "client_id": sandbox.ready.client_id });
    let wrong = [("client_secret", "not the secret")];
    let session = loaded::connect(&settings, &wrong, Recorder::new(Level::Warn)).unwrap();
    let kinds: BTreeSet<String> =
        at_once(|| query(&session)).into_iter().map(|result| format!("{:?}", result.unwrap_err().kind)).collect();
    assert_eq!(kinds, BTreeSet::from([format!("{:?}", ErrorKind::Credentials)]));
    let stats = sandbox.stats();
    assert_eq!((count(&stats, "login"), &stats["logins"]), (1, &json!(0)), "{stats}");
    // Whoever comes later asks again: the credentials may work by then.
    assert_eq!(query(&session).unwrap_err().kind, ErrorKind::Credentials);
    assert_eq!(count(&sandbox.stats(), "login"), 2);
}

#[test]
fn a_warm_query_needs_neither_a_login_nor_a_new_connection() {
    const QUERIES: u64 = 100;
    let sandbox = Sandbox::start(&[]);
    let session = connect(&sandbox, &json!({}));
    query(&session).unwrap();
    // The test's own connection, which it keeps, is made by the first request for the figures.
    sandbox.stats();
    let warm = sandbox.stats();
    for _ in 0..QUERIES {
        query(&session).unwrap();
    }
    let stats = sandbox.stats();
    let more = |figure: &str| stats[figure].as_u64().unwrap() - warm[figure].as_u64().unwrap();
    assert_eq!((more("logins"), more("requests")), (0, QUERIES), "{stats}");
    assert_eq!(count(&stats, "run_inline_query"), count(&warm, "run_inline_query") + QUERIES, "{stats}");
    assert_eq!(more("connections"), 0, "{stats}");
}

/// As many renewals as a session has in three weeks of tokens that live an hour. Many sessions have them side by side,
/// because Looker tells the life of a token in whole seconds, and one of two seconds bears a stall of a busy machine.
#[test]
fn five_hundred_renewals_under_load_fail_no_query_and_leave_no_token_behind() {
    const SESSIONS: usize = 50;
    const WORKERS: usize = 8;
    const RENEWALS: u64 = 500;
    let begin = Instant::now();
    let sandbox = Sandbox::start(&["--rows", "500", "--token-lifetime", "2"]);
    let sessions: Vec<Session> = (0..SESSIONS).map(|_| connect(&sandbox, &json!({}))).collect();
    let (queries, is_over, errors) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (sessions, queries, is_over, errors) = (&sessions, &queries, &is_over, &errors);
            // Two workers go along the same way, so that a renewal is met by more than one query.
            let way = sessions.iter().cycle().skip(worker / 2 * SESSIONS * 2 / WORKERS);
            scope.spawn(move || {
                for session in way.take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    if let Err(error) = query(session) {
                        errors.lock().unwrap().push(error.report());
                    }
                    queries.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut look_at = 0;
        until(LATER * 6, "500 renewals", || {
            if queries.load(Ordering::Relaxed) < look_at {
                return false;
            }
            // Asking for the figures all the time would be load of another kind.
            look_at = queries.load(Ordering::Relaxed) + 200;
            let renewed = sandbox.stats()["logins"].as_u64().unwrap().saturating_sub(SESSIONS as u64);
            let is_done = renewed >= RENEWALS || !errors.lock().unwrap().is_empty();
            is_over.store(is_done, Ordering::Relaxed);
            is_done
        });
    });
    let errors = errors.into_inner().unwrap();
    assert!(errors.is_empty(), "{} queries failed, the first so: {}", errors.len(), errors[0]);
    let before = sandbox.stats();
    thread::scope(|scope| sessions.iter().for_each(|session| drop(scope.spawn(|| session.shutdown(LATER).unwrap()))));
    let after = sandbox.stats();
    println!(
        "{} logins of {SESSIONS} sessions, {} queries in {:?}; {} requests with a dead token; {} tokens given back at the end",
        before["logins"],
        queries.into_inner(),
        begin.elapsed(),
        before["refused"],
        after["logouts"],
    );
    assert!(after["logouts"].as_u64() > Some(0), "the last tokens died by themselves: {before} {after}");
    assert_eq!(after["tokens_by_user"], json!({}), "{after}");
    assert_eq!(after["logins"], before["logins"], "{after}");
}

#[test]
fn the_workspace_and_the_user_acted_as_are_applied_again_by_every_renewal() {
    let sandbox = Sandbox::start(&["--rows", "500", "--token-lifetime", "2"]);
    let session = connect(&sandbox, &json!({ "workspace": "dev", "act_as": "limited@example.com" }));
    let mut polls = 0;
    until(LATER, "three renewals", || {
        let model = value(&session, "catalog", &json!({ "path": "thelook", "form": "tree" }));
        assert_eq!(model["label"], "The Look (dev)", "poll {polls}: {model}");
        let check = value(&session, "check", &json!({}));
        assert_eq!(check["facts"]["user"]["email"], "limited@example.com", "poll {polls}: {check}");
        assert_eq!(check["facts"]["credentials_user"]["email"], "admin@example.com", "poll {polls}: {check}");
        polls += 1;
        count(&sandbox.stats(), "login_user") >= 4
    });
    let stats = sandbox.stats();
    println!("{polls} polls, {} tokens of the user acted as", count(&stats, "login_user"));
    // What shows the workspace to be applied again is that production looks different.
    let production = connect(&sandbox, &json!({ "act_as": "limited@example.com" }));
    let model = value(&production, "catalog", &json!({ "path": "thelook", "form": "tree" }));
    assert_eq!(model["label"], "The Look", "{model}");
}

#[test]
fn a_shutdown_gives_back_the_tokens_of_users_acted_as_first_and_the_sessions_own_last() {
    let sandbox = Sandbox::start(&[]);
    let session = connect(&sandbox, &json!({}));
    query(&session).unwrap();
    for user in ["2", "3"] {
        query_of(&session, &json!({ "act_as": user })).unwrap();
    }
    let alive = || sandbox.stats()["tokens_by_user"].clone();
    assert_eq!(alive(), json!({ "admin": 1, "limited": 1, "viewer": 1 }));
    // Each logout takes long enough to see what is still alive.
    sandbox.inject(&json!({ "operation": "logout", "fault": "delay", "ms": 500, "times": 0 }));
    let mut seen = vec![alive()];
    thread::scope(|scope| {
        let shutdown = scope.spawn(|| session.shutdown(LATER).unwrap());
        until(SOON, "the end of all tokens", || {
            let now = alive();
            if seen.last() != Some(&now) {
                seen.push(now);
            }
            seen.last() == Some(&json!({}))
        });
        shutdown.join().unwrap();
    });
    let names = |tokens: &Value| tokens.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(seen.iter().map(|tokens| names(tokens).len()).collect::<Vec<_>>(), [3, 2, 1, 0], "{seen:?}");
    assert!(seen[..3].iter().all(|tokens| names(tokens).contains(&"admin".to_owned())), "{seen:?}");
    assert_eq!(sandbox.stats()["logouts"], 3);
}

#[test]
fn a_user_that_a_request_names_has_a_token_of_its_own_and_gets_what_that_user_may_see() {
    let sandbox = Sandbox::start(&[]);
    let session = connect(&sandbox, &json!({}));
    let of = |field: &str, act_as: Option<&str>| query_of(&session, &json!({ "fields": [field], "act_as": act_as }));
    // The field that the user `limited` may not see is there for the session's own.
    of("order_items.gross_margin", None).unwrap();
    assert_eq!(sandbox.stats()["tokens_by_user"], json!({ "admin": 1 }));
    let error = of("order_items.gross_margin", Some("3")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "{}", error.report());
    assert!(error.message.contains("order_items.gross_margin"), "{}", error.report());
    of("order_items.sale_price", Some("3")).unwrap();
    assert_eq!(sandbox.stats()["tokens_by_user"], json!({ "admin": 1, "limited": 1 }));
    // Looker's own history says on whose behalf each query ran.
    let history = json!({
        "model": "system__activity", "explore": "history", "fields": ["user.name", "history.query_run_count"],
        "sorts": ["user.name"],
    });
    let history = concat(&loaded::query(&session, &history).0.unwrap());
    assert!(history.column(0).as_string::<i32>().iter().flatten().eq(["admin", "limited"]), "{history:?}");
    // Both at once, each as who it is.
    let results = at_once(|| (of("order_items.gross_margin", None), of("order_items.gross_margin", Some("3"))));
    for (own, theirs) in results {
        own.unwrap();
        assert_eq!(theirs.unwrap_err().kind, ErrorKind::NotFound);
    }
    assert_eq!(sandbox.stats()["logins"], 2);
    session.shutdown(SOON).unwrap();
    assert_eq!(sandbox.stats()["tokens_by_user"], json!({}));
}
