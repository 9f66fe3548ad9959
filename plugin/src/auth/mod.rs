//! Who we are: sources of access tokens, and the one shared token of a session.

mod api_key;
mod token;

pub(crate) use api_key::ApiKey;
pub(crate) use token::{Token, TokenCache};
