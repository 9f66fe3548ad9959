//! The contract between a host application and its connector plugins.
//!
//! A *host* loads a *plugin* (a shared library) at run time, connects with settings and lent secrets, and starts
//! *operations* that end in Arrow rows, a JSON value or a stream of bytes. Everything here is the contract and no more:
//! there is no I/O, no async runtime and no particular service behind it.
//!
//! | module | who reads it | what it holds |
//! |---|---|---|
//! | [`connector`] | plugin author | the traits to implement: [`Connector`], [`Session`], [`Operation`] |
//! | [`mod@describe`] | both | what a connector says of itself: options, operations, JSON Schema |
//! | [`error`] | both | one error with five facts |
//! | [`services`] | both | what a host lends to a plugin: a log, a token |
//! | [`task`] | plugin author | a ready-made operation for work that runs on the caller's thread |
//! | [`export!`] | plugin author | turns a [`Connector`] into the library's entry point |
//! | [`abi`] | neither | the frozen `#[repr(C)]` layer beneath |
//! | `load` (feature `host`) | host author | find, check, probe, load and call plugins |
//! | `rows` (feature `arrow`) | both | record batch readers in, record batch readers out |
//!
//! `README.md` of this crate explains, in a page each, how to write a connector and how to host one.

pub mod abi;
pub mod connector;
pub mod describe;
pub mod error;
pub mod export;
#[cfg(feature = "host")]
pub mod load;
#[cfg(feature = "arrow")]
pub mod rows;
pub mod services;
pub mod task;

pub use connector::{Bytes, Connector, Operation, Outcome, Progress, Request, Session, Settings, State};
pub use describe::{Description, OperationSpec, OptionSpec};
pub use error::{Error, ErrorKind, Result, Retry};
pub use services::{Level, Services};

/// The version of the contract, `major.minor.patch`: hosts and plugins with the same major work together.
pub const INTERFACE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The snippets of `README.md` are compiled and run as tests.
#[cfg(all(doctest, feature = "host", feature = "arrow"))]
#[doc = include_str!("../README.md")]
struct Readme;
