//! All operations of Looker's API 4.0 as data: what they take, what they answer, what they change.
//!
//! The facts stand in two texts beside the source, `operations.tsv` and `types.tsv`, one line each. They are written by
//! `examples/generate.rs` from Looker's OpenAPI file, whose prose is left out. A text is searched, not parsed as a whole, so
//! that loading it costs nothing.
//!
//! ```
//! use looker_operations::{Effect, Table};
//!
//! let table = Table::builtin();
//! let look = table.find("look").unwrap();
//! assert_eq!((look.method.as_str(), look.path.as_str()), ("GET", "/looks/{look_id}"));
//! assert_eq!(look.effect, Effect::Read);
//! assert!(table.find_type("LookWithQuery").unwrap().property("title").is_some());
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`operation`] | an operation and its line |
//! | [`types`] | types of values, and the line of a named one |
//! | [`effect`] | which operations change something, where the method does not say so |
//! | [`openapi`] | reading and writing OpenAPI files |
//! | [`schema`] | JSON Schema of what an operation takes and answers |
//! | [`table`] | finding them |

pub mod effect;
pub mod openapi;
pub mod operation;
pub mod schema;
pub mod table;
pub mod types;

pub use effect::Effect;
pub use operation::{Activity, Answer, Body, Media, Operation, Parameter, Place, Status};
pub use table::Table;
pub use types::{Object, Property, Type};
