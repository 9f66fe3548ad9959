//! The proxy's listener: connections, each until its client, or the sandbox, goes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::proxy::answer::answer;

/// What the requests of a proxy share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// The proxy.
    pub(crate) proxy: Arc<Proxy>,
    /// Where every route leads.
    pub(crate) sandbox: SocketAddr,
    /// Changes when the sandbox goes.
    pub(crate) stopped: watch::Receiver<()>,
}

/// Serves a listener until the sandbox goes.
pub(crate) async fn serve(
    listener: TcpListener,
    proxy: Arc<Proxy>,
    sandbox: SocketAddr,
    mut stopped: watch::Receiver<()>,
) {
    let shared = Shared { proxy, sandbox, stopped: stopped.clone() };
    // Dropping it ends all connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, shared.clone()));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stopped.changed() => return,
        }
    }
}

async fn connection(stream: TcpStream, shared: Shared) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(shared, request).await) }
    });
    // Clients come and go as they like; there is nobody to tell.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
