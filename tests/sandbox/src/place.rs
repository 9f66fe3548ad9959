//! Where an instance is and what it says of itself: its release, its versions of the API, the path before it, the
//! identity-aware proxy and the clock.

use std::str::FromStr;
use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::errors::html_response;
use crate::faults::later;

/// The version of the API that the sandbox serves.
pub(crate) const SERVED: &str = "4.0";

/// Where an instance is and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOptions {
    /// Looker release. Default `26.12.3`.
    pub release: String,
    /// Versions of the API, oldest first. Default `4.0` alone; without it, only `versions` answers.
    pub api_versions: Vec<String>,
    /// The API lives only below this path, such as `/bi/looker`; it is part of the base URL. Default none.
    pub prefix: String,
    /// What `versions` says of the API. Default the base URL.
    pub api_server_url: Option<String>,
    /// What `versions` says of the user interface. Default where the pages for browsers are.
    pub web_server_url: Option<String>,
    /// Seconds that the server's clock is ahead; less than 0 when it is late.
    pub clock_skew: i64,
    /// A header that an identity-aware proxy in front wants in every request.
    pub required_header: Option<RequiredHeader>,
}

impl Default for PlaceOptions {
    fn default() -> Self {
        Self {
            release: "26.12.3".into(),
            api_versions: vec![SERVED.into()],
            prefix: String::new(),
            api_server_url: None,
            web_server_url: None,
            clock_skew: 0,
            required_header: None,
        }
    }
}

/// A header with the one value that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredHeader {
    name: HeaderName,
    value: HeaderValue,
}

impl FromStr for RequiredHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once(':').ok_or("a header is NAME: VALUE")?;
        let name = name.trim().parse().map_err(|_| "this is not the name of a header")?;
        let value = value.trim().parse().map_err(|_| "this is not the value of a header")?;
        Ok(Self { name, value })
    }
}

/// Where the identity-aware proxy sends those whom it does not know.
const LOGIN: &str = "https://accounts.example.com/login?client_id=looker-sandbox&response_type=code";

/// Header of every answer that the identity-aware proxy gives by itself.
const IAP: HeaderName = HeaderName::from_static("x-goog-iap-generated-response");

/// The place of a sandbox.
#[derive(Debug)]
pub(crate) struct Place {
    /// What it was told.
    pub(crate) options: PlaceOptions,
}

impl Place {
    /// A place as it was told.
    pub(crate) fn new(options: &PlaceOptions) -> Self {
        Self { options: options.clone() }
    }

    /// The server's clock.
    pub(crate) fn now(&self) -> SystemTime {
        later(SystemTime::now(), self.options.clock_skew)
    }

    /// Lets a request through to Looker; yields the path there. The error is the answer of what stands in front.
    pub(crate) fn admit<'a>(&self, headers: &HeaderMap, path: &'a str) -> Result<&'a str, Box<Response>> {
        if let Some(required) = &self.options.required_header {
            match headers.get(&required.name) {
                Some(value) if value == required.value => {}
                Some(_) => {
                    return Err(Box::new(iap(html_response(StatusCode::UNAUTHORIZED, "Invalid IAP credentials"))));
                }
                None => {
                    let mut answer = iap(html_response(StatusCode::FOUND, "Sign in"));
                    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static(LOGIN));
                    return Err(Box::new(answer));
                }
            }
        }
        let below = path.strip_prefix(self.options.prefix.as_str());
        let below = below.filter(|path| path.starts_with('/'));
        below.ok_or_else(|| Box::new(html_response(StatusCode::NOT_FOUND, "404 Not Found: no backend for this path")))
    }

    /// The path as a server of one version has it; none for a version that is not there. `versions` is there at the
    /// root and below each version.
    pub(crate) fn locate<'a>(&self, path: &'a str) -> Option<&'a str> {
        let trimmed = path.trim_end_matches('/');
        let known = |version: &str| self.options.api_versions.iter().any(|known| known == version);
        let version = trimmed.strip_prefix("/api/").and_then(|path| path.strip_suffix("/versions"));
        if trimmed == "/versions" || version.is_some_and(known) {
            return Some("/api/4.0/versions");
        }
        let in_served = path.strip_prefix("/api/4.0").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        (!in_served || known(SERVED)).then_some(path)
    }
}

fn iap(mut answer: Response) -> Response {
    answer.headers_mut().insert(IAP, HeaderValue::from_static("true"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_at_a_slash() {
        let place = Place::new(&PlaceOptions { prefix: "/bi/looker".into(), ..PlaceOptions::default() });
        let admitted = |path| place.admit(&HeaderMap::new(), path).ok();
        assert_eq!(admitted("/bi/looker/api/4.0/user"), Some("/api/4.0/user"));
        for outside in ["/api/4.0/user", "/bi/lookers/alive", "/bi/looker", "/"] {
            assert_eq!(admitted(outside), None, "{outside}");
        }
    }

    #[test]
    fn a_version_that_is_not_there_has_no_paths() {
        let of = |versions: &[&str]| {
            let api_versions = versions.iter().map(|&version| version.to_owned()).collect();
            Place::new(&PlaceOptions { api_versions, ..PlaceOptions::default() })
        };
        let (old, both) = (of(&["3.1"]), of(&["3.1", "4.0"]));
        assert_eq!((old.locate("/api/4.0/user"), old.locate("/api/4.0/versions")), (None, None));
        assert_eq!(old.locate("/api/3.1/versions"), Some("/api/4.0/versions"));
        assert_eq!((old.locate("/alive"), old.locate("/api/4.01")), (Some("/alive"), Some("/api/4.01")));
        assert_eq!(both.locate("/api/4.0/user"), Some("/api/4.0/user"));
        assert_eq!(both.locate("/api/3.0/versions"), Some("/api/3.0/versions"));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        assert!("X-Goog-IAP: a: b".parse::<RequiredHeader>().is_ok());
        for bad in ["no header", "a b: c", "a: b\nc", ": c"] {
            assert!(bad.parse::<RequiredHeader>().is_err(), "{bad}");
        }
    }
}
