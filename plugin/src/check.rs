//! The connection test: logs in, and says as a person would to what, as whom, and what there is.

use connector_interface::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Api;

/// `User` of the specification, as far as it is read.
#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// `ApiVersion` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    looker_release_version: Option<String>,
}

/// Answers with `summary` (a sentence) and `facts`.
pub(crate) async fn check(api: &Api) -> Result<Value> {
    let user: User = api.get("me", "/user?fields=id,display_name,email").await?;
    let versions: Versions = api.get("versions", "/versions?fields=looker_release_version").await?;
    let models: Vec<Value> = api.get("all_lookml_models", "/lookml_models?fields=name").await?;
    let names: Vec<&str> = models.iter().filter_map(|model| model.get("name").and_then(Value::as_str)).collect();
    let release = versions.looker_release_version.unwrap_or_else(|| "of unknown version".to_owned());
    let name = user
        .display_name
        .filter(|name| !name.is_empty())
        .or_else(|| user.email.clone())
        .unwrap_or_else(|| "a user without a name".to_owned());
    let queryable = match names.len() {
        0 => "no models are visible to this user: ask for access to one".to_owned(),
        1 => "1 model".to_owned(),
        n => format!("{n} models"),
    };
    let host = api.root().host();
    Ok(json!({
        "summary": format!("Connected to {host} (Looker {release}) as {name}; {queryable}"),
        "facts": {
            "host": host,
            "api_root": api.root().operation(""),
            "release": release,
            "user": { "id": user.id, "name": name, "email": user.email },
            "models": names,
        },
    }))
}
