//! The host's services as an object that the plugin calls.

use std::ffi::c_void;

use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RSlice, RStr};
use abi_stable::{StableAbi, sabi_trait::TD_Opaque};
use secrecy::{ExposeSecret, SecretString};

use crate::abi::error::{RawResult, from_raw};
use crate::abi::guard::{Guarded, guard};
use crate::error::Result;
use crate::services::{Host, Level, Services};

/// Where an answer is lent to.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawReceiver {
    pub context: *mut c_void,
    pub receive: unsafe extern "C" fn(context: *mut c_void, bytes: RSlice<'_, u8>),
}

#[sabi_trait]
pub trait RawServices: Send + Sync + 'static {
    fn max_level(&self) -> RawResult<u32>;

    fn log(&self, level: u32, target: RStr<'_>, message: RStr<'_>) -> RawResult<()>;

    #[sabi(last_prefix_field)]
    fn ask(&self, service: RStr<'_>, body: RStr<'_>, answer: RawReceiver) -> RawResult<()>;
}

pub type RawServicesBox = RawServices_TO<RBox<()>>;

/// Host side: services that can be lent. A panic in them becomes an error value before it reaches the plugin, and one
/// in their drop, which the plugin decides the moment of, ends there.
struct Lent<S>(Guarded<S>);

impl<S: Services> RawServices for Lent<S> {
    fn max_level(&self) -> RawResult<u32> {
        guard(|| Ok(self.0.max_level() as u32))
    }

    fn log(&self, level: u32, target: RStr<'_>, message: RStr<'_>) -> RawResult<()> {
        guard(|| {
            self.0.log(Level::from_wire(level), target.as_str(), message.as_str());
            Ok(())
        })
    }

    fn ask(&self, service: RStr<'_>, body: RStr<'_>, answer: RawReceiver) -> RawResult<()> {
        guard(|| {
            let body = serde_json::from_str(&body).unwrap_or_default();
            self.0.ask(&service, &body, &mut |bytes| {
                // SAFETY: the plugin made `receive` and `context` as a pair that lives for this call (see `Received`).
                unsafe { (answer.receive)(answer.context, RSlice::from_slice(bytes)) };
            })
        })
    }
}

/// Host side: lends services to a plugin.
pub fn lend(services: impl Services) -> RawServicesBox {
    RawServices_TO::from_value(Lent(Guarded::new(services)), TD_Opaque)
}

/// Plugin side: what was lent, behind the plain trait.
struct Borrowed(RawServicesBox);

/// The closure behind a [`RawReceiver`].
struct Received<'a>(&'a mut dyn FnMut(&[u8]));

/// Hands bytes to the closure. A panic in it is dropped here: it must not unwind into the host.
unsafe extern "C" fn receive(context: *mut c_void, bytes: RSlice<'_, u8>) {
    // SAFETY: `context` is the `Received` that `Borrowed::ask` holds on its stack for the length of the call.
    let received = unsafe { &mut *context.cast::<Received<'_>>() };
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (received.0)(bytes.as_slice())));
}

impl Services for Borrowed {
    fn max_level(&self) -> Level {
        from_raw(self.0.max_level()).map_or(Level::Warn, Level::from_wire)
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        let _ = self.0.log(level as u32, target.into(), message.into());
    }

    fn ask(&self, service: &str, body: &serde_json::Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        let mut received = Received(answer);
        let receiver = RawReceiver { context: std::ptr::from_mut(&mut received).cast(), receive };
        // A question may hold a secret.
        let body = SecretString::from(body.to_string());
        from_raw(self.0.ask(service.into(), body.expose_secret().into(), receiver))
    }
}

/// Plugin side: takes what was lent.
pub fn borrow(raw: RawServicesBox) -> Host {
    Host::new(Borrowed(raw))
}

impl Services for Host {
    fn max_level(&self) -> Level {
        (**self).max_level()
    }

    fn log(&self, level: Level, target: &str, message: &str) {
        (**self).log(level, target, message);
    }

    fn ask(&self, service: &str, body: &serde_json::Value, answer: &mut dyn FnMut(&[u8])) -> Result<()> {
        (**self).ask(service, body, answer)
    }
}
