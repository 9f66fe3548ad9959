//! The proxy on the way out: which one it is, and whether it is the credentials that it does not like.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_interface::{Error, ErrorKind, Result};
use reqwest::{ClientBuilder, NoProxy, Proxy};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::http::broken;

/// How long a proxy may take to say why it has refused.
const PATIENCE: Duration = Duration::from_secs(3);

/// The environment variables that name a proxy: those for https, for http, and for both.
const FOR_HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const FOR_HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const FOR_BOTH: [&str; 2] = ["ALL_PROXY", "all_proxy"];

/// Which proxy is asked.
#[derive(Debug)]
pub(crate) enum ProxyChoice {
    /// The one that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the system, name; with `user:password`.
    System(Option<SecretString>),
    /// None, whatever they name.
    Direct,
    /// This one, but for the hosts in `NO_PROXY`; with `user:password`.
    At(Url, Option<SecretString>),
}

impl ProxyChoice {
    /// The client that goes this way. A server on this machine is not reached through the system's proxy.
    pub(super) fn lead(&self, builder: ClientBuilder, is_local: bool) -> Result<ClientBuilder> {
        match self {
            Self::System(_) if is_local => Ok(builder.no_proxy()),
            Self::System(None) => Ok(builder),
            Self::System(credentials @ Some(_)) => {
                let mut builder = builder;
                if let Some(url) = of_environment(FOR_HTTPS) {
                    builder = builder.proxy(with(Proxy::https(url), credentials.as_ref())?);
                }
                if let Some(url) = of_environment(FOR_HTTP) {
                    builder = builder.proxy(with(Proxy::http(url), credentials.as_ref())?);
                }
                Ok(builder)
            }
            Self::Direct => Ok(builder.no_proxy()),
            Self::At(url, credentials) => Ok(builder.proxy(with(Proxy::all(url.clone()), credentials.as_ref())?)),
        }
    }

    /// Whether a proxy that has opened no tunnel to a host and port did so for the credentials that it got. The transport
    /// does not tell its answer, so it is asked once more. Blocks.
    pub(super) fn dislikes_credentials(&self, target: &str) -> bool {
        let Some((url, credentials)) = self.in_use() else { return false };
        let status = credentials.and_then(|credentials| answer(&url, &credentials, target));
        // Some answer what a server would.
        matches!(status, Some(401 | 407))
    }

    /// The proxy for https, and the `user:password` that it gets.
    fn in_use(&self) -> Option<(Url, Option<Zeroizing<String>>)> {
        let (url, credentials) = match self {
            Self::Direct => return None,
            Self::System(credentials) => (of_environment(FOR_HTTPS)?, credentials.as_ref()),
            Self::At(url, credentials) => (url.clone(), credentials.as_ref()),
        };
        let credentials = credentials.map(|credentials| Zeroizing::new(credentials.expose_secret().to_owned()));
        let credentials = credentials.or_else(|| in_address(&url));
        Some((url, credentials))
    }
}

fn with(proxy: reqwest::Result<Proxy>, credentials: Option<&SecretString>) -> Result<Proxy> {
    let proxy = proxy.map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "What is named as the proxy is none that can be used")
            .advise("Give it as http://host:port in the option `proxy`, or in HTTPS_PROXY")
            .with("cause", broken::causes(&error))
    })?;
    let proxy = proxy.no_proxy(NoProxy::from_env());
    let Some(credentials) = credentials else { return Ok(proxy) };
    let (user, password) = credentials.expose_secret().split_once(':').unwrap_or_default();
    Ok(proxy.basic_auth(user, password))
}

/// The passwords in the addresses of all proxies that the environment names.
pub(crate) fn passwords_of_environment() -> impl Iterator<Item = Zeroizing<String>> {
    [FOR_HTTPS, FOR_HTTP, FOR_BOTH].into_iter().flatten().filter_map(|name| {
        let credentials = in_address(&read(&env::var(name).ok()?)?)?;
        credentials.split_once(':').map(|(_, password)| Zeroizing::new(password.to_owned()))
    })
}

/// The proxy that these variables name, or those for both. Where requests make variables, as under CGI, they name none.
fn of_environment(names: [&str; 2]) -> Option<Url> {
    if env::var_os("REQUEST_METHOD").is_some() {
        return None;
    }
    let first = |names: [&str; 2]| names.iter().find_map(|name| env::var(name).ok()).and_then(|text| read(&text));
    first(names).or_else(|| first(FOR_BOTH))
}

/// An address without a scheme is one of http.
fn read(text: &str) -> Option<Url> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    Url::parse(&whole).ok().filter(Url::has_host)
}

/// The `user:password` that stands in an address.
fn in_address(url: &Url) -> Option<Zeroizing<String>> {
    let decoded = |text: &str| {
        // As the name in a form, where three more letters have a meaning.
        let text = Zeroizing::new(text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
        Zeroizing::new(form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name).collect::<String>())
    };
    let (user, password) = (decoded(url.username()), decoded(url.password()?));
    Some(Zeroizing::new(format!("{}:{}", *user, *password)))
}

/// The status with which a proxy answers a wish for a tunnel.
fn answer(proxy: &Url, credentials: &str, target: &str) -> Option<u16> {
    // To one that is asked over TLS the credentials may not go in the clear.
    if proxy.scheme() != "http" {
        return None;
    }
    let host = proxy.host_str()?;
    let address = (host.trim_matches(['[', ']']), proxy.port_or_known_default()?).to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let basic = Zeroizing::new(STANDARD.encode(credentials));
    let request = Zeroizing::new(format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {}\r\n\r\n",
        *basic
    ));
    stream.write_all(request.as_bytes()).ok()?;
    let mut line = Vec::new();
    stream.take(64).read_to_end(&mut line).ok()?;
    status(&String::from_utf8_lossy(&line))
}

fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.")?.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_address_is_read_with_and_without_a_scheme_and_so_are_its_credentials() {
        for (text, credentials) in [
            ("http://ann:a%2Bb+c&d=e@proxy:3128", Some("ann:a+b+c&d=e")),
            ("ann:hush@proxy:3128", Some("ann:hush")),
            ("proxy:3128", None),
        ] {
            let url = read(text).unwrap();
            assert_eq!((url.host_str(), url.port()), (Some("proxy"), Some(3_128)), "{text}");
            assert_eq!(in_address(&url).as_deref().map(String::as_str), credentials, "{text}");
        }
        assert!(read("").is_none());
    }

    #[test]
    fn the_first_line_of_an_answer_holds_its_status() {
        assert_eq!(status("HTTP/1.0 401 Unauthorized\r\nServer: x"), Some(401));
        assert_eq!(status("HTTP/1.1 200"), Some(200));
        assert_eq!(status("<html>"), None);
    }
}
