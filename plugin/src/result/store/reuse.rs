//! Buffers of a batch that the host has given back.

use arrow_array::types::ArrowPrimitiveType;
use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};

/// Remembers a buffer that was handed out, to use its memory again when nobody else does.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    handed_out: Option<Buffer>,
}

impl Reuse {
    /// A vector to fill: the one handed out last when it is free, else a new one.
    pub(super) fn take<T: ArrowNativeType>(&mut self) -> Vec<T> {
        self.handed_out.take().and_then(|buffer| buffer.into_vec().ok()).unwrap_or_default()
    }

    /// Hands a vector out.
    pub(super) fn hand_out<T: ArrowNativeType>(&mut self, values: Vec<T>) -> Buffer {
        let buffer = Buffer::from_vec(values);
        self.handed_out = Some(buffer.clone());
        buffer
    }

    /// Hands out the values of a primitive array.
    pub(super) fn values<T: ArrowPrimitiveType>(&mut self, values: Vec<T::Native>) -> ScalarBuffer<T::Native> {
        ScalarBuffer::from(self.hand_out(values))
    }
}
