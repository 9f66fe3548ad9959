//! API credentials: a client ID and secret, bound to a Looker user.

use std::sync::Arc;

use connector_interface::Result;
use secrecy::SecretString;

use super::Token;
use super::access_token::AccessToken;
use crate::http::{Body, Meter};
use crate::link::{Asked, Link};
use crate::operations::{LOGIN, Operation};

/// The credentials of a session.
#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) client_id: String,
    pub(crate) client_secret: Arc<SecretString>,
}

impl ApiKey {
    /// Logs in.
    pub(super) async fn login(&self, link: &Link, meter: &Meter) -> Result<Token> {
        self.access_token(&LOGIN, link, meter).await?.token().map(Token::ours)
    }

    /// A new token. The credentials travel in a form body: as query parameters they would end in access logs.
    pub(super) async fn access_token(
        &self,
        operation: &'static Arc<Operation>,
        link: &Link,
        meter: &Meter,
    ) -> Result<AccessToken> {
        tracing::debug!(host = %link.root.host(), "logging in");
        let form = Body::form(("client_id", &self.client_id), ("client_secret", &self.client_secret));
        AccessToken::ask(link, &link.call(&Asked::new(operation, &[], &[])), None, &form, meter).await
    }
}
