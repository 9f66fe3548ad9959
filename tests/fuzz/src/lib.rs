//! What must hold for any bytes. Each oracle takes an input and panics when something does not hold; a fuzzer calls it with
//! inputs that it makes up, a test with those that are kept.
//!
//! | oracle | what it feeds | who judges |
//! |---|---|---|
//! | [`json_bi`], [`json`], [`json_detail`] | a body | the plain path; serde_json counts the rows |
//! | [`csv()`] | a body | the `csv` crate |
//! | [`schema`] | the metadata of a result | Arrow, and serde_json |
//! | [`filter`] | a filter expression | its own canonical text |
#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "an oracle tells by panicking"
)]

mod decoding;
mod filters;
mod schemas;

pub use decoding::{csv, json, json_bi, json_detail};
pub use filters::filter;
pub use schemas::schema;

/// An oracle.
pub type Oracle = fn(&[u8]);

/// All oracles, by the names of their targets and of their folders in the corpus.
pub const ORACLES: &[(&str, Oracle)] = &[
    ("json_bi", json_bi),
    ("json", json),
    ("json_detail", json_detail),
    ("csv", csv),
    ("schema", schema),
    ("filter", filter),
];
