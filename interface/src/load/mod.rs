//! For a host: find plugins, check them before they are loaded, probe them in a child process, load and call them.
//!
//! | step | module | what it refuses |
//! |---|---|---|
//! | find | [`mod@search`] | a manifest that is no manifest, two plugins of one name |
//! | check | [`preflight`] | what is no regular file, no library, of another machine, or cut short |
//! | probe | [`probe`] | what ends or blocks the process that loads it (damaged code) |
//! | load | [`library`] | what has no connector, or one of another interface version |
//! | call | [`session`] | - |
//!
//! Every refusal is an [`Error`] of kind `plugin_unusable` with one line of reason; the long text, where
//! there is one, is `detail` in its evidence. Nothing is ever unloaded: a plugin's threads may outlive its last call.

pub mod library;
pub mod manifest;
pub mod preflight;
pub mod probe;
#[cfg(feature = "arrow")]
mod rows;
pub mod search;
pub mod session;

pub use library::Plugin;
pub use probe::Probe;
#[cfg(feature = "arrow")]
pub use rows::Rows;
pub use search::{Candidate, search};
pub use session::{Operation, Secret, Session};

use crate::error::{Error, ErrorKind};

/// A refusal to use a file as a plugin.
fn unusable(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::PluginUnusable, reason)
}
