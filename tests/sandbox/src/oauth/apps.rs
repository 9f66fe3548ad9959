//! Applications that may ask users to be let in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::errors::Problem;
use crate::users::{GROUPS, User};

/// The application that is there from the start.
const REGISTERED: (&str, &str) = ("looker-connector", "http://127.0.0.1:7777/callback");

/// A registered application.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Id, which login requests give as `client_id`.
    pub(crate) client_guid: String,
    /// Where the browser is sent afterwards; login requests must give the very same text.
    pub(crate) redirect_uri: String,
    /// Name for people.
    pub(crate) display_name: String,
    /// Description.
    pub(crate) description: Option<String>,
    /// Whether it may do anything.
    pub(crate) enabled: bool,
    /// Only users of this group are let in.
    pub(crate) group_id: Option<i64>,
    /// What was granted before is void.
    pub(crate) tokens_invalid_before: Option<Timestamp>,
    /// Ids of users who have allowed it.
    pub(crate) activated: BTreeSet<i64>,
}

impl App {
    fn new(client_guid: &str, redirect_uri: &str) -> Self {
        Self {
            client_guid: client_guid.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            display_name: client_guid.to_owned(),
            description: None,
            enabled: true,
            group_id: None,
            tokens_invalid_before: None,
            activated: BTreeSet::new(),
        }
    }

    /// An application as a request describes it.
    pub(crate) fn register(client_guid: &str, body: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        Self::new(client_guid, "").changed(body)
    }

    /// The application after a change: keys that are absent stay, those that may be null are cleared by it.
    pub(crate) fn changed(mut self, body: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for (key, value) in body {
            let done = match (key.as_str(), value) {
                ("redirect_uri", Value::String(uri)) if is_redirect_uri(uri) => {
                    self.redirect_uri.clone_from(uri);
                    true
                }
                ("display_name", Value::String(name)) => {
                    self.display_name.clone_from(name);
                    true
                }
                ("description", Value::String(_) | Value::Null) => {
                    self.description = value.as_str().map(str::to_owned);
                    true
                }
                ("enabled", Value::Bool(enabled)) => {
                    self.enabled = *enabled;
                    true
                }
                ("group_id", Value::Null) => {
                    self.group_id = None;
                    true
                }
                ("group_id", _) => {
                    let id = value.as_i64().or_else(|| value.as_str()?.parse().ok());
                    self.group_id = id.filter(|id| GROUPS.contains(id));
                    self.group_id.is_some()
                }
                ("redirect_uri" | "display_name" | "description" | "enabled", _) => false,
                // Read-only, or unknown: let through, as servers do.
                _ => true,
            };
            if !done {
                problems.push(Problem::invalid(key, "is not valid."));
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Whether a user may use it.
    pub(crate) fn admits(&self, user: &User) -> bool {
        self.group_id.is_none_or(|group| user.profile.groups.contains(&group))
    }
}

/// Whether a browser can be sent to it with a code in its query.
fn is_redirect_uri(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.fragment().is_none() && !url.cannot_be_a_base())
}

/// All applications.
#[derive(Debug)]
pub(crate) struct Apps(Mutex<BTreeMap<String, App>>);

impl Apps {
    /// The usual application and further ones (id, redirect address); the error is a sentence.
    pub(crate) fn new(further: &[(String, String)]) -> Result<Self, String> {
        let mut apps = BTreeMap::from([(REGISTERED.0.to_owned(), App::new(REGISTERED.0, REGISTERED.1))]);
        for (guid, uri) in further {
            if !is_redirect_uri(uri) {
                return Err(format!("\"{uri}\" is not an address that a browser can be sent to with a code"));
            }
            apps.insert(guid.clone(), App::new(guid, uri));
        }
        Ok(Self(Mutex::new(apps)))
    }

    /// The applications by id, to be read and changed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, App>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An application.
    pub(crate) fn get(&self, client_guid: &str) -> Option<App> {
        self.lock().get(client_guid).cloned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(app: App, body: &Value) -> Result<App, Vec<Problem>> {
        app.changed(body.as_object().unwrap())
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_null_clears() {
        let app = App { group_id: Some(3), description: Some("x".into()), ..App::new("a", "app://back") };
        let app = changed(app, &json!({ "display_name": "A", "group_id": null, "enabled": false })).unwrap();
        assert_eq!((app.display_name.as_str(), app.group_id, app.enabled), ("A", None, false));
        assert_eq!((app.description.as_deref(), app.redirect_uri.as_str()), (Some("x"), "app://back"));
        assert_eq!(changed(app, &json!({ "description": null, "group_id": "2" })).unwrap().group_id, Some(2));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (key, value) in [
            ("redirect_uri", json!("not an address")),
            ("redirect_uri", json!("https://a.example/#part")),
            ("redirect_uri", json!("mailto:a@example.com")),
            ("redirect_uri", Value::Null),
            ("group_id", json!("99")),
            ("enabled", json!("yes")),
        ] {
            let problems = changed(App::new("a", "app://back"), &json!({ key: value })).unwrap_err();
            assert_eq!(problems.first().unwrap().field, key);
        }
        assert!(Apps::new(&[("a".into(), "nowhere".into())]).is_err());
    }
}
