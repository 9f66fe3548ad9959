//! What SQLite says: queries of the sandbox's explores, and their results computed without the sandbox and the connector.
//!
//! | module | what it holds |
//! |---|---|
//! | [`field`] | what a field is |
//! | [`time`] | dates and zones in SQLite's own SQL |
//! | `shop` | the sandbox's fields and explores in it |
//! | [`question`] | a query |
//! | [`generate`] | some hundreds of them |
//! | [`judge`] | their results as SQLite has them |
//! | [`compare`] | a result that a host got, beside the one of the judge |

pub mod compare;
pub mod field;
pub mod generate;
pub mod judge;
pub mod question;
mod shop;
pub mod time;
