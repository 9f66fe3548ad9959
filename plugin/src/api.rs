//! Calling Looker's operations as the session's user: the token, and one new login when it is refused.

use std::sync::Arc;
use std::time::Duration;

use connector_interface::{ErrorKind, Result};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::auth::{ApiKey, TokenCache};
use crate::http::{Body, Call, Client, Response};
use crate::instance::Root;
use crate::redact::Redactor;

/// The API of one instance, as one user.
#[derive(Debug)]
pub(crate) struct Api {
    client: Client,
    root: Root,
    key: ApiKey,
    tokens: TokenCache,
    redactor: Arc<Redactor>,
}

impl Api {
    pub(crate) fn new(client: Client, root: Root, key: ApiKey) -> Self {
        let redactor = Arc::<Redactor>::default();
        redactor.hide(key.client_secret.expose_secret());
        Self { client, root, key, tokens: TokenCache::default(), redactor }
    }

    /// Hides the secrets of this session in errors.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// `GET` of an operation whose answer is JSON. The path is encoded already.
    pub(crate) async fn get<T: DeserializeOwned>(&self, operation: &'static str, path: &str) -> Result<T> {
        self.send(operation, Method::GET, path, None).await?.json().await
    }

    /// Sends an operation's request. A 401 is answered with one new login: a token may die before its time, for
    /// instance when an administrator ends the user's sessions.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response> {
        let mut logged_in_again = false;
        loop {
            let token = self.tokens.get(|| self.key.login(&self.client, &self.root, &self.redactor)).await?;
            let call = Call::new(operation, method.clone(), self.root.operation(path));
            tracing::debug!(operation, url = %call.url, "calling");
            let body = body.cloned().map_or(Body::None, Body::Json);
            match self.client.send(call, Some(token.header()), body).await {
                Err(error) if is_unauthorized(&error) && !logged_in_again => {
                    tracing::info!(operation, "the token was refused; logging in again");
                    logged_in_again = true;
                    self.tokens.forget(&token).await;
                }
                result => return result,
            }
        }
    }

    /// Gives the token back, if there is one.
    pub(crate) async fn logout(&self, timeout: Duration) -> Result<()> {
        let Some(token) = self.tokens.take().await else { return Ok(()) };
        let call = Call::new("logout", Method::DELETE, self.root.operation("/logout"));
        match tokio::time::timeout(timeout, self.client.send(call, Some(token.header()), Body::None)).await {
            Ok(Ok(_)) => Ok(()),
            // A token that is dead already is what was wanted.
            Ok(Err(error)) if error.kind == ErrorKind::NotFound || is_unauthorized(&error) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!("the logout failed: {}", self.redactor.clean(error));
                Ok(())
            }
            Err(_) => {
                tracing::warn!("the logout took longer than {} ms", timeout.as_millis());
                Ok(())
            }
        }
    }
}

fn is_unauthorized(error: &connector_interface::Error) -> bool {
    error.evidence.get("http_status").and_then(Value::as_u64) == Some(401)
}
