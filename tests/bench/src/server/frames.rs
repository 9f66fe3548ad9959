//! A body on its way: 64 KiB at a time, of no length that is known before.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};

use crate::decode::PUSH;

/// The parts of a body, one after the other, without a copy.
pub(super) struct Frames([Bytes; 2]);

impl Frames {
    pub(super) fn new(parts: [Bytes; 2]) -> Self {
        Self(parts)
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = self.0.iter_mut().find(|part| !part.is_empty());
        Poll::Ready(part.map(|part| Ok(Frame::data(part.split_to(part.len().min(PUSH))))))
    }
}
