//! Taking secrets out of errors: a server or a proxy may answer with the request that it got, and the evidence of an
//! error holds such answers.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use connector_interface::Error;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";

/// Old tokens are forgotten beyond so many secrets: they no longer open anything.
const MAX_SECRETS: usize = 16;

/// The secrets of a session.
#[derive(Default)]
pub(crate) struct Redactor(RwLock<Vec<SecretString>>);

impl Redactor {
    /// Hides one more secret from now on.
    pub(crate) fn hide(&self, secret: &str) {
        let mut secrets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if secret.is_empty() || secrets.iter().any(|known| known.expose_secret() == secret) {
            return;
        }
        if secrets.len() == MAX_SECRETS {
            // The first is the client secret, which stays.
            secrets.remove(1);
        }
        secrets.push(SecretString::from(secret));
    }

    /// The error without secrets, in whatever form they stand in its texts.
    pub(crate) fn clean(&self, mut error: Error) -> Error {
        let secrets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets.iter() {
            let secret = secret.expose_secret();
            let form: String = byte_serialize(secret.as_bytes()).collect();
            let percent = form.replace('+', "%20").replace('*', "%2A");
            let json = Value::from(secret).to_string();
            let json = json.trim_matches('"').to_owned();
            for form in [secret.to_owned(), form.to_lowercase(), form, percent, json] {
                replace(&mut error.message, &form);
                replace(&mut error.advice, &form);
                error.evidence.values_mut().for_each(|value| replace_in(value, &form));
            }
        }
        error
    }
}

fn replace(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, HIDDEN);
    }
}

fn replace_in(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => replace(text, secret),
        Value::Array(items) => items.iter_mut().for_each(|item| replace_in(item, secret)),
        Value::Object(object) => object.values_mut().for_each(|value| replace_in(value, secret)),
        _ => {}
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use connector_interface::ErrorKind;

    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_text_and_every_form() {
        let redactor = Redactor::default();
        redactor.hide("a/b+c d\"e");
        let error = Error::new(ErrorKind::Protocol, "got a/b+c d\"e")
            .advise("not a%2Fb%2Bc+d%22e")
            .body(r#"{"x":"a/b+c d\"e"} and a%2fb%2bc+d%22e and a%2Fb%2Bc%20d%22e"#);
        let report = redactor.clean(error).report();
        assert_eq!(report.matches(HIDDEN).count(), 5, "{report}");
        assert!(!report.contains("b+c") && !report.contains("2Bc"), "{report}");
    }

    #[test]
    fn the_first_secret_stays_hidden_however_many_follow() {
        let redactor = Redactor::default();
        redactor.hide("the first");
        (0..100).for_each(|token| redactor.hide(&format!("token {token}")));
        assert!(!redactor.clean(Error::new(ErrorKind::Protocol, "the first")).message.contains("first"));
    }
}
