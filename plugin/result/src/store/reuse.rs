//! Buffers of batches that the host has given back.

use arrow_buffer::{ArrowNativeType, Buffer};

/// Remembers the buffer that was handed out last, to use its memory again when nobody else does.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    handed_out: Option<Buffer>,
}

impl Reuse {
    /// Has room for so many values, of which so many were written: in the memory that was handed out, once it is free, else in
    /// more. A batch is often still on its way to the host while the next one begins, so that its first rows are moved.
    pub(super) fn room<T: ArrowNativeType>(&mut self, values: &mut Vec<T>, length: usize, written: usize) {
        if values.len() >= length {
            return;
        }
        let free = self.take();
        if free.len() < length {
            values.resize(length, T::default());
            return;
        }
        let before = std::mem::replace(values, free);
        for (value, before) in values.iter_mut().zip(before.iter().take(written)) {
            *value = *before;
        }
    }

    /// The vector that was handed out last with all that it had, when it is free, else an empty one.
    pub(super) fn take<T: ArrowNativeType>(&mut self) -> Vec<T> {
        match self.handed_out.take().map(Buffer::into_vec) {
            Some(Ok(values)) => values,
            Some(Err(shared)) => {
                self.handed_out = Some(shared);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Hands the first so many values of a vector out.
    pub(super) fn hand_out<T: ArrowNativeType>(&mut self, values: Vec<T>, length: usize) -> Buffer {
        let whole = Buffer::from_vec(values);
        let buffer = whole.slice_with_length(0, (length * size_of::<T>()).min(whole.len()));
        self.handed_out = Some(whole);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_when_it_was_given_back_also_when_the_next_batch_has_begun() {
        let mut reuse = Reuse::default();
        let first = reuse.hand_out(vec![1_i64; 100], 10);
        let place = first.as_ptr();
        let mut next = Vec::<i64>::new();
        reuse.room(&mut next, 3, 0);
        assert_eq!(next, [0; 3]);
        next[1] = 2;
        drop(first);
        reuse.room(&mut next, 80, 2);
        assert_eq!((next.as_ptr().cast(), next.len()), (place, 100));
        assert_eq!(&next[..3], [0, 2, 1]);
        reuse.room(&mut next, 200, 2);
        assert_eq!(next.len(), 200);
    }
}
