//! The listener: counts what it accepts, shakes hands where TLS is spoken, and can reset a connection.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::dispatch::ResetSwitch;
use crate::state::State;

/// A connection that a fault can reset.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// What resets it.
    fn reset_switch(&self) -> ResetSwitch;
}

/// Counts what it accepts.
pub(crate) struct Counted {
    listener: TcpListener,
    state: Arc<State>,
    tls: Option<TlsAcceptor>,
    handshakes: JoinSet<io::Result<Accepted>>,
}

type Accepted = (Box<dyn Stream>, SocketAddr);

impl Counted {
    /// Connections of a listener, with TLS if there is an acceptor.
    pub(crate) fn new(listener: TcpListener, state: Arc<State>, tls: Option<TlsAcceptor>) -> Self {
        Self { listener, state, tls, handshakes: JoinSet::new() }
    }
}

impl Listener for Counted {
    type Io = Box<dyn Stream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        self.state.stats.connections.count();
                        // Small answers must not wait for more to send.
                        let _ = stream.set_nodelay(true);
                        let stream = Resettable { stream, reset: Arc::new(AtomicBool::new(false)) };
                        let Some(tls) = &self.tls else { return (Box::new(stream), address) };
                        let handshake = tls.accept(stream);
                        // By itself: a client that is slow to shake hands must not hold up others.
                        self.handshakes.spawn(async move {
                            let stream: Box<dyn Stream> = Box::new(handshake.await?);
                            Ok((stream, address))
                        });
                    }
                    // Out of file descriptors, or a client that left at once: both pass.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                Some(done) = self.handshakes.join_next(), if !self.handshakes.is_empty() => {
                    if let Ok(Ok(accepted)) = done {
                        return accepted;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

struct Resettable {
    stream: TcpStream,
    reset: ResetSwitch,
}

impl Stream for Resettable {
    fn reset_switch(&self) -> ResetSwitch {
        Arc::clone(&self.reset)
    }
}

impl Stream for TlsStream<Resettable> {
    fn reset_switch(&self) -> ResetSwitch {
        self.get_ref().0.reset_switch()
    }
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
