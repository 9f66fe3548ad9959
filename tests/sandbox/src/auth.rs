//! Access tokens: who a request comes from. Each login makes a token and a session of its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};

use crate::oauth::grants::Grant;
use crate::opaque::opaque;
use crate::users::{People, User};

/// What a token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The token itself.
    pub(crate) token: String,
    /// Whose rights requests have.
    pub(crate) user: Arc<User>,
    /// `production` or `dev`.
    pub(crate) workspace: String,
    /// Id of the actual user, when it acts as another.
    pub(crate) sudo_user_id: Option<i64>,
    /// The consent that the token comes from, if it comes from OAuth.
    pub(crate) grant: Option<Arc<Grant>>,
    expires: Instant,
}

impl Session {
    /// A session of a user, with a token or, where the instance itself acts, without one.
    pub(crate) fn of(user: &Arc<User>, token: String, lifetime: Duration) -> Self {
        Self {
            token,
            user: Arc::clone(user),
            workspace: "production".into(),
            sudo_user_id: None,
            grant: None,
            expires: Instant::now() + lifetime,
        }
    }
}

/// All tokens that are alive.
#[derive(Debug)]
pub(crate) struct Tokens {
    alive: Mutex<HashMap<String, Session>>,
    /// How long each lives.
    pub(crate) lifetime: Duration,
}

impl Tokens {
    /// No tokens yet; those to come live so long.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { alive: Mutex::default(), lifetime }
    }

    /// A token for right credentials of a user who is not disabled.
    pub(crate) fn login(&self, people: &People, client_id: &str, client_secret: &str) -> Option<String> {
        let user = people.find(|user| user.profile.api3 == Some((client_id, client_secret)))?;
        (!user.profile.is_disabled).then(|| self.issue(user, None, None))
    }

    /// A token with which an actual user acts as another.
    pub(crate) fn sudo(&self, actual: &User, user: &Arc<User>) -> String {
        self.issue(user, Some(actual.id), None)
    }

    /// A token for a user who has let an application in.
    pub(crate) fn granted(&self, user: &Arc<User>, grant: Arc<Grant>) -> String {
        self.issue(user, None, Some(grant))
    }

    fn issue(&self, user: &Arc<User>, sudo_user_id: Option<i64>, grant: Option<Arc<Grant>>) -> String {
        let mut tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let token = opaque(40);
        let session = Session { sudo_user_id, grant, ..Session::of(user, token.clone(), self.lifetime) };
        tokens.insert(token.clone(), session);
        token
    }

    /// The session of a request, if its `Authorization` holds a token that is alive.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("token "))?;
        let mut tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get(token) {
            Some(session) if session.expires > Instant::now() => Some(session.clone()),
            _ => {
                tokens.remove(token);
                None
            }
        }
    }

    /// How many tokens are alive now.
    pub(crate) fn live(&self) -> usize {
        let now = Instant::now();
        let tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.values().filter(|session| session.expires > now).count()
    }

    /// Ends a token.
    pub(crate) fn end(&self, token: &str) {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    /// Ends the tokens that are `doomed`; yields how many of them were alive.
    pub(crate) fn end_if(&self, doomed: impl Fn(&Session) -> bool) -> usize {
        let now = Instant::now();
        let mut tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.extract_if(|_, session| doomed(session)).filter(|(_, session)| session.expires > now).count()
    }

    /// How many tokens of each user are alive, by name.
    pub(crate) fn by_user(&self) -> BTreeMap<String, usize> {
        let now = Instant::now();
        let mut users = BTreeMap::new();
        let tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        for session in tokens.values().filter(|session| session.expires > now) {
            *users.entry(session.user.name.clone()).or_default() += 1;
        }
        users
    }

    /// Chooses the workspace of a session.
    pub(crate) fn choose_workspace(&self, token: &str, workspace: &str) {
        if let Some(session) = self.alive.lock().unwrap_or_else(PoisonError::into_inner).get_mut(token) {
            workspace.clone_into(&mut session.workspace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn both_words_are_accepted_before_a_token_and_nothing_else() {
        let tokens = Tokens::new(Duration::from_mins(1));
        let (id, secret) = People::default_credentials();
        let token = tokens.login(&People::new(0), id, secret).unwrap();
        assert!(tokens.session(&header(&format!("Bearer {token}"))).is_some());
        assert!(tokens.session(&header(&format!("token {token}"))).is_some());
        assert!(tokens.session(&header(&token)).is_none());
        assert_eq!(tokens.end_if(|_| true), 1);
        assert!(tokens.session(&header(&format!("Bearer {token}"))).is_none());
    }

    #[test]
    fn a_disabled_user_cannot_log_in() {
        let people = People::new(0);
        let disabled = people.find(|user| user.profile.is_disabled).unwrap();
        let (id, secret) = disabled.profile.api3.unwrap();
        assert_eq!(Tokens::new(Duration::from_mins(1)).login(&people, id, secret), None);
    }

    #[test]
    fn a_token_that_has_expired_is_not_counted() {
        let people = People::new(0);
        let (id, secret) = People::default_credentials();
        let (alive, dead) = (Tokens::new(Duration::from_mins(1)), Tokens::new(Duration::ZERO));
        for tokens in [&alive, &dead] {
            tokens.login(&people, id, secret).unwrap();
        }
        assert_eq!(alive.by_user(), BTreeMap::from([("admin".to_owned(), 1)]));
        assert!(dead.by_user().is_empty());
        assert_eq!((alive.live(), dead.live()), (1, 0));
        assert_eq!((alive.end_if(|_| true), dead.end_if(|_| true)), (1, 0));
    }
}
