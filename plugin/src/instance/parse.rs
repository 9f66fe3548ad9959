//! Reading an address in any form that a person pastes.

use connector_interface::{Error, ErrorKind, Result};
use url::Url;

/// The first path segments of Looker's own pages: what comes from there on is not part of an API's root.
/// Source: addresses in Looker's documentation and in the specification's examples.
const PAGES: &[&str] = &[
    "account",
    "admin",
    "alerts",
    "boards",
    "browse",
    "dashboards",
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
    "scheduled_plans",
    "spaces",
    "sql",
    "users",
    "welcome",
];

/// Longer text is no address.
const MAX_LEN: usize = 8 * 1024;

/// Scheme, host, port and path prefix of what was typed; everything else is dropped.
pub(super) fn address(typed: &str) -> Result<Url> {
    let typed = typed.trim().trim_matches(['"', '\'', '<', '>']).trim();
    if typed.is_empty() || typed.len() > MAX_LEN {
        return Err(no_address("is empty or too long"));
    }
    if typed.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(no_address("has spaces in it"));
    }
    let mut url = Url::parse(&with_scheme(typed)).map_err(|error| no_address(&format!("is not one ({error})")))?;
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
    url.set_host(Some(&host)).map_err(|error| no_address(&format!("has no valid host ({error})")))?;
    let prefix = prefix(url.path());
    url.set_path(&prefix);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// The port in what was typed, also when it is the scheme's own, which a parsed URL forgets.
pub(super) fn written_port(typed: &str) -> Option<u16> {
    let url = with_scheme(typed.trim());
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let (host, port) = authority.rsplit_once(':')?;
    if host.contains(':') && !host.ends_with(']') {
        return None;
    }
    port.parse().ok()
}

fn with_scheme(typed: &str) -> String {
    let relative = typed.trim_start_matches('/');
    if typed.contains("://") { typed.to_owned() } else { format!("https://{relative}") }
}

/// The path up to the API or to a page of Looker's: what a load balancer puts in front.
fn prefix(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment == "api" || PAGES.contains(&segment) {
            break;
        }
        kept.push(segment);
    }
    kept.join("/")
}

fn no_address(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("The address in `base_url` {what}"))
        .advise("Give it as https://your-company.cloud.looker.com, or copy it from the browser")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_one_place_is_the_same_place() {
        for typed in [
            "acme.looker.com",
            "ACME.Looker.com.",
            "  https://acme.looker.com  ",
            "https://acme.looker.com/",
            "https://acme.looker.com///",
            "\"https://acme.looker.com\"",
            "https://acme.looker.com/api/4.0",
            "https://acme.looker.com/api/4.0/",
            "acme.looker.com/api/3.1",
            "https://acme.looker.com/api",
            "https://acme.looker.com/explore/thelook/orders?fields=orders.id&limit=500#x",
            "https://acme.looker.com/looks/12",
            "https://acme.looker.com/dashboards/thelook::business_pulse",
            "https://acme.looker.com/embed/dashboards/1",
        ] {
            assert_eq!(address(typed).unwrap().as_str(), "https://acme.looker.com/", "{typed}");
        }
    }

    #[test]
    fn a_path_prefix_of_a_load_balancer_stays() {
        for typed in
            ["lb.example.com/bi/looker", "https://lb.example.com/bi/looker/api/4.0", "lb.example.com/bi/looker/looks/1"]
        {
            assert_eq!(address(typed).unwrap().as_str(), "https://lb.example.com/bi/looker", "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_in_it_is_not_repeated() {
        for typed in
            ["", "   ", "ftp://x", "https://", "two words", "https://me:hunter2@acme.looker.com", "http://[::1"]
        {
            let error = address(typed).unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidInput, "{typed}");
            assert!(!error.report().contains("hunter2"));
        }
    }

    #[test]
    fn a_written_port_is_found_also_when_it_is_the_schemes_own() {
        assert_eq!(written_port("https://a.b:443/x"), Some(443));
        assert_eq!(written_port("a.b:19999"), Some(19_999));
        assert_eq!(written_port("https://a.b/x:1"), None);
        assert_eq!(written_port("http://[::1]:80"), Some(80));
        assert_eq!(written_port("http://[::1]"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_an_error_and_reading_it_again_changes_nothing(typed in ".{0,80}") {
            if let Ok(url) = address(&typed) {
                prop_assert_eq!(address(url.as_str()).unwrap(), url);
            }
        }
    }
}
