//! Measures the connector against its goals and its peers. `make bench` runs it, and `connector-bench --help` tells how.
//!
//! | module | what it holds |
//! |---|---|
//! | [`generate`] | made-up results in Looker's formats, and the sums of their values |
//! | [`decode`] | bodies in memory into Arrow, by the connector and by others |
//! | [`instructions`] | instructions a row, counted by valgrind |
//! | [`groups`] | the parts of the measurement |
//! | [`report`] | figures beside their goals |
//! | [`options`] | what is to be measured |
//! | [`clock`] | time, processor time and memory of this process |
//! | [`figures`] | medians and ratios |

pub mod clock;
pub mod decode;
pub mod figures;
pub mod generate;
pub mod groups;
pub mod instructions;
pub mod options;
pub mod progress;
pub mod report;

/// What can go wrong: the measuring itself, never a figure.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
