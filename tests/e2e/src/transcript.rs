//! Everything that a plugin said, searched for secrets: as they are, and as they would stand in a URL, in a Basic
//! authorization or in a dump.

use std::fmt::{Debug, Write as _};

use connector_interface::error::Error;

use crate::recorder::Recorder;

/// What was heard from a plugin, and the secrets that may not be in it.
#[derive(Debug)]
pub struct Transcript {
    secrets: Vec<String>,
    heard: Vec<(String, String)>,
}

impl Transcript {
    /// An empty transcript that searches for these secrets.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let secrets: Vec<String> = secrets.into_iter().collect();
        assert!(secrets.iter().all(|secret| secret.len() >= 8), "a short secret would be found by chance");
        Self { secrets, heard: Vec::new() }
    }

    /// Searches for one more secret.
    pub fn also_hide(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    /// Notes a text.
    pub fn hear(&mut self, what: &str, text: impl Into<String>) {
        self.heard.push((what.to_owned(), text.into()));
    }

    /// Notes a value by its `Debug`.
    pub fn hear_debug(&mut self, what: &str, value: &impl Debug) {
        self.hear(what, format!("{value:?}"));
    }

    /// Notes an error in all its forms.
    pub fn hear_error(&mut self, what: &str, error: &Error) {
        self.hear(what, error.to_string());
        self.hear(what, error.report());
        self.hear_debug(what, error);
        self.hear(what, serde_json::to_string(error).unwrap());
    }

    /// Notes a log.
    pub fn hear_log(&mut self, log: &Recorder) {
        for line in log.lines() {
            self.hear("a log line", format!("{}: {}", line.target, line.message));
        }
    }

    /// How much was heard.
    pub fn len(&self) -> usize {
        self.heard.len()
    }

    /// Whether nothing was heard.
    pub fn is_empty(&self) -> bool {
        self.heard.is_empty()
    }

    /// Fails when a secret is in it.
    #[track_caller]
    pub fn assert_free_of_secrets(&self) {
        for secret in &self.secrets {
            for (form, hidden) in forms(secret) {
                for (what, text) in &self.heard {
                    assert!(!text.contains(&hidden), "a secret stands in {what} {form}: {text}");
                }
            }
        }
    }
}

/// The forms in which a secret may stand somewhere, each with its name.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let (mut url, mut hex) = (String::new(), String::new());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        ("as in a URL", url),
        ("in hexadecimal digits", hex.to_uppercase()),
        ("in hexadecimal digits", hex),
        ("as a list of bytes", format!("{bytes:?}").trim_matches(['[', ']']).to_owned()),
    ];
    // Base64 depends on how many bytes stand before it: what is certain is the digits that hold only its own bits.
    forms.extend((0..3).map(|before| ("in base64", base64_core(bytes, before))));
    forms
}

/// The base64 digits of some bytes after `before` others, without those that share bits with a neighbour.
fn base64_core(bytes: &[u8], before: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let first = (6 - before * 8 % 6) % 6;
    (first..=bytes.len() * 8 - 6)
        .step_by(6)
        .map(|at| char::from(DIGITS[(at..at + 6).fold(0, |digit, at| digit << 1 | bit(at))]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form() {
        for text in [
            "key=correct/horse",
            "/?key=correct%2Fhorse",
            "636f72726563742f686f727365",
            "[9, 99, 111, 114, 114, 101, 99, 116, 47, 104, 111, 114, 115, 101]",
            // base64 of the secret, of `a:` and the secret, and of `ab:` and the secret
            "Y29ycmVjdC9ob3JzZQ==",
            "YTpjb3JyZWN0L2hvcnNl",
            "YWI6Y29ycmVjdC9ob3JzZQ==",
            "eDEyM2NvcnJlY3QvaG9yc2Uh",
        ] {
            let mut transcript = Transcript::new(["correct/horse".to_owned()]);
            transcript.hear("a test", text);
            let found = std::panic::catch_unwind(|| transcript.assert_free_of_secrets());
            assert!(found.is_err(), "not found in {text}");
        }
    }

    #[test]
    fn what_holds_no_secret_passes() {
        let mut transcript = Transcript::new(["correct/horse".to_owned()]);
        transcript.hear("a test", "a correct horse");
        transcript.assert_free_of_secrets();
    }
}
