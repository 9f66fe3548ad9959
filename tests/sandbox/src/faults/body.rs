//! Bodies that misbehave.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;
use tokio::time::{Sleep, sleep};

/// Time for bytes to leave before their connection is closed.
pub(crate) const FLUSH: Duration = Duration::from_millis(30);

/// The error that makes the server close a connection in the middle of a body.
pub(crate) fn cut_error() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault of the sandbox")
}

/// A body that hands out pieces of `bytes` with a pause after each.
pub(crate) fn slow(inner: Body, bytes: usize, pause: Duration) -> Body {
    Body::new(Slow { inner, bytes, pause, waiting: None, left: Bytes::new() })
}

struct Slow {
    inner: Body,
    bytes: usize,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    left: Bytes,
}

impl HttpBody for Slow {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(waiting) = &mut self.waiting {
            if waiting.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.waiting = None;
        }
        if self.left.is_empty() {
            match Pin::new(&mut self.inner).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => self.left = frame.into_data().unwrap_or_default(),
                other => return other,
            }
        }
        let size = self.bytes.min(self.left.len());
        let piece = self.left.split_to(size);
        self.waiting = Some(Box::pin(sleep(self.pause)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// The first half of `bytes`; then the connection closes, or the body ends as if nothing were missing.
pub(crate) fn half(mut bytes: Bytes, close: bool) -> Body {
    bytes.truncate(bytes.len() / 2);
    Body::new(Half { part: Some(bytes), close, waiting: None })
}

struct Half {
    part: Option<Bytes>,
    close: bool,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if !self.close {
            return Poll::Ready(None);
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(FLUSH)));
        match waiting.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(Some(Err(cut_error()))),
        }
    }
}
