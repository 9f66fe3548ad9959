//! The transport alone: the connector's client with the connector's settings, which drops what it gets.

use std::fs;
use std::time::{Duration, Instant};

use reqwest::{Certificate, Client, redirect};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::Target;
use crate::Result;
use crate::generate::Format;

/// A client that has logged in.
pub(super) struct Discard {
    runtime: Runtime,
    client: Client,
    url: String,
    format: Format,
    token: String,
}

/// What came of a request.
pub(super) struct Dropped {
    pub(super) bytes: u64,
    pub(super) first_byte: Option<Duration>,
}

impl Discard {
    /// Logs in. Compressed bodies are taken as they are.
    pub(super) fn connect(target: &Target) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_mins(2))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tcp_nodelay(true)
            .no_proxy();
        if let Some(file) = &target.ca_file {
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&fs::read(file)?)?);
        }
        let client = builder.build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let login = client.post(format!("{}/api/4.0/login", target.url));
        let answer: Value = runtime.block_on(async {
            let credentials = [("client_id", "bench"), ("client_secret", "bench")];
            let answer = login.form(&credentials).send().await?.bytes().await?;
            Ok::<_, crate::Error>(serde_json::from_slice(&answer)?)
        })?;
        let token = answer.get("access_token").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { runtime, client, url: target.url.clone(), format: target.wire, token })
    }

    /// Runs a query and hands on what comes.
    pub(super) fn query_with(&self, limit: usize, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<Dropped> {
        let body = json!({ "model": "bench", "view": "bench", "fields": [], "limit": limit.to_string() });
        let request = self
            .client
            .post(format!("{}/api/4.0/queries/run/{}", self.url, self.format.name()))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("accept-encoding", "gzip")
            .body(body.to_string());
        let start = Instant::now();
        self.runtime.block_on(async {
            let mut response = request.send().await?.error_for_status()?;
            let mut dropped = Dropped { bytes: 0, first_byte: None };
            while let Some(chunk) = response.chunk().await? {
                dropped.first_byte.get_or_insert_with(|| start.elapsed());
                dropped.bytes += chunk.len() as u64;
                each(&chunk)?;
            }
            Ok(dropped)
        })
    }

    /// Runs a query and drops what comes.
    pub(super) fn query(&self, limit: usize) -> Result<Dropped> {
        self.query_with(limit, |_| Ok(()))
    }

    /// What the server was asked so far.
    pub(super) fn counts(&self) -> Result<crate::server::Counts> {
        let request = self.client.get(format!("{}/counts", self.url));
        let answer = self.runtime.block_on(async { request.send().await?.bytes().await })?;
        Ok(serde_json::from_slice(&answer)?)
    }
}
