//! How the wire is set up: certificates, proxies, headers, time-outs.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy, redirect};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use crate::http::broken;

/// How long a connection may take to be made; the option `timeout` is for silence afterwards.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Name and version in `User-Agent` and, as Looker's SDKs do it, in `x-looker-appid`.
const AGENT: &str = concat!("looker-connector/", env!("CARGO_PKG_VERSION"));

/// Which proxy is asked.
#[derive(Debug, Default)]
pub(crate) enum ProxyChoice {
    /// The one that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the system, name.
    #[default]
    System,
    /// None, whatever they name.
    Direct,
    /// This one, but for the hosts in `NO_PROXY`; with `user:password`.
    At(Url, Option<SecretString>),
}

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
    pub(crate) proxy: ProxyChoice,
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
        self.proxied(builder)?.build().map_err(|error| {
            Error::new(ErrorKind::Tls, "The secure transport could not be set up")
                .advise("Check that this machine has a store of trusted certificates, and the options `ca_file` and `client_cert_file`")
                .with("cause", broken::causes(&error))
        })
    }

    fn default_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-looker-appid", self.app_id.clone().unwrap_or(HeaderValue::from_static(AGENT)));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        headers.extend(self.headers.iter().cloned());
        headers
    }

    fn proxied(&self, builder: ClientBuilder) -> Result<ClientBuilder> {
        Ok(match &self.proxy {
            ProxyChoice::System if self.is_local => builder.no_proxy(),
            ProxyChoice::System => builder,
            ProxyChoice::Direct => builder.no_proxy(),
            ProxyChoice::At(url, credentials) => {
                let mut proxy = Proxy::all(url.as_str())
                    .map_err(|error| {
                        Error::new(ErrorKind::InvalidInput, "The option `proxy` names no proxy that can be used")
                            .advise("Give it as http://host:port")
                            .with("cause", broken::causes(&error))
                    })?
                    .no_proxy(NoProxy::from_env());
                if let Some(credentials) = credentials {
                    let (user, password) = credentials.expose_secret().split_once(':').unwrap_or_default();
                    proxy = proxy.basic_auth(user, password);
                }
                builder.proxy(proxy)
            }
        })
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
            proxy: ProxyChoice::System,
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
