//! Looker's answer as Arrow: bytes in, record batches out. Knows no HTTP; it is fed.
//!
//! | file | what it holds |
//! |---|---|
//! | [`types`] | the one table of LookML types and their Arrow types |
//! | `scan` | cutting a streamed `json_bi` body into its metadata and whole rows |
//! | `metadata` | what `json_bi` says before its first row |
//! | `schema` | the Arrow schema of a query's result |
//! | `cell` | one cell's JSON text as a value |
//! | `column` | cells into Arrow buffers |
//! | `row` | one row into the columns, pivots made long |
//! | `failure` | errors that arrive inside a 200 |
//! | [`decoder`] | all of it as a push decoder |

mod cell;
mod column;
pub mod decoder;
mod failure;
mod metadata;
mod row;
mod scan;
mod schema;
pub mod types;

pub use decoder::Decoder;
pub(crate) use schema::KEY_PREFIX;
pub use schema::{Columns, Numbers};
