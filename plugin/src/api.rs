//! Calling Looker's operations: proving where it is, once a session, and one new login when a token is refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::auth::{Actor, Handed, Identity, Token, UserRef, end_token, is_unauthorized};
use crate::config::Config;
use crate::http::{Budget, Client, Meter, Response, Usage};
use crate::instance::{Address, Proof, Root, prove};
use crate::link::{Asked, Link};
use crate::operations::{ME, Operation, Safety};
use crate::redact::Redactor;
use crate::runtime::{driven, handle};

/// The user, as errors call one whose name they do not know.
const THIS_USER: &str = "this user";

/// How long it may take to find out a name that only makes an error clearer.
const PATIENCE_FOR_A_NAME: Duration = Duration::from_secs(5);

/// The API of one instance, as one session uses it.
#[derive(Debug)]
pub(crate) struct Api {
    client: Arc<Client>,
    address: Address,
    proof: OnceCell<Proof>,
    identity: Arc<Identity>,
    /// The user that the session acts as, when a request names no other.
    act_as: Option<UserRef>,
    looker_url: Option<url::Url>,
    read_only: bool,
    redactor: Arc<Redactor>,
    usage: Arc<Usage>,
    /// What goes on behind an operation that has ended: killing its query.
    background: Mutex<JoinSet<()>>,
}

/// The API as one operation of a host uses it: on behalf of one user, with one meter.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    api: Arc<Api>,
    actor: Arc<Actor>,
    meter: Arc<Meter>,
}

/// `User` of the specification, as far as errors name one.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

impl Api {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            client: Arc::new(Client::new(config.transport, config.limits)),
            address: config.address,
            proof: OnceCell::new(),
            identity: Identity::new(config.source, config.workspace, config.associative),
            act_as: config.act_as,
            looker_url: config.looker_url,
            read_only: config.read_only,
            redactor: config.redactor,
            usage: Usage::new(config.budget, config.max_retries),
            background: Mutex::default(),
        }
    }

    /// Builds the client, so that what is wrong with its options is known when the session is made.
    pub(crate) fn ready(&self) -> Result<()> {
        self.client.ready().map(drop)
    }

    /// Hides the secrets of this session in errors.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    /// Whether the session may call an operation: one that only reads refuses what writes, before anything is sent.
    pub(crate) fn may(&self, operation: &Operation) -> Result<()> {
        if !self.read_only || !operation.writes || operation.safety == Safety::End {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Forbidden, format!("This session only reads, and `{}` writes", operation.id))
            .advise("Set the option `read_only` to false to let it write")
            .with("operation", operation.id.as_str()))
    }

    /// What the session has used.
    pub(crate) fn usage(&self) -> Arc<Usage> {
        Arc::clone(&self.usage)
    }

    /// Who the session is.
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Where Looker's pages are, when the user has said so.
    pub(crate) fn looker_url(&self) -> Option<&url::Url> {
        self.looker_url.as_ref()
    }

    /// The hosts by which the instance is known.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let proven = self.proof.get().map(|proof| &proof.root);
        let roots = self.address.candidates().iter().chain(proven).map(|root| root.host_name().to_owned());
        roots.chain(self.looker_url.as_ref().and_then(|url| url.host_str().map(str::to_owned))).collect()
    }

    /// The proven place, or the likeliest one.
    pub(crate) fn root(&self) -> Option<&Root> {
        self.proof.get().map(|proof| &proof.root).or_else(|| self.address.first())
    }

    /// Ends the session in Looker: waits for what is going on behind, and gives all tokens back.
    pub(crate) async fn end(&self, timeout: Duration) {
        let ended = tokio::time::timeout(timeout, async {
            let mut background = std::mem::take(&mut *self.background.lock().unwrap_or_else(PoisonError::into_inner));
            while background.join_next().await.is_some() {}
            // Without a proof nobody has logged in.
            if let Some(proof) = self.proof.get() {
                let link = self.link(proof);
                let meter = Meter::new(Usage::new(Budget::default(), 1), None);
                self.identity.end(&link, &meter).await;
            }
        });
        if ended.await.is_err() {
            tracing::warn!("the logout took longer than {} ms", timeout.as_millis());
        }
        self.redactor.forget();
    }

    fn link(&self, proof: &Proof) -> Link {
        Link { client: Arc::clone(&self.client), root: proof.root.clone(), redactor: Arc::clone(&self.redactor) }
    }
}

impl Caller {
    /// On behalf of the user that a request names, or of the session's.
    pub(crate) fn new(api: &Arc<Api>, act_as: Option<&UserRef>, meter: Arc<Meter>) -> Self {
        let actor = api.identity.actor(act_as.or(api.act_as.as_ref()));
        Self { api: Arc::clone(api), actor, meter }
    }

    /// The same session as the user of its credentials.
    pub(crate) fn as_self(&self) -> Self {
        Self { actor: self.api.identity.actor(None), ..self.clone() }
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// The user that is acted as.
    pub(crate) fn acting_as(&self) -> Option<&UserRef> {
        self.actor.user()
    }

    /// Where Looker is, proven once a session. Whoever comes meanwhile waits for that one proof.
    pub(crate) async fn proof(&self) -> Result<&Proof> {
        self.api.proof.get_or_try_init(|| prove(&self.api.client, &self.api.address, &self.meter)).await
    }

    /// The way there.
    pub(crate) async fn link(&self) -> Result<Link> {
        self.proof().await.map(|proof| self.api.link(proof))
    }

    /// Does what every request needs first: finds Looker, and gets a token.
    pub(crate) async fn ready(&self) -> Result<()> {
        let link = self.link().await?;
        self.api.identity.token(&link, &self.actor, &self.meter).await.map(drop)
    }

    /// An operation whose answer is JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, asked: &Asked<'_>) -> Result<T> {
        let get = |link: Link, token: Token| async move { link.json(asked, Some(token.header()), &self.meter).await };
        self.authorized(asked, get).await
    }

    /// The same with the headers of the answer, which say of a list where it goes on.
    pub(crate) async fn get_with_headers<T: DeserializeOwned>(&self, asked: &Asked<'_>) -> Result<(HeaderMap, T)> {
        let get = |link: Link, token: Token| async move {
            link.json_with_headers(asked, Some(token.header()), &self.meter).await
        };
        self.authorized(asked, get).await
    }

    /// Sends an operation's request and waits for the head of its response.
    pub(crate) async fn send(&self, asked: &Asked<'_>) -> Result<Response> {
        let send = |link: Link, token: Token| async move {
            let response = link.send(asked, Some(token.header()), &self.meter).await?;
            Ok(response.under(token.ends_at()))
        };
        self.authorized(asked, send).await
    }

    /// Does something with a token. A 401 is answered with one new login: a token may die before its time, for instance
    /// when an administrator ends the user's sessions.
    async fn authorized<T, F>(&self, asked: &Asked<'_>, work: impl Fn(Link, Token) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.api.may(asked.operation)?;
        let link = self.link().await?;
        let mut logged_in_again = false;
        loop {
            let token = self.api.identity.token(&link, &self.actor, &self.meter).await?;
            match work(link.clone(), token.clone()).await {
                Err(error) if is_unauthorized(&error) && !logged_in_again => {
                    tracing::info!(operation = asked.operation.id, "the token was refused; logging in again");
                    logged_in_again = true;
                    self.actor.forget(&token);
                }
                result => return result,
            }
        }
    }

    /// The error, saying on whose behalf it happened: a missing right often shows as a missing thing.
    pub(crate) async fn naming_the_user(&self, error: Error) -> Error {
        let is_about_a_user = matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::QueryFailed);
        if !is_about_a_user || !error.message.to_lowercase().contains(THIS_USER) {
            return error;
        }
        match tokio::time::timeout(PATIENCE_FOR_A_NAME, self.name()).await {
            Ok(Ok(name)) => {
                let mut error = error.with("user", name);
                error.message = error.message.replace(THIS_USER, name).replace("This user", name);
                error
            }
            _ => error,
        }
    }

    /// The name of the user on whose behalf this is done.
    pub(crate) async fn name(&self) -> Result<&str> {
        let found = self.actor.name.get_or_try_init(|| async {
            let asked = Asked::new(&ME, &[], &[("fields", "display_name,email")]);
            let link = self.link().await?;
            let token = self.api.identity.token(&link, &self.actor, &self.meter).await?;
            let user: Named = link.json(&asked, Some(token.header()), &self.meter).await?;
            Ok(name_of(user.display_name, user.email))
        });
        found.await.map(String::as_str)
    }

    /// A token of this user's that the session does not keep.
    pub(crate) async fn token_to_hand_out(&self) -> Result<Handed> {
        let link = self.link().await?;
        self.api.identity.token_to_hand_out(&link, &self.actor, &self.meter).await
    }

    /// Ends this user's token in Looker.
    pub(crate) async fn give_back(&self) -> Result<()> {
        let link = self.link().await?;
        let token = self.api.identity.token(&link, &self.actor, &self.meter).await?;
        end_token(&link, &token, &self.meter).await;
        self.actor.forget(&token);
        Ok(())
    }

    /// Goes on with work behind an operation that has ended; the session's end waits for it.
    pub(crate) fn behind(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut background = self.api.background.lock().unwrap_or_else(PoisonError::into_inner);
        while background.try_join_next().is_some() {}
        if let Ok(handle) = handle() {
            background.spawn_on(driven(work), handle);
        }
    }
}

/// What a user is called.
pub(crate) fn name_of(display_name: Option<String>, email: Option<String>) -> String {
    let name = display_name.filter(|name| !name.trim().is_empty());
    name.or(email).unwrap_or_else(|| "a user without a name".to_owned())
}
