//! The transport: one pooled client, and every failure turned into one error with its facts. Knows no query.

mod classify;
mod client;

pub(crate) use classify::{Call, looks_like_html, refused};
pub(crate) use client::{Body, Client, Response};
