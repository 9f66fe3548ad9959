//! The tokens of a session: its own, and those of the users it acts as. Each new one starts a new API session in Looker, so
//! that acting as a user and the workspace are applied again.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector_interface::{Error, ErrorKind, Result};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::access_token::AccessToken;
use super::token::TokenCache;
use super::{Source, Token, UserRef};
use crate::http::{Body, Meter};
use crate::link::{Asked, Link};
use crate::operations::{
    LOGIN_TO_HAND_OUT, LOGIN_USER, LOGIN_USER_TO_HAND_OUT, LOGOUT, Operation, SESSION, UPDATE_SESSION,
};
use crate::paging::id_text;

/// So many users are acted as at a time; the tokens of those that were not needed for longest are given back.
const MAX_ACTORS: usize = 256;

/// In which state of the LookML a session works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Workspace {
    /// What is deployed; every new API session begins here.
    #[default]
    Production,
    /// The user's own development branch.
    Dev,
}

/// Who a session is, and who it may act as.
#[derive(Debug)]
pub(crate) struct Identity {
    source: Source,
    workspace: Workspace,
    /// Sent with acting as a user where it is set: whose activity it is. Source: clients of older releases.
    associative: Option<bool>,
    own: Arc<Actor>,
    acted_as: Mutex<HashMap<UserRef, Acting>>,
}

#[derive(Debug)]
struct Acting {
    actor: Arc<Actor>,
    used: u64,
}

/// One user's tokens.
#[derive(Debug, Default)]
pub(crate) struct Actor {
    /// The user that is acted as; none for the session's own.
    user: Option<UserRef>,
    id: OnceCell<String>,
    tokens: Arc<TokenCache>,
    /// The user's name, once someone has asked for it.
    pub(crate) name: OnceCell<String>,
}

/// A token for someone else.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) token: SecretString,
    /// Seconds.
    pub(crate) expires_in: u64,
}

/// `ApiSession` of the specification, as far as it is read.
#[derive(Deserialize)]
struct ApiSession {
    #[serde(default)]
    sudo_user_id: Value,
}

impl Identity {
    pub(crate) fn new(source: Source, workspace: Workspace, associative: Option<bool>) -> Arc<Self> {
        Arc::new(Self { source, workspace, associative, own: Arc::default(), acted_as: Mutex::default() })
    }

    /// Where the session's own token comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The user itself, or the one that it acts as.
    pub(crate) fn actor(&self, user: Option<&UserRef>) -> Arc<Actor> {
        let Some(user) = user else { return Arc::clone(&self.own) };
        let mut acted_as = self.acted_as();
        let turn = acted_as.values().map(|acting| acting.used).max().unwrap_or_default() + 1;
        let acting = acted_as.entry(user.clone()).or_insert_with(|| {
            let actor = Actor { user: Some(user.clone()), ..Actor::default() };
            Acting { actor: Arc::new(actor), used: turn }
        });
        acting.used = turn;
        Arc::clone(&acting.actor)
    }

    /// A token of the actor's.
    pub(crate) async fn token(self: &Arc<Self>, link: &Link, actor: &Arc<Actor>, meter: &Arc<Meter>) -> Result<Token> {
        self.give_back_unused(link, meter).await;
        let (identity, link, whose, meter) = (Arc::clone(self), link.clone(), Arc::clone(actor), Arc::clone(meter));
        actor.tokens.get(move |refused| identity.login(link, whose, meter, refused)).await
    }

    /// A token of the actor's that the session does not keep: for someone else to use, and to live out its life.
    pub(crate) async fn token_to_hand_out(
        self: &Arc<Self>,
        link: &Link,
        actor: &Arc<Actor>,
        meter: &Arc<Meter>,
    ) -> Result<Handed> {
        match (&actor.user, &self.source) {
            (_, Source::Host(_)) | (None, Source::OAuth(_)) => Err(Error::new(
                ErrorKind::Unsupported,
                "A token to hand out is made with API credentials, or by acting as a user",
            )
            .advise("Name the user, or connect with API credentials")),
            (None, Source::ApiKey(key)) => key.access_token(&LOGIN_TO_HAND_OUT, link, meter).await,
            (Some(user), _) => self.access_token_as(&LOGIN_USER_TO_HAND_OUT, user, actor, link, meter).await,
        }
        .map(|token| Handed { token: token.access_token, expires_in: token.expires_in })
    }

    /// A new token, in the right workspace. Boxed, because acting as a user takes a token of the session's own.
    fn login(
        self: Arc<Self>,
        link: Link,
        actor: Arc<Actor>,
        meter: Arc<Meter>,
        refused: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Token>> + Send>> {
        Box::pin(async move {
            let token = match &actor.user {
                None => self.source.token(&link, &meter, refused).await?,
                Some(user) => self.login_as(user, &actor, &link, &meter).await?,
            };
            if self.workspace == Workspace::Dev {
                let body = Body::json(&json!({ "workspace_id": "dev" }));
                let asked = Asked::new(&UPDATE_SESSION, &[], &[]).with(body);
                if let Err(error) = link.send(&asked, Some(token.header()), &meter).await {
                    give_back(&link, &token, &meter).await;
                    return Err(error);
                }
            }
            Ok(token)
        })
    }

    /// Acts as a user, with a token of the session's own.
    async fn login_as(
        self: &Arc<Self>,
        user: &UserRef,
        actor: &Arc<Actor>,
        link: &Link,
        meter: &Arc<Meter>,
    ) -> Result<Token> {
        if let Source::Host(host) = &self.source {
            // The host holds the identities: when it knows the user's, no rights over others are needed.
            if let Some(token) = host.ask_for(link, user).await? {
                return Ok(token);
            }
        }
        self.access_token_as(&LOGIN_USER, user, actor, link, meter).await?.token().map(Token::ours)
    }

    async fn access_token_as(
        self: &Arc<Self>,
        operation: &'static Arc<Operation>,
        user: &UserRef,
        actor: &Arc<Actor>,
        link: &Link,
        meter: &Arc<Meter>,
    ) -> Result<AccessToken> {
        let mut own = self.token(link, &self.own, meter).await?;
        let mut logged_in_again = false;
        loop {
            let acting = async {
                let id = actor.id.get_or_try_init(|| user.resolve(link, &own, meter)).await?;
                tracing::debug!(%user, "acting as a user");
                self.sudo(operation, id, &own, link, meter).await
            };
            match acting.await {
                Err(error) if is_unauthorized(&error) && !logged_in_again => {
                    logged_in_again = true;
                    self.own.tokens.forget(&own);
                    own = self.token(link, &self.own, meter).await?;
                }
                Err(error) if error.kind == ErrorKind::Forbidden => {
                    return Err(explained(error, &own, link, meter).await);
                }
                result => return result,
            }
        }
    }

    async fn sudo(
        &self,
        operation: &'static Arc<Operation>,
        id: &str,
        own: &Token,
        link: &Link,
        meter: &Meter,
    ) -> Result<AccessToken> {
        let associative = self.associative.map(|associative| if associative { "true" } else { "false" });
        let query: Vec<(&str, &str)> = associative.map(|value| ("associative", value)).into_iter().collect();
        let ask = |query| async move {
            let call = link.call(&Asked::new(operation, std::slice::from_ref(&id), query));
            AccessToken::ask(link, &call, Some(own.header()), &Body::none(), meter).await
        };
        match ask(&query).await {
            // A release without this parameter may refuse it; the user matters more than whose activity it is.
            Err(error) if error.kind == ErrorKind::InvalidInput && !query.is_empty() => {
                meter.notice("This Looker does not know `associative`; it was left out".to_owned());
                ask(&[]).await
            }
            answer => answer,
        }
    }

    /// Gives the tokens of users back that were not acted as for longest, when there are too many.
    async fn give_back_unused(&self, link: &Link, meter: &Meter) {
        let unused = {
            let mut acted_as = self.acted_as();
            if acted_as.len() <= MAX_ACTORS {
                return;
            }
            // Whoever is using one holds it, too.
            let idle = acted_as.iter().filter(|(_, acting)| Arc::strong_count(&acting.actor) == 1);
            let oldest = idle.min_by_key(|(_, acting)| acting.used).map(|(user, _)| user.clone());
            oldest.and_then(|user| acted_as.remove(&user))
        };
        if let Some(unused) = unused {
            for token in unused.actor.tokens.end().await {
                give_back(link, &token, meter).await;
            }
        }
    }

    /// Gives all tokens back: those of the users that were acted as first.
    pub(crate) async fn end(&self, link: &Link, meter: &Meter) {
        let acted_as: Vec<Arc<Actor>> = self.acted_as().drain().map(|(_, acting)| acting.actor).collect();
        for actor in acted_as.iter().chain([&self.own]) {
            for token in actor.tokens.end().await {
                give_back(link, &token, meter).await;
            }
        }
    }

    fn acted_as(&self) -> MutexGuard<'_, HashMap<UserRef, Acting>> {
        self.acted_as.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor {
    /// Forgets a token that Looker refused.
    pub(crate) fn forget(&self, refused: &Token) {
        self.tokens.forget(refused);
    }

    /// The user that is acted as.
    pub(crate) fn user(&self) -> Option<&UserRef> {
        self.user.as_ref()
    }
}

/// Gives a token back, if it is the session's to give.
async fn give_back(link: &Link, token: &Token, meter: &Meter) {
    if token.is_ours() {
        end_token(link, token, meter).await;
    }
}

/// Ends a token in Looker. One that is dead already is what was wanted.
pub(crate) async fn end_token(link: &Link, token: &Token, meter: &Meter) {
    match link.send(&Asked::new(&LOGOUT, &[], &[]), Some(token.header()), meter).await {
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::NotFound || is_unauthorized(&error) => {}
        Err(error) => tracing::warn!("the logout failed: {}", link.redactor.clean(error)),
    }
}

/// Whether Looker refused the token of a request.
pub(crate) fn is_unauthorized(error: &Error) -> bool {
    error.evidence.get("http_status").and_then(Value::as_u64) == Some(401)
}

/// Why acting as a user was refused: the token may be one that acts as a user already.
async fn explained(error: Error, own: &Token, link: &Link, meter: &Meter) -> Error {
    let asked = Asked::new(&SESSION, &[], &[]);
    let session = link.json::<ApiSession>(&asked, Some(own.header()), meter).await;
    match session.ok().and_then(|session| id_text(&session.sudo_user_id)) {
        Some(id) => {
            let mut error = error;
            error.message = format!(
                "The session's token already acts as another user, on behalf of the user {id}, and may not act as a third"
            );
            error.advise("Give the credentials of the user who may act as others, or leave `act_as` out")
        }
        None => error,
    }
}
