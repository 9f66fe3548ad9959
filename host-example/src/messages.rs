//! What a person reads on stderr. Stdout is for data alone.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use connector_interface::{Error, Retry};
use indicatif::ProgressBar;
use serde_json::{Map, Value};

/// How much is said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Talk {
    /// How often `-v` was given.
    pub(crate) verbose: u8,
    /// `-q`: only errors and notes.
    pub(crate) quiet: bool,
}

static TALK: OnceLock<Talk> = OnceLock::new();

/// The bar on the screen, which must step aside for a line.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Sets how much is said, once.
pub(crate) fn setup(talk: Talk) {
    let _ = TALK.set(talk);
}

/// How much is said.
pub(crate) fn talk() -> Talk {
    TALK.get().copied().unwrap_or_default()
}

/// Whether a closing line is wanted: a person looks, or asked.
pub(crate) fn wants_closing_line() -> bool {
    !talk().quiet && (talk().verbose > 0 || io::stderr().is_terminal())
}

/// Puts a bar on the screen, or takes it away.
pub(crate) fn set_bar(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Prints one line.
pub(crate) fn line(text: &str) {
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let print = || {
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(io::stderr().lock(), "{text}");
    };
    match bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// Prints a sentence that the user should know with the result.
pub(crate) fn note(text: &str) {
    line(&format!("note: {}", sentence(text)));
}

/// Prints a failure: what happened, what to do, and with `-v` the rest of its facts.
pub(crate) fn error(error: &Error) {
    line(&explain(error, talk().verbose > 0));
}

/// A failure as lines of text.
fn explain(error: &Error, verbose: bool) -> String {
    let mut lines = vec![format!("error: {}", sentence(&error.message))];
    if !error.advice.is_empty() {
        lines.push(format!("help: {}", sentence(&error.advice)));
    }
    if verbose {
        lines.push(format!("  kind: {}", error.kind));
        lines.push(match error.retry {
            Retry::Never => "  retry: does not help".to_owned(),
            Retry::Now => "  retry: may help".to_owned(),
            Retry::AfterMs(ms) => format!("  retry: may help after {ms} ms"),
        });
        for (key, value) in error.evidence.iter() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text: Vec<String> = text.lines().map(printable).collect();
            lines.push(format!("  {}: {}", printable(key), text.join("\n    ")));
        }
    }
    lines.join("\n")
}

/// Text as one printable sentence with its full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = printable(text.trim());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

/// Text of another's without what would drive a terminal: control characters become blanks.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Prints what the summary of a result that is no rows tells a person: its notices, and with `-v` the retries.
pub(crate) fn summary(summary: &Map<String, Value>) {
    notices(summary);
    if talk().verbose > 0
        && let Some(retries) = retries(summary)
    {
        line(&retries);
    }
}

/// How often the plugin has tried again, when it has.
pub(crate) fn retries(summary: &Map<String, Value>) -> Option<String> {
    let retries = summary.get("retries").and_then(Value::as_u64).filter(|retries| *retries > 0)?;
    Some(format!("{retries} {}", if retries == 1 { "retry" } else { "retries" }))
}

/// Prints the notices of a summary, which a reader of the result must not miss.
pub(crate) fn notices(summary: &Map<String, Value>) {
    let notices: Vec<&str> =
        summary.get("notices").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if notices.is_empty() && summary.get("truncated").and_then(Value::as_bool) == Some(true) {
        note("The result was cut at its limit: there are more rows");
    }
    for notice in notices {
        note(notice);
    }
}

#[cfg(test)]
mod tests {
    use connector_interface::ErrorKind;

    use super::*;

    fn failure() -> Error {
        Error::new(ErrorKind::Credentials, "The service refused the key").advise("Check the key.").status(401)
    }

    #[test]
    fn a_failure_is_one_sentence_of_cause_and_one_of_advice() {
        assert_eq!(explain(&failure(), false), "error: The service refused the key.\nhelp: Check the key.");
    }

    #[test]
    fn a_verbose_failure_shows_kind_retry_and_evidence() {
        let text = explain(&failure(), true);
        assert!(text.ends_with("  kind: credentials\n  retry: does not help\n  http_status: 401"), "{text}");
    }

    #[test]
    fn retries_are_counted_only_when_there_were_some() {
        let told = |summary: Value| retries(summary.as_object().unwrap());
        assert_eq!(told(serde_json::json!({"retries": 1})).as_deref(), Some("1 retry"));
        assert_eq!(told(serde_json::json!({"retries": 2})).as_deref(), Some("2 retries"));
        assert_eq!(told(serde_json::json!({"retries": 0})), None);
        assert_eq!(told(serde_json::json!({})), None);
    }

    #[test]
    fn text_of_the_service_cannot_drive_the_terminal() {
        assert_eq!(sentence("red \u{1b}[31malert\nnext"), "red  [31malert next.");
    }
}
