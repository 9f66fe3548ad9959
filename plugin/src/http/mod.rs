//! The transport: one pooled client, and every failure turned into one error with its facts. Knows no query.

mod classify;
mod client;
mod redact;

pub(crate) use classify::{Call, looks_like_html, refused};
pub(crate) use client::{Body, Client, Response};
pub(crate) use redact::Redactor;

/// The most of a response's text that an error keeps as evidence, in bytes.
pub(crate) const EVIDENCE_BYTES: usize = 2_000;

/// The first part of a text, cut at a character.
pub(crate) fn excerpt(text: &str, max: usize) -> String {
    let text = text.trim();
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|&at| at <= max).last().unwrap_or(0);
    format!("{}...", text.get(..end).unwrap_or_default())
}
