//! Signing in with a browser, in two requests: where to go, and what the browser came back with.

use connector_interface::describe::OutcomeKind;
use connector_interface::{Bytes, Error, ErrorKind, OperationSpec, Outcome, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::api::Caller;
use crate::auth::{Callback, Grant, Keeper, OAuth, Pkce, SCOPE, Source};
use crate::instance::Proof;

/// The body of a sign-in request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "step", rename_all = "snake_case")]
pub(crate) enum AuthorizeRequest {
    /// Where the browser is sent.
    Start { redirect_uri: String },
    /// What it came back with.
    Finish { redirect_uri: String, state: String, verifier: SecretString, callback: SecretString },
    /// The sign-in is given back, and the file that keeps it removed.
    End,
}

/// What the connector says of it.
pub(crate) fn spec() -> OperationSpec {
    let input = json!({
        "type": "object",
        "properties": {
            "step": { "type": "string", "enum": ["start", "finish", "end"],
                      "description": "Begin a sign-in, finish it, or give it back" },
            "redirect_uri": { "type": "string",
                              "description": "Where the browser comes back to, exactly as the application is registered" },
            "state": { "type": "string", "description": "The state that the start gave" },
            "verifier": { "type": "string", "description": "The verifier that the start gave" },
            "callback": { "type": "string", "description": "The whole address to which the browser came back" },
        },
        "required": ["step"],
    });
    OperationSpec::new(
        OperationSpec::AUTHORIZE,
        "Sign in with a browser: where to go, and what it came back with",
        input,
        &[OutcomeKind::Value, OutcomeKind::Bytes],
    )
}

/// The settings that a sign-in brings, for a host that keeps them.
#[derive(Serialize)]
struct Brought<'a> {
    refresh_token: &'a str,
    redirect_uri: &'a str,
}

/// Takes one step.
pub(crate) async fn authorize(caller: &Caller, request: &AuthorizeRequest) -> Result<Outcome> {
    let caller = &caller.as_self();
    let Source::OAuth(sign_in) = caller.api().identity().source() else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "Nobody signs in with a browser: the option `auth` says otherwise",
        )
        .advise("Set `auth` to oauth, and `client_id` to the client GUID of the registered application"));
    };
    match request {
        AuthorizeRequest::Start { redirect_uri } => start(caller, sign_in, redirect_uri).await.map(Outcome::Value),
        AuthorizeRequest::Finish { redirect_uri, state, verifier, callback } => {
            finish(caller, sign_in, redirect_uri, state, verifier, callback).await
        }
        AuthorizeRequest::End => end(caller, sign_in).await.map(Outcome::Value),
    }
}

/// The address of Looker's page, with a fresh proof of who starts.
async fn start(caller: &Caller, sign_in: &OAuth, redirect_uri: &str) -> Result<Value> {
    Url::parse(redirect_uri).map_err(|_| {
        Error::new(ErrorKind::InvalidInput, "`redirect_uri` is no address")
            .advise("Give it exactly as the application is registered in Looker")
    })?;
    let proof = caller.proof().await?;
    let mut url = pages(caller, proof)?;
    let pkce = Pkce::new()?;
    url.path_segments_mut().map_err(|()| no_pages())?.pop_if_empty().push("auth");
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &sign_in.client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", SCOPE)
        .append_pair("state", &pkce.state)
        .append_pair("code_challenge_method", "S256")
        .append_pair("code_challenge", &pkce.challenge);
    Ok(json!({ "url": url.as_str(), "state": pkce.state, "verifier": pkce.verifier.expose_secret() }))
}

/// Where Looker's pages are. A person types a password there, so only a place on the host that the user named counts, or
/// one that the user names.
fn pages(caller: &Caller, proof: &Proof) -> Result<Url> {
    if let Some(url) = caller.api().looker_url() {
        return Ok(url.clone());
    }
    let root = Url::parse(&proof.root.to_string()).map_err(|_| no_pages())?;
    let Some(said) = proof.web_server_url.as_deref().and_then(|url| Url::parse(url).ok()) else { return Ok(root) };
    let is_as_secure = said.scheme() == "https" || (said.scheme() == "http" && root.scheme() == "http");
    if said.host() == root.host() && is_as_secure {
        return Ok(said);
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!(
            "This Looker says that its pages are at {}, which is not where {} is, or less secure",
            said.origin().ascii_serialization(),
            proof.root.host()
        ),
    )
    .advise("If that is right, give that address in the option `looker_url`"))
}

fn no_pages() -> Error {
    Error::new(ErrorKind::InvalidInput, "The address of Looker's pages is none that a browser can open")
        .advise("Give it in the option `looker_url`")
}

/// Changes the code for tokens and keeps them; a host without a file for them gets them.
async fn finish(
    caller: &Caller,
    sign_in: &OAuth,
    redirect_uri: &str,
    state: &str,
    verifier: &SecretString,
    callback: &SecretString,
) -> Result<Outcome> {
    let Callback { code } = Callback::parse(callback.expose_secret(), state)?;
    if !Pkce::is_verifier(verifier) {
        return Err(Error::new(ErrorKind::InvalidInput, "`verifier` is not what the start gave").advise("Start again"));
    }
    let link = caller.link().await?;
    link.redactor.hide_token(&code);
    link.redactor.hide_token(verifier);
    let grant = sign_in.exchange(&link, redirect_uri, &code, verifier, caller.meter()).await?;
    match &sign_in.keeper {
        Keeper::File(file) => {
            file.store(&grant)?;
            Ok(Outcome::Value(json!({
                "summary": format!("Signed in to {}; the sign-in is kept in {}", link.root.host(), file.0.display()),
                "facts": { "host": link.root.host(), "token_file": file.0.display().to_string() },
            })))
        }
        Keeper::Host { .. } | Keeper::Nobody => Ok(Outcome::Bytes(brought(&grant)?)),
    }
}

/// What the host is to keep, in memory that is wiped when it has been read.
fn brought(grant: &Grant) -> Result<Bytes> {
    let settings = Brought { refresh_token: grant.refresh_token.expose_secret(), redirect_uri: &grant.redirect_uri };
    let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *text, &settings)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("The sign-in is not JSON: {error}")))?;
    Ok(Bytes { media_type: "application/json".to_owned(), reader: Box::new(std::io::Cursor::new(Wiped(text))) })
}

struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Ends the tokens in Looker and removes the file.
async fn end(caller: &Caller, sign_in: &OAuth) -> Result<Value> {
    let link = caller.link().await?;
    let ended = caller.give_back().await;
    if let Keeper::File(file) = &sign_in.keeper {
        file.remove()?;
    }
    // A sign-in that Looker does not know any more has ended, too.
    match ended {
        Err(error) if error.kind != ErrorKind::Credentials => Err(error),
        _ => Ok(json!({
            "summary": format!("Signed out of {}", link.root.host()),
            "facts": { "host": link.root.host() },
        })),
    }
}
