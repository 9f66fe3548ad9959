//! API credentials: a client ID and secret, bound to a Looker user.

use std::time::Duration;

use connector_interface::{ErrorKind, Result};
use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::auth::Token;
use crate::http::{Body, Call, Client};
use crate::instance::Root;
use crate::redact::Redactor;

/// The credentials of a session.
#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

/// `AccessToken` of the specification.
#[derive(Deserialize)]
struct AccessToken {
    access_token: SecretString,
    /// Seconds.
    #[serde(default = "an_hour")]
    expires_in: u64,
}

/// The lifetime that Looker's documentation gives.
fn an_hour() -> u64 {
    3_600
}

impl ApiKey {
    /// Logs in. The credentials travel in a form body: as query parameters they would end in access logs.
    pub(crate) async fn login(&self, client: &Client, root: &Root, redactor: &Redactor) -> Result<Token> {
        tracing::debug!(host = %root.host(), "logging in");
        let call = Call::new("login", Method::POST, root.operation("/login"));
        let form = vec![
            ("client_id", self.client_id.clone()),
            ("client_secret", self.client_secret.expose_secret().to_owned()),
        ];
        let answer: AccessToken =
            client.send(call.clone(), None, Body::Form(form)).await?.json().await.map_err(|mut error| {
                // The body holds a token, also when it is not understood.
                error.evidence.remove("body");
                error
            })?;
        redactor.hide(answer.access_token.expose_secret());
        let header = HeaderValue::from_str(&format!("Bearer {}", answer.access_token.expose_secret()))
            .map_err(|_| call.error(ErrorKind::Protocol, "Looker's token is not one that a header can hold"))?;
        Ok(Token::new(header, Duration::from_secs(answer.expires_in)))
    }
}
