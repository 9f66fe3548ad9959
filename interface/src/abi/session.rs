//! A session as it crosses.

use std::time::Duration;

use abi_stable::std_types::{RBox, RStr, RString};
use abi_stable::{sabi_trait, sabi_trait::TD_Opaque};

use crate::abi::error::RawResult;
use crate::abi::guard::{Guarded, guard};
use crate::abi::operation::{self, RawOperationBox};
use crate::connector::{Request, Session};
use crate::error::{Error, ErrorKind};

#[sabi_trait]
pub trait RawSession: Send + Sync + 'static {
    /// A JSON object.
    fn describe(&self) -> RawResult<RString>;

    /// `deadline_ms` 0: none.
    fn start(&self, kind: RStr<'_>, body: RStr<'_>, deadline_ms: u64) -> RawResult<RawOperationBox>;

    #[sabi(last_prefix_field)]
    fn shutdown(&self, timeout_ms: u64) -> RawResult<()>;
}

pub type RawSessionBox = RawSession_TO<RBox<()>>;

struct Exported<S>(Guarded<S>);

impl<S: Session> RawSession for Exported<S> {
    fn describe(&self) -> RawResult<RString> {
        guard(|| Ok(self.0.describe()?.to_string().into()))
    }

    fn start(&self, kind: RStr<'_>, body: RStr<'_>, deadline_ms: u64) -> RawResult<RawOperationBox> {
        guard(|| {
            let body = serde_json::from_str(&body)
                .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("The request is not JSON: {error}")))?;
            let deadline = (deadline_ms > 0).then(|| Duration::from_millis(deadline_ms));
            self.0.start(Request { kind: kind.to_string(), body, deadline }).map(operation::export)
        })
    }

    fn shutdown(&self, timeout_ms: u64) -> RawResult<()> {
        guard(|| self.0.shutdown(Duration::from_millis(timeout_ms)))
    }
}

/// Plugin side: a session that can cross.
pub fn export(session: impl Session) -> RawSessionBox {
    RawSession_TO::from_value(Exported(Guarded::new(session)), TD_Opaque)
}
