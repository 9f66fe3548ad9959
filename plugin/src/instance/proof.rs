//! Which candidate is Looker: each is asked for its versions, without credentials, until one answers as Looker does.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Address, Root};
use crate::http::{Body, Call, Client, Meter, clock_skew, is_unknown_name, refused};
use crate::operations::VERSIONS;

/// How long a candidate may take to answer, and a place that is only to be offered.
const PATIENCE: Duration = Duration::from_secs(15);
const PATIENCE_FOR_OFFERS: Duration = Duration::from_secs(3);

/// What is known of the instance.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// Where the API is.
    pub(crate) root: Root,
    /// The release, such as 26.12.3.
    pub(crate) release: Option<String>,
    /// Where Looker says that its API is, and its pages. Nothing of ours is sent there.
    pub(crate) api_server_url: Option<String>,
    pub(crate) web_server_url: Option<String>,
    /// Seconds that the server's clock is ahead.
    pub(crate) clock_skew: Option<i64>,
    /// The candidates that came before, each with what is wrong with it.
    pub(crate) failed: Vec<(Root, Error)>,
}

/// `ApiVersion` of the specification, as far as it is read.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are Looker's")]
struct Versions {
    #[serde(default)]
    looker_release_version: Option<String>,
    #[serde(default)]
    current_version: Option<Version>,
    #[serde(default)]
    supported_versions: Option<Vec<Version>>,
    #[serde(default)]
    api_server_url: Option<String>,
    #[serde(default)]
    web_server_url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(default)]
    version: Option<String>,
}

/// Finds the candidate that is Looker.
///
/// # Errors
///
/// What is wrong with the candidate that came nearest, and in a few words with the others.
pub(crate) async fn prove(client: &Client, address: &Address, meter: &Meter) -> Result<Proof> {
    let mut failed: Vec<(Root, Error)> = Vec::new();
    let mut proven: Option<Proof> = None;
    for root in address.candidates() {
        // The name of an instance may stand for two hosts, so all are asked; a host is settled by its first answer.
        if proven.as_ref().is_some_and(|proof| !address.is_name || proof.root.host_name() == root.host_name()) {
            continue;
        }
        // A name that is not known is not known on another port either.
        if failed.iter().any(|(other, error)| other.host_name() == root.host_name() && is_unknown_name(error)) {
            continue;
        }
        match ask(client, root, meter, PATIENCE).await {
            Ok(proof) => match &proven {
                Some(first) if !is_same(first, &proof) => return Err(ambiguous(first, &proof)),
                Some(_) => {}
                None => proven = Some(proof),
            },
            Err(error) => failed.push((root.clone(), error)),
        }
    }
    match proven {
        Some(proof) => {
            for (root, error) in &failed {
                tracing::debug!(%root, "is not Looker: {}", error.kind.meaning());
            }
            tracing::info!(root = %proof.root, release = proof.release.as_deref().unwrap_or("unknown"), "found Looker");
            Ok(Proof { failed, ..proof })
        }
        None => Err(with_offer(client, address, meter, nearest(failed)).await),
    }
}

/// Asks one place.
async fn ask(client: &Client, root: &Root, meter: &Meter, patience: Duration) -> Result<Proof> {
    let call = Call::new(&VERSIONS, root.operation(&VERSIONS.path(&[])));
    let asked = tokio::time::timeout(patience, ask_for_versions(client, root, &call, meter));
    asked.await.unwrap_or_else(|_| {
        Err(call
            .error(ErrorKind::Timeout, format!("{} does not answer", root.host()))
            .advise("Check host and port: something listens there that does not answer as Looker does")
            .retry_now())
    })
}

async fn ask_for_versions(client: &Client, root: &Root, call: &Call, meter: &Meter) -> Result<Proof> {
    let unknown = |clock_skew| Proof {
        root: root.clone(),
        release: None,
        api_server_url: None,
        web_server_url: None,
        clock_skew,
        failed: Vec::new(),
    };
    let (headers, body): (_, Value) = match client.json(call, None, &Body::none(), meter).await {
        Ok(answer) => answer,
        Err(error) if error.kind == ErrorKind::NotFound => {
            return Err(ask_older_api(client, root, meter).await.unwrap_or(error));
        }
        // Looker's own words, only not on this: a release may want a token for it.
        Err(error) if is_lookers_refusal(&error) => return Ok(unknown(None)),
        Err(error) => return Err(error),
    };
    let versions = as_versions(&body).ok_or_else(|| refused(call, StatusCode::OK, &headers, &without_marks(&body)))?;
    if let Some(error) = too_old(call, &versions) {
        return Err(error);
    }
    Ok(Proof {
        release: versions.looker_release_version,
        api_server_url: versions.api_server_url,
        web_server_url: versions.web_server_url,
        ..unknown(clock_skew(&headers))
    })
}

/// A body with Looker's marks.
fn as_versions(body: &Value) -> Option<Versions> {
    // A list would be read as a structure, too.
    let versions: Versions = serde_json::from_value(Value::Object(body.as_object()?.clone())).ok()?;
    let has_marks = versions.looker_release_version.is_some()
        || (versions.current_version.is_some() && versions.supported_versions.is_some());
    has_marks.then_some(versions)
}

/// Foreign JSON, as evidence: a `message` of its own must not make it look like Looker's.
fn without_marks(body: &Value) -> String {
    json!([body]).to_string()
}

/// Whether an error is one that Looker wrote itself. Source: its error bodies carry the address of their documentation.
fn is_lookers_refusal(error: &Error) -> bool {
    let body = error.evidence.get("body").and_then(Value::as_str).unwrap_or_default();
    matches!(error.kind, ErrorKind::Credentials | ErrorKind::Forbidden)
        && body.contains("documentation_url")
        && body.contains("/err/")
}

/// The error of a server that has only API 3.x, if that is what it is.
async fn ask_older_api(client: &Client, root: &Root, meter: &Meter) -> Option<Error> {
    let call = Call::new(&VERSIONS, root.beside("/api/3.1/versions"));
    let (_, body): (_, Value) = client.json(&call, None, &Body::none(), meter).await.ok()?;
    too_old(&call, &as_versions(&body)?)
}

fn too_old(call: &Call, versions: &Versions) -> Option<Error> {
    let offered: Vec<&str> =
        versions.supported_versions.iter().flatten().filter_map(|version| version.version.as_deref()).collect();
    if offered.is_empty() || offered.iter().any(|version| version.starts_with("4.")) {
        return None;
    }
    let release = versions.looker_release_version.as_deref().unwrap_or("of unknown release");
    Some(
        call.error(
            ErrorKind::Unsupported,
            format!(
                "This Looker ({release}) offers API {} and not API 4.0, which this connector speaks",
                offered.join(", ")
            ),
        )
        .advise("Have the instance updated: API 4.0 has replaced API 3.x"),
    )
}

/// Whether two proofs are of one instance that has two names.
fn is_same(one: &Proof, other: &Proof) -> bool {
    one.web_server_url.is_some()
        && one.web_server_url == other.web_server_url
        && one.api_server_url == other.api_server_url
}

fn ambiguous(one: &Proof, other: &Proof) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("Two instances have this name: {} and {}", one.root.host(), other.root.host()),
    )
    .advise("Give the whole host name in `base_url`")
}

/// How much an error tells of what is there: the nearer it came to Looker, the more.
fn weight(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Unsupported => 7,
        ErrorKind::RateLimited => 6,
        ErrorKind::Unavailable => 5,
        ErrorKind::Credentials => 4,
        ErrorKind::Tls => 3,
        ErrorKind::Timeout => 1,
        ErrorKind::Network => 0,
        _ => 2,
    }
}

/// The error that tells most, with the others in a few words.
fn nearest(mut failed: Vec<(Root, Error)>) -> Error {
    let best = failed.iter().enumerate().rev().max_by_key(|(_, (_, error))| weight(error.kind)).map(|(at, _)| at);
    let Some(best) = best else {
        return Error::new(ErrorKind::InvalidInput, "The address in `base_url` leads nowhere").advise("Correct it");
    };
    let (root, mut error) = failed.remove(best);
    let what = error.message.replace(&root.host(), "");
    let tried: Vec<Value> = std::iter::once((&root, &error))
        .chain(failed.iter().map(|(root, error)| (root, error)))
        .map(|(root, error)| json!({ "root": root.to_string(), "kind": error.kind, "message": error.message }))
        .collect();
    for (other, reason) in &failed {
        let is_the_same = reason.message.replace(&other.host(), "") == what;
        let reason = if is_the_same { format!("the same at {}", other.host()) } else { reason.message.clone() };
        error.message = format!("{}; {reason}", error.message);
    }
    error.with("tried", tried)
}

/// The error, with the place that is Looker but was not named.
async fn with_offer(client: &Client, address: &Address, meter: &Meter, error: Error) -> Error {
    if matches!(error.kind, ErrorKind::Unsupported | ErrorKind::RateLimited | ErrorKind::Unavailable) {
        return error;
    }
    for root in address.offers() {
        if ask(client, root, meter, PATIENCE_FOR_OFFERS).await.is_ok() {
            return error.advise(format!("Looker's API answers at {root}: give that address, or leave the port out"));
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_body_with_lookers_marks_is_lookers() {
        for (body, is_looker) in [
            (json!({ "looker_release_version": "26.12.3" }), true),
            (json!({ "current_version": { "version": "4.0" }, "supported_versions": [] }), true),
            (json!({ "status": "ok" }), false),
            (json!({ "message": "Hello" }), false),
            (json!(["4.0"]), false),
            (json!({ "supported_versions": ["4.0"] }), false),
        ] {
            assert_eq!(as_versions(&body).is_some(), is_looker, "{body}");
        }
    }

    #[test]
    fn two_hosts_of_one_name_are_one_instance_only_when_they_say_the_same_of_themselves() {
        let proof = |root: &str, web: Option<&str>| Proof {
            root: Address::parse(root, None, false).unwrap().first().unwrap().clone(),
            release: None,
            api_server_url: None,
            web_server_url: web.map(str::to_owned),
            clock_skew: None,
            failed: Vec::new(),
        };
        let (cloud, own) = ("https://acme.cloud.looker.com", "https://acme.looker.com");
        assert!(is_same(&proof(cloud, Some(cloud)), &proof(own, Some(cloud))));
        assert!(!is_same(&proof(cloud, Some(cloud)), &proof(own, Some(own))));
        assert!(!is_same(&proof(cloud, None), &proof(own, None)), "silence is no proof");
        let error = ambiguous(&proof(cloud, None), &proof(own, None));
        assert!(error.kind == ErrorKind::InvalidInput && error.message.contains("acme.looker.com"), "{error}");
    }

    fn failed(root: &str, kind: ErrorKind, message: &str) -> (Root, Error) {
        (Address::parse(root, None, false).unwrap().first().unwrap().clone(), Error::new(kind, message))
    }

    #[test]
    fn the_error_that_came_nearest_is_told_first_and_the_other_in_a_few_words() {
        let error = nearest(vec![
            failed("https://a.example:443", ErrorKind::Network, "a.example refuses the connection"),
            failed("https://a.example:19999", ErrorKind::Protocol, "a.example:19999 answered with an HTML page"),
        ]);
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert_eq!(error.message, "a.example:19999 answered with an HTML page; a.example refuses the connection");
        assert_eq!(error.evidence["tried"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn two_places_with_the_same_fault_share_a_sentence() {
        let error = nearest(vec![
            failed("https://a.example:443", ErrorKind::Network, "a.example refuses the connection"),
            failed("https://a.example:19999", ErrorKind::Network, "a.example:19999 refuses the connection"),
        ]);
        assert_eq!(error.message, "a.example refuses the connection; the same at a.example:19999");
    }
}
