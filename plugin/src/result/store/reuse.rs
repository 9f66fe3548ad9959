//! Buffers of a batch that the host has given back.

use arrow_buffer::{ArrowNativeType, Buffer};

/// Remembers a buffer that was handed out, to use its memory again when nobody else does.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    handed_out: Option<Buffer>,
}

impl Reuse {
    /// A vector to fill: the one handed out last when it is free, with all that it had, else a new one.
    pub(super) fn take<T: ArrowNativeType>(&mut self) -> Vec<T> {
        self.handed_out.take().and_then(|buffer| buffer.into_vec().ok()).unwrap_or_default()
    }

    /// Hands the first so many values of a vector out.
    pub(super) fn hand_out<T: ArrowNativeType>(&mut self, values: Vec<T>, length: usize) -> Buffer {
        let whole = Buffer::from_vec(values);
        let buffer = whole.slice_with_length(0, (length * size_of::<T>()).min(whole.len()));
        self.handed_out = Some(whole);
        buffer
    }
}
