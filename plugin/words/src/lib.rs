//! What errors say of names that are not known and of texts that are not ours.

mod excerpt;
mod nearest;

pub use excerpt::{EVIDENCE_BYTES, excerpt};
pub use nearest::nearest;
