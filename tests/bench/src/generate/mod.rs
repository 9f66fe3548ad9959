//! Made-up results of Looker's, the same on every machine: their bodies in each format, and the sums of their values.
//!
//! | file | what it holds |
//! |---|---|
//! | `table` | the tables: plain, reordered, pivoted, wide, with long text, with many escapes |
//! | `values` | the values of a row |
//! | `write` | rows in Looker's formats |
//! | `truth` | sums that every decoder must find |
//! | `body` | a whole body, which can be cut after any row |

mod body;
mod random;
mod table;
mod truth;
mod values;
mod write;

pub use body::Body;
pub use table::{Column, Shape, Table};
pub use truth::{ColumnTruth, Truth};
pub use values::{Rows, Value, Values};
pub use write::Format;
