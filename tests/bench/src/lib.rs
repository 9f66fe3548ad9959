//! Measures the connector against its goals and its peers. `make bench` runs it, and `connector-bench --help` tells how.
//!
//! | module | what it holds |
//! |---|---|
//! | [`generate`] | made-up results in Looker's formats, and the sums of their values |
//! | [`decode`] | bodies in memory into Arrow, by the connector and by others |
//! | [`instructions`] | instructions a row, counted by valgrind |
//! | [`server`] | a server of prepared bodies |
//! | [`client`] | the connector, loaded, and the transport alone |
//! | [`peers`] | Looker's own SDKs |
//! | [`groups`] | the parts of the measurement |
//! | [`report`] | figures beside their goals |
//! | [`options`] | what is to be measured |
//! | [`programs`] | where what is measured with was built |
//! | [`clock`] | time, processor time and memory of this process |
//! | [`figures`] | medians and ratios |

pub mod client;
pub mod clock;
pub mod decode;
pub mod figures;
pub mod generate;
pub mod groups;
pub mod instructions;
pub mod options;
pub mod peers;
pub mod programs;
pub mod progress;
pub mod report;
pub mod server;

/// What can go wrong: the measuring itself, never a figure.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What is measured, or what went wrong.
pub type Result<T> = std::result::Result<T, Error>;
