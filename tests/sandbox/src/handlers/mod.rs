//! The operations themselves, one file per subject.

pub(crate) mod admin;
pub(crate) mod connections;
pub(crate) mod dashboards;
pub(crate) mod delivery;
mod events;
pub(crate) mod looks;
pub(crate) mod merges;
pub(crate) mod models;
pub(crate) mod oauth_apps;
pub(crate) mod queries;
pub(crate) mod renders;
pub(crate) mod rest;
pub(crate) mod roles;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod sql_interface;
pub(crate) mod sql_runner;
pub(crate) mod tasks;
pub(crate) mod token;
pub(crate) mod users;
pub(crate) mod versions;
