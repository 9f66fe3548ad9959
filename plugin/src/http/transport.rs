//! How the wire is set up: certificates, proxies, headers, time-outs.

use std::sync::Arc;
use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Identity, redirect};
use secrecy::{ExposeSecret, SecretSlice};

use crate::http::{ProxyChoice, broken};

/// How long a connection may take to be made; the option `timeout` is for silence afterwards.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Name and version in `User-Agent` and, as Looker's SDKs do it, in `x-looker-appid`.
const AGENT: &str = concat!("looker-connector/", env!("CARGO_PKG_VERSION"));

/// What the options say of the wire.
#[derive(Debug)]
pub(crate) struct Transport {
    /// The longest silence.
    pub(crate) timeout: Duration,
    pub(crate) verify_ssl: bool,
    /// Certificates to trust besides the system's, as PEM.
    pub(crate) ca: Option<Vec<u8>>,
    /// Certificate and private key to show, as PEM.
    pub(crate) client_cert: Option<SecretSlice<u8>>,
    pub(crate) proxy: Arc<ProxyChoice>,
    /// Further headers of every request.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Who calls, besides this connector.
    pub(crate) app_id: Option<HeaderValue>,
    /// A server on this machine is not reached through the system's proxy.
    pub(crate) is_local: bool,
}

impl Transport {
    /// The client. Reading the system's certificates takes milliseconds, so this is done once a session.
    pub(crate) fn build(&self) -> Result<reqwest::Client> {
        // This library's own default: another copy of rustls in the host has its own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .default_headers(self.default_headers())
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
            .read_timeout(self.timeout)
            .tls_danger_accept_invalid_certs(!self.verify_ssl)
            .tls_danger_accept_invalid_hostnames(!self.verify_ssl)
            // A redirect could carry the token to another origin, and none of Looker's operations needs one.
            .redirect(redirect::Policy::none())
            // What is tried again, and how often, is decided in one place only.
            .retry(reqwest::retry::never())
            // Answers are inflated here, piece by piece, and not by a client that was built with more features.
            .no_gzip()
            .tcp_nodelay(true);
        if let Some(pem) = &self.ca {
            let certificates = Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| no_pem("certificate authority", "ca_file"))?;
            builder = builder.tls_certs_merge(certificates);
        }
        if let Some(pem) = &self.client_cert {
            let identity = Identity::from_pem(pem.expose_secret())
                .map_err(|_| no_pem("client certificate", "client_cert_file"))?;
            builder = builder.identity(identity);
        }
        self.proxy.lead(builder, self.is_local)?.build().map_err(|error| {
            Error::new(ErrorKind::Tls, "The secure transport could not be set up")
                .advise("Check that this machine has a store of trusted certificates, and the options `ca_file` and `client_cert_file`")
                .with("cause", broken::causes(&error))
        })
    }

    fn default_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-looker-appid", self.app_id.clone().unwrap_or(HeaderValue::from_static(AGENT)));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.extend(self.headers.iter().cloned());
        headers
    }
}

fn no_pem(what: &str, option: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("The {what} in `{option}` is not PEM, or not complete")).advise(
        "Give a text that begins with -----BEGIN CERTIFICATE-----; a client certificate also needs its private key",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport() -> Transport {
        Transport {
            timeout: Duration::from_secs(1),
            verify_ssl: true,
            ca: None,
            client_cert: None,
            proxy: Arc::new(ProxyChoice::System(None)),
            headers: Vec::new(),
            app_id: None,
            is_local: true,
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused_by_the_name_of_its_option() {
        let ca = Transport { ca: Some(b"no pem".to_vec()), ..transport() }.build().unwrap_err();
        assert!(ca.kind == ErrorKind::InvalidInput && ca.message.contains("`ca_file`"), "{ca}");
        let pem = SecretSlice::from(b"no pem".to_vec());
        let client = Transport { client_cert: Some(pem), ..transport() }.build().unwrap_err();
        assert!(client.message.contains("`client_cert_file`"), "{client}");
    }

    #[test]
    fn every_request_says_who_calls_and_carries_the_further_headers() {
        let header = (HeaderName::from_static("x-team"), HeaderValue::from_static("ops"));
        let headers = Transport { headers: vec![header], ..transport() }.default_headers();
        assert_eq!(headers["x-looker-appid"], AGENT);
        assert_eq!(headers["x-team"], "ops");
    }
}
