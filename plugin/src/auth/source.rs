//! Where a session's own token comes from.

use std::sync::Arc;

use connector_interface::Result;

use super::{ApiKey, HostToken, OAuth, Token};
use crate::http::Meter;
use crate::link::Link;

/// A source of tokens.
#[derive(Debug)]
pub(crate) enum Source {
    /// API credentials.
    ApiKey(ApiKey),
    /// A sign-in with a browser.
    OAuth(OAuth),
    /// The host.
    Host(HostToken),
}

impl Source {
    /// A token; `refused` says that Looker did not accept the last one.
    pub(super) async fn token(&self, link: &Link, meter: &Arc<Meter>, refused: bool) -> Result<Token> {
        match self {
            Self::ApiKey(key) => key.login(link, meter).await,
            Self::OAuth(sign_in) => sign_in.token(link, meter, refused).await,
            Self::Host(host) => host.token(link, refused).await,
        }
    }
}
