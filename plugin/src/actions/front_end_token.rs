//! A short-lived token of a user's, to hand to a page in a browser that calls Looker by itself.

use std::time::{Duration, SystemTime};

use connector_interface::Result;
use reqwest::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::api::Caller;
use crate::http::Body;
use crate::link::Asked;
use crate::operations::PREFLIGHT;
use crate::paging::id_text;

/// The input. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrontEndToken {
    /// Whose token: an id, an e-mail address, or external:ID of an embed user; without it the session's user
    #[serde(default, deserialize_with = "id")]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(super) user: Option<String>,
    /// The origin of the page (scheme, host and port), to find out whether it may call Looker
    #[serde(default)]
    #[schemars(with = "String")]
    origin: Option<String>,
}

/// Reads an id, which a person may give as a number.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    Option::<Value>::deserialize(deserializer)?
        .map(|id| id_text(&id).ok_or_else(|| D::Error::custom("expected a user")))
        .transpose()
}

impl FrontEndToken {
    pub(super) const NAME: &'static str = "front_end_token";
    pub(super) const SUMMARY: &'static str =
        "Make a short-lived token of a user's, to hand to a page in a browser that calls Looker by itself";

    /// What it takes.
    pub(super) fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Answers with `access_token`, `token_type`, `expires_in` (seconds), `expires_at` (HTTP date), `api_root`, `user`
    /// and `cors`: `origin`, `is_allowed` (null when it is not known) and `conditions`.
    pub(super) async fn run(&self, caller: &Caller) -> Result<Value> {
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
