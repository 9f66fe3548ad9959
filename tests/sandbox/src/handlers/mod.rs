//! The operations themselves, one file per subject.

pub(crate) mod admin;
pub(crate) mod connections;
pub(crate) mod models;
pub(crate) mod queries;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod tasks;
pub(crate) mod versions;
