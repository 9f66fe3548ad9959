//! A local server that speaks the Looker API 4.0 over a real SQLite database, with faults on demand.
//!
//! It is meant for demonstrations and for tests of Looker clients, the official SDKs included. A test starts it in
//! its own process:
//!
//! ```
//! # async fn example() -> Result<(), looker_sandbox::StartError> {
//! use looker_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options { rows: 1000, ..Options::default() }).await?;
//! println!("{} {} {}", sandbox.base_url(), sandbox.client_id(), sandbox.client_secret());
//! # Ok(())
//! # }
//! ```
//!
//! or runs the program `looker-sandbox`, whose `--help` says how. Behaviour follows the Looker API 4.0 specification
//! and the published clients; choices where these are silent stand in one module, `uncertain`.

mod auth;
mod client;
mod content;
mod cors;
mod data;
mod database;
mod dispatch;
mod errors;
mod faults;
mod format;
mod gzip;
mod handlers;
mod listener;
mod lists;
mod merges;
mod meter;
mod model;
mod notifications;
mod oauth;
mod opaque;
mod open_sql;
mod operations;
mod options;
mod place;
mod projection;
mod proxy;
mod query;
mod quota;
mod records;
mod render;
mod roles;
mod running;
mod saved;
mod search;
mod server;
mod sql_runner;
mod state;
mod stats;
mod stream;
mod sum;
mod table;
mod tls;
mod typed;
mod uncertain;
mod users;
mod validate;
mod web;
mod webhooks;

pub use options::Options;
pub use place::{PlaceOptions, RequiredHeader};
pub use proxy::{ProxyOptions, Route};
pub use quota::{Class, Quota};
pub use records::subjects::stateful;
pub use server::{Sandbox, StartError};
pub use tls::TlsOptions;
