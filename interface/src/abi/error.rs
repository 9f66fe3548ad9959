//! [`Error`] as a struct of plain parts: no enum with payloads crosses, because their layout is the part of
//! `abi_stable` that its own maintainers call doubtful.

use abi_stable::StableAbi;
use abi_stable::std_types::{RErr, ROk, RResult, RString};

use crate::error::{Error, ErrorKind, Retry};

/// An error on its way across.
#[repr(C)]
#[derive(StableAbi)]
pub struct RawError {
    /// [`ErrorKind::code`].
    pub kind: u32,
    /// -1: never; otherwise the milliseconds to wait before trying again.
    pub retry_after_ms: i64,
    pub message: RString,
    pub advice: RString,
    /// A JSON object.
    pub evidence: RString,
}

pub type RawResult<T> = RResult<T, RawError>;

impl From<Error> for RawError {
    fn from(error: Error) -> Self {
        Self {
            kind: error.kind.code(),
            retry_after_ms: error.retry.to_wire(),
            message: error.message.into(),
            advice: error.advice.into(),
            evidence: serde_json::Value::Object(*error.evidence).to_string().into(),
        }
    }
}

impl From<RawError> for Error {
    fn from(raw: RawError) -> Self {
        let mut error = Self::new(ErrorKind::from_code(raw.kind), raw.message.into_string());
        error.advice = raw.advice.into_string();
        error.retry = Retry::from_wire(raw.retry_after_ms);
        error.evidence = serde_json::from_str(&raw.evidence).unwrap_or_default();
        error
    }
}

/// A plain result on its way across.
pub fn to_raw<T>(result: Result<T, Error>) -> RawResult<T> {
    match result {
        Ok(value) => ROk(value),
        Err(error) => RErr(error.into()),
    }
}

/// A result that came across.
pub fn from_raw<T>(result: RawResult<T>) -> Result<T, Error> {
    match result {
        ROk(value) => Ok(value),
        RErr(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_across_with_all_five_facts() {
        let error = Error::new(ErrorKind::NotFound, "no such explore").advise("look again").retry_now().status(404);
        assert_eq!(Error::from(RawError::from(error.clone())), error);
    }
}
