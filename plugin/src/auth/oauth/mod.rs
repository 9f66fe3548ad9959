//! Signing in with a browser: OAuth's authorization code with PKCE, and the refresh token that it gives.
//!
//! Sources: the token endpoint and its JSON bodies are those of Looker's TypeScript and Python SDKs (`oauthSession.ts`,
//! `auth_session.py`); the specification does not list it.

mod callback;
mod keeper;
mod pkce;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use connector_interface::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

pub(crate) use callback::Callback;
pub(crate) use keeper::{Grant, Keeper, TokenFile};
pub(crate) use pkce::Pkce;

use super::Token;
use super::access_token::AccessToken;
use crate::http::{Body, Call, Meter};
use crate::link::Link;
use crate::operations::OAUTH_TOKEN;

/// The scope of Looker's API. Source: Looker's SDKs.
pub(crate) const SCOPE: &str = "cors_api";

/// A token with less life than this is renewed before it is used.
const LEAST_LIFE: Duration = Duration::from_secs(10);

/// A registered application, and what its user has granted.
#[derive(Debug)]
pub(crate) struct OAuth {
    /// The client GUID under which the application is registered.
    pub(crate) client_id: String,
    pub(crate) keeper: Keeper,
}

/// What the token endpoint is asked.
#[derive(Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum Question<'a> {
    AuthorizationCode { client_id: &'a str, redirect_uri: &'a str, code: &'a str, code_verifier: &'a str },
    RefreshToken { client_id: &'a str, redirect_uri: &'a str, refresh_token: &'a str },
}

impl OAuth {
    /// Changes the code that a browser brought back for tokens.
    pub(crate) async fn exchange(
        &self,
        link: &Link,
        redirect_uri: &str,
        code: &SecretString,
        verifier: &SecretString,
        meter: &Meter,
    ) -> Result<Grant> {
        let question = Question::AuthorizationCode {
            client_id: &self.client_id,
            redirect_uri,
            code: code.expose_secret(),
            code_verifier: verifier.expose_secret(),
        };
        let answer = self.ask(link, &question, meter).await?;
        Ok(self.grant(link, redirect_uri, answer, None))
    }

    /// A token of the user who has signed in: the one that is kept, or a new one by the refresh token.
    pub(super) async fn token(&self, link: &Link, meter: &Arc<Meter>, refused: bool) -> Result<Token> {
        let kept = self.load(link)?;
        if let Some(token) = usable(&kept).filter(|_| !refused) {
            return token;
        }
        match self.refresh(link, &kept, meter).await {
            Err(error) if error.kind == ErrorKind::Credentials => {
                // Another process may have used the refresh token, and kept a new one.
                let again = self.load(link)?;
                if again.refresh_token.expose_secret() == kept.refresh_token.expose_secret() {
                    return Err(error.advise("Sign in again (in the example host: `connector-host login`)"));
                }
                match usable(&again) {
                    Some(token) => token,
                    None => self.refresh(link, &again, meter).await,
                }
            }
            renewed => renewed,
        }
    }

    /// What is kept, when it is this instance's and this application's.
    fn load(&self, link: &Link) -> Result<Grant> {
        let grant = self.keeper.load()?;
        link.redactor.hide_token(&grant.refresh_token);
        if let Some((token, _)) = &grant.access {
            link.redactor.hide_token(token);
        }
        // A kept token is a credential of the place where it was made.
        if grant.origin.as_ref().is_some_and(|origin| *origin != link.root.origin()) {
            let origin = grant.origin.unwrap_or_default();
            return Err(Error::new(
                ErrorKind::Credentials,
                format!("The kept sign-in is for {origin} and not for {}", link.root.origin()),
            )
            .advise("Sign in to this instance, or name another `token_file`"));
        }
        if grant.client_id.as_ref().is_some_and(|client_id| *client_id != self.client_id) {
            return Err(Error::new(ErrorKind::Credentials, "The kept sign-in is that of another application")
                .advise("Sign in again, or name another `token_file`, or the other `client_id`"));
        }
        Ok(grant)
    }

    async fn refresh(&self, link: &Link, kept: &Grant, meter: &Meter) -> Result<Token> {
        tracing::debug!(host = %link.root.host(), "renewing the sign-in");
        let question = Question::RefreshToken {
            client_id: &self.client_id,
            redirect_uri: &kept.redirect_uri,
            refresh_token: kept.refresh_token.expose_secret(),
        };
        let answer = self.ask(link, &question, meter).await?;
        let token = answer.token()?;
        self.keeper.keep(&self.grant(link, &kept.redirect_uri, answer, Some(&kept.refresh_token))).await?;
        Ok(token)
    }

    fn grant(&self, link: &Link, redirect_uri: &str, answer: AccessToken, kept: Option<&SecretString>) -> Grant {
        let expires_at = now() + answer.expires_in;
        Grant {
            origin: Some(link.root.origin()),
            client_id: Some(self.client_id.clone()),
            redirect_uri: redirect_uri.to_owned(),
            access: Some((answer.access_token, expires_at)),
            // An answer without a refresh token means that the old one stays.
            refresh_token: answer.refresh_token.or_else(|| kept.cloned()).unwrap_or_default(),
        }
    }

    /// Asks the token endpoint, beside the API. Looker's SDKs drop a load balancer's path prefix there; whether a server
    /// behind one wants that is not known, so the place without it is asked when the one with it is not Looker's.
    async fn ask(&self, link: &Link, question: &Question<'_>, meter: &Meter) -> Result<AccessToken> {
        let body = Body::secret_json(question)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("The request is not JSON: {error}")))?;
        let path = OAUTH_TOKEN.path(&[]);
        let (below, at_root) = (link.root.beside(&path), link.root.origin() + &path);
        let ask = |url: String| {
            let call = Call::new(&OAUTH_TOKEN, url);
            let body = &body;
            async move { AccessToken::ask(link, &call, None, body, meter).await }
        };
        match ask(below.clone()).await {
            Err(error) if error.kind == ErrorKind::Protocol && below != at_root => ask(at_root).await,
            answer => answer,
        }
    }
}

/// The access token of a grant, when it has enough life left.
fn usable(grant: &Grant) -> Option<Result<Token>> {
    let (token, expires_at) = grant.access.as_ref()?;
    let life = Duration::from_secs(expires_at.checked_sub(now())?);
    (life > LEAST_LIFE).then(|| Token::new(token, Some(life)))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
