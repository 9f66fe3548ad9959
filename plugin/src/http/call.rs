//! What is called and what is sent.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use connector_interface::{Error, ErrorKind};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::operations::Operation;

/// What is being called.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: Arc<Operation>,
    /// Without secrets: credentials travel in the body and in headers.
    pub(crate) url: String,
    /// Headers of this call alone.
    pub(crate) headers: HeaderMap,
}

impl Call {
    pub(crate) fn new(operation: &Arc<Operation>, url: String) -> Self {
        Self { operation: Arc::clone(operation), url, headers: HeaderMap::new() }
    }

    /// An error about this call.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, message).request(self.line()).with("operation", self.operation.id.as_str())
    }

    /// The request line.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.operation.method, self.url)
    }

    /// Host and port, as they stand in the URL.
    pub(crate) fn host(&self) -> &str {
        self.url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default()
    }

    /// Host and port, also when it is the scheme's own.
    pub(crate) fn host_and_port(&self) -> String {
        let url = Url::parse(&self.url).ok();
        let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
        format!("{}:{port}", url.as_ref().and_then(Url::host_str).unwrap_or_default())
    }
}

/// The body of a request. Its bytes may be sent again, and are wiped when the last that may is gone.
#[derive(Clone, Default)]
pub(crate) struct Body {
    pub(super) media_type: Option<&'static str>,
    pub(super) bytes: Bytes,
}

impl Body {
    /// No body.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// JSON without secrets.
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self { media_type: Some("application/json"), bytes: value.to_string().into() }
    }

    /// JSON that may hold secrets: it is written into memory that is wiped.
    pub(crate) fn secret_json(value: &impl Serialize) -> serde_json::Result<Self> {
        // Large enough never to move, because what is moved leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *text, value)?;
        Ok(Self { media_type: Some("application/json"), bytes: Bytes::from_owner(text) })
    }

    /// `application/x-www-form-urlencoded`, the second of the pairs a secret.
    pub(crate) fn form(open: (&str, &str), secret: (&str, &SecretString)) -> Self {
        let secret = (secret.0, secret.1.expose_secret());
        // An escape is three bytes long.
        let most = 3 * [open.0, open.1, secret.0, secret.1].map(str::len).iter().sum::<usize>() + 3;
        let mut text = Zeroizing::new(Vec::with_capacity(most));
        for (name, value) in [open, secret] {
            if !text.is_empty() {
                text.push(b'&');
            }
            for part in byte_serialize(name.as_bytes()).chain(["="]).chain(byte_serialize(value.as_bytes())) {
                text.extend_from_slice(part.as_bytes());
            }
        }
        Self { media_type: Some("application/x-www-form-urlencoded"), bytes: Bytes::from_owner(text) }
    }
}

impl Body {
    /// Text of a media type, which may hold secrets.
    pub(crate) fn text(media_type: &'static str, text: String) -> Self {
        Self { media_type: Some(media_type), bytes: Bytes::from_owner(Zeroizing::new(text.into_bytes())) }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_escapes_names_and_values() {
        let body = Body::form(("client_id", "a b"), ("client_secret", &SecretString::from("c&d=ü")));
        assert_eq!(body.bytes, "client_id=a+b&client_secret=c%26d%3D%C3%BC");
    }

    #[test]
    fn a_body_shows_in_no_debug() {
        let body = Body::form(("a", "b"), ("secret", &SecretString::from("hush")));
        assert!(!format!("{body:?}").contains("hush"));
    }
}
