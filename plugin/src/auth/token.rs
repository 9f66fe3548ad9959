//! One access token, shared by all calls of a session and renewed before it expires, by one login at a time.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use connector_interface::Result;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The longest time before its end at which a token is renewed; short-lived ones are renewed at nine tenths.
const MAX_MARGIN: Duration = Duration::from_mins(1);

/// A longer life is not believed: the token is renewed after this.
const MAX_LIFETIME: Duration = Duration::from_hours(24);

/// An access token.
#[derive(Clone)]
pub(crate) struct Token {
    /// The header's value, marked as sensitive, so that it shows in no `Debug` and no log.
    header: HeaderValue,
    renew_at: Instant,
}

impl Token {
    /// A token that lives as long as Looker says.
    pub(crate) fn new(mut header: HeaderValue, lifetime: Duration) -> Self {
        header.set_sensitive(true);
        let lifetime = lifetime.min(MAX_LIFETIME);
        let margin = MAX_MARGIN.min(lifetime / 10);
        Self { header, renew_at: Instant::now() + lifetime.saturating_sub(margin) }
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// The token of a session. Whoever needs one while it is being renewed waits for that one login.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Option<Token>>);

impl TokenCache {
    /// The token, or a new one from `login`.
    pub(crate) async fn get<F>(&self, login: impl FnOnce() -> F) -> Result<Token>
    where
        F: Future<Output = Result<Token>>,
    {
        let mut held = self.0.lock().await;
        if let Some(token) = held.as_ref().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token.clone());
        }
        let token = login().await?;
        *held = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that Looker refused, unless another call has renewed it already.
    pub(crate) async fn forget(&self, refused: &Token) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|token| token.header == refused.header) {
            *held = None;
        }
    }

    /// Takes the token out, to give it back to Looker.
    pub(crate) async fn take(&self) -> Option<Token> {
        self.0.lock().await.take()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::runtime::block_on;

    fn token(text: &'static str, lifetime: Duration) -> Token {
        Token::new(HeaderValue::from_static(text), lifetime)
    }

    #[test]
    fn calls_that_come_together_share_one_login() {
        let (cache, logins) = (TokenCache::default(), AtomicUsize::new(0));
        let login = || async {
            logins.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(token("token a", Duration::from_hours(1)))
        };
        block_on(async { tokio::try_join!(cache.get(login), cache.get(login), cache.get(login)).map(drop) }).unwrap();
        assert_eq!(logins.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_token_is_renewed_before_its_end_and_kept_until_then() {
        assert!(token("t", Duration::from_hours(1)).renew_at > Instant::now() + Duration::from_mins(58));
        assert!(
            token("t", Duration::from_hours(1)).renew_at
                < Instant::now() + Duration::from_mins(59) + Duration::from_secs(1)
        );
        assert!(token("t", Duration::from_secs(10)).renew_at < Instant::now() + Duration::from_secs(10));
    }

    #[test]
    fn a_refused_token_is_forgotten_once() {
        block_on(async {
            let cache = TokenCache::default();
            let old = cache.get(|| async { Ok(token("token old", Duration::from_hours(1))) }).await?;
            cache.forget(&old).await;
            let new = cache.get(|| async { Ok(token("token new", Duration::from_hours(1))) }).await?;
            cache.forget(&old).await;
            assert_eq!(cache.take().await.unwrap().header, new.header);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_token_shows_in_no_debug() {
        let text = format!("{:?}", token("token hush", Duration::from_secs(1)));
        assert!(!text.contains("hush"), "{text}");
    }
}
