//! The Looker connector: hands a host Looker's governed data as Arrow record batches.
//!
//! Data goes one way, down and out again; no room knows the door that it is called from.
//!
//! ```text
//! host -- abi --> session --> query | catalog | check
//!                               | builds a request
//!                               v
//!                 api -- http (deadline, cancel, errors) <-- auth (who we are) <-- instance (where Looker is)
//!                               | body, as it arrives
//!                               v
//!                             result (bytes -> Arrow) --> host
//! ```

#[cfg(feature = "ffi")]
mod abi;
mod api;
mod auth;
mod catalog;
mod check;
pub mod config;
mod excerpt;
mod http;
pub mod instance;
mod log;
mod nearest;
mod operation;
mod query;
mod redact;
pub mod result;
mod runtime;
mod session;

pub use session::Looker;
