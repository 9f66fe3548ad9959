//! Taking secrets out of errors: a server or a proxy may answer with the request that it got, and the evidence of an
//! error holds such answers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use connector_interface::Error;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";

/// So many tokens are remembered: older ones no longer open anything.
const MAX_TOKENS: usize = 256;

/// The secrets of a session. It shares them with whoever uses them, so that each has one home.
#[derive(Default)]
pub(crate) struct Redactor {
    settings: RwLock<Vec<Arc<SecretString>>>,
    tokens: RwLock<VecDeque<SecretString>>,
}

impl Redactor {
    /// Hides a secret of the settings for as long as the session lives.
    pub(crate) fn hide(&self, secret: &Arc<SecretString>) {
        if !secret.expose_secret().is_empty() {
            self.settings.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(secret));
        }
    }

    /// Hides a token from now on.
    pub(crate) fn hide_token(&self, token: &SecretString) {
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let is_known = tokens.iter().any(|known| known.expose_secret() == token.expose_secret());
        if token.expose_secret().is_empty() || is_known {
            return;
        }
        if tokens.len() == MAX_TOKENS {
            tokens.pop_front();
        }
        tokens.push_back(token.clone());
    }

    /// The error without secrets, in whatever form they stand in its texts.
    pub(crate) fn clean(&self, mut error: Error) -> Error {
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        for secret in settings.iter().map(Arc::as_ref).chain(tokens.iter()) {
            for form in forms(secret.expose_secret()) {
                replace(&mut error.message, &form);
                replace(&mut error.advice, &form);
                error.evidence.values_mut().for_each(|value| replace_in(value, &form));
            }
        }
        error
    }

    /// Forgets everything, when the session has ended.
    pub(crate) fn forget(&self) {
        self.settings.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.tokens.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A secret as it is, and as it stands in a form, a URL and JSON. Every copy is wiped.
fn forms(secret: &str) -> [Zeroizing<String>; 5] {
    let mut form = Zeroizing::new(String::with_capacity(3 * secret.len()));
    let mut percent = Zeroizing::new(String::with_capacity(3 * secret.len()));
    for part in byte_serialize(secret.as_bytes()) {
        form.push_str(part);
        percent.push_str(match part {
            "+" => "%20",
            "*" => "%2A",
            part => part,
        });
    }
    let mut lower = form.clone();
    lower.make_ascii_lowercase();
    let mut json = Zeroizing::new(String::with_capacity(6 * secret.len()));
    for c in secret.chars() {
        if matches!(c, '"' | '\\') {
            json.push('\\');
        }
        json.push(c);
    }
    [Zeroizing::new(secret.to_owned()), lower, form, percent, json]
}

fn replace(text: &mut String, secret: &str) {
    if text.contains(secret) {
        let cleaned = text.replace(secret, HIDDEN);
        drop(Zeroizing::new(std::mem::replace(text, cleaned)));
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

    fn hiding(secret: &str) -> Redactor {
        let redactor = Redactor::default();
        redactor.hide(&Arc::new(SecretString::from(secret)));
        redactor
    }

    #[test]
    fn a_secret_is_hidden_in_every_text_and_every_form() {
        let error = Error::new(ErrorKind::Protocol, "got a/b+c d\"e")
            .advise("not a%2Fb%2Bc+d%22e")
            .body(r#"{"x":"a/b+c d\"e"} and a%2fb%2bc+d%22e and a%2Fb%2Bc%20d%22e"#);
        let report = hiding("a/b+c d\"e").clean(error).report();
        assert_eq!(report.matches(HIDDEN).count(), 5, "{report}");
        assert!(!report.contains("b+c") && !report.contains("2Bc"), "{report}");
    }

    #[test]
    fn a_secret_of_the_settings_stays_hidden_however_many_tokens_follow() {
        let redactor = hiding("the first");
        (0..1_000).for_each(|token| redactor.hide_token(&SecretString::from(format!("token {token}"))));
        assert!(!redactor.clean(Error::new(ErrorKind::Protocol, "the first")).message.contains("first"));
        assert_eq!(redactor.clean(Error::new(ErrorKind::Protocol, "token 999")).message, HIDDEN);
    }
}
