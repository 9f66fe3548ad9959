//! Looker's answer to every kind of login.

use std::time::Duration;

use connector_interface::{Error, Result};
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::Token;
use crate::http::{Body, Call, Meter};
use crate::link::Link;

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
    /// Makes a call that is answered with tokens. The body holds them, also when it is not understood, so it is no
    /// evidence.
    pub(super) async fn ask(
        link: &Link,
        call: &Call,
        authorization: Option<HeaderValue>,
        body: &Body,
        meter: &Meter,
    ) -> Result<Self> {
        let answer: Result<(_, Self)> = link.client.json(call, authorization, body, meter).await;
        let (_, answer) = answer.map_err(without_body_of_success)?;
        link.redactor.hide_token(&answer.access_token);
        if let Some(refresh) = &answer.refresh_token {
            link.redactor.hide_token(refresh);
        }
        Ok(answer)
    }

    pub(super) fn token(&self) -> Result<Token> {
        Token::new(&self.access_token, Some(Duration::from_secs(self.expires_in)))
    }
}

fn without_body_of_success(mut error: Error) -> Error {
    let status = error.evidence.get("http_status").and_then(Value::as_u64);
    if status.is_none_or(|status| status < 300) {
        error.evidence.remove("body");
    }
    error
}
