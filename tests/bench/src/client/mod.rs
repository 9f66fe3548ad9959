//! A process that asks the server: as a host that loads the connector, or as one that drops what it gets.
//!
//! | file | what it holds |
//! |---|---|
//! | `discard` | the transport alone, set up as the connector's |
//! | `loaded` | the connector, loaded |
//! | `transfer` | one large result |
//! | `latency` | many small ones, one after the other |
//! | `concurrent` | many small ones at a time |
//! | `process` | the client as another process |

mod concurrent;
mod discard;
mod latency;
mod loaded;
mod process;
mod transfer;

pub use concurrent::{Concurrent, Load};
pub use latency::{Latency, Small};
pub use process::run;
pub use transfer::{Sample, Transfer};

use std::path::PathBuf;

use crate::generate::Format;

/// Whom to ask, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct Target {
    /// Where the server is
    #[arg(long)]
    pub url: String,
    /// The authority of its certificate
    #[arg(long)]
    pub ca_file: Option<PathBuf>,
    /// The connector's library
    #[arg(long)]
    pub library: PathBuf,
    /// What Looker is asked to write
    #[arg(long, value_enum, default_value = "json_bi")]
    pub wire: Format,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Asker {
    /// The connector, loaded.
    Connector,
    /// The transport alone, which drops what it gets.
    Discard,
}

impl Asker {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Discard => "discard",
        }
    }
}

/// Rows of a small result.
pub const SMALL: usize = 500;
