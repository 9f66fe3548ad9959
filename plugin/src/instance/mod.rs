//! Where Looker is: what the user typed, as candidates for the API's root, and the proof which of them it is.

mod parse;
mod proof;

#[cfg(test)]
mod forms;

use std::fmt;

use connector_interface::{Error, ErrorKind, Result};
use url::Url;

pub(crate) use proof::{Proof, prove};

/// The API's port on instances hosted on Google Cloud or Azure, and on AWS since 2020-07-07.
/// Source: Looker's "Getting started with the Looker API" page.
const PORT: u16 = 443;
/// The API's port on older AWS instances and, by default, on self-hosted ones. Source: the same page.
const OLD_PORT: u16 = 19_999;

/// What the user typed, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where the API may be, the likeliest first. Credentials go to one of these only: they are what the user named.
    candidates: Vec<Root>,
    /// Other ports of the same host, which the user has not named: they are asked whether they are Looker, so that an
    /// error can offer them, and are told nothing.
    offers: Vec<Root>,
    /// It is the name of an instance and not of a host.
    is_name: bool,
}

/// The root of one API: `https://host:port/prefix`, to which `/api/4.0/...` is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(Url);

impl Address {
    /// Understands any form of address: the name of an instance, a host, `host:port`, a URL of the API or of a page, with
    /// a load balancer's path prefix or without.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what is no address, for credentials in it, for another product's address, and for plain http
    /// to another machine unless `allow_http`.
    pub fn parse(typed: &str, port: Option<u16>, allow_http: bool) -> Result<Self> {
        let parsed = parse::address(typed)?;
        let url = &parsed.url;
        if url.scheme() == "http" && !allow_http && !is_loopback(url) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("The address {url} is plain http, which would send credentials unprotected"),
            )
            .advise("Use https, or allow it with the option `allow_http`"));
        }
        let stated = match (parsed.port, port) {
            (Some(in_url), Some(port)) if in_url != port => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("The address says port {in_url} and the option `port` says {port}"),
                )
                .advise("Give the port once"));
            }
            (in_url, port) => in_url.or(port),
        };
        let ports = match stated {
            Some(port) => vec![port],
            None if url.scheme() == "http" => vec![80],
            None => vec![PORT, OLD_PORT],
        };
        let others = if url.scheme() == "https" { [PORT, OLD_PORT].as_slice() } else { &[] };
        let others: Vec<u16> = others.iter().copied().filter(|other| !ports.contains(other)).collect();
        Ok(Self {
            candidates: roots(&parsed.hosts, url, &parsed.prefixes, &ports),
            offers: roots(&parsed.hosts, url, &parsed.prefixes, &others),
            is_name: parsed.hosts.len() > 1,
        })
    }

    /// The places where the API may be, the likeliest first.
    pub fn candidates(&self) -> &[Root] {
        &self.candidates
    }

    /// Places on other ports, to be offered and never used.
    pub fn offers(&self) -> &[Root] {
        &self.offers
    }

    /// The likeliest place.
    pub fn first(&self) -> Option<&Root> {
        self.candidates.first()
    }
}

/// All roots of these hosts, ports and prefixes, in this order.
fn roots(hosts: &[String], url: &Url, prefixes: &[String], ports: &[u16]) -> Vec<Root> {
    let mut roots = Vec::new();
    for host in hosts {
        for port in ports {
            for prefix in prefixes {
                let mut root = url.clone();
                if root.set_host(Some(host)).is_ok() && root.set_port(Some(*port)).is_ok() {
                    root.set_path(prefix);
                    roots.push(Root(root));
                }
            }
        }
    }
    roots
}

impl Root {
    /// The URL of an operation: its path starts with `/` and is encoded already.
    pub fn operation(&self, path: &str) -> String {
        format!("{self}/api/4.0{path}")
    }

    /// The URL of what stands beside the API, such as `/api/token`.
    pub(crate) fn beside(&self, path: &str) -> String {
        format!("{self}{path}")
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

    /// The host without the port.
    pub(crate) fn host_name(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Scheme, host and port: what credentials are bound to.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether it is the root of another address, as a server gives it.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|other| other.origin() == self.0.origin())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
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

    #[test]
    fn the_port_option_counts_as_stated_and_must_not_contradict() {
        let address = Address::parse("acme.looker.com", Some(19_999), false).unwrap();
        assert_eq!(address.first().unwrap().to_string(), "https://acme.looker.com:19999");
        assert_eq!(address.candidates().len(), 1);
        let error = Address::parse("acme.looker.com:8443", Some(19_999), false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
    }

    #[test]
    fn a_port_that_was_not_named_is_offered_and_no_candidate() {
        let address = Address::parse("https://looker.example.com:9999/explore/m/e", None, false).unwrap();
        let text = |roots: &[Root]| roots.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(address.candidates()), ["https://looker.example.com:9999"]);
        assert_eq!(text(address.offers()), ["https://looker.example.com", "https://looker.example.com:19999"]);
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
