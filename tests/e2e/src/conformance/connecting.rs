//! Settings, secrets and services: what a host gives when it connects.

use std::io::ErrorKind as IoErrorKind;
use std::net::TcpListener;

use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::{Secret, Session};
use connector_interface::services::{Level, Services};
use serde_json::{Map, Value, json};

use super::{Subject, assert_lives, connect, connect_with, drain, lend, load, read, secret};
use crate::patience::{SOON, within};
use crate::recorder::Recorder;

fn attempt(subject: &dyn Subject, settings: &Map<String, Value>, secrets: &[Secret]) -> Result<Session> {
    load(subject).connect(settings, secrets, Recorder::new(Level::Trace))
}

#[track_caller]
fn assert_names(error: &Error, name: &str) {
    let kinds = [ErrorKind::InvalidInput, ErrorKind::Credentials];
    assert!(kinds.contains(&error.kind), "{}: {}", error.kind, error.report());
    let text = format!("{} {}", error.message, error.advice);
    assert!(text.contains(name), "the refusal does not name `{name}`: {text}");
    assert!(!error.message.contains('\n'), "more than one line: {error}");
}

/// The first operation does, under its own deadline; so connecting cannot hang, and works while the service is away.
pub fn connecting_does_not_touch_the_network(subject: &dyn Subject) {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    service.set_nonblocking(true).unwrap();
    let settings = subject.settings_at(service.local_addr().unwrap());
    let (plugin, secrets) = (load(subject), lend(&subject.secrets()));
    let session = within(SOON, "connecting", move || {
        let session = plugin.connect(&settings, &secrets, Recorder::new(Level::Warn))?;
        session.describe()?;
        Ok::<_, Error>(session)
    })
    .unwrap_or_else(|error| panic!("{}", error.report()));
    session.shutdown(SOON).unwrap();
    let visit = service.accept().map(|(_, address)| address);
    assert_eq!(visit.map_err(|error| error.kind()), Err(IoErrorKind::WouldBlock), "the service was called");

    let away = service.local_addr().unwrap();
    drop(service);
    attempt(subject, &subject.settings_at(away), &lend(&subject.secrets())).unwrap();
}

/// Without it there is no session, and the refusal says what is missing.
pub fn each_required_setting_is_asked_for_by_its_name(subject: &dyn Subject) {
    let plugin = load(subject);
    let required: Vec<_> = plugin.description().options.iter().filter(|option| option.required).collect();
    assert!(!required.is_empty(), "nothing is required: this sentence proves nothing");
    for option in required {
        let mut settings = subject.settings();
        settings.remove(&option.name);
        let secrets: Vec<_> = subject.secrets().into_iter().filter(|(name, _)| *name != option.name).collect();
        let error = attempt(subject, &settings, &lend(&secrets)).expect_err(&option.name);
        assert_names(&error, &option.name);
    }
}

/// Every setting that is not a secret, given as something that no setting is.
pub fn a_setting_of_the_wrong_type_is_refused_by_its_name(subject: &dyn Subject) {
    let plugin = load(subject);
    for option in plugin.description().options.iter().filter(|option| !option.secret) {
        let wrong = if option.json_type() == "array" { json!({ "wrong": [] }) } else { json!([[{ "wrong": [] }]]) };
        let mut settings = subject.settings();
        settings.insert(option.name.clone(), wrong);
        let error = attempt(subject, &settings, &lend(&subject.secrets())).expect_err(&option.name);
        assert_names(&error, &option.name);
    }
}

/// A misspelt setting would otherwise be a setting that silently does nothing.
pub fn an_unknown_setting_is_refused_by_its_name(subject: &dyn Subject) {
    let mut settings = subject.settings();
    settings.insert("no_such_setting".to_owned(), json!(true));
    let error = attempt(subject, &settings, &lend(&subject.secrets())).expect_err("no_such_setting");
    assert_names(&error, "no_such_setting");
}

/// Bytes that are no UTF-8 are refused as an input, not met by a panic.
pub fn a_secret_that_is_not_text_is_refused(subject: &dyn Subject) {
    for (name, value) in subject.secrets() {
        let mut lent = lend(&subject.secrets());
        let bytes = [b"\xff\xfe", value.as_bytes()].concat();
        lent.iter_mut().filter(|lent| lent.name == name).for_each(|lent| lent.value = secret(&bytes));
        let error = attempt(subject, &subject.settings(), &lent).expect_err(&name);
        assert_names(&error, &name);
        assert!(!error.report().contains(&value), "the refusal repeats the secret");
    }
}

/// What one session does or suffers is nothing to another.
pub fn two_sessions_live_side_by_side(subject: &dyn Subject) {
    let (one, two) = (connect(subject), connect(subject));
    let rows = read(&one, &subject.quick(), None).unwrap();
    assert_eq!(read(&two, &subject.quick(), None).unwrap(), rows);
    one.shutdown(SOON).unwrap();
    assert_lives(&two, subject);
}

struct Panicking;

impl Services for Panicking {
    fn max_level(&self) -> Level {
        panic!("the host has a defect in `max_level`")
    }

    fn log(&self, _: Level, _: &str, _: &str) {
        panic!("the host has a defect in `log`")
    }

    fn ask(&self, _: &str, _: &Value, _: &mut dyn FnMut(&[u8])) -> Result<()> {
        panic!("the host has a defect in `ask`")
    }
}

impl Drop for Panicking {
    fn drop(&mut self) {
        panic!("the host has a defect in its drop")
    }
}

/// A panic of the host's is not the plugin's end either, and a plugin's letting go of it not the host's.
pub fn a_host_whose_services_panic_is_served_all_the_same(subject: &dyn Subject) {
    let session = connect_with(subject, Panicking);
    assert_lives(&session, subject);
    session.shutdown(SOON).unwrap();
    drop(session);
    assert_lives(&connect(subject), subject);
}

/// At the most talkative level a query leaves lines in the host's log, each from somewhere.
pub fn log_lines_reach_the_host(subject: &dyn Subject) {
    let log = Recorder::new(Level::Trace);
    let session = connect_with(subject, log.clone());
    assert_lives(&session, subject);
    assert!(!log.lines().is_empty(), "nothing was logged");
    assert!(log.lines().iter().all(|line| !line.target.is_empty()), "{:?}", log.lines());
}

/// Neither when all is well, nor when something fails.
pub fn nothing_is_logged_beyond_the_level_that_the_host_wants(subject: &dyn Subject) {
    for level in [Level::Error, Level::Info] {
        let log = Recorder::new(level);
        let session = connect_with(subject, log.clone());
        assert_lives(&session, subject);
        for ask in subject.failing() {
            let _ = drain(&session, &ask);
        }
        session.shutdown(SOON).unwrap();
        let beyond: Vec<_> = log.lines().into_iter().filter(|line| line.level > level).collect();
        assert!(beyond.is_empty(), "{beyond:?}");
    }
}
