//! Looker's answer to every kind of login.

use std::time::Duration;

use connector_interface::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;

use super::Token;
use crate::http::Response;
use crate::redact::Redactor;

/// `AccessToken` of the specification.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are Looker's")]
pub(super) struct AccessToken {
    pub(super) access_token: SecretString,
    /// Seconds.
    #[serde(default = "an_hour")]
    pub(super) expires_in: u64,
    #[serde(default)]
    pub(super) refresh_token: Option<SecretString>,
}

/// The lifetime that Looker's documentation gives.
fn an_hour() -> u64 {
    3_600
}

impl AccessToken {
    /// Reads the answer. The body holds a token, also when it is not understood, so it is no evidence.
    pub(super) async fn read(response: Response, redactor: &Redactor) -> Result<Self> {
        let answer: Self = response.json().await.map_err(without_body)?;
        redactor.hide_token(&answer.access_token);
        if let Some(refresh) = &answer.refresh_token {
            redactor.hide_token(refresh);
        }
        Ok(answer)
    }

    pub(super) fn token(&self) -> Result<Token> {
        Token::new(&self.access_token, Some(Duration::from_secs(self.expires_in)))
    }
}

fn without_body(mut error: Error) -> Error {
    error.evidence.remove("body");
    error
}
