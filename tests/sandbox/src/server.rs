//! The server itself: its listeners, and the handle that keeps them alive.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use axum::serve::IncomingStream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::database::Database;
use crate::dispatch::{self, ResetSwitch};
use crate::errors::json_response;
use crate::listener::Counted;
use crate::oauth::OAuth;
use crate::options::Options;
use crate::proxy;
use crate::state::State;
use crate::tls::Tls;
use crate::users::People;
use crate::web;

/// A running server. Dropping it closes the port, stops its queries and removes its files.
#[derive(Debug)]
pub struct Sandbox {
    state: Arc<State>,
    admin_url: String,
    proxy_url: Option<String>,
    tls: Option<Tls>,
    _stop: watch::Sender<()>,
}

/// Why a sandbox did not start, as a sentence.
#[derive(Debug)]
pub struct StartError(String);

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl Sandbox {
    /// Makes the data set and serves it on the runtime that this is called on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let (listener, address) = listen(options.port).await?;
        let tls = options.tls.as_ref().map(Tls::new).transpose().map_err(StartError)?;
        let oauth = OAuth::new(&options).map_err(StartError)?;
        let people = Arc::new(People::new(options.people.min(Options::MAX_PEOPLE)));
        let users = Arc::clone(&people);
        let rows = options.rows.clamp(1, Options::MAX_ROWS);
        let file = options.database.clone();
        let database = tokio::task::spawn_blocking(move || Database::create(rows, file.as_deref(), &users))
            .await
            .map_err(|error| StartError(error.to_string()))?
            .map_err(StartError)?;
        let origin = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
        let pages = if options.split_web { Some(listen(0).await?) } else { None };
        let web_url = pages.as_ref().map_or_else(|| origin.clone(), |(_, address)| format!("http://{address}"));
        let base_url = format!("{origin}{}", options.place.prefix);
        let state = Arc::new(State::new(base_url, web_url, &options, oauth, people, database));

        let (stop, stopped) = watch::channel(());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        let counted = Counted::new(listener, Arc::clone(&state), acceptor);
        let service = app.into_make_service_with_connect_info::<Connection>();
        let serving = axum::serve(counted, service).with_graceful_shutdown(end(stopped.clone()));
        tokio::spawn(async move { serving.await });
        let admin_url = if tls.is_none() {
            format!("http://{address}")
        } else {
            let (listener, address) = listen(0).await?;
            serve(listener, Router::new().fallback(administer).with_state(Arc::clone(&state)), stopped.clone());
            format!("http://{address}")
        };
        if let Some((listener, _)) = pages {
            serve(listener, web::app(Arc::clone(&state)), stopped.clone());
        }
        let mut proxy_url = None;
        if let Some(proxy) = state.proxy.clone() {
            let (listener, proxy_address) = listen(0).await?;
            tokio::spawn(proxy::serve(listener, proxy, address, stopped));
            proxy_url = Some(format!("http://{proxy_address}"));
        }
        Ok(Self { state, admin_url, proxy_url, tls, _stop: stop })
    }

    /// `http://127.0.0.1:port`, or `https`, with the path before the API if there is one, to be used as the base URL of
    /// any Looker client.
    pub fn base_url(&self) -> &str {
        &self.state.base_url
    }

    /// Where `/__sandbox/` is: `http://127.0.0.1:port`, the port being another where TLS is spoken.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// `http://127.0.0.1:port` of the forward proxy, if there is one.
    pub fn proxy_url(&self) -> Option<&str> {
        self.proxy_url.as_deref()
    }

    /// The certificate of the authority that clients must trust, as PEM, where TLS is spoken.
    pub fn ca_file(&self) -> Option<&Path> {
        self.tls.as_ref().map(|tls| tls.ca_file.as_path())
    }

    /// A certificate and its private key for a client, as PEM, where connections need one.
    pub fn client_cert_file(&self) -> Option<&Path> {
        self.tls.as_ref().and_then(|tls| tls.client_cert_file.as_deref())
    }

    /// Client id of the default user, who may do everything.
    pub fn client_id(&self) -> &'static str {
        People::default_credentials().0
    }

    /// Client secret of the default user.
    pub fn client_secret(&self) -> &'static str {
        People::default_credentials().1
    }

    /// What a test needs to know: `base_url`, `web_url`, `admin_url`, `client_id`, `client_secret`, `webhook_token` and
    /// all `users` with API credentials; and `proxy_url`, `ca_file`, `client_cert_file` where they exist.
    pub fn describe(&self) -> Value {
        let users = self.state.people.all().iter().filter_map(|user| {
            let (client_id, client_secret) = user.profile.api3?;
            Some(json!({ "id": user.id.to_string(), "name": user.name, "email": user.email, "client_id": client_id,
                         "client_secret": client_secret, "permissions": user.permissions() }))
        });
        let users: Vec<Value> = users.collect();
        let mut description = json!({ "base_url": self.base_url(), "web_url": self.state.web_url,
                                      "client_id": self.client_id(), "client_secret": self.client_secret(),
                                      "users": users, "admin_url": self.admin_url(),
                                      "webhook_token": self.state.webhook_token });
        let file = |path: &Path| path.to_string_lossy().into_owned();
        for (key, value) in [
            ("proxy_url", self.proxy_url.clone()),
            ("ca_file", self.ca_file().map(file)),
            ("client_cert_file", self.client_cert_file().map(file)),
        ] {
            if let (Some(value), Some(description)) = (value, description.as_object_mut()) {
                description.insert(key.into(), value.into());
            }
        }
        description
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.state.stop();
    }
}

/// A listener on the loopback address, and where it is.
async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener =
        TcpListener::bind(address).await.map_err(|error| StartError(format!("cannot listen on {address}: {error}")))?;
    let address = listener.local_addr().map_err(|error| StartError(error.to_string()))?;
    Ok((listener, address))
}

/// Serves a listener that needs no counting.
fn serve(listener: TcpListener, app: Router, stopped: watch::Receiver<()>) {
    let serving = axum::serve(listener, app).with_graceful_shutdown(end(stopped));
    tokio::spawn(async move { serving.await });
}

/// Resolves when the handle is dropped; nothing is ever sent.
async fn end(mut stopped: watch::Receiver<()>) {
    let _ = stopped.changed().await;
}

async fn administer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    if request.uri().path().starts_with(dispatch::ADMIN) {
        return dispatch::handle(state, None, request).await;
    }
    json_response(StatusCode::NOT_FOUND, &json!({ "message": "Only the sandbox's administration is here." }))
}

async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let connection = request.extensions().get::<ConnectInfo<Connection>>();
    let reset = connection.map(|ConnectInfo(Connection(switch))| Arc::clone(switch));
    dispatch::handle(state, reset, request).await
}

/// What a request knows of its connection.
#[derive(Debug, Clone)]
struct Connection(ResetSwitch);

impl Connected<IncomingStream<'_, Counted>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Counted>) -> Self {
        Self(stream.io().reset_switch())
    }
}
