//! Calling any of Looker's operations: by its id, with what the table says of it, or by method and path.
//!
//! | file | what it holds |
//! |---|---|
//! | `request` | what a host asks |
//! | `check` | whether it is what the operation takes, before it is sent |
//! | `encode` | values as Looker wants them in path and query string |
//! | `mask` | which keys and which elements of an answer are wanted |
//! | `run` | sending it, page by page when asked |
//! | `known` | the operations: the table's, and those that an instance has besides |
//! | `list` | what operations there are, and what one takes and answers |

mod check;
mod encode;
mod known;
mod list;
mod mask;
mod request;
mod run;

pub(crate) use known::Known;
pub(crate) use list::{ListRequest, spec as list_spec};
pub(crate) use request::{CallRequest, spec};
pub(crate) use run::Job;
