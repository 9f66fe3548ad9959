//! One access token, shared by all calls of a user and renewed before it expires, by one login at a time.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::runtime::driven;

/// The longest time before its end at which a token is renewed; short-lived ones are renewed at nine tenths.
const MAX_MARGIN: Duration = Duration::from_mins(6);

/// A longer life is not believed: the token is renewed after this.
const MAX_LIFETIME: Duration = Duration::from_hours(24);

/// After a renewal ahead of time that failed, the next one waits so long: the token is still good.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// An access token.
#[derive(Clone)]
pub(crate) struct Token {
    /// The header's value, marked as sensitive, so that it shows in no `Debug` and no log.
    header: HeaderValue,
    renew_at: Instant,
    expires_at: Instant,
    /// The session made it and gives it back.
    is_ours: bool,
}

impl Token {
    /// A token that lives as long as Looker says; without a known end it is used until it is refused.
    ///
    /// # Errors
    ///
    /// `protocol` for what no header can hold.
    pub(crate) fn new(token: &SecretString, lifetime: Option<Duration>) -> Result<Self> {
        let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        let mut header = HeaderValue::from_str(&text)
            .map_err(|_| Error::new(ErrorKind::Protocol, "The token is not one that a header can hold"))?;
        header.set_sensitive(true);
        let lifetime = lifetime.unwrap_or(MAX_LIFETIME).min(MAX_LIFETIME);
        let margin = MAX_MARGIN.min(lifetime / 10);
        let now = Instant::now();
        Ok(Self { header, renew_at: now + lifetime.saturating_sub(margin), expires_at: now + lifetime, is_ours: false })
    }

    /// The same, to be given back to Looker when the session does not need it any more.
    pub(crate) fn ours(self) -> Self {
        Self { is_ours: true, ..self }
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// When its life is over.
    pub(crate) fn ends_at(&self) -> Instant {
        self.expires_at
    }

    /// Whether its life is over.
    pub(crate) fn has_expired(&self) -> bool {
        self.expires_at <= Instant::now()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

/// The token of a user. Whoever needs one while there is none waits for the one login that is under way.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    current: RwLock<Option<Token>>,
    /// Tokens that were replaced and still live.
    replaced: Mutex<Vec<Token>>,
    /// Held by the one who logs in.
    login: tokio::sync::Mutex<Login>,
    renewing_ahead: AtomicBool,
    was_refused: AtomicBool,
}

#[derive(Debug, Default)]
struct Login {
    failed: Option<(Instant, Error)>,
    ended: bool,
}

impl TokenCache {
    /// The token, or a new one from `login`, which is told whether the last one was refused. A login that has begun is
    /// not given up with whoever waits for it: its token would live on at Looker, and nobody would know it.
    pub(crate) async fn get<L, F>(self: &Arc<Self>, login: L) -> Result<Token>
    where
        L: FnOnce(bool) -> F + Send + 'static,
        F: Future<Output = Result<Token>> + Send + 'static,
    {
        let now = Instant::now();
        match self.current() {
            Some(token) if now < token.renew_at => Ok(token),
            Some(token) if now < token.expires_at => {
                if !self.renewing_ahead.swap(true, Ordering::AcqRel) {
                    let cache = Arc::clone(self);
                    tokio::spawn(driven(async move {
                        let renewed = cache.renew(now, login).await;
                        if let Err(error) = renewed {
                            tracing::warn!("renewing the token ahead of its end failed: {}", error.kind);
                            tokio::time::sleep(AFTER_FAILURE).await;
                        }
                        cache.renewing_ahead.store(false, Ordering::Release);
                    }));
                }
                Ok(token)
            }
            _ => {
                let cache = Arc::clone(self);
                tokio::spawn(driven(async move { cache.renew(now, login).await })).await.unwrap_or_else(|error| {
                    Err(Error::new(ErrorKind::Internal, format!("The login ended unexpectedly: {error}")))
                })
            }
        }
    }

    async fn renew<L, F>(&self, asked: Instant, login: L) -> Result<Token>
    where
        L: FnOnce(bool) -> F,
        F: Future<Output = Result<Token>>,
    {
        let mut held = self.login.lock().await;
        if held.ended {
            return Err(Error::new(ErrorKind::InvalidInput, "The session was shut down").advise("Connect again"));
        }
        if let Some(token) = self.current().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token);
        }
        // Whoever waited for a login that failed has its answer: asking again would lock a user out.
        if let Some((_, error)) = held.failed.as_ref().filter(|(at, _)| *at >= asked) {
            return Err(error.clone());
        }
        match login(self.was_refused.swap(false, Ordering::AcqRel)).await {
            Ok(token) => {
                held.failed = None;
                self.replace(Some(token.clone()));
                Ok(token)
            }
            Err(error) => {
                held.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Forgets a token that Looker refused, unless another call has renewed it already.
    pub(crate) fn forget(&self, refused: &Token) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|token| token.header == refused.header) {
            *current = None;
            self.was_refused.store(true, Ordering::Release);
        }
    }

    /// Takes all tokens that live out, to give them back to Looker. There will be no others.
    pub(crate) async fn end(&self) -> Vec<Token> {
        self.login.lock().await.ended = true;
        self.replace(None);
        let mut tokens = std::mem::take(&mut *self.replaced());
        tokens.retain(|token| !token.has_expired());
        tokens
    }

    fn replace(&self, token: Option<Token>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut replaced = self.replaced();
        replaced.retain(|token| !token.has_expired());
        replaced.extend(std::mem::replace(&mut *current, token));
    }

    fn current(&self) -> Option<Token> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replaced(&self) -> MutexGuard<'_, Vec<Token>> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::runtime::block_on;

    fn token(text: &str, lifetime: Duration) -> Token {
        Token::new(&SecretString::from(text), Some(lifetime)).unwrap()
    }

    /// A login that counts itself and takes a moment.
    fn counted(
        logins: &Arc<AtomicUsize>,
        answer: &'static str,
    ) -> impl Fn(bool) -> std::pin::Pin<Box<dyn Future<Output = Result<Token>> + Send>> + Clone + Send + 'static {
        let logins = Arc::clone(logins);
        move |_| {
            logins.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                match answer {
                    "" => Err(Error::new(ErrorKind::Credentials, "refused")),
                    answer => Ok(token(answer, Duration::from_hours(1))),
                }
            })
        }
    }

    #[test]
    fn calls_that_come_together_share_one_login_and_also_its_failure() {
        for (answer, is_ok) in [("a", true), ("", false)] {
            let (cache, logins) = (Arc::new(TokenCache::default()), Arc::default());
            let login = counted(&logins, answer);
            block_on(async {
                let (one, two) = tokio::join!(cache.get(login.clone()), cache.get(login.clone()));
                assert_eq!((one.is_ok(), two.is_ok()), (is_ok, is_ok));
                Ok(())
            })
            .unwrap();
            assert_eq!(logins.load(Ordering::SeqCst), 1, "{answer}");
        }
    }

    #[test]
    fn a_login_is_not_given_up_with_who_waits_for_it() {
        let (cache, logins) = (Arc::new(TokenCache::default()), Arc::default());
        let login = counted(&logins, "a");
        block_on(async {
            let given_up = tokio::time::timeout(Duration::from_millis(1), cache.get(login.clone())).await;
            assert!(given_up.is_err());
            cache.get(login.clone()).await
        })
        .unwrap();
        assert_eq!(logins.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_token_is_renewed_before_its_end_and_used_until_then() {
        let (cache, logins) = (Arc::new(TokenCache::default()), Arc::default());
        let login = counted(&logins, "new");
        block_on(async {
            let old = cache.get(|_| async { Ok(token("old", Duration::from_millis(200))) }).await?;
            tokio::time::sleep_until(old.renew_at).await;
            let still = cache.get(login.clone()).await?;
            assert_eq!(still.header, old.header, "nobody waits for a renewal ahead of time");
            while cache.current().unwrap().header == old.header {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(logins.load(Ordering::SeqCst), 1);
        let margin = |lifetime: Duration| {
            let token = token("t", lifetime);
            token.expires_at - token.renew_at
        };
        assert_eq!(margin(Duration::from_hours(1)), Duration::from_mins(6));
        assert_eq!(margin(Duration::from_secs(10)), Duration::from_secs(1));
    }

    #[test]
    fn a_refused_token_is_forgotten_once_and_the_next_login_knows() {
        block_on(async {
            let cache = Arc::new(TokenCache::default());
            let old = cache.get(|_| async { Ok(token("old", Duration::from_hours(1))) }).await?;
            cache.forget(&old);
            let new = cache
                .get(|was_refused| async move {
                    assert!(was_refused);
                    Ok(token("new", Duration::from_hours(1)))
                })
                .await?;
            cache.forget(&old);
            let left = cache.end().await;
            assert_eq!(left.iter().map(Token::header).collect::<Vec<_>>(), [new.header]);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn at_the_end_all_that_live_are_given_back_and_none_is_made_any_more() {
        block_on(async {
            let cache = Arc::new(TokenCache::default());
            let short = cache.get(|_| async { Ok(token("short", Duration::from_secs(1))) }).await?;
            tokio::time::sleep_until(short.renew_at).await;
            cache.get(|_| async { Ok(token("long", Duration::from_hours(1))) }).await?;
            while cache.replaced().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(cache.end().await.len(), 2);
            let late = cache.get(|_| async { Ok(token("late", Duration::from_hours(1))) }).await;
            assert_eq!(late.unwrap_err().kind, ErrorKind::InvalidInput);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_token_shows_in_no_debug() {
        let text = format!("{:?}", token("hush", Duration::from_secs(1)));
        assert!(!text.contains("hush"), "{text}");
    }
}
