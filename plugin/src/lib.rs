//! The Looker connector: hands a host Looker's governed data as Arrow record batches.
//!
//! Data goes one way, down and out again; no room knows the door that it is called from.
//!
//! ```text
//! host -- abi --> session --> query | catalog | check | authorize | actions | triggers | webhook
//!                               | builds a request
//!                               v
//!       api -- http (retry, limits, errors) <-- auth (who we are) <-- instance (where Looker is)
//!                               | body, as it arrives
//!                               v
//!                             result (bytes -> Arrow) --> host
//! ```

#[cfg(feature = "ffi")]
mod abi;
mod actions;
mod api;
mod auth;
mod authorize;
mod call;
mod catalog;
mod cell;
mod check;
mod choices;
pub mod config;
mod handed;
mod http;
pub mod instance;
mod link;
mod listed;
mod log;
mod operation;
mod operations;
mod paging;
mod private_file;
mod query;
mod redact;
mod runtime;
mod same;
mod session;
mod steps;
mod triggers;
mod webhook;

pub use session::Looker;
