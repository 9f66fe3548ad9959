//! OAuth: applications that users let in, and what they are granted. Code flow with PKCE only.

pub(crate) mod apps;
pub(crate) mod grants;
mod pkce;

pub(crate) use pkce::Challenge;

use crate::options::Options;
use apps::Apps;
use grants::Grants;

/// What the sandbox knows of OAuth.
#[derive(Debug)]
pub(crate) struct OAuth {
    /// Registered applications.
    pub(crate) apps: Apps,
    /// Codes and refresh tokens.
    pub(crate) grants: Grants,
}

impl OAuth {
    /// The applications of the options, with nothing granted; the error is a sentence.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let apps = Apps::new(&options.oauth_apps)?;
        Ok(Self { apps, grants: Grants::new(options.refresh_lifetime, options.rotate_refresh) })
    }
}
