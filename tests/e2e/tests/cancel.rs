//! A cancel of the loaded Looker library ends what it waits for, whatever that is, at once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by a panic")]
#![allow(clippy::print_stdout, reason = "the measured times are worth reading")]

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use connector_interface::connector::State;
use connector_interface::error::{ErrorKind, Result};
use connector_interface::load::{Operation, Session};
use connector_interface::services::{Level, Services, TOKEN};
use e2e::loaded::{connect, connect_as, count};
use e2e::patience::{LATER, SOON, until, within};
use e2e::recorder::Recorder;
use e2e::sandbox::{Sandbox, login};
use serde_json::{Value, json};

/// The sentence says 50 ms; on a machine that builds and tests other things meanwhile, this much. What is waited for takes
/// a minute and more.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Longer than any test.
const FOR_EVER_MS: u64 = 120_000;

fn start(session: &Session, change: &Value) -> Operation {
    let mut body = json!({ "model": "thelook", "explore": "order_items", "fields": ["order_items.id"], "limit": 5 });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    session.start("query", &body, None).unwrap()
}

/// Cancels while another thread waits, and checks how that ends and after what time.
#[track_caller]
fn assert_cancelled_at_once(what: &str, operation: &Operation, end: &Receiver<(Result<()>, Instant)>) {
    let asked = Instant::now();
    operation.cancel().unwrap();
    let returned = asked.elapsed();
    let (result, ended) = end.recv_timeout(SOON).unwrap_or_else(|_| panic!("{what}: not within {SOON:?}"));
    let took = ended.saturating_duration_since(asked);
    println!("{what}: ended {took:?} after the cancel, which itself took {returned:?}");
    assert_eq!(result.unwrap_err().kind, ErrorKind::Cancelled, "{what}");
    assert_eq!(operation.progress().unwrap().state, State::Cancelled, "{what}");
    assert!(took < AT_ONCE, "{what}: {took:?}");
    assert!(returned < AT_ONCE, "{what}: the cancel itself took {returned:?}");
}

/// Waits for the result on a thread of its own, which tells how and when that ended.
fn wait(operation: &Operation) -> Receiver<(Result<()>, Instant)> {
    let ((tell, end), operation) = (channel(), operation.clone());
    thread::spawn(move || {
        let result = operation.result().map(drop);
        tell.send((result, Instant::now()))
    });
    end
}

fn asked_for(sandbox: &Sandbox, operation: &str) -> u64 {
    sandbox.stats()["by_operation"][operation].as_u64().unwrap_or_default()
}

/// Makes an operation of the server hang, and cancels a first query when it does. The session works afterwards. Returns
/// the server after the session's end, and how often a running query was looked for to kill it.
fn cancel_while_waiting_for(operation: &str, ms: u64) -> (Sandbox, u64) {
    let sandbox = Sandbox::start(&[]);
    sandbox.inject(&json!({ "operation": operation, "fault": "delay", "ms": ms }));
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    let query = start(&session, &json!({}));
    let end = wait(&query);
    until(SOON, operation, || asked_for(&sandbox, operation) == 1);
    assert_cancelled_at_once(operation, &query, &end);
    drop(query);
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
    // It waits for what goes on behind.
    session.shutdown(LATER).unwrap();
    let stats = sandbox.stats();
    assert_eq!((&stats["running_queries"], &stats["tokens_by_user"]), (&json!(0), &json!({})), "{stats}");
    let looked_for = asked_for(&sandbox, "all_running_queries");
    (sandbox, looked_for)
}

#[test]
fn a_cancel_ends_the_wait_for_the_proof_that_this_is_looker() {
    let (sandbox, looked_for) = cancel_while_waiting_for("versions", FOR_EVER_MS);
    assert_eq!(asked_for(&sandbox, "versions"), 2, "the next query proves it itself");
    assert_eq!(looked_for, 0, "what was never sent needs no killing");
}

/// The login goes on for whoever comes next: nobody would give its token back otherwise.
#[test]
fn a_cancel_ends_the_wait_for_a_login_and_not_the_login() {
    let (sandbox, looked_for) = cancel_while_waiting_for("login", 3_000);
    assert_eq!(asked_for(&sandbox, "login"), 1);
    assert_eq!(looked_for, 0, "what was never sent needs no killing");
}

#[test]
fn a_cancel_ends_the_wait_for_the_head_of_a_querys_answer() {
    let (_, looked_for) = cancel_while_waiting_for("run_inline_query", FOR_EVER_MS);
    assert!(looked_for > 0, "what may run in Looker is looked for");
}

#[test]
fn a_cancel_ends_a_stream_and_its_query_in_looker() {
    let sandbox = Sandbox::start(&["--rows", "50000"]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    // Some kilobytes in two minutes.
    let slow = json!({ "operation": "run_inline_query", "fault": "slow", "ms": 2_000, "bytes": 8_000 });
    sandbox.inject(&slow);
    let query = start(&session, &json!({ "fields": ["order_items.id", "products.name"], "limit": -1 }));
    let ((tell, end), (tell_first, first)) = (channel(), channel());
    let reader = query.clone();
    thread::spawn(move || {
        let read = || -> Result<()> {
            let mut rows = reader.rows()?;
            tell_first.send(rows.next().unwrap()?.num_rows()).unwrap();
            rows.find_map(Result::err).map_or(Ok(()), Err)
        };
        let result = read();
        tell.send((result, Instant::now()))
    });
    assert!(first.recv_timeout(LATER).unwrap() > 0, "the stream has begun");
    assert_eq!(sandbox.stats()["running_queries"], 1);
    assert_cancelled_at_once("a stream", &query, &end);
    until(SOON, "the end of the query in Looker", || {
        let stats = sandbox.stats();
        stats["running_queries"] == 0 && stats["cancelled_queries"] == 1
    });
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
}

#[test]
fn a_cancel_ends_the_pause_before_another_try() {
    let sandbox = Sandbox::start(&[]);
    let fault = json!({ "operation": "run_inline_query", "fault": "status", "status": 503, "retry_after": "30" });
    sandbox.inject(&fault);
    let log = Recorder::new(Level::Warn);
    let session = connect_as(&sandbox, "admin", &json!({}), log.clone());
    let query = start(&session, &json!({}));
    let end = wait(&query);
    log.wait_for("trying again", SOON);
    assert_cancelled_at_once("a pause of 30 s", &query, &end);
    assert_eq!(asked_for(&sandbox, "run_inline_query"), 1);
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
}

/// A server that takes connections, reads, and never says a word. It tells when the first bytes have come.
fn silence() -> (SocketAddr, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, heard) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, tell) = (connection.unwrap(), tell.clone());
            thread::spawn(move || {
                let mut bytes = vec![0; 4_096];
                // Until the other side closes, or the test is over.
                while let Ok(count @ 1..) = connection.read(&mut bytes) {
                    let _ = tell.send(bytes[..count].to_vec());
                }
            });
        }
    });
    (address, heard)
}

fn cancel_while_connecting(what: &str, settings: &Value, heard: &Receiver<Vec<u8>>, begin: &[u8]) {
    let session = connect(settings, &[("client_secret", "a secret of nobody")], Recorder::new(Level::Warn)).unwrap();
    let query = start(&session, &json!({}));
    let end = wait(&query);
    let first = heard.recv_timeout(SOON).unwrap();
    assert!(first.starts_with(begin), "{what}: {}", String::from_utf8_lossy(&first));
    assert_cancelled_at_once(what, &query, &end);
    drop(query);
    within(SOON, "a shutdown", move || session.shutdown(SOON)).unwrap();
    assert_eq!(heard.try_iter().count(), 0, "{what}: nothing is tried any more");
}

#[test]
fn a_cancel_ends_the_wait_for_a_connection_through_a_silent_proxy() {
    let (proxy, heard) = silence();
    let base_url = "https://looker.example.com";
    let settings = json!({ "base_url": base_url, "client_id": "i", "proxy": format!("http://{proxy}") });
    cancel_while_connecting("a silent proxy", &settings, &heard, b"CONNECT looker.example.com:443");
}

#[test]
fn a_cancel_ends_the_wait_for_a_secure_connection_with_a_silent_server() {
    let (server, heard) = silence();
    let settings = json!({ "base_url": format!("https://{server}"), "client_id": "i" });
    // A handshake record of TLS.
    cancel_while_connecting("a silent TLS server", &settings, &heard, &[22, 3]);
}

/// A host whose token service answers when it is told to.
#[derive(Clone)]
struct SlowHost {
    token: String,
    state: Arc<(Mutex<HostState>, Condvar)>,
}

#[derive(Default)]
struct HostState {
    was_asked: bool,
    may_answer: bool,
}

impl Services for SlowHost {
    fn log(&self, _: Level, _: &str, _: &str) {}

    fn ask(&self, service: &str, _: &Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        assert_eq!(service, TOKEN);
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap();
        state.was_asked = true;
        drop(changed.wait_while(state, |state| !state.may_answer).unwrap());
        answer(self.token.as_bytes());
        Ok(())
    }
}

#[test]
fn a_cancel_ends_the_wait_for_the_hosts_token_service_and_the_next_query_has_the_token() {
    let sandbox = Sandbox::start(&[]);
    let ready = &sandbox.ready;
    let token = login(&ready.base_url, &ready.client_id, &ready.client_secret);
    let host = SlowHost { token, state: Arc::default() };
    let settings = json!({ "base_url": ready.base_url, "auth": "host" });
    let session = connect(&settings, &[], host.clone()).unwrap();
    let query = start(&session, &json!({}));
    let end = wait(&query);
    let (state, changed) = &*host.state;
    until(SOON, "the question for a token", || state.lock().unwrap().was_asked);
    assert_cancelled_at_once("the host's token service", &query, &end);
    assert_eq!(asked_for(&sandbox, "run_inline_query"), 0);
    state.lock().unwrap().may_answer = true;
    changed.notify_all();
    assert_eq!(count(&session, &json!({ "limit": 5 })), 5);
    session.shutdown(SOON).unwrap();
    assert_eq!(asked_for(&sandbox, "all_running_queries"), 0, "what was never sent needs no killing");
}
