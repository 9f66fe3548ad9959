//! A short-lived token of a user's, to hand to a page in a browser that calls Looker by itself.

use std::time::{Duration, SystemTime};

use connector_interface::{Outcome, Result};
use reqwest::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{optional_id, read};
use crate::api::Caller;
use crate::http::Body;
use crate::link::Asked;
use crate::operations::{LOGIN_TO_HAND_OUT, PREFLIGHT};
use crate::steps::Context;

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FrontEndToken {
    /// Whose token: an id, an e-mail address, or external:ID of an embed user; without it the session's user
    #[serde(default, deserialize_with = "optional_id")]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    user: Option<String>,
    /// The origin of the page (scheme, host and port), to find out whether it may call Looker
    #[serde(default)]
    #[schemars(with = "String")]
    origin: Option<String>,
}

pub(super) const NAME: &str = "front_end_token";
pub(super) const SUMMARY: &str =
    "Make a short-lived token of a user's, to hand to a page in a browser that calls Looker by itself";

pub(super) fn input() -> Value {
    schemars::schema_for!(FrontEndToken).to_value()
}

pub(super) fn output() -> Value {
    let text = |help: &str| json!({ "type": "string", "description": help });
    json!({ "type": "object", "properties": {
        "access_token": text("The token"),
        "token_type": text("Bearer"),
        "expires_in": { "type": "integer", "description": "Its life in seconds" },
        "expires_at": text("Its end, as an HTTP date"),
        "api_root": text("Where the page calls Looker"),
        "user": text("Whose it is"),
        "cors": { "type": "object", "description": "Whether the page's `origin` may call (`is_allowed`, null when it is not known), and under which `conditions`" },
    } })
}

/// Makes one. The user that the input names is whom the context acts as.
pub(super) fn run(context: &Context, input: Map<String, Value>) -> Result<Outcome> {
    let asked: FrontEndToken = read(NAME, input)?;
    // Whoever holds it may write.
    context.caller.api().may(&LOGIN_TO_HAND_OUT)?;
    if context.preview {
        return Ok(Outcome::Value(json!({ "effect": "create", "user": asked.user, "origin": asked.origin })));
    }
    context.wait(asked.made(&context.caller)).map(Outcome::Value)
}

impl FrontEndToken {
    async fn made(&self, caller: &Caller) -> Result<Value> {
        let is_allowed = match &self.origin {
            Some(origin) => self.may_call(origin, caller).await?,
            None => None,
        };
        let handed = caller.token_to_hand_out().await?;
        let root = &caller.proof().await?.root;
        let user = match caller.acting_as() {
            Some(user) => user.to_string(),
            None => caller.name().await?.to_owned(),
        };
        Ok(json!({
            "access_token": handed.token.expose_secret(),
            "token_type": "Bearer",
            "expires_in": handed.expires_in,
            "expires_at": httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(handed.expires_in.min(86_400))),
            "api_root": root.operation(""),
            "user": user,
            "cors": {
                "origin": self.origin,
                "is_allowed": is_allowed,
                "conditions": [
                    "The page's origin must stand in the instance's list of allowed embed domains",
                    "A page sends the token in the header Authorization and may not log in by itself",
                    "The token can do all that its user may: hand it to that user's browser only",
                ],
            },
        }))
    }

    /// Asks as a browser does before it lets a page call; none when the answer says neither.
    async fn may_call(&self, origin: &str, caller: &Caller) -> Result<Option<bool>> {
        let Ok(value) = HeaderValue::from_str(origin) else { return Ok(Some(false)) };
        let link = caller.link().await?;
        let mut call = link.call(&Asked::new(&PREFLIGHT, &[], &[]));
        call.headers = HeaderMap::from_iter([
            (ORIGIN, value),
            (ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET")),
            (ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static("authorization")),
        ]);
        Ok(match link.client.send(&call, None, &Body::none(), caller.meter()).await {
            Ok(answer) => {
                let allowed = answer.header("access-control-allow-origin");
                Some(allowed.is_some_and(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin)))
            }
            Err(error) if error.evidence.contains_key("http_status") => Some(false),
            Err(_) => None,
        })
    }
}
