//! Keeping a panic on its own side: every entry of the ABI, every drop and every reader goes through here.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::abi::error::{RawResult, to_raw};
use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of this library off the host's stderr: they are told by the error that they become.
///
/// A shared library has its own copy of the standard library and so its own hook; the host's is not touched.
pub(crate) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let _ = LAST_PANIC.try_with(|last| last.replace(Some(info.to_string())));
        }));
    });
}

/// Runs one entry of the ABI: a panic in it becomes an [`ErrorKind::Internal`] value.
pub(crate) fn guard<T>(entry: impl FnOnce() -> Result<T>) -> RawResult<T> {
    to_raw(catch(entry))
}

/// Runs code of the plugin's author: a panic in it becomes an [`ErrorKind::Internal`] value.
pub(crate) fn catch<T>(code: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|payload| Err(panicked(payload)))
}

fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not text".to_owned());
    // A payload's own drop may panic too; it is rare enough to leak it.
    std::mem::forget(payload);
    let place = LAST_PANIC.try_with(RefCell::take).ok().flatten();
    Error::new(ErrorKind::Internal, format!("The connector has a defect: it panicked ({text})"))
        .advise("The session is still usable; please report this with the evidence")
        .with("panic", place.unwrap_or(text))
}

/// A value of the plugin's author whose drop may not unwind into the ABI.
pub(crate) struct Guarded<T>(ManuallyDrop<T>);

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[allow(unsafe_code, reason = "the only way to run a drop inside catch_unwind")]
impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let value = &mut self.0;
        // SAFETY: the value is dropped once, here, and not touched afterwards.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { ManuallyDrop::drop(value) })) {
            std::mem::forget(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::error::from_raw;

    #[test]
    fn a_panic_becomes_an_error_that_says_what_it_said() {
        let error = from_raw(guard::<()>(|| panic!("lost {}", 7))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(error.message.contains("lost 7"), "{error}");
    }

    #[test]
    fn a_panic_in_a_drop_stays_inside() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("bomb");
            }
        }
        drop(Guarded::new(Bomb));
    }
}
