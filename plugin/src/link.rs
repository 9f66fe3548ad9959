//! The way to one instance whose place is proven: requests to it, with a token or without.

use std::borrow::Cow;
use std::sync::Arc;

use connector_interface::Result;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use crate::http::{Body, Call, Client, Meter, Response};
use crate::instance::Root;
use crate::operations::{Operation, query_string};
use crate::redact::Redactor;

/// The client of a session and the root that it was proven for. Clones are the same way.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) client: Arc<Client>,
    pub(crate) root: Root,
    pub(crate) redactor: Arc<Redactor>,
}

/// A request of an operation, without its authorization.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a Arc<Operation>,
    /// The path's parameters, in their order.
    pub(crate) path: Cow<'a, [&'a str]>,
    pub(crate) query: Cow<'a, [(&'a str, &'a str)]>,
    pub(crate) body: Body,
}

impl<'a> Asked<'a> {
    /// A request without a body.
    pub(crate) fn new(operation: &'a Arc<Operation>, path: &'a [&'a str], query: &'a [(&'a str, &'a str)]) -> Self {
        Self { operation, path: Cow::Borrowed(path), query: Cow::Borrowed(query), body: Body::none() }
    }

    /// The same of what was put together for it.
    pub(crate) fn owned(operation: &'a Arc<Operation>, path: Vec<&'a str>, query: Vec<(&'a str, &'a str)>) -> Self {
        Self { operation, path: Cow::Owned(path), query: Cow::Owned(query), body: Body::none() }
    }

    /// The same with a body.
    pub(crate) fn with(self, body: Body) -> Self {
        Self { body, ..self }
    }
}

impl Link {
    /// The call that a request is.
    pub(crate) fn call(&self, asked: &Asked<'_>) -> Call {
        let path = asked.operation.path(&asked.path) + &query_string(&asked.query);
        Call::new(asked.operation, self.root.operation(&path))
    }

    /// Sends a request and waits for the head of its response.
    pub(crate) async fn send(
        &self,
        asked: &Asked<'_>,
        authorization: Option<HeaderValue>,
        meter: &Meter,
    ) -> Result<Response> {
        self.client.send(&self.call(asked), authorization, &asked.body, meter).await
    }

    /// Sends a request whose answer is JSON.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        asked: &Asked<'_>,
        authorization: Option<HeaderValue>,
        meter: &Meter,
    ) -> Result<T> {
        self.json_with_headers(asked, authorization, meter).await.map(|(_, answer)| answer)
    }

    /// The same with the headers, which say of a list where it goes on.
    pub(crate) async fn json_with_headers<T: DeserializeOwned>(
        &self,
        asked: &Asked<'_>,
        authorization: Option<HeaderValue>,
        meter: &Meter,
    ) -> Result<(HeaderMap, T)> {
        self.client.json(&self.call(asked), authorization, &asked.body, meter).await
    }
}
