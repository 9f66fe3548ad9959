//! Secrets go in and never come back: not in a description, a row's schema, an error, a progress or a log line.

use std::net::TcpListener;
use std::time::Duration;

use connector_interface::connector::Outcome;
use connector_interface::describe::OperationSpec;
use connector_interface::error::{ErrorKind, Result};
use connector_interface::load::Session;
use connector_interface::services::Level;
use serde_json::{Value, json};

use super::{Ask, Subject, connect_with, lend, load};
use crate::patience::{LATER, SOON, within};
use crate::recorder::Recorder;
use crate::transcript::Transcript;

fn transcript(subject: &dyn Subject) -> Transcript {
    let secrets = subject.secrets();
    assert!(!secrets.is_empty(), "no secret: this sentence proves nothing");
    Transcript::new(secrets.into_iter().map(|(_, value)| value))
}

/// Asks, and notes all that comes back.
fn hear(transcript: &mut Transcript, session: &Session, ask: &Ask, deadline: Option<Duration>) -> Result<()> {
    let what = &format!("{} {}", ask.kind, ask.body);
    let operation = match session.start(&ask.kind, &ask.body, deadline) {
        Ok(operation) => operation,
        Err(error) => {
            transcript.hear_error(what, &error);
            return Err(error);
        }
    };
    let waiting = operation.clone();
    let heard = within(LATER, what, move || match waiting.result()? {
        Outcome::Rows(rows) => {
            let mut reader = connector_interface::rows::import(rows)?;
            let end = reader.find_map(std::result::Result::err).map(|error| format!("{error} {error:?}"));
            Ok(format!("{:?} {end:?}", arrow_array::RecordBatchReader::schema(&reader)))
        }
        Outcome::Value(value) => Ok(value.to_string()),
        other => Ok(format!("{other:?}")),
    });
    match &heard {
        Ok(text) => transcript.hear(what, text.clone()),
        Err(error) => transcript.hear_error(what, error),
    }
    let progress = operation.progress().unwrap();
    transcript.hear(what, serde_json::to_string(&progress).unwrap());
    transcript.hear_debug(what, &progress);
    if let Some(error) = &progress.error {
        transcript.hear_error(what, error);
    }
    heard.map(drop)
}

/// When all goes well.
pub fn no_secret_stands_in_what_comes_back(subject: &dyn Subject) {
    let mut transcript = transcript(subject);
    let (plugin, log) = (load(subject), Recorder::new(Level::Trace));
    transcript.hear("the description", serde_json::to_string(plugin.description()).unwrap());
    let session = connect_with(subject, log.clone());
    transcript.hear("the session's description", session.describe().unwrap().to_string());
    for ask in [
        subject.quick(),
        Ask::new(OperationSpec::CHECK, json!({})),
        Ask::new(OperationSpec::CATALOG, json!({ "path": "", "form": "rows" })),
        Ask::new(OperationSpec::CATALOG, json!({ "path": "", "form": "tree" })),
    ] {
        hear(&mut transcript, &session, &ask, None).unwrap_or_else(|error| panic!("{}", error.report()));
    }
    transcript.hear_debug("Debug", &(&plugin, &session));
    session.shutdown(SOON).unwrap();
    assert!(!log.lines().is_empty(), "nothing was logged");
    transcript.hear_log(&log);
    transcript.assert_free_of_secrets();
}

/// When everything goes wrong: refused requests, failing ones, a cancel, a deadline, wrong credentials, a service that
/// is away.
pub fn no_secret_stands_in_a_failure(subject: &dyn Subject) {
    let mut transcript = transcript(subject);
    let log = Recorder::new(Level::Trace);
    let plugin = load(subject);
    let session = connect_with(subject, log.clone());
    let refused = [Ask::new("no_such_kind", json!({})), Ask::new(OperationSpec::QUERY, json!("not an object"))];
    for ask in subject.failing().iter().chain(&refused) {
        let _ = hear(&mut transcript, &session, ask, None);
    }
    let late = hear(&mut transcript, &session, &subject.waiting(), Some(Duration::from_millis(300)));
    assert_eq!(late.map_err(|error| error.kind), Err(ErrorKind::Timeout));
    let Ask { kind, body } = subject.waiting();
    let cancelled = session.start(&kind, &body, None).unwrap();
    cancelled.cancel().unwrap();
    transcript.hear_error("a cancel", &cancelled.result().map(drop).unwrap_err());

    // Another password, which must not come back either.
    let wrong: Vec<(String, String)> =
        subject.secrets().into_iter().map(|(name, value)| (name, value.chars().rev().collect())).collect();
    for (_, value) in &wrong {
        transcript.also_hide(value);
    }
    let stranger = plugin.connect(&subject.settings(), &lend(&wrong), log.clone()).unwrap();
    for ask in [Ask::new(OperationSpec::CHECK, json!({})), subject.quick()] {
        let _ = hear(&mut transcript, &stranger, &ask, None);
    }

    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = plugin.connect(&subject.settings_at(away), &lend(&subject.secrets()), log.clone()).unwrap();
    for ask in [Ask::new(OperationSpec::CHECK, json!({})), subject.quick()] {
        let _ = hear(&mut transcript, &lost, &ask, Some(Duration::from_secs(3)));
    }
    for session in [session, stranger, lost] {
        let _ = session.shutdown(SOON);
        let _ = session.start(OperationSpec::CHECK, &Value::Null, None).map_err(|error| {
            transcript.hear_error("a start after the end", &error);
        });
    }
    transcript.hear_log(&log);
    assert!(transcript.len() > 20, "little was heard: {transcript:?}");
    transcript.assert_free_of_secrets();
}

/// Settings may be shown and logged, so a secret has no place there; and the refusal must not show it.
pub fn a_secret_among_the_settings_is_refused_and_not_repeated(subject: &dyn Subject) {
    let mut transcript = transcript(subject);
    let log = Recorder::new(Level::Trace);
    for (name, value) in subject.secrets() {
        let mut settings = subject.settings();
        settings.insert(name.clone(), json!(value));
        let error = load(subject).connect(&settings, &lend(&subject.secrets()), log.clone()).expect_err(&name);
        assert_eq!(error.kind, ErrorKind::InvalidInput, "{}", error.report());
        assert!(format!("{} {}", error.message, error.advice).contains(&name), "{}", error.report());
        transcript.hear_error("the refusal", &error);
    }
    transcript.hear_log(&log);
    transcript.assert_free_of_secrets();
}
