//! What happens, told as events to a host that polls: a trigger looks, compares with what it saw at the poll before, and
//! answers what is new, with a cursor for the next poll. Nothing is kept but in that cursor, which moves when the host keeps
//! it: an event is told at least once, and by the same key when it is told again.
//!
//! ```text
//! poll --> polling --> detect --> events and cursor
//!             | rows, list          | seen, mark
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `row` | what a trigger is: a row of a table |
//! | `data`, `instance` | the tables |
//! | `schema` | what the rows say of themselves |
//! | `poll`, `polling` | a request, and what it looks at |
//! | `items`, `key`, `mark` | rows and elements, what they are known by, values in an order |
//! | `seen` | what was there, in little room |
//! | `detect` | what has happened |
//! | `event`, `cursor` | what is answered |

mod cursor;
mod data;
mod detect;
pub(crate) mod event;
mod instance;
mod items;
pub(crate) mod key;
mod mark;
mod poll;
mod polling;
mod row;
mod schema;
mod seen;

pub(crate) use poll::{Poll, spec};
use row::Trigger;

/// All triggers.
fn all() -> impl Iterator<Item = &'static Trigger> {
    data::TRIGGERS.iter().chain(instance::TRIGGERS)
}

fn find(name: &str) -> Option<&'static Trigger> {
    all().find(|trigger| trigger.name == name)
}
