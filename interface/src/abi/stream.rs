//! The two streams that cross: rows as an [Arrow C stream], bytes as an object that is read.
//!
//! The Arrow struct is our own, so that the contract has no arrow dependency and a host and a plugin may use different
//! arrow versions; the layout is fixed by the specification.
//!
//! [Arrow C stream]: https://arrow.apache.org/docs/format/CStreamInterface.html

use std::ffi::{c_char, c_int, c_void};
use std::fmt;
use std::io::{self, Read};

use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RSliceMut};
use abi_stable::{StableAbi, sabi_trait::TD_Opaque};

use crate::abi::error::{RawResult, from_raw};
use crate::abi::guard::{Guarded, guard};
use crate::error::{Error, ErrorKind};

/// The five words of `struct ArrowArrayStream`. It owns its producer: dropping it releases it.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(unsafe_opaque_fields)]
pub struct ArrowStream {
    pub get_schema: Option<unsafe extern "C" fn(stream: *mut Self, out: *mut c_void) -> c_int>,
    pub get_next: Option<unsafe extern "C" fn(stream: *mut Self, out: *mut c_void) -> c_int>,
    pub get_last_error: Option<unsafe extern "C" fn(stream: *mut Self) -> *const c_char>,
    pub release: Option<unsafe extern "C" fn(stream: *mut Self)>,
    pub private_data: *mut c_void,
}

// SAFETY: the specification lets a stream move between threads as long as calls do not overlap, and `&mut` ensures it.
unsafe impl Send for ArrowStream {}

impl ArrowStream {
    /// A stream that is released already: the absence of one.
    pub const fn released() -> Self {
        Self {
            get_schema: None,
            get_next: None,
            get_last_error: None,
            release: None,
            private_data: std::ptr::null_mut(),
        }
    }

    /// Whether there is anything to read.
    pub const fn is_released(&self) -> bool {
        self.release.is_none()
    }
}

impl Drop for ArrowStream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: a stream with a release callback is valid, and it is released once because it is gone after this.
            unsafe { release(self) };
        }
    }
}

impl fmt::Debug for ArrowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrowStream").field("released", &self.is_released()).finish_non_exhaustive()
    }
}

#[sabi_trait]
pub trait RawBytes: Send + 'static {
    /// Fills the buffer from its start; 0 is the end.
    #[sabi(last_prefix_field)]
    fn read(&mut self, buffer: RSliceMut<'_, u8>) -> RawResult<usize>;
}

pub type RawBytesBox = RawBytes_TO<RBox<()>>;

struct Exported(Guarded<Box<dyn Read + Send>>);

impl RawBytes for Exported {
    fn read(&mut self, mut buffer: RSliceMut<'_, u8>) -> RawResult<usize> {
        guard(|| self.0.get_mut().read(buffer.as_mut_slice()).map_err(error_of))
    }
}

/// The [`Error`] that an I/O error was made from, or a network error of its text.
pub fn error_of(error: io::Error) -> Error {
    let text = error.to_string();
    error
        .into_inner()
        .and_then(|source| source.downcast::<Error>().ok())
        .map_or_else(|| Error::new(ErrorKind::Network, text), |error| *error)
}

/// Plugin side: a reader that can cross.
pub fn export_bytes(reader: Box<dyn Read + Send>) -> RawBytesBox {
    RawBytes_TO::from_value(Exported(Guarded::new(reader)), TD_Opaque)
}

struct Imported(RawBytesBox);

impl Read for Imported {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len();
        let read = from_raw(self.0.read(RSliceMut::from_mut_slice(buffer))).map_err(io::Error::other)?;
        if read > len {
            return Err(io::Error::other(Error::new(ErrorKind::Internal, "The plugin says it read more than fits")));
        }
        Ok(read)
    }
}

/// Host side: a reader that came across.
pub fn import_bytes(raw: RawBytesBox) -> Box<dyn Read + Send> {
    Box::new(Imported(raw))
}
