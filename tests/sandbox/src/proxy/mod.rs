//! A forward proxy in front of the sandbox, with a small internet of its own: what it lets through, how it behaves, and
//! what it has counted.

mod answer;
mod serve;
mod tunnel;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use serve::serve;

/// A forward proxy in front of a sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// The only targets that there are; all lead to the sandbox.
    pub routes: Vec<Route>,
    /// `user:password` that requests need.
    pub credentials: Option<String>,
}

/// A target that leads to the sandbox: `acme.looker.com:19999`, or `*:443` for every name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Name or address of a host, or `*`.
    pub name: String,
    /// Port.
    pub port: u16,
}

impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once(':').filter(|(name, _)| !name.is_empty());
        let (name, port) = parts.ok_or("a route is NAME:PORT")?;
        let port = port.parse().map_err(|_| "the port of a route is a number up to 65535")?;
        Ok(Self { name: name.to_ascii_lowercase(), port })
    }
}

/// What the proxy does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// It works.
    Honest,
    /// Bytes trickle both ways.
    Slow,
    /// `CONNECT` succeeds, but an HTML page answers in the place of the server.
    Lying,
    /// Every request gets 200 and the login page of a captive portal.
    Portal,
    /// It accepts and never answers.
    Dead,
}

/// How the proxy behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// What it does with requests.
    pub(crate) mode: Mode,
    /// Milliseconds between two pieces, when it is slow.
    #[serde(default = "default_ms")]
    ms: u64,
    /// Bytes of a piece, when it is slow.
    #[serde(default = "default_bytes")]
    bytes: usize,
}

fn default_ms() -> u64 {
    50
}

fn default_bytes() -> usize {
    1024
}

impl Behaviour {
    /// Bytes of a piece and the pause after it, if it is slow.
    pub(crate) fn trickle(self) -> Option<(usize, Duration)> {
        (self.mode == Mode::Slow).then(|| (self.bytes, Duration::from_millis(self.ms)))
    }
}

/// Where a request wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
}

impl Target {
    /// The target of an absolute address, or of `CONNECT`, which always names a port.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let default = if uri.scheme_str() == Some("http") { Some(80) } else { None };
        Some(Self { host: uri.host()?.to_ascii_lowercase(), port: uri.port_u16().or(default)? })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

#[derive(Debug, Default)]
struct Counts {
    connects: u64,
    requests: u64,
    refused: u64,
    unauthorized: u64,
    by_target: BTreeMap<String, u64>,
}

/// The proxy of a sandbox.
#[derive(Debug)]
pub(crate) struct Proxy {
    options: ProxyOptions,
    behaviour: Mutex<Behaviour>,
    counts: Mutex<Counts>,
}

impl Proxy {
    /// A proxy that works.
    pub(crate) fn new(options: &ProxyOptions) -> Self {
        let behaviour = Behaviour { mode: Mode::Honest, ms: default_ms(), bytes: default_bytes() };
        Self { options: options.clone(), behaviour: Mutex::new(behaviour), counts: Mutex::default() }
    }

    /// How it behaves now.
    pub(crate) fn behaviour(&self) -> Behaviour {
        *lock(&self.behaviour)
    }

    /// Chooses a behaviour from JSON; the error is a sentence.
    pub(crate) fn behave(&self, body: &[u8]) -> Result<(), String> {
        let behaviour: Behaviour =
            serde_json::from_slice(body).map_err(|error| format!("This is not a behaviour: {error}."))?;
        if behaviour.bytes == 0 {
            return Err("bytes must be at least 1.".into());
        }
        *lock(&self.behaviour) = behaviour;
        Ok(())
    }

    /// The behaviour and all counters as JSON.
    pub(crate) fn read(&self) -> Value {
        let behaviour = self.behaviour();
        let counts = lock(&self.counts);
        json!({
            "mode": behaviour.mode,
            "ms": behaviour.ms,
            "bytes": behaviour.bytes,
            "connects": counts.connects,
            "requests": counts.requests,
            "refused": counts.refused,
            "unauthorized": counts.unauthorized,
            "by_target": counts.by_target,
        })
    }

    /// Whether a request has the credentials; one that has not is counted.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(credentials) = &self.options.credentials else { return true };
        let given = headers.get(header::PROXY_AUTHORIZATION).and_then(|value| value.to_str().ok());
        let admitted = given == Some(&format!("Basic {}", STANDARD.encode(credentials)));
        if !admitted {
            lock(&self.counts).unauthorized += 1;
        }
        admitted
    }

    /// Whether a target leads to the sandbox; counts the request.
    fn routes(&self, target: &Target, is_connect: bool) -> bool {
        let known = |route: &Route| route.port == target.port && (route.name == "*" || route.name == target.host);
        let known = self.options.routes.iter().any(known);
        let mut counts = lock(&self.counts);
        *counts.by_target.entry(target.to_string()).or_default() += 1;
        let count = match (known, is_connect) {
            (false, _) => &mut counts.refused,
            (true, true) => &mut counts.connects,
            (true, false) => &mut counts.requests,
        };
        *count += 1;
        known
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_a_name_and_a_port() {
        let route = |text: &str| text.parse::<Route>();
        assert_eq!(route("Acme.Looker.com:19999"), Ok(Route { name: "acme.looker.com".into(), port: 19999 }));
        assert_eq!(route("[::1]:443"), Ok(Route { name: "[::1]".into(), port: 443 }));
        for bad in ["acme.looker.com", ":443", "a:b", "a:70000", ""] {
            assert!(route(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_target_has_a_port_and_no_secret() {
        let target = |text: &str| Target::of(&text.parse().unwrap()).map(|target| target.to_string());
        assert_eq!(target("http://user:secret@ACME.example/a?b=c").as_deref(), Some("acme.example:80"));
        assert_eq!(target("acme.example:19999").as_deref(), Some("acme.example:19999"));
        assert_eq!((target("acme.example"), target("/alive")), (None, None));
    }

    #[test]
    fn a_star_stands_for_every_name_on_its_port() {
        let routes = vec!["*:443".parse().unwrap(), "acme.looker.com:19999".parse().unwrap()];
        let proxy = Proxy::new(&ProxyOptions { routes, credentials: None });
        let leads = |text: &str| proxy.routes(&Target::of(&text.parse().unwrap()).unwrap(), true);
        let targets = ["any.example:443", "acme.looker.com:19999", "any.example:19999", "acme.looker.com:80"];
        assert_eq!(targets.map(leads), [true, true, false, false]);
        let counted = proxy.read();
        assert_eq!((&counted["connects"], &counted["refused"]), (&json!(2), &json!(2)));
    }
}
