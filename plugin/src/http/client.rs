//! The client of one session: every call goes through the instance's gate, is counted, and is tried again where it may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use connector_interface::{Error, ErrorKind, Result};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::http::gate::{Gate, Limits, Permit};
use crate::http::inflate::{Damaged, Inflate};
use crate::http::meter::Meter;
use crate::http::retry::{Failure, Pauses, Reached};
use crate::http::transport::Transport;
use crate::http::{Body, Call, broken, looks_like_html, refused};
use crate::operations::Safety;
use looker_words::EVIDENCE_BYTES;

/// The most that is read of a response that must fit into memory: metadata, never rows.
const MAX_JSON_BYTES: usize = 64 * 1024 * 1024;

/// The client; built when it is first used.
#[derive(Debug)]
pub(crate) struct Client {
    transport: Transport,
    limits: Limits,
    /// The gates to the hosts that this session has called.
    gates: Mutex<HashMap<String, Arc<Gate>>>,
    built: OnceLock<std::result::Result<reqwest::Client, Error>>,
}

/// A response whose head has arrived and whose status is a success.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) call: Call,
    inner: reqwest::Response,
    coding: Coding,
    /// The length of a piece of the body that was looked at before it is read.
    peeked: Option<usize>,
    /// Held until the body has been read, or is not wanted any more.
    _permit: Option<Permit>,
    /// The end of the token that it was asked with.
    ends_at: Option<tokio::time::Instant>,
}

/// How a body is read.
#[derive(Debug)]
enum Coding {
    /// As it comes; the bytes are those that came last.
    Plain(Bytes),
    Gzip(Box<Inflate>),
}

impl Coding {
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_ENCODING) {
            Some(coding) if coding.as_bytes().eq_ignore_ascii_case(b"gzip") => Self::Gzip(Box::new(Inflate::new())),
            _ => Self::Plain(Bytes::new()),
        }
    }
}

impl Client {
    pub(crate) fn new(transport: Transport, limits: Limits) -> Self {
        Self { transport, limits, gates: Mutex::default(), built: OnceLock::new() }
    }

    /// Builds the client, so that what is wrong with its options is known before anything is called.
    pub(crate) fn ready(&self) -> Result<&reqwest::Client> {
        self.built.get_or_init(|| self.transport.build()).as_ref().map_err(Clone::clone)
    }

    /// Sends a request and waits for the head of its response. A status that is no success is an error. What may be
    /// tried again is, as often as the operation's meter allows.
    pub(crate) async fn send(
        &self,
        call: &Call,
        authorization: Option<HeaderValue>,
        body: &Body,
        meter: &Meter,
    ) -> Result<Response> {
        self.perform(call, authorization, body, meter, async |response| Ok(response)).await
    }

    /// The same to the end of a response that is JSON: one that breaks off is asked for again, too.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: &Call,
        authorization: Option<HeaderValue>,
        body: &Body,
        meter: &Meter,
    ) -> Result<(HeaderMap, T)> {
        let read = async |response: Response| {
            let headers = response.headers().clone();
            response.json().await.map(|value| (headers, value))
        };
        self.perform(call, authorization, body, meter, read).await
    }

    /// Makes a call as often as it may be made, until it is answered and the answer is read as far as is wanted.
    async fn perform<T>(
        &self,
        call: &Call,
        authorization: Option<HeaderValue>,
        body: &Body,
        meter: &Meter,
        read: impl AsyncFn(Response) -> Result<T>,
    ) -> Result<T> {
        let gate = self.gate(call);
        let mut pauses = Pauses::new(call.operation.safety);
        loop {
            // What ends something must not wait for what it ends.
            let permit = if call.operation.safety == Safety::End { None } else { gate.enter().await };
            meter.count(call.operation.activity)?;
            let failure = match self.try_once(call, authorization.clone(), body).await {
                Ok(inner) => {
                    let coding = Coding::of(inner.headers());
                    let response =
                        Response { call: call.clone(), inner, coding, peeked: None, _permit: permit, ends_at: None };
                    match read(response).await {
                        Ok(answer) => return Ok(answer),
                        Err(error) => Failure { error: Box::new(error), reached: Reached::Perhaps },
                    }
                }
                Err(failure) => {
                    drop(permit);
                    failure
                }
            };
            let Some(pause) = pauses.next(&failure, meter) else { return Err(pauses.told(*failure.error)) };
            if failure.reached == Reached::Answered(StatusCode::TOO_MANY_REQUESTS.as_u16()) {
                gate.pause(pause);
            }
            tracing::warn!(
                operation = call.operation.id,
                retry = pauses.tried(),
                pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                // Its words are the server's, which may repeat what it was sent.
                "trying again after: {}",
                failure.error.kind.meaning()
            );
            tokio::time::sleep(pause).await;
        }
    }

    async fn try_once(
        &self,
        call: &Call,
        authorization: Option<HeaderValue>,
        body: &Body,
    ) -> std::result::Result<reqwest::Response, Failure> {
        let client = self.ready().map_err(|error| Failure { error: Box::new(error), reached: Reached::Not })?;
        let mut request = client.request(call.operation.method.clone(), &call.url).headers(call.headers.clone());
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(media_type) = body.media_type {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static(media_type)).body(body.bytes.clone());
        }
        let begin = Instant::now();
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.no_answer(call, &error).await),
        };
        let status = response.status();
        tracing::debug!(
            operation = call.operation.id,
            status = status.as_u16(),
            ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        // The body of a refusal is evidence: when it breaks, the status still stands.
        let coding = Coding::of(&headers);
        let text = read_some(&mut Response {
            call: call.clone(),
            inner: response,
            coding,
            peeked: None,
            _permit: None,
            ends_at: None,
        })
        .await;
        let error = refused(call, status, &headers, &text);
        Err(Failure { error: Box::new(error), reached: Reached::Answered(status.as_u16()) })
    }

    /// The failure of a request that got no answer; what a proxy has against it is looked into.
    async fn no_answer(&self, call: &Call, error: &reqwest::Error) -> Failure {
        if broken::is_refused_tunnel(error) {
            let (proxy, target) = (Arc::clone(&self.transport.proxy), call.host_and_port());
            let asked = tokio::task::spawn_blocking(move || proxy.dislikes_credentials(&target));
            if asked.await.unwrap_or_default() {
                return broken::wrong_proxy_credentials(call, error);
            }
        }
        broken::no_answer(call, error, self.transport.timeout)
    }

    fn gate(&self, call: &Call) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(call.host()) {
            return Arc::clone(gate);
        }
        let gate = Gate::to(call.host(), self.limits);
        gates.insert(call.host().to_owned(), Arc::clone(&gate));
        gate
    }
}

impl Response {
    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<&[u8]>> {
        let length = match self.peeked.take() {
            Some(length) => Some(length),
            None => self.advance().await?,
        };
        Ok(length.map(|length| self.piece(length)))
    }

    fn piece(&self, length: usize) -> &[u8] {
        match &self.coding {
            Coding::Plain(bytes) => bytes,
            Coding::Gzip(inflate) => inflate.piece(length),
        }
    }

    /// Has the next bytes ready, and says how many they are.
    async fn advance(&mut self) -> Result<Option<usize>> {
        loop {
            if let Coding::Gzip(inflate) = &mut self.coding
                && let Some(length) = inflate.advance().map_err(|Damaged| damaged(&self.call))?
            {
                return Ok(Some(length));
            }
            // Given back first, so that the transport can read into the same memory again.
            if let Coding::Plain(bytes) = &mut self.coding {
                *bytes = Bytes::new();
            }
            let arrived = self.inner.chunk().await.map_err(|error| {
                let token_has_ended = self.ends_at.is_some_and(|ends_at| ends_at <= tokio::time::Instant::now());
                broken::body_failed(&self.call, &error, token_has_ended)
            })?;
            match (&mut self.coding, arrived) {
                (Coding::Plain(bytes), Some(arrived)) => {
                    *bytes = arrived;
                    return Ok(Some(bytes.len()));
                }
                (Coding::Gzip(inflate), Some(arrived)) => inflate.feed(arrived),
                (Coding::Gzip(inflate), None) if !inflate.is_whole() => return Err(damaged(&self.call)),
                (_, None) => return Ok(None),
            }
        }
    }

    /// Looks at the first bytes of the body, which stay to be read; nothing of a body that is empty.
    pub(crate) async fn peek(&mut self) -> Result<&[u8]> {
        while self.peeked.is_none() {
            match self.advance().await? {
                None => return Ok(&[]),
                Some(length) => self.peeked = Some(length).filter(|&length| length > 0),
            }
        }
        Ok(self.piece(self.peeked.unwrap_or_default()))
    }

    /// The status, which is a success.
    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The whole body as JSON.
    async fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        let bytes = self.bytes().await?;
        // What has nothing to say says so by its status, or with an empty body.
        let text: &[u8] = if bytes.is_empty() && self.says_nothing() { b"null" } else { &bytes };
        serde_json::from_slice(text).map_err(|error| {
            let text = String::from_utf8_lossy(&bytes);
            let is_cut = error.is_eof() && !looks_like_html(self.inner.headers(), &text);
            if is_cut && !text.trim().is_empty() {
                return self
                    .call
                    .error(ErrorKind::Incomplete, "Looker's answer ends before its end")
                    .advise("Try again; a proxy on the way may cut answers")
                    .retry_now()
                    .body(looker_words::excerpt(&text, EVIDENCE_BYTES));
            }
            refused(&self.call, self.inner.status(), self.inner.headers(), &text).with("cause", error.to_string())
        })
    }

    /// Whether its answer is that it was done.
    fn says_nothing(&self) -> bool {
        self.inner.status() == StatusCode::NO_CONTENT || self.header("content-length") == Some("0")
    }

    /// The whole body, which may hold a secret.
    async fn bytes(&mut self) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(Vec::new());
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > MAX_JSON_BYTES {
                return Err(self
                    .call
                    .error(ErrorKind::Protocol, "Looker's answer is larger than the connector accepts")
                    .advise("Ask for less, such as a part of the catalog"));
            }
            bytes.extend_from_slice(chunk);
        }
        Ok(bytes)
    }

    /// Notes when the token ends that it was asked with, which may end it, too.
    pub(crate) fn under(self, ends_at: tokio::time::Instant) -> Self {
        Self { ends_at: Some(ends_at), ..self }
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// All headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }
}

/// How far the server's clock is ahead of this machine's, in seconds, by the `Date` of a response.
pub(crate) fn clock_skew(headers: &HeaderMap) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Some(match date.duration_since(SystemTime::now()) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
    })
}

/// The error for a body whose compression is damaged or breaks off.
fn damaged(call: &Call) -> Error {
    call.error(ErrorKind::Incomplete, "Looker's compressed answer is damaged, or ends before its end")
        .advise("Run it again; when it stays, a proxy on the way may change answers")
        .retry_now()
        .with("cause", "gzip")
}

async fn read_some(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < EVIDENCE_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(chunk),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
