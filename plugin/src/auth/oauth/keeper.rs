//! Where a sign-in is kept between sessions: in a file that only its owner may read, or with the host.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use connector_interface::services::{Host, SECRET_CHANGED};
use connector_interface::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use crate::private_file;

/// What a user has granted.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The origin that it was granted at; unknown when the host keeps it.
    pub(crate) origin: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) redirect_uri: String,
    /// The access token, and its end in seconds since 1970.
    pub(crate) access: Option<(SecretString, u64)>,
    pub(crate) refresh_token: SecretString,
}

/// The one who keeps it.
#[derive(Debug)]
pub(crate) enum Keeper {
    /// A file of the user's.
    File(TokenFile),
    /// The host, which lent the refresh token and is told when it changes.
    Host {
        host: Host,
        redirect_uri: String,
        refresh_token: RwLock<SecretString>,
        access: RwLock<Option<(SecretString, u64)>>,
    },
    /// Nobody: there is no sign-in yet, and no place for one.
    Nobody,
}

/// A file with one sign-in.
#[derive(Debug)]
pub(crate) struct TokenFile(pub(crate) PathBuf);

/// The file's content.
#[derive(Deserialize)]
struct Stored {
    base_url: String,
    #[serde(default)]
    client_id: Option<String>,
    redirect_uri: String,
    access_token: SecretString,
    expires_at: u64,
    refresh_token: SecretString,
}

#[derive(Serialize)]
struct ToStore<'a> {
    base_url: &'a str,
    client_id: Option<&'a str>,
    redirect_uri: &'a str,
    access_token: &'a str,
    expires_at: u64,
    refresh_token: &'a str,
}

impl Keeper {
    /// What is kept.
    pub(super) fn load(&self) -> Result<Grant> {
        match self {
            Self::File(file) => file.load(),
            Self::Host { redirect_uri, refresh_token, access, .. } => Ok(Grant {
                origin: None,
                client_id: None,
                redirect_uri: redirect_uri.clone(),
                access: access.read().unwrap_or_else(PoisonError::into_inner).clone(),
                refresh_token: refresh_token.read().unwrap_or_else(PoisonError::into_inner).clone(),
            }),
            Self::Nobody => Err(nobody_signed_in()),
        }
    }

    /// Keeps a renewed grant.
    pub(super) async fn keep(&self, grant: &Grant) -> Result<()> {
        match self {
            Self::File(file) => file.store(grant),
            Self::Host { host, refresh_token, access, .. } => {
                let changed = {
                    let mut kept = refresh_token.write().unwrap_or_else(PoisonError::into_inner);
                    let changed = kept.expose_secret() != grant.refresh_token.expose_secret();
                    *kept = grant.refresh_token.clone();
                    access.write().unwrap_or_else(PoisonError::into_inner).clone_from(&grant.access);
                    changed
                };
                if changed {
                    tell(host.clone(), grant.refresh_token.clone()).await;
                }
                Ok(())
            }
            Self::Nobody => Ok(()),
        }
    }
}

/// Tells the host of a new refresh token, on a thread that may block. A host that cannot keep it will ask for a new sign-in
/// some day; this session goes on.
async fn tell(host: Host, refresh_token: SecretString) {
    let told = tokio::task::spawn_blocking(move || {
        let question = json!({ "name": "refresh_token", "value": refresh_token.expose_secret() });
        let result = host.ask(SECRET_CHANGED, &question, &mut |_| {});
        if let serde_json::Value::Object(question) = question {
            question.into_iter().for_each(|(_, value)| {
                if let serde_json::Value::String(text) = value {
                    drop(Zeroizing::new(text));
                }
            });
        }
        result
    });
    if let Ok(Err(error)) = told.await {
        tracing::warn!("the host does not keep the new refresh token: {}", error.kind);
    }
}

impl TokenFile {
    fn load(&self) -> Result<Grant> {
        let text = match private_file::read(&self.0, "token_file") {
            Err(error) if error.kind == ErrorKind::NotFound => return Err(nobody_signed_in()),
            text => text?,
        };
        let stored: Stored = serde_json::from_slice(text.expose_secret()).map_err(|_| {
            Error::new(ErrorKind::Credentials, format!("The token file {} is not one", self.0.display()))
                .advise("Sign in again, or name another `token_file`")
        })?;
        Ok(Grant {
            origin: Some(stored.base_url),
            client_id: stored.client_id,
            redirect_uri: stored.redirect_uri,
            access: Some((stored.access_token, stored.expires_at)),
            refresh_token: stored.refresh_token,
        })
    }

    /// Writes the file anew, readable by its owner only; a reader sees the old one or the new one.
    pub(crate) fn store(&self, grant: &Grant) -> Result<()> {
        let (access_token, expires_at) =
            grant.access.as_ref().map_or(("", 0), |(token, end)| (token.expose_secret(), *end));
        let to_store = ToStore {
            base_url: grant.origin.as_deref().unwrap_or_default(),
            client_id: grant.client_id.as_deref(),
            redirect_uri: &grant.redirect_uri,
            access_token,
            expires_at,
            refresh_token: grant.refresh_token.expose_secret(),
        };
        let failed = |error: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("The token file {} cannot be written: {error}", self.0.display()),
            )
            .advise("Name a file in a directory that you may write to with the option `token_file`")
        };
        let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *text, &to_store).map_err(|error| failed(&error))?;
        let directory = self.0.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(|error| failed(&error))?;
        // A temporary file is its owner's alone from the first moment on.
        let mut file = tempfile::NamedTempFile::new_in(directory).map_err(|error| failed(&error))?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
        file.persist(&self.0).map_err(|error| failed(&error.error))?;
        Ok(())
    }

    /// Takes the file away.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("The token file {} cannot be removed: {error}", self.0.display()),
            )
            .advise("Remove it by hand")),
            _ => Ok(()),
        }
    }
}

fn nobody_signed_in() -> Error {
    Error::new(ErrorKind::Credentials, "Nobody has signed in yet, and the option `auth` says oauth").advise(
        "Sign in with a browser first (in the example host: `connector-host login`), with the same `token_file`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            origin: Some("https://acme.looker.com".to_owned()),
            client_id: Some("app".to_owned()),
            redirect_uri: "http://127.0.0.1:7777/callback".to_owned(),
            access: Some((SecretString::from("access"), 1_900_000_000)),
            refresh_token: SecretString::from("refresh"),
        }
    }

    #[test]
    fn a_sign_in_survives_the_way_through_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = TokenFile(directory.path().join("new/token.json"));
        assert_eq!(file.load().unwrap_err().kind, ErrorKind::Credentials);
        file.store(&grant()).unwrap();
        let loaded = file.load().unwrap();
        assert_eq!((&loaded.origin, &loaded.redirect_uri), (&grant().origin, &grant().redirect_uri));
        assert_eq!(loaded.refresh_token.expose_secret(), "refresh");
        file.remove().unwrap();
        file.remove().unwrap();
        assert!(file.load().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_token_file_is_its_owners_alone_and_a_wider_one_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let file = TokenFile(directory.path().join("token.json"));
        file.store(&grant()).unwrap();
        assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o640)).unwrap();
        let error = file.load().unwrap_err();
        assert!(error.kind == ErrorKind::Credentials && error.advice.contains("chmod 600"), "{}", error.report());
    }
}
