//! Access tokens: who a request comes from. Each login makes a token and a session of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};

use crate::opaque::opaque;
use crate::users::{USERS, User};

/// What a token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The token itself.
    pub(crate) token: String,
    /// Whose rights requests have.
    pub(crate) user: &'static User,
    /// `production` or `dev`.
    pub(crate) workspace: String,
    /// Id of the user that an administrator acts as.
    pub(crate) sudo_user_id: Option<i64>,
    expires: Instant,
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
    pub(crate) fn login(&self, client_id: &str, client_secret: &str) -> Option<String> {
        let known = |user: &&User| user.client_id == client_id && user.client_secret == client_secret;
        let user = USERS.iter().find(known).filter(|user| !user.is_disabled)?;
        Some(self.issue(user, None))
    }

    /// A token that acts as another user.
    pub(crate) fn sudo(&self, user: &'static User) -> String {
        self.issue(user, Some(user.id))
    }

    fn issue(&self, user: &'static User, sudo_user_id: Option<i64>) -> String {
        let mut tokens = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let token = opaque(40);
        let expires = Instant::now() + self.lifetime;
        let session = Session { token: token.clone(), user, workspace: "production".into(), sudo_user_id, expires };
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

    /// Ends all tokens; yields how many there were.
    pub(crate) fn end_all(&self) -> usize {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner).drain().count()
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
        let token = tokens.login(USERS[0].client_id, USERS[0].client_secret).unwrap();
        assert!(tokens.session(&header(&format!("Bearer {token}"))).is_some());
        assert!(tokens.session(&header(&format!("token {token}"))).is_some());
        assert!(tokens.session(&header(&token)).is_none());
        assert_eq!(tokens.end_all(), 1);
        assert!(tokens.session(&header(&format!("Bearer {token}"))).is_none());
    }

    #[test]
    fn an_expired_token_is_not_alive() {
        let live = |lifetime| {
            let tokens = Tokens::new(lifetime);
            tokens.login(USERS[0].client_id, USERS[0].client_secret).unwrap();
            tokens.live()
        };
        assert_eq!((live(Duration::from_mins(1)), live(Duration::ZERO)), (1, 0));
    }

    #[test]
    fn a_disabled_user_cannot_log_in() {
        let disabled = USERS.iter().find(|user| user.is_disabled).unwrap();
        assert_eq!(Tokens::new(Duration::from_mins(1)).login(disabled.client_id, disabled.client_secret), None);
    }
}
