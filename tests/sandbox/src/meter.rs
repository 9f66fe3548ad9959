//! Answers on their way out, measured: how many at once, and how many bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use crate::state::State;

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<State>);

impl InFlight {
    /// A request has come.
    pub(crate) fn begin(state: &Arc<State>) -> Self {
        state.stats.enter();
        Self(Arc::clone(state))
    }

    /// Counts the bytes of the answer; the request is in flight until its body is done.
    pub(crate) fn meter(self, answer: Response) -> Response {
        answer.map(|inner| Body::new(Metered { inner, in_flight: self }))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.stats.leave();
    }
}

struct Metered {
    inner: Body,
    in_flight: InFlight,
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.in_flight.0.stats.sent(frame.data_ref().map_or(0, Bytes::len));
        }
        polled
    }

    // Without these two, an answer would lose its `Content-Length`.
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
