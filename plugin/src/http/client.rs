//! One HTTP client of a session: a keep-alive pool, TLS by rustls, no redirects.

use std::sync::OnceLock;
use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, redirect};
use serde::de::DeserializeOwned;

use crate::excerpt::{EVIDENCE_BYTES, excerpt};
use crate::http::classify::{self, Call};
use crate::http::{looks_like_html, refused};

/// How long a connection may take to be made; the option `timeout` is for silence afterwards.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The most that is read of a response that must fit into memory: metadata, never rows.
const MAX_JSON_BYTES: usize = 256 * 1024 * 1024;

/// Name and version in `User-Agent` and, as Looker's SDKs do it, in `x-looker-appid`.
const AGENT: &str = concat!("looker-connector/", env!("CARGO_PKG_VERSION"));

/// The client; built when it is first used, because reading the system's certificates takes milliseconds.
#[derive(Debug)]
pub(crate) struct Client {
    timeout: Duration,
    verify_ssl: bool,
    /// A server on this machine is not reached through a proxy, whatever the environment says.
    is_local: bool,
    built: OnceLock<std::result::Result<reqwest::Client, Error>>,
}

/// What is sent.
pub(crate) enum Body {
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(&'static str, String)>),
    Json(serde_json::Value),
}

/// A response whose head has arrived and whose status is a success.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) call: Call,
    inner: reqwest::Response,
}

impl Client {
    pub(crate) fn new(timeout: Duration, verify_ssl: bool, is_local: bool) -> Self {
        Self { timeout, verify_ssl, is_local, built: OnceLock::new() }
    }

    fn get(&self) -> Result<&reqwest::Client> {
        self.built.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)
    }

    /// The transport, with proxies as the environment names them.
    fn build(&self) -> Result<reqwest::Client> {
        // This library's own default: another copy of rustls in the host has its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert("x-looker-appid", HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        let builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
            .read_timeout(self.timeout)
            .tls_danger_accept_invalid_certs(!self.verify_ssl)
            .tls_danger_accept_invalid_hostnames(!self.verify_ssl)
            // A redirect could carry the token to another origin, and none of Looker's operations needs one.
            .redirect(redirect::Policy::none())
            .tcp_nodelay(true);
        let builder = if self.is_local { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| {
            Error::new(ErrorKind::Tls, "The secure transport could not be set up")
                .advise("Check that this machine has a store of trusted certificates")
                .with("cause", classify::causes(&error))
        })
    }

    /// Sends a request and waits for the head of its response. A status that is no success is an error.
    pub(crate) async fn send(&self, call: Call, authorization: Option<HeaderValue>, body: Body) -> Result<Response> {
        let mut request = self.get()?.request(call.method.clone(), &call.url);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request = match body {
            Body::None => request,
            Body::Form(fields) => request.form(&fields),
            Body::Json(value) => request
                .header(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(value.to_string()),
        };
        let response = request.send().await.map_err(|error| classify::unreachable(&call, &error, self.timeout))?;
        if response.status().is_success() {
            return Ok(Response { call, inner: response });
        }
        let (status, headers) = (response.status(), response.headers().clone());
        // The body of a refusal is evidence: when it breaks, the status still stands.
        let text = read_some(response).await;
        Err(refused(&call, status, &headers, &text))
    }
}

impl Response {
    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>> {
        self.inner.chunk().await.map_err(|error| classify::body_failed(&self.call, &error))
    }

    /// The whole body as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.as_ref().len() > MAX_JSON_BYTES {
                return Err(self
                    .call
                    .error(ErrorKind::Protocol, "Looker's answer is larger than the connector accepts"));
            }
            bytes.extend_from_slice(chunk.as_ref());
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let text = String::from_utf8_lossy(&bytes);
            if looks_like_html(self.inner.headers(), &text) {
                return classify::not_looker(&self.call, &text).status(self.inner.status().as_u16());
            }
            let kind = if error.is_eof() { ErrorKind::Incomplete } else { ErrorKind::Protocol };
            self.call
                .error(kind, format!("Looker's answer is not the JSON that was expected ({error})"))
                .body(excerpt(&text, EVIDENCE_BYTES))
        })
    }
}

async fn read_some(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < EVIDENCE_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Call {
    /// A call of an operation, named as in Looker's specification.
    pub(crate) fn new(operation: &'static str, method: Method, url: String) -> Self {
        Self { operation, method, url }
    }
}
