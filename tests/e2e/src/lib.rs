//! Tests from outside: they load the built libraries and run the built programs, and link neither.
//!
//! The libraries and programs must be there: `make build` builds them, and a missing one is a failure. With
//! `CONNECTOR_TEST_PROFILE=release` in the environment the same tests run on the release build.
//!
//! | module | what it holds |
//! |---|---|
//! | [`artifacts`] | finds what was built |
//! | [`browser`] | drives a real browser |
//! | [`conformance`] | what every connector must do, one function a sentence |
//! | [`damage`] | files that are no plugins, or no longer |
//! | [`files`] | reads Arrow and Parquet files back |
//! | [`host`] | runs the example host |
//! | [`loaded`] | sessions of the loaded Looker connector |
//! | [`looker`] | a sandbox and a host that talks to it |
//! | `memory` | searches the memory of this process for a secret (Linux) |
//! | [`operations`] | Looker's operations, as they are listed, described and called |
//! | [`pages`] | Looker's sign-in pages, filled in without a browser |
//! | [`patience`] | waits that end |
//! | [`recorder`] | a host's services that remember |
//! | [`runs`] | query requests, whatever they deliver |
//! | [`sandbox`] | runs the Looker-compatible server |
//! | [`servers`] | nginx and the proxies that `tests/network/run` starts |
//! | [`shop`] | one of everything that actions are about |
//! | [`site`] | a site that a browser can go to |
//! | [`transcript`] | searches everything that came back for secrets |
//! | [`truth`] | what SQLite says of the sandbox's data |
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is part of a test, and a test says no by a panic"
)]

pub mod artifacts;
pub mod browser;
pub mod conformance;
pub mod damage;
pub mod files;
pub mod host;
pub mod loaded;
pub mod looker;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod operations;
pub mod orders;
pub mod pages;
pub mod patience;
pub mod polls;
pub mod recorder;
pub mod runs;
pub mod sandbox;
pub mod servers;
pub mod shop;
pub mod site;
pub mod transcript;
pub mod truth;
