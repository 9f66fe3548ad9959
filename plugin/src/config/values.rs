//! Settings that have been held against the table, and reading one of them.

use std::sync::Arc;

use connector_interface::{Error, ErrorKind, Result, Settings};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::Value;

use super::as_text;
use super::options::{OPTIONS, OptionRow};
use crate::http::passwords_of_environment;
use crate::redact::Redactor;
use looker_words::nearest;

/// Settings whose names and types are right.
pub(super) struct Values {
    settings: Settings,
    redactor: Arc<Redactor>,
}

impl Values {
    /// Refuses unknown settings, secrets among the plain ones, and values of another type.
    pub(super) fn check(settings: Settings, redactor: Arc<Redactor>) -> Result<Self> {
        for name in settings.secret_names() {
            OptionRow::find(name).filter(|row| row.secret).ok_or_else(|| unknown(name))?;
        }
        for (name, value) in &settings.values {
            let row = OptionRow::find(name).ok_or_else(|| unknown(name))?;
            if row.secret {
                return Err(invalid(name, "is a secret and may not stand among the plain settings"));
            }
            if !value.is_null() && !row.accepts(value) {
                return Err(invalid(name, &format!("is not {}", row.wants())));
            }
        }
        Ok(Self { settings, redactor })
    }

    /// The value that is set, or the table's default.
    fn get(&self, name: &str) -> Option<Value> {
        self.settings.values.get(name).filter(|value| !value.is_null()).cloned().or_else(|| {
            let default = OptionRow::find(name)?.default?;
            serde_json::from_str(default).ok()
        })
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name);
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text without which there is no connection.
    pub(super) fn required(&self, name: &str) -> Result<String> {
        self.text(name).ok_or_else(|| missing(name))
    }

    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name).as_ref().and_then(Value::as_bool)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.boolean(name).unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).as_ref().and_then(Value::as_f64)
    }

    /// A whole number within bounds.
    pub(super) fn integer(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64().filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None if most == u64::MAX => Err(invalid(name, &format!("is less than {least}"))),
            None => Err(invalid(name, &format!("is not from {least} to {most}"))),
        }
    }

    /// The pairs of an object of strings.
    pub(super) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let value = self.get(name);
        let object = value.as_ref().and_then(Value::as_object);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        object.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// Takes a secret out.
    pub(super) fn secret(&mut self, name: &str) -> Option<SecretSlice<u8>> {
        self.settings.take_secret(name)
    }

    /// Takes a secret text out, which is hidden in errors from now on; none when it is empty.
    pub(super) fn secret_text(&mut self, name: &str) -> Result<Option<Arc<SecretString>>> {
        match self.secret(name) {
            Some(secret) => Ok(self.hide(as_text(&secret, name)?)),
            None => Ok(None),
        }
    }

    /// Hides a text in errors from now on, and gives it its one home.
    pub(super) fn hide(&self, secret: &str) -> Option<Arc<SecretString>> {
        let secret = Arc::new(SecretString::from(secret));
        self.redactor.hide(&secret);
        (!secret.expose_secret().is_empty()).then_some(secret)
    }

    /// Hides the password of a proxy that the environment names.
    pub(super) fn hide_proxy_of_environment(&self) {
        for password in passwords_of_environment() {
            self.hide(&password);
        }
    }
}

fn unknown(name: &str) -> Error {
    let near = nearest(name, OPTIONS.iter().map(|row| row.name));
    Error::new(ErrorKind::InvalidInput, format!("There is no option `{name}`")).advise(near.map_or_else(
        || "The connector's description lists the options".to_owned(),
        |near| format!("Did you mean `{near}`?"),
    ))
}

/// The error for an option that is not set.
pub(super) fn missing(name: &str) -> Error {
    let row = OptionRow::find(name);
    let kind = if row.is_some_and(|row| row.secret) { ErrorKind::Credentials } else { ErrorKind::InvalidInput };
    let help = row.map(|row| row.help).unwrap_or_default();
    let places = row.map(OptionRow::places).filter(|places| !places.is_empty());
    let advice = places.map_or_else(|| format!("Set it: {help}"), |places| format!("Give it as {places}"));
    Error::new(kind, format!("The option `{name}` is missing: {help}")).advise(advice)
}

/// The error for an option whose value is wrong.
pub(super) fn invalid(name: &str, what: &str) -> Error {
    let help = OptionRow::find(name).map(|row| row.help).unwrap_or_default();
    Error::new(ErrorKind::InvalidInput, format!("The option `{name}` {what}")).advise(help)
}
