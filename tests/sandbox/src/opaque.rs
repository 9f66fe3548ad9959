//! Ids that nobody can guess or should read anything into.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};

/// `digits` hexadecimal digits that are different each time.
pub(crate) fn opaque(digits: usize) -> String {
    let mut text = String::with_capacity(digits + 16);
    while text.len() < digits {
        let _ = write!(text, "{:016x}", RandomState::new().hash_one(text.len()));
    }
    text.truncate(digits);
    text
}
