//! Requests that the sandbox itself sends.

use std::error::Error;

use axum::body::Body;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, ToSocketAddrs};

/// Sends a request over a connection of its own.
pub(crate) async fn send(
    address: impl ToSocketAddrs,
    request: Request<Body>,
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the request and the body of the answer.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
