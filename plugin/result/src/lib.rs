//! Looker's answer as Arrow: bytes in, record batches out. Knows no HTTP; it is fed.
//!
//! | file | what it holds |
//! |---|---|
//! | [`types`] | the one table of LookML types and their Arrow types |
//! | [`columns`] | what is wanted of a result |
//! | [`fields`], `metadata` | what Looker says of fields, pivots and totals |
//! | `schema` | the Arrow schema of a result, and where each column comes from |
//! | [`decoder`] | the push decoder |
//! | `json`, `csv` | bodies: `json` with its `envelope` around the `rows` |
//! | `template`, `row` | a row that is like the one before, and any row |
//! | `unfold` | a row of a long pivot, which becomes several |
//! | `pivot`, `keys` | which column a key of a row is for |
//! | `read`, `cell` | single values: as Looker usually writes them, and in all other ways |
//! | `simd` | 32 bytes at a time |
//! | `store` | values into Arrow buffers |
//! | `failure` | errors that arrive inside a 200 |

#![expect(clippy::inline_always, reason = "what is compiled for a set of instructions must be inlined into its `Work`")]

mod cell;
pub mod columns;
mod csv;
pub mod decoder;
#[cfg(test)]
mod differential;
mod envelope;
mod failure;
pub mod fields;
mod json;
mod keys;
mod metadata;
mod pivot;
mod read;
mod row;
mod rows;
mod schema;
mod simd;
mod store;
mod template;
pub mod types;
mod unfold;

pub use columns::DECIMAL_SCALE;
pub use columns::{Columns, Misfits, Numbers, PivotShape, Wire};
pub use decoder::{Decoder, End};
pub use failure::in_text as failure_in_text;
pub use fields::{FieldInfo, Fields};
pub use schema::KEY_PREFIX;
