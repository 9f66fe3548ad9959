//! Buffers of batches that the host has given back.

use arrow_buffer::{ArrowNativeType, Buffer};

/// Remembers the buffers that were handed out last, to use their memory again when nobody else does. There are two, because
/// a batch is often still on its way to the host while the next one begins.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    last: Option<Buffer>,
    before: Option<Buffer>,
}

impl Reuse {
    /// A vector to fill: one that was handed out when it is free, with all that it had, else a new one.
    pub(super) fn take<T: ArrowNativeType>(&mut self) -> Vec<T> {
        for buffer in [&mut self.before, &mut self.last] {
            match buffer.take().map(Buffer::into_vec) {
                Some(Ok(values)) => return values,
                Some(Err(shared)) => *buffer = Some(shared),
                None => {}
            }
        }
        Vec::new()
    }

    /// Hands the first so many values of a vector out.
    pub(super) fn hand_out<T: ArrowNativeType>(&mut self, values: Vec<T>, length: usize) -> Buffer {
        let whole = Buffer::from_vec(values);
        let buffer = whole.slice_with_length(0, (length * size_of::<T>()).min(whole.len()));
        self.before = self.last.replace(whole);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_when_it_was_given_back_also_while_the_next_batch_is_on_its_way() {
        let mut reuse = Reuse::default();
        let first = reuse.hand_out(vec![1_i64; 100], 10);
        let place = first.as_ptr();
        assert_eq!(reuse.take::<i64>(), [0; 0]);
        let second = reuse.hand_out(vec![2_i64; 100], 100);
        drop(first);
        let again = reuse.take::<i64>();
        assert_eq!((again.as_ptr().cast(), again.len()), (place, 100));
        assert_eq!(second.typed_data::<i64>(), [2; 100]);
    }
}
