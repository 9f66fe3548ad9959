//! Reading single JSON values out of bytes that may end anywhere.
//!
//! Each reader returns the value and where it ends, or nothing when the bytes are not what it reads, or not all there: the
//! caller then looks at them another way. Readers take what Looker usually writes; `cell` takes the rest.

pub(super) mod date;
pub(super) mod number;
pub(super) mod text;
pub(super) mod token;
