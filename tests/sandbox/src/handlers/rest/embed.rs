//! Addresses with which a page embeds Looker. They are good for being told apart, not for being opened.

use axum::response::Response;
use serde_json::json;
use url::form_urlencoded;

use crate::dispatch::Call;
use crate::errors::{Failure, Problem};
use crate::opaque::opaque;

fn address(call: &Call, user: &str) -> Result<Response, Failure> {
    let target = call.content.object.get("target_url").and_then(serde_json::Value::as_str).unwrap_or_default();
    // A path, or an address of this instance.
    let path =
        target.split_once("://").map_or(target, |(_, rest)| rest.find('/').map_or("/", |at| rest.split_at(at).1));
    if !path.starts_with('/') {
        return Err(Failure::Validation(vec![Problem::invalid("target_url", "must be an address of this instance.")]));
    }
    let encoded: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let nonce = opaque(16);
    let url = format!(
        "{}/login/embed/{encoded}?nonce={nonce}&external_user_id={user}&signature={}",
        call.state.web_url,
        opaque(27)
    );
    call.answer(json!({ "url": url }))
}

/// `create_sso_embed_url`.
pub(crate) fn create_sso_embed_url(call: &Call) -> Result<Response, Failure> {
    let user = call.content.object.get("external_user_id").and_then(serde_json::Value::as_str).unwrap_or_default();
    let user: String = form_urlencoded::byte_serialize(user.as_bytes()).collect();
    address(call, &user)
}

/// `create_embed_url_as_me`.
pub(crate) fn create_embed_url_as_me(call: &Call) -> Result<Response, Failure> {
    address(call, &call.session()?.user.id.to_string())
}
