//! Reading an address in any form that a person pastes.

use std::net::Ipv6Addr;

use connector_interface::{Error, ErrorKind, Result};
use url::Url;

/// The first path segments of Looker's own pages: what comes from there on is not part of an API's root.
/// Source: addresses in Looker's documentation and in the specification's examples.
const PAGES: &[&str] = &[
    "account",
    "admin",
    "alerts",
    "api",
    "auth",
    "boards",
    "browse",
    "content",
    "dashboards",
    "dashboards-legacy",
    "dashboards-next",
    "embed",
    "explore",
    "extensions",
    "folders",
    "homepages",
    "login",
    "looks",
    "marketplace",
    "merge",
    "projects",
    "queries",
    "query",
    "scheduled_plans",
    "spaces",
    "sql",
    "users",
    "welcome",
    "x",
];

/// Addresses of other products that are taken for Looker's, and what they are.
const OTHERS: &[(&str, &str)] = &[
    ("lookerstudio.google.com", "Looker Studio, another product that this connector does not serve"),
    ("datastudio.google.com", "Looker Studio, another product that this connector does not serve"),
    ("console.cloud.google.com", "the Google Cloud console and no Looker instance"),
    ("cloud.google.com", "Google's documentation and no Looker instance"),
    ("docs.looker.com", "Looker's documentation and no Looker instance"),
    ("help.looker.com", "Looker's help pages and no Looker instance"),
];

/// Where an instance that is given by its name alone may be. Source: Looker's "Getting started with the Looker API" page.
const DOMAINS: &[&str] = &["cloud.looker.com", "looker.com"];

/// Longer text is no address.
const MAX_LEN: usize = 8 * 1024;

/// The parts of an address.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Scheme and first host, without anything else.
    pub(super) url: Url,
    /// The host; of an instance's name, the hosts that it may have.
    pub(super) hosts: Vec<String>,
    /// The port that was written out, also when it is the scheme's own.
    pub(super) port: Option<u16>,
    /// What a load balancer may put in front of the API's path, the likelier first.
    pub(super) prefixes: Vec<String>,
}

/// Reads what was typed.
pub(super) fn address(typed: &str) -> Result<Parsed> {
    let typed = typed.trim().trim_matches(['"', '\'', '<', '>', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']).trim();
    if typed.is_empty() || typed.len() > MAX_LEN {
        return Err(no_address("is empty or too long"));
    }
    if typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(no_address("has spaces in it"));
    }
    if let Some(name) = instance_name(typed) {
        let hosts: Vec<String> = DOMAINS.iter().map(|domain| format!("{name}.{domain}")).collect();
        let url = Url::parse(&format!("https://{name}.{}", DOMAINS.first().copied().unwrap_or_default()))
            .map_err(|error| no_address(&format!("is not one ({error})")))?;
        return Ok(Parsed { url, hosts, port: None, prefixes: vec![String::new()] });
    }
    let text = with_scheme(typed);
    let mut url = Url::parse(&text).map_err(|error| no_address(&format!("is not one ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(no_address("is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(no_address("has credentials in it").advise("Leave them out: they have options of their own"));
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    if host.is_empty() {
        return Err(no_address("names no host"));
    }
    if let Some((_, what)) = OTHERS.iter().find(|(other, _)| *other == host) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("The address in `base_url` is that of {what}"))
            .advise("Give your instance's address, such as https://your-company.cloud.looker.com; Looker says it under Admin, API"));
    }
    let port = url.port().or_else(|| written_port(&text));
    if port == Some(0) {
        return Err(no_address("has port 0, which nothing listens on"));
    }
    let prefixes = prefixes(url.path());
    url.set_host(Some(&host)).map_err(|error| no_address(&format!("has no valid host ({error})")))?;
    // Neither can fail on an address with a host.
    let _ = url.set_port(None);
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(Parsed { url, hosts: vec![host], port, prefixes })
}

/// The text, when it is one word as an instance's name is: the host before `cloud.looker.com`. A host of one word is
/// written with its scheme or its port.
fn instance_name(typed: &str) -> Option<&str> {
    let is_name = typed.len() <= 63
        && typed.starts_with(|c: char| c.is_ascii_alphabetic())
        && typed.ends_with(|c: char| c.is_ascii_alphanumeric())
        && typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_name && !typed.eq_ignore_ascii_case("localhost")).then_some(typed)
}

/// The port in an address, also when it is the scheme's own, which a parsed URL forgets.
fn written_port(text: &str) -> Option<u16> {
    let authority = text.split_once("://")?.1.trim_start_matches(['/', '\\']);
    let authority = authority.split(['/', '\\', '?', '#']).next()?;
    let (host, port) = authority.rsplit_once(':')?;
    if host.contains(':') && !host.ends_with(']') {
        return None;
    }
    port.parse().ok()
}

fn with_scheme(typed: &str) -> String {
    if typed.contains("://") {
        return typed.to_owned();
    }
    let relative = typed.trim_start_matches('/');
    if relative.parse::<Ipv6Addr>().is_ok() {
        return format!("https://[{relative}]");
    }
    // `https:/host` and `https:host` are what browsers read as an address, too.
    let lower = relative.get(..6).unwrap_or_default().to_ascii_lowercase();
    if lower == "https:" || lower.starts_with("http:") { relative.to_owned() } else { format!("https://{relative}") }
}

/// The path up to the API or to a page of Looker's: what a load balancer puts in front. A path that names neither may as
/// well be a page of a later release.
fn prefixes(path: &str) -> Vec<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let end = segments.iter().position(|segment| PAGES.contains(segment));
    let kept = segments.get(..end.unwrap_or(segments.len())).unwrap_or_default().join("/");
    if kept.is_empty() || end.is_some_and(|end| segments.get(end) == Some(&"api")) {
        return vec![kept];
    }
    vec![kept, String::new()]
}

fn no_address(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("The address in `base_url` {what}"))
        .advise("Give it as https://your-company.cloud.looker.com, or copy it from the browser")
}
