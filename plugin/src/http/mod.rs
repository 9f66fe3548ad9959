//! The transport: one pooled client a session, limits and retries, and every failure turned into one error with its facts.
//! Knows no query.

mod broken;
mod call;
mod client;
mod gate;
mod inflate;
mod meter;
mod proxy;
mod refused;
mod retry;
mod rules;
mod transport;

pub(crate) use broken::is_unknown_name;
pub(crate) use call::{Body, Call};
pub(crate) use client::{Client, Response, clock_skew};
pub(crate) use gate::Limits;
pub(crate) use meter::{Budget, Meter, Usage};
pub(crate) use proxy::{ProxyChoice, passwords_of_environment};
pub(crate) use refused::{looks_like_html, refused};
pub(crate) use retry::{Failure, Pauses, Reached};
pub(crate) use transport::Transport;
