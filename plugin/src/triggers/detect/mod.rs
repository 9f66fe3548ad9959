//! What a poll makes of what it sees.
//!
//! | file | what it tells |
//! |---|---|
//! | `appended` | rows behind the last value of a field, and late ones |
//! | `changes` | elements that have come, changed or gone |
//! | `side` | a value that has passed a threshold, rows where there were none |
//! | `whole` | that a result is another |

pub(super) mod appended;
pub(super) mod changes;
pub(super) mod side;
pub(super) mod whole;
