//! A token of the host's: the plugin never holds a credential.

use std::time::Duration;

use connector_interface::services::{Host, TOKEN};
use connector_interface::{Error, ErrorKind, Result};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Token, UserRef};
use crate::link::Link;

/// The host that lends tokens.
#[derive(Debug)]
pub(crate) struct HostToken(pub(crate) Host);

/// An answer that says when the token ends.
#[derive(Deserialize)]
struct Lent {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl HostToken {
    /// A token of the user on whose behalf the host acts.
    pub(super) async fn token(&self, link: &Link, refused: bool) -> Result<Token> {
        self.ask(link, None, refused).await.map_err(explained)
    }

    /// A token of another user; none when the host lends only its own.
    pub(super) async fn ask_for(&self, link: &Link, user: &UserRef) -> Result<Option<Token>> {
        match self.ask(link, Some(user), false).await {
            Err(error) if error.kind == ErrorKind::Unsupported => Ok(None),
            token => token.map(Some),
        }
    }

    /// Asks the host, on a thread that may block.
    async fn ask(&self, link: &Link, user: Option<&UserRef>, refused: bool) -> Result<Token> {
        let question = json!({
            "base_url": link.root.to_string(),
            "user": user.map(ToString::to_string),
            "refused": refused,
        });
        let host = self.0.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let mut answer = Zeroizing::new(Vec::new());
            host.ask(TOKEN, &question, &mut |bytes| {
                answer.reserve_exact(bytes.len());
                answer.extend_from_slice(bytes);
            })?;
            Ok(answer)
        });
        let answer = asked.await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, format!("The host's token service ended unexpectedly: {error}")))
        });
        let lent = read(&answer?)?;
        link.redactor.hide_token(&lent.access_token);
        Token::new(&lent.access_token, lent.expires_in.map(Duration::from_secs)).map_err(|_| no_token())
    }
}

/// Reads a token as it is, or an object with its end.
fn read(answer: &[u8]) -> Result<Lent> {
    let text = std::str::from_utf8(answer).map_err(|_| no_token())?.trim();
    if text.is_empty() {
        return Err(no_token());
    }
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|_| no_token());
    }
    Ok(Lent { access_token: SecretString::from(text), expires_in: None })
}

fn no_token() -> Error {
    Error::new(ErrorKind::Credentials, "The host's token service answered with something that is no token")
        .advise("It should give the token alone, or JSON with access_token and expires_in")
}

fn explained(error: Error) -> Error {
    if error.kind != ErrorKind::Unsupported {
        return error;
    }
    let advice = if error.advice.is_empty() {
        "Choose another way to log in with the option `auth`".to_owned()
    } else {
        error.advice
    };
    Error::new(ErrorKind::Credentials, "This host lends no token, and the option `auth` says that it would")
        .advise(advice)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_is_read_alone_or_with_its_end_and_nothing_else_is_one() {
        let lent = read(b" abc \n").unwrap();
        assert_eq!((lent.access_token.expose_secret(), lent.expires_in), ("abc", None));
        let lent = read(br#"{"access_token":"abc","expires_in":60,"more":1}"#).unwrap();
        assert_eq!((lent.access_token.expose_secret(), lent.expires_in), ("abc", Some(60)));
        for answer in [b"".as_slice(), b"  ", b"{}", b"{\"access_token\":1}", b"\xff"] {
            assert_eq!(read(answer).err().map(|error| error.kind), Some(ErrorKind::Credentials));
        }
    }
}
