//! Who we are: sources of access tokens, acting as another user, and the tokens of a session.
//!
//! | source | where its token comes from | when it is renewed | at the session's end |
//! |---|---|---|---|
//! | [`ApiKey`] | `login` with client ID and secret | by a new login | given back |
//! | [`OAuth`] | a sign-in with a browser | by its refresh token | kept for the next session |
//! | [`HostToken`] | the host's service | by asking again | left to the host |
//!
//! Acting as a user takes the source's token and makes one of that user's with it.

mod access_token;
mod api_key;
mod host_token;
mod identity;
mod oauth;
mod source;
mod token;
mod user_ref;

pub(crate) use api_key::ApiKey;
pub(crate) use host_token::HostToken;
pub(crate) use identity::{Actor, Handed, Identity, Workspace, end_token, is_unauthorized};
pub(crate) use oauth::{Callback, Grant, Keeper, OAuth, Pkce, SCOPE, TokenFile};
pub(crate) use source::Source;
pub(crate) use token::Token;
pub(crate) use user_ref::UserRef;
