//! Where Looker is: what the user typed, as candidates for the API's root.

mod parse;

use std::fmt;

use connector_interface::{Error, ErrorKind, Result};
use url::Url;

/// The API's port on instances hosted on Google Cloud or Azure, and on AWS since 2020-07-07.
/// Source: Looker's "Getting started with the Looker API" page.
const PORT: u16 = 443;
/// The API's port on older AWS instances and, by default, on self-hosted ones. Source: the same page.
const OLD_PORT: u16 = 19_999;

/// What the user typed, understood: an origin whose port may still be open, and a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    candidates: Vec<Root>,
}

/// The root of one API: `https://host:port/prefix`, to which `/api/4.0/...` is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(Url);

impl Address {
    /// Understands any form of address: a host, `host:port`, a URL of the API or of a page, with a load balancer's path
    /// prefix or without.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what is no address, for credentials in it, and for plain http to another machine unless
    /// `allow_http`.
    pub fn parse(typed: &str, port: Option<u16>, allow_http: bool) -> Result<Self> {
        let url = parse::address(typed)?;
        if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("The address {url} is plain http, which would send credentials unprotected"),
            )
            .advise("Use https, or allow it with the option `allow_http`"));
        }
        let stated = match (url.port(), port) {
            (Some(in_url), Some(port)) if in_url != port => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("The address says port {in_url} and the option `port` says {port}"),
                )
                .advise("Give the port once"));
            }
            (in_url, port) => in_url.or(port),
        };
        // A port that the user wrote out counts as stated even when it is the scheme's own.
        let stated = stated.or_else(|| parse::written_port(typed));
        let ports = match stated {
            Some(port) => vec![port],
            None if url.scheme() == "http" => vec![80],
            None => vec![PORT, OLD_PORT],
        };
        let candidates = ports
            .into_iter()
            .filter_map(|port| {
                let mut root = url.clone();
                root.set_port(Some(port)).ok()?;
                Some(Root(root))
            })
            .collect();
        Ok(Self { candidates })
    }

    /// The places where the API may be, the likeliest first.
    pub fn candidates(&self) -> &[Root] {
        &self.candidates
    }

    /// The likeliest place.
    pub fn first(&self) -> Option<&Root> {
        self.candidates.first()
    }
}

impl Root {
    /// The URL of an operation: its path starts with `/` and is encoded already.
    pub fn operation(&self, path: &str) -> String {
        format!("{self}/api/4.0{path}")
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The host, with the port when it is not the scheme's own.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(typed: &str) -> Vec<String> {
        Address::parse(typed, None, false).unwrap().candidates().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_port_is_the_stated_one_or_else_443_or_else_19999() {
        for (typed, expected) in [
            ("acme.cloud.looker.com", vec!["https://acme.cloud.looker.com", "https://acme.cloud.looker.com:19999"]),
            ("https://acme.looker.com:19999", vec!["https://acme.looker.com:19999"]),
            ("acme.looker.com:443", vec!["https://acme.looker.com"]),
            ("https://acme.looker.com:443/", vec!["https://acme.looker.com"]),
            ("http://localhost", vec!["http://localhost"]),
            ("http://127.0.0.1:8080", vec!["http://127.0.0.1:8080"]),
            ("http://[::1]:9", vec!["http://[::1]:9"]),
        ] {
            assert_eq!(roots(typed), expected, "{typed}");
        }
    }

    #[test]
    fn the_port_option_counts_as_stated_and_must_not_contradict() {
        let address = Address::parse("acme.looker.com", Some(19_999), false).unwrap();
        assert_eq!(address.first().unwrap().to_string(), "https://acme.looker.com:19999");
        let error = Address::parse("acme.looker.com:8443", Some(19_999), false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
    }

    #[test]
    fn plain_http_goes_to_loopback_only_unless_allowed() {
        assert!(Address::parse("http://looker.example.com", None, false).is_err());
        assert!(Address::parse("http://looker.example.com", None, true).is_ok());
        assert!(Address::parse("http://localhost.example.com", None, false).is_err());
    }

    #[test]
    fn an_operation_is_below_the_prefix_and_the_version() {
        let address = Address::parse("https://lb.example.com/looker/api/4.0/", Some(443), false).unwrap();
        assert_eq!(address.first().unwrap().operation("/user"), "https://lb.example.com/looker/api/4.0/user");
    }
}
