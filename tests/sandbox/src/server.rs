//! The server itself: a loopback listener that counts, and the handle that keeps it alive.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::cors;
use crate::database::Database;
use crate::dispatch::ResetSwitch;
use crate::oauth::OAuth;
use crate::options::Options;
use crate::state::State;
use crate::users::People;
use crate::web;

/// A running server. Dropping it closes the port, stops its queries and removes its files.
#[derive(Debug)]
pub struct Sandbox {
    state: Arc<State>,
    _stop: oneshot::Sender<()>,
    _web: Option<oneshot::Sender<()>>,
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
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| StartError(format!("cannot listen on {address}: {error}")))?;
        let address = listener.local_addr().map_err(|error| StartError(error.to_string()))?;
        let people = Arc::new(People::new(options.people.min(Options::MAX_PEOPLE)));
        let users = Arc::clone(&people);
        let rows = options.rows.clamp(1, Options::MAX_ROWS);
        let database = tokio::task::spawn_blocking(move || Database::create(rows, &users))
            .await
            .map_err(|error| StartError(error.to_string()))?
            .map_err(StartError)?;
        let base_url = format!("http://{address}");
        let oauth = OAuth::new(&options).map_err(StartError)?;
        let pages = if options.split_web {
            Some(web::listen().await.map_err(|error| StartError(format!("cannot listen for browsers: {error}")))?)
        } else {
            None
        };
        let web_url = pages.as_ref().map_or_else(|| base_url.clone(), |(_, url)| url.clone());
        let state = Arc::new(State::new(base_url, web_url, &options, oauth, people, database));
        let web = pages.map(|(listener, _)| web::serve(listener, Arc::clone(&state)));

        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let counted = Counted { listener, state: Arc::clone(&state) };
        tokio::spawn(async move {
            let service = app.into_make_service_with_connect_info::<Connection>();
            let serving = axum::serve(counted, service).with_graceful_shutdown(async {
                // Ends when the handle is dropped; nothing is ever sent.
                let _ = stopped.await;
            });
            let _ = serving.await;
        });
        Ok(Self { state, _stop: stop, _web: web })
    }

    /// `http://127.0.0.1:port`, to be used as the base URL of any Looker client.
    pub fn base_url(&self) -> &str {
        &self.state.base_url
    }

    /// Client id of the default user, who may do everything.
    pub fn client_id(&self) -> &'static str {
        People::default_credentials().0
    }

    /// Client secret of the default user.
    pub fn client_secret(&self) -> &'static str {
        People::default_credentials().1
    }

    /// What a test needs to know: `base_url`, `web_url`, `client_id`, `client_secret` and all `users` with API credentials.
    pub fn describe(&self) -> Value {
        let users = self.state.people.all().iter().filter_map(|user| {
            let (client_id, client_secret) = user.profile.api3?;
            Some(json!({ "id": user.id.to_string(), "name": user.name, "email": user.email, "client_id": client_id,
                         "client_secret": client_secret, "permissions": user.permissions() }))
        });
        let users: Vec<Value> = users.collect();
        json!({ "base_url": self.base_url(), "web_url": self.state.web_url, "client_id": self.client_id(),
                "client_secret": self.client_secret(), "users": users })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.state.stop();
    }
}

async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let connection = request.extensions().get::<ConnectInfo<Connection>>();
    let reset = connection.map(|ConnectInfo(Connection(switch))| Arc::clone(switch));
    cors::handle(state, reset, request).await
}

/// What a request knows of its connection.
#[derive(Debug, Clone)]
struct Connection(ResetSwitch);

impl Connected<IncomingStream<'_, Counted>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Counted>) -> Self {
        Self(Arc::clone(&stream.io().reset))
    }
}

/// Counts what it accepts.
struct Counted {
    listener: TcpListener,
    state: Arc<State>,
}

impl Listener for Counted {
    type Io = Resettable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Resettable, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    self.state.stats.connections.count();
                    // Small answers must not wait for more to send.
                    let _ = stream.set_nodelay(true);
                    return (Resettable { stream, reset: Arc::new(AtomicBool::new(false)) }, address);
                }
                // Out of file descriptors, or a client that left at once: both pass.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that a fault can reset.
struct Resettable {
    stream: TcpStream,
    reset: ResetSwitch,
}

impl Resettable {
    /// Fails once the switch is on; with no linger time, closing then sends a reset.
    fn check(&self) -> io::Result<()> {
        if self.reset.load(Ordering::Relaxed) {
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Resettable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
