//! Tunnels: what follows a `CONNECT` that has succeeded.

use std::future::pending;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::errors::HTML;
use crate::proxy::serve::Shared;
use crate::proxy::{Mode, Proxy};

/// Most bytes of a piece.
const PIECE: usize = 16 * 1024;

/// When a page comes out of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// As the body of the answer to `CONNECT`.
    AtOnce,
    /// When the client has begun to speak, as an answer of HTTP of its own.
    AfterTheClient,
}

type Client = TokioIo<hyper::upgrade::Upgraded>;

/// A tunnel to a server.
pub(crate) fn open(shared: Shared, request: Request<Incoming>, server: TcpStream) -> Response<Body> {
    let _ = server.set_nodelay(true);
    upgrade(shared, request, move |client, proxy| async move {
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_server, mut to_server) = tokio::io::split(server);
        // The first that fails ends both: a connection that breaks on one side is broken.
        tokio::try_join!(
            pump(&mut from_client, &mut to_server, &proxy),
            pump(&mut from_server, &mut to_client, &proxy),
        )?;
        Ok(())
    });
    Response::new(Body::empty())
}

/// A tunnel with an HTML page in the place of a server.
pub(crate) fn page(shared: Shared, request: Request<Incoming>, page: &str, begin: Begin) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    let mut text = page.to_owned();
    if begin == Begin::AtOnce {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    } else {
        let length = page.len();
        text.insert_str(0, &format!("HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nContent-Length: {length}\r\n\r\n"));
    }
    upgrade(shared, request, move |mut client, _| async move {
        if begin == Begin::AfterTheClient && client.read(&mut [0; PIECE]).await? == 0 {
            return Ok(());
        }
        client.write_all(text.as_bytes()).await?;
        client.shutdown().await
    });
    answer
}

/// Hands the connection over once the answer is out; it ends with the sandbox at the latest.
fn upgrade<F: Future<Output = io::Result<()>> + Send>(
    shared: Shared,
    mut request: Request<Incoming>,
    then: impl FnOnce(Client, Arc<Proxy>) -> F + Send + 'static,
) {
    tokio::spawn(async move {
        let mut stopped = shared.stopped.clone();
        let tunnel = async {
            if let Ok(upgraded) = hyper::upgrade::on(&mut request).await {
                // Whoever breaks a tunnel knows it; there is nobody else to tell.
                let _ = then(TokioIo::new(upgraded), shared.proxy).await;
            }
        };
        tokio::select! {
            () = tunnel => {}
            _ = stopped.changed() => {}
        }
    });
}

/// Carries bytes one way, at the pace of the moment.
async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    proxy: &Proxy,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = from.read(&mut buffer).await?;
        let mut left = buffer.get(..count).unwrap_or_default();
        if left.is_empty() {
            return to.shutdown().await;
        }
        while !left.is_empty() {
            let behaviour = proxy.behaviour();
            if behaviour.mode == Mode::Dead {
                return pending().await;
            }
            let trickle = behaviour.trickle();
            let (piece, rest) = left.split_at(trickle.map_or(left.len(), |(bytes, _)| bytes.min(left.len())));
            to.write_all(piece).await?;
            left = rest;
            if let Some((_, pause)) = trickle {
                sleep(pause).await;
            }
        }
    }
}
