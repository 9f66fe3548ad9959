//! The connection test: logs in, and says as a person would to what, as whom, what there is and what the user may do.

mod abilities;

use std::collections::BTreeSet;

use connector_interface::describe::OutcomeKind;
use connector_interface::{OperationSpec, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Caller, name_of};
use crate::instance::Proof;
use crate::link::Asked;
use crate::operations::{ALL_LOOKML_MODELS, ME, USER_ROLES, VERSIONS};
use crate::paging::id_text;
use abilities::abilities;

/// A difference of clocks, in seconds, that is worth a word.
const SKEW: i64 = 30;

/// The body of a check.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

/// `User` of the specification, as far as it is read.
#[derive(Deserialize)]
struct User {
    /// An answer without one is not Looker's.
    id: Value,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// `Role` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Role {
    #[serde(default)]
    permission_set: Option<PermissionSet>,
}

#[derive(Deserialize)]
struct PermissionSet {
    #[serde(default)]
    permissions: Option<Vec<String>>,
}

/// `ApiVersion` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    looker_release_version: Option<String>,
}

/// What the connector says of its connection test.
pub(crate) fn spec() -> OperationSpec {
    OperationSpec::new(
        OperationSpec::CHECK,
        "Log in and say who the user is, what there is to query and what the user may do",
        schemars::schema_for!(CheckRequest).to_value(),
        &[OutcomeKind::Value],
    )
    .read_only()
}

/// Answers with `summary` (a sentence), `facts`, and in them `lines` (details for a person).
pub(crate) async fn check(caller: &Caller) -> Result<Value> {
    let proof = caller.proof().await?.clone();
    let user = me(caller).await?;
    let own = match caller.acting_as() {
        Some(_) => Some(me(&caller.as_self()).await).transpose().unwrap_or_default(),
        None => None,
    };
    let release = release(caller, &proof).await;
    let models: Vec<Value> = caller.get(&Asked::new(&ALL_LOOKML_MODELS, &[], &[("fields", "name")])).await?;
    let names: Vec<&str> = models.iter().filter_map(|model| model.get("name").and_then(Value::as_str)).collect();
    let mut permissions = permissions(caller, &user).await;
    if permissions.is_none() && own.is_some() {
        // Whoever may act as a user may mostly see its roles, too.
        permissions = self::permissions(&caller.as_self(), &user).await;
    }
    let (may, may_not) = permissions.as_ref().map(abilities).unwrap_or_default();
    let host = proof.root.host();
    let name = user.name();
    let who = match &own {
        Some(own) => format!("{}, acting as {name}", own.name()),
        None => name.clone(),
    };
    let models = match names.len() {
        0 => "no models are visible to this user: ask for access to one".to_owned(),
        1 => "1 model".to_owned(),
        n => format!("{n} models"),
    };
    let quota = quota_class(&proof);
    let mut parts = vec![format!("Connected to {host} (Looker {release}) as {who}"), models];
    if permissions.is_some() {
        parts.extend((!may.is_empty()).then(|| format!("may {}", may.join(", "))));
        parts.extend((!may_not.is_empty()).then(|| format!("may not {}", may_not.join(", "))));
    } else {
        parts.push("what this user may do is not shown to it".to_owned());
    }
    parts.extend(skew_words(&proof));
    parts.extend(quota.words.map(str::to_owned));
    Ok(json!({
        "summary": parts.join("; "),
        "facts": {
            "host": host,
            "api_root": proof.root.operation(""),
            "release": release,
            "user": user.facts(),
            "credentials_user": own.as_ref().map(User::facts),
            "models": names,
            "permissions": permissions,
            "may": may,
            "may_not": may_not,
            "clock_skew_seconds": proof.clock_skew,
            "api_server_url": proof.api_server_url,
            "web_server_url": proof.web_server_url,
            "failed": proof.failed.iter().map(|(root, error)| {
                json!({ "root": root.to_string(), "kind": error.kind, "message": error.message })
            }).collect::<Vec<_>>(),
            "quota_class": quota.name,
            "calls": caller.api().usage().calls(),
            "lines": place_lines(&proof),
        },
    }))
}

async fn me(caller: &Caller) -> Result<User> {
    caller.get(&Asked::new(&ME, &[], &[("fields", "id,display_name,email")])).await
}

/// The release, from the proof; a server that wants a token for it is asked again.
async fn release(caller: &Caller, proof: &Proof) -> String {
    if let Some(release) = &proof.release {
        return release.clone();
    }
    let versions = caller.get::<Versions>(&Asked::new(&VERSIONS, &[], &[])).await;
    versions
        .ok()
        .and_then(|versions| versions.looker_release_version)
        .unwrap_or_else(|| "of unknown release".to_owned())
}

/// The permissions of the user's roles together, where they may be read.
async fn permissions(caller: &Caller, user: &User) -> Option<BTreeSet<String>> {
    let id = id_text(&user.id)?;
    let fields = [("fields", "permission_set(permissions)")];
    let roles: Vec<Role> = caller.get(&Asked::new(&USER_ROLES, &[&id], &fields)).await.ok()?;
    let sets = roles.into_iter().filter_map(|role| role.permission_set?.permissions);
    Some(sets.flatten().collect())
}

/// What a person may want to know of the place.
fn place_lines(proof: &Proof) -> Vec<String> {
    let mut lines = Vec::new();
    for (root, error) in &proof.failed {
        lines.push(format!("{root} is not it: {}", error.message));
    }
    if let Some(url) = proof.api_server_url.as_deref().filter(|url| !proof.root.is_at(url)) {
        lines.push(format!("this Looker says that its API is at {url}; give that address if you trust it"));
    }
    if let Some(url) = proof.web_server_url.as_deref().filter(|url| !proof.root.is_at(url)) {
        lines.push(format!("its pages are at {url}"));
    }
    lines
}

/// What a person may want to know of the server's clock: tokens and relative dates depend on it.
fn skew_words(proof: &Proof) -> Option<String> {
    let skew = proof.clock_skew.filter(|skew| skew.abs() > SKEW)?;
    let what = if skew > 0 { "ahead of" } else { "behind" };
    Some(format!("Looker's clock is {} s {what} this machine's", skew.abs()))
}

/// How calls are counted by the month, as far as the host's name tells.
struct Quota {
    name: &'static str,
    words: Option<&'static str>,
}

/// Source: Looker's page of its Google Cloud core editions; instances of it without a domain of their own are below
/// looker.app.
fn quota_class(proof: &Proof) -> Quota {
    if proof.root.host_name().ends_with(".looker.app") {
        return Quota {
            name: "google_cloud_core",
            words: Some("calls are counted by the month, query and administrative ones apart"),
        };
    }
    Quota { name: "unknown", words: None }
}

impl User {
    fn name(&self) -> String {
        name_of(self.display_name.clone(), self.email.clone())
    }

    fn facts(&self) -> Value {
        json!({ "id": self.id, "name": self.name(), "email": self.email })
    }
}
